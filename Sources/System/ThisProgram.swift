#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// This process, as the system sees it.
package enum ThisProgram {
  /// The number of this process. It stays the same when another program takes its place.
  package static var processID: Int32 { getpid() }

  /// Ends this process at once, whatever its threads do.
  package static func end(with code: Int32) -> Never { _exit(code) }

  /// The file from which this program was started; `nil` where the system does not say.
  package static var path: String? { link("/proc/self/exe") }

  /// What the system calls the network of this process's first thread; `nil` where networks have no names.
  package static var networkName: String? { link("/proc/self/ns/net") }

  /// Lets another program take the place of this one, with its number and its open files that are not closed on execution.
  ///
  /// - Parameters:
  ///   - words: the program by its path, and its arguments.
  ///   - environment: all of its variables, as `NAME=VALUE`.
  package static func replace(with words: [String], environment: [String]) throws(SystemError) -> Never {
    var arguments = words.map { $0.withSystemName { strdup($0) } } + [nil]
    var variables = environment.map { $0.withSystemName { strdup($0) } } + [nil]
    _ = (words.first ?? "").withSystemName { execve($0, &arguments, &variables) }
    let error = SystemError("cannot start \(words.first ?? "")")
    for text in arguments + variables { free(text) }
    throw error
  }

  private static func link(_ path: String) -> String? {
    let bytes = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      let count = buffer.baseAddress.map { readlink(path, $0, buffer.count) } ?? 0
      return buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    }
    return bytes.isEmpty ? nil : String(systemBytes: bytes)
  }
}

/// Programs that others have installed.
package enum InstalledProgram {
  /// Where programs for administrators are, which are not in everybody's `PATH`.
  private static let administrators = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

  /// The path of the program of this name; `nil` if there is none that may be started.
  package static func path(of name: String) -> String? {
    let folders = (EnvironmentVariables["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { String($0) }
    return (folders + administrators).map { Folder($0).path(of: name) }.first { path in
      path.withSystemName { access($0, X_OK) == 0 }
    }
  }
}

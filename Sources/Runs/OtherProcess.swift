import Glibc

/// Another process of this program: its memory is its own, and so is the order in which its tables are walked.
package enum OtherProcess {
  /// Runs this program with these arguments to its end and gives what it printed.
  ///
  /// - Parameter input: what it reads from standard input.
  /// - Throws: what it complained of, unless it ended well.
  package static func output(of arguments: [String], input: [UInt8] = []) throws(FileProblem) -> [UInt8] {
    let source = try file(with: input)
    defer { fclose(source) }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw problem("a pipe cannot be made") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, fileno(source), STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    var words = (["raftcheck"] + arguments).map { strdup($0) as UnsafeMutablePointer<CChar>? } + [nil]
    defer { for word in words { free(word) } }
    var environment = self.environment + [nil]
    var process = pid_t()
    let code = posix_spawn(&process, "/proc/self/exe", &actions, nil, &words, &environment)
    close(ends[1])
    guard code == 0 else { throw FileProblem(.system, "another process cannot be started") }
    let bytes = readAll(ends[0])
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    guard status != 0 else { return bytes }
    let complaint = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
    let isContent = status >> 8 & 0xFF == badInput
    throw FileProblem(isContent ? .content : .system, complaint ?? "the other process ended with status \(status)")
  }

  /// The exit code of a program whose input was not what it should be (`EX_DATAERR`).
  private static let badInput: Int32 = 65

  /// This process's environment, but hashes are seeded anew whatever it says.
  private static var environment: [UnsafeMutablePointer<CChar>?] {
    var variables: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let variable = next.pointee {
      if !String(cString: variable).hasPrefix("SWIFT_DETERMINISTIC_HASHING=") { variables.append(variable) }
      next += 1
    }
    return variables
  }

  /// A file without a name that holds these bytes, to be read from its start.
  private static func file(with bytes: [UInt8]) throws(FileProblem) -> UnsafeMutablePointer<FILE> {
    guard let file = tmpfile() else { throw problem("a file for another process's input cannot be made") }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0, lseek(fileno(file), 0, SEEK_SET) == 0
    else {
      fclose(file)
      throw problem("a file for another process's input cannot be written")
    }
    return file
  }

  private static func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += part[..<count]
    }
  }

  private static func problem(_ sentence: String) -> FileProblem {
    FileProblem(.system, "\(sentence): \(String(cString: strerror(errno)).lowercased())")
  }
}

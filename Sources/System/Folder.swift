#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder and its files, by their names. All is done at once; nothing is durable before it is synced.
package struct Folder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  package func path(of name: String) -> String { "\(path)/\(name)" }

  /// Makes the folder, and those above it, unless it is there: for nobody but this user.
  package func make() throws(SystemError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw SystemError("cannot make the folder \(made)") }
    }
  }

  /// The names of its files, in order; those of folders not.
  package func names() throws(SystemError) -> [String] {
    guard let folder = opendir(path) else { throw SystemError("cannot read the folder \(path)") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var state = stat()
      guard stat(path(of: name), &state) == 0, state.st_mode & S_IFMT == S_IFREG else { continue }
      names.append(name)
    }
    return names.sorted()
  }

  /// All bytes of a file; `nil` if there is none.
  package func read(_ name: String) throws(SystemError) -> [UInt8]? {
    let file = open(path(of: name), O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemError("cannot read \(path(of: name))")
    }
    defer { Descriptor(file).close() }
    var state = stat()
    guard fstat(file, &state) == 0 else { throw SystemError("cannot read \(path(of: name))") }
    var isRead = true
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(state.st_size)) { buffer, count in
      while count < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        guard case .moved(let more) = Descriptor(file).read(into: rest) else { break }
        count += more
      }
      isRead = count == buffer.count
    }
    guard isRead else { throw SystemError("cannot read \(path(of: name))") }
    return bytes
  }

  /// Makes a file, or takes the place of one, in a way that a crash leaves the one or the other.
  package func replace(_ name: String, with bytes: [UInt8]) throws(SystemError) {
    let temporary = "\(name).new"
    var file = try OpenFile(at: path(of: temporary), isNew: true)
    defer { file.close() }
    try file.append(bytes)
    try file.sync()
    try rename(temporary, to: name)
    try sync()
  }

  package func rename(_ name: String, to other: String) throws(SystemError) {
    guard systemRename(path(of: name), path(of: other)) == 0 else {
      throw SystemError("cannot rename \(path(of: name)) to \(other)")
    }
  }

  /// Removes a file, if it is there.
  package func remove(_ name: String) throws(SystemError) {
    guard unlink(path(of: name)) == 0 || errno == ENOENT else { throw SystemError("cannot remove \(path(of: name))") }
  }

  /// Removes a folder that holds nothing.
  package static func removeEmpty(_ path: String) throws(SystemError) {
    guard rmdir(path) == 0 || errno == ENOENT else { throw SystemError("cannot remove the folder \(path)") }
  }

  /// Removes a folder, if it is there, with all that is in it. Where a link leads nothing is removed.
  package static func removeTree(_ path: String) throws(SystemError) {
    for name in try Folder.allNames(in: path) {
      let inner = Folder(path).path(of: name)
      var state = stat()
      guard inner.withSystemName({ lstat($0, &state) }) == 0 else { continue }
      if state.st_mode & S_IFMT == S_IFDIR {
        try removeTree(inner)
      } else {
        guard inner.withSystemName({ unlink($0) }) == 0 else { throw SystemError("cannot remove \(inner)") }
      }
    }
    try removeEmpty(path)
  }

  /// The names of all that is in a folder; of none if it is not there.
  private static func allNames(in path: String) throws(SystemError) -> [String] {
    guard let folder = path.withSystemName({ opendir($0) }) else {
      if errno == ENOENT { return [] }
      throw SystemError("cannot read the folder \(path)")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(systemBytes: Array($0.prefix { $0 != 0 })) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Makes it the one at which this process's relative paths begin.
  package func enter() throws(SystemError) {
    guard path.withSystemName({ chdir($0) }) == 0 else { throw SystemError("cannot enter the folder \(path)") }
  }

  /// Makes the names of its files durable.
  package func sync() throws(SystemError) {
    let folder = open(path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { throw SystemError("cannot open the folder \(path)") }
    defer { Descriptor(folder).close() }
    guard fsync(folder) == 0 else { throw SystemError("cannot sync the folder \(path)") }
  }

  /// Locks a file until it is closed or this process ends, and makes it if it is not there.
  ///
  /// - Returns: `nil` if somebody else has locked it.
  package func lock(_ name: String) throws(SystemError) -> Descriptor? {
    let file = open(path(of: name), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw SystemError("cannot open \(path(of: name))") }
    if flock(file, LOCK_EX | LOCK_NB) == 0 { return Descriptor(file) }
    defer { Descriptor(file).close() }
    if errno == EWOULDBLOCK { return nil }
    throw SystemError("cannot lock \(path(of: name))")
  }

  /// The bytes that are free on its disk for this user.
  package var freeBytes: Int {
    var state = statvfs()
    guard statvfs(path, &state) == 0 else { return .max }
    return Int(clamping: UInt64(state.f_bavail) &* UInt64(state.f_frsize))
  }
}

private func systemRename(_ name: String, _ other: String) -> Int32 { rename(name, other) }

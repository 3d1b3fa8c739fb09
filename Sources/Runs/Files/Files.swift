import Determinism
import Glibc

/// Why a file could not be read, understood or written: one sentence that begins with the file.
package struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whose fault it is.
  package enum Kind: Hashable, Sendable {
    /// The system refused: missing, not permitted, disk full.
    case system
    /// The file was read and is not what it should be.
    case content
    /// Time or memory was up before it was read.
    case limit
  }

  /// Whose fault it is.
  package let kind: Kind
  /// One sentence, without a full stop.
  package let description: String

  /// A problem, told in a sentence that begins with the file.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description.printableSentence
  }
}

/// Reading and writing whole files, with errors for people.
package enum Files {
  /// The largest history that is read, in bytes.
  package static let historyLimit = 1 << 30
  /// How the names of histories end, for whoever looks for them in a folder.
  package static let historyEndings = [".jsonl", ".edn", ".log", ".txt"]
  /// The largest case file that is read, in bytes.
  package static let caseLimit = 64 << 20

  /// Reads a whole file; `-` is standard input.
  ///
  /// - Parameter limit: in bytes; a larger file is refused before it fills the memory.
  package static func read(_ path: String, limit: Int) throws(FileProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    try readParts(of: path, limit: limit) { part, _ in bytes += part }
    return bytes
  }

  /// Reads a file a part at a time, so that nobody has to hold all of it; `-` is standard input.
  ///
  /// - Parameters:
  ///   - limit: in bytes; a larger file is refused once so much was read.
  ///   - body: is handed each part, valid only during the call, and the size of the whole file, 0 if not known.
  package static func readParts(
    of path: String, limit: Int, _ body: (UnsafeBufferPointer<UInt8>, _ size: Int) throws(FileProblem) -> Void
  ) throws(FileProblem) {
    if path == "-" { return try readParts(of: STDIN_FILENO, named: "standard input", limit: limit, body) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw problem("\(path): cannot be read") }
    defer { close(descriptor) }
    guard !isFolder(path) else { throw FileProblem(.system, "\(path): is a folder; expected a file") }
    try readParts(of: descriptor, named: path, limit: limit, body)
  }

  /// The first bytes of a file, for whoever wants to know what it is; none of what is no file or cannot be read.
  package static func beginning(of path: String, limit: Int) -> [UInt8] {
    // What a pipe has once given is gone.
    guard isFile(path) else { return [] }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    return Array(bytes.prefix(max(0, count)))
  }

  /// Removes a file, if it is there.
  package static func remove(_ path: String) throws(FileProblem) {
    guard unlink(path) == 0 || errno == ENOENT else { throw problem("\(path): cannot be removed") }
  }

  /// What stands in a folder, by name; nothing hidden.
  package static func names(in folder: String) throws(FileProblem) -> [String] {
    guard let directory = opendir(folder) else { throw problem("\(folder): cannot be read") }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Writes a whole file so that nobody ever sees half of it: beside it first, then moved into place. `-` is standard
  /// output.
  ///
  /// What is there and is no file, a device or a pipe, is written to as it is: moved over, it would be gone.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileProblem) {
    if path == "-" {
      guard write(bytes, to: STDOUT_FILENO) else { throw problem("standard output cannot be written") }
      return
    }
    var status = stat()
    let isInPlace = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let written = isInPlace ? path : "\(path).unfinished"
    let descriptor = open(written, O_WRONLY | O_CLOEXEC | (isInPlace ? 0 : O_CREAT | O_TRUNC), 0o644)
    guard descriptor >= 0 else { throw problem("\(path): cannot be written") }
    var failure: Int32 = write(bytes, to: descriptor) ? 0 : errno
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, !isInPlace, rename(written, path) != 0 { failure = errno }
    guard failure == 0 else {
      if !isInPlace { unlink(written) }
      errno = failure
      throw problem("\(path): cannot be written")
    }
  }

  /// - Returns: whether all were written; if not, `errno` has the reason.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }

  /// Whether both names stand for one file that is there.
  package static func areSame(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard one != "-", other != "-", stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Makes a folder and those above it, unless they are there.
  package static func makeFolder(_ path: String) throws(FileProblem) {
    var reached = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      reached += part
      guard mkdir(reached, 0o755) == 0 || (errno == EEXIST && isFolder(reached)) else {
        throw problem("\(path): the folder cannot be made")
      }
      reached += "/"
    }
  }

  /// Makes a folder, unless it is there, in which files can be made.
  package static func prepareFolder(_ path: String) throws(FileProblem) {
    try makeFolder(path)
    guard access(path, W_OK | X_OK) == 0 else { throw problem("\(path): the folder cannot be written to") }
  }

  /// Whether there is a folder of this name.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is a file of this name, and no folder, device or pipe.
  package static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// What stands under this name, a link for itself.
  private static func kindOfEntry(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  /// The histories in a folder and those below it, by name: files that end in `.jsonl`, `.edn`,
  /// `.log` or `.txt`.
  package static func histories(in folder: String) throws(FileProblem) -> [String] {
    var found: [String] = []
    for name in try names(in: folder) {
      let path = folder.hasSuffix("/") ? "\(folder)\(name)" : "\(folder)/\(name)"
      // A link to a folder may lead round in a circle; what is no file may never end.
      let kind = kindOfEntry(path)
      if kind == S_IFDIR {
        found += try histories(in: path)
      } else if kind != S_IFREG && !(kind == S_IFLNK && isFile(path)) {
        continue
      } else if historyEndings.contains(where: name.hasSuffix) {
        found.append(path)
      }
    }
    return found
  }

  private static func readParts(
    of descriptor: Int32, named name: String, limit: Int,
    _ body: (UnsafeBufferPointer<UInt8>, Int) throws(FileProblem) -> Void
  ) throws(FileProblem) {
    var status = stat()
    let size = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    // One buffer for all parts, and small enough to stay near the processor until it has been read.
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw problem("\(name): cannot be read") }
      guard count > 0 else { return }
      total += count
      guard total <= limit else {
        throw FileProblem(.content, "\(name): is too large; expected at most \(limit >> 20) MiB")
      }
      try body(UnsafeBufferPointer(rebasing: buffer[..<count]), size)
    }
  }

  /// What the system said last, behind a sentence of ours.
  private static func problem(_ sentence: String) -> FileProblem {
    let reason = errno == ENOENT ? "there is no such file or folder" : String(cString: strerror(errno)).lowercased()
    return FileProblem(.system, "\(sentence): \(reason)")
  }
}

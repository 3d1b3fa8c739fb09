import Determinism
import Glibc
import System

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
    self.description = description.displayed.printableSentence
  }

  /// What the system said last, behind a sentence of ours.
  static func system(_ sentence: String) -> FileProblem {
    let reason = errno == ENOENT ? "there is no such file or folder" : String(cString: strerror(errno)).lowercased()
    return FileProblem(.system, "\(sentence): \(reason)")
  }
}

/// Files by the paths that users type, with errors for people. Such a path is followed wherever it leads; what lies
/// below it is reached through a `Folder`, which follows nothing.
package enum Files {
  /// The largest history that is read, in bytes.
  package static let historyLimit = 1 << 30
  /// The largest case file that is read, in bytes.
  package static let caseLimit = 64 << 20

  /// Writes a whole file so that nobody ever sees half of it: beside it first, then moved into place. `-` is standard
  /// output.
  ///
  /// What is there and is no file, a device or a pipe, is written to as it is: moved over, it would be gone.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileProblem) {
    if path == "-" {
      guard write(bytes, to: STDOUT_FILENO) else { throw .system("standard output cannot be written") }
      return
    }
    guard let status = status(of: path) else {
      guard !isLink(path) else { throw FileProblem(.system, "\(path): is a link to something that is not there") }
      return try write(bytes, beside: path)
    }
    guard status.st_mode & S_IFMT != S_IFREG else {
      return try write(bytes, beside: isLink(path) ? resolved(path) : path)
    }
    // Without waiting for somebody to read.
    let descriptor = path.withSystemName { open($0, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
    guard descriptor >= 0 || errno != ENXIO else {
      throw FileProblem(.system, "\(path): cannot be written: nobody reads it")
    }
    guard descriptor >= 0 else { throw .system("\(path): cannot be written") }
    _ = fcntl(descriptor, F_SETFL, 0)
    var failure: Int32 = write(bytes, to: descriptor) ? 0 : errno
    if close(descriptor) != 0, failure == 0 { failure = errno }
    guard failure == 0 else {
      errno = failure
      throw .system("\(path): cannot be written")
    }
  }

  /// Writes a whole file in a folder, in place of what has its name there: a link is replaced and not followed.
  ///
  /// - Parameter isSynced: whether it is to be there also if the power fails right afterwards.
  package static func write(
    _ bytes: [UInt8], to name: String, in folder: String, isSynced: Bool = false
  ) throws(FileProblem) {
    try Folder(at: folder).write(bytes, to: name, isSynced: isSynced)
  }

  /// All that stands in a folder, by name.
  package static func names(in folder: String) throws(FileProblem) -> [String] { try Folder(at: folder).names() }

  private static func write(_ bytes: [UInt8], beside path: String) throws(FileProblem) {
    let (folder, name) = path.folderAndName
    guard isFolder(folder) else {
      if status(of: folder) != nil { errno = ENOTDIR }
      throw .system("\(path): cannot be written")
    }
    try Folder(at: folder).write(bytes, to: name)
  }

  /// - Returns: whether all were written; if not, `errno` has the reason.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        if count == 0 { errno = EIO }
        return false
      }
      offset += count
    }
    return true
  }

  /// A path without links, from the root on.
  package static func resolved(_ path: String) throws(FileProblem) -> String {
    guard let real = path.withSystemName({ realpath($0, nil) }) else { throw .system("\(path): cannot be read") }
    defer { free(real) }
    return String(systemBytes: UnsafeBufferPointer(start: real, count: strlen(real)).map { UInt8(bitPattern: $0) })
  }

  /// Whether both names stand for one file that is there.
  package static func areSame(_ one: String, _ other: String) -> Bool {
    guard one != "-", other != "-", let first = status(of: one), let second = status(of: other) else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// Makes a folder and those above it, unless they are there.
  package static func makeFolder(_ path: String) throws(FileProblem) {
    var reached = path.utf8.first == UInt8(ascii: "/") ? "/" : ""
    for part in path.pathParts {
      reached += part
      guard reached.withSystemName({ mkdir($0, 0o777) }) == 0 || (errno == EEXIST && isFolder(reached)) else {
        throw .system("\(path): the folder cannot be made")
      }
      reached += "/"
    }
  }

  /// Makes a folder, unless it is there, in which files can be made.
  package static func prepareFolder(_ path: String) throws(FileProblem) {
    try makeFolder(path)
    guard path.withSystemName({ access($0, W_OK | X_OK) }) == 0 else {
      throw .system("\(path): the folder cannot be written to")
    }
  }

  /// Whether there is a folder of this name.
  package static func isFolder(_ path: String) -> Bool { status(of: path).map { $0.st_mode & S_IFMT } == S_IFDIR }

  /// Whether there is a file of this name, and no folder, device or pipe.
  package static func isFile(_ path: String) -> Bool { status(of: path).map { $0.st_mode & S_IFMT } == S_IFREG }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return path.withSystemName { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// What a path leads to.
  private static func status(of path: String) -> stat? {
    var status = stat()
    return path.withSystemName { stat($0, &status) } == 0 ? status : nil
  }
}

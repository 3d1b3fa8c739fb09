import FoundationEssentials
import Glibc
import Runs

/// Folders with all that lies in them.
enum FolderTree {
  /// Takes one away, if it is there.
  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// Gives one another name; what has that is removed first.
  static func move(_ path: String, to other: String) throws(FileProblem) {
    remove(other)
    do {
      try FileManager.default.moveItem(atPath: path, toPath: other)
    } catch {
      throw FileProblem(.system, "\(other): cannot be written: \(reason())")
    }
  }

  /// Makes a second one with the same files, in place of what has the name; folders in it are left out.
  static func copyFiles(of path: String, to other: String) throws(FileProblem) {
    remove(other)
    try Files.makeFolder(other)
    for name in try Files.names(in: path) where Files.isFile("\(path)/\(name)") {
      try Files.write(Files.read(name, in: path, limit: Files.historyLimit), to: name, in: other)
    }
  }

  private static func reason() -> String { String(cString: strerror(errno)).lowercased() }
}

/// Keeps other campaigns out of a folder until it is let go of, or the program ends.
final class FolderLock {
  private let descriptor: Int32

  /// - Parameters:
  ///   - file: what is locked.
  ///   - folder: what is told of.
  init(_ file: String, of folder: String) throws(FileProblem) {
    descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    throw FileProblem(
      .system, "\(folder): another campaign is under way there; wait for it, or give --out another folder")
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

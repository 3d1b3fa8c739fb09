import Determinism
import Glibc
import System

/// An open folder. What is named is looked for in it and nowhere else, whatever becomes of its own name: no link is
/// followed.
final class Folder {
  /// What stands under a name, a link for itself.
  struct Entry {
    let kind: mode_t
    let size: Int
    /// How many names it has.
    let links: Int
    let permissions: mode_t

    init(_ status: stat) {
      kind = status.st_mode & S_IFMT
      (size, links) = (Int(status.st_size), Int(status.st_nlink))
      permissions = status.st_mode & 0o7777
    }

    var isFile: Bool { kind == S_IFREG }
    var isFolder: Bool { kind == S_IFDIR }
    var isLink: Bool { kind == S_IFLNK }
  }

  /// The system's number for it.
  let descriptor: Int32
  /// How it was reached, for errors.
  let path: String

  private init(_ descriptor: Int32, _ path: String) {
    (self.descriptor, self.path) = (descriptor, path)
  }

  /// Opens a folder by the path that a user typed, through links.
  ///
  /// - Parameter typed: what the user typed, if that is another path.
  convenience init(at path: String, typed: String? = nil) throws(FileProblem) {
    let descriptor = path.withSystemName { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .system("\(typed ?? path): cannot be read") }
    self.init(descriptor, typed ?? path)
  }

  deinit {
    close(descriptor)
  }

  /// The path of a name in it, for errors.
  func path(of name: String) -> String { path.ends(with: "/") ? "\(path)\(name)" : "\(path)/\(name)" }

  /// Opens a folder in it.
  ///
  /// - Parameter lasting: the name that it is to have in the end, for errors.
  func folder(_ name: String, for lasting: String? = nil) throws(FileProblem) -> Folder {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let descriptor = name.withSystemName { openat(self.descriptor, $0, flags) }
    let path = path(of: lasting ?? name)
    guard descriptor >= 0 else {
      let problem = FileProblem.system("\(path): cannot be read")
      guard entry(name)?.isLink ?? false else { throw problem }
      throw FileProblem(.system, "\(path): is a link, which is not followed; expected a folder")
    }
    return Folder(descriptor, path)
  }

  /// Opens a folder in it, which is made unless it is there.
  func madeFolder(_ name: String) throws(FileProblem) -> Folder {
    guard name.withSystemName({ mkdirat(descriptor, $0, 0o777) }) == 0 || errno == EEXIST else {
      throw .system("\(path(of: name)): the folder cannot be made")
    }
    return try folder(name)
  }

  /// What stands under a name; `nil` if nothing does.
  func entry(_ name: String) -> Entry? {
    var status = stat()
    guard name.withSystemName({ fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else { return nil }
    return Entry(status)
  }

  /// Opens a plain file in it to read. Anything else is refused, and not even opened: that could wait for ever.
  func openFile(_ name: String) throws(FileProblem) -> Int32 {
    if let entry = entry(name) { try expectFile(entry, name) }
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = name.withSystemName { openat(descriptor, $0, flags) }
    guard file >= 0 else { throw .system("\(path(of: name)): cannot be read") }
    // It may be another one by now.
    var status = stat()
    do throws(FileProblem) {
      guard fstat(file, &status) == 0 else { throw .system("\(path(of: name)): cannot be read") }
      try expectFile(Entry(status), name)
    } catch {
      close(file)
      throw error
    }
    return file
  }

  private func expectFile(_ entry: Entry, _ name: String) throws(FileProblem) {
    guard !entry.isLink else { throw FileProblem(.system, "\(path(of: name)): is a link, which is not followed") }
    guard entry.isFile else { throw FileProblem(.system, "\(path(of: name)): is no plain file") }
  }

  /// All that stands in it, by name.
  ///
  /// - Parameters:
  ///   - start: how the names begin.
  ///   - limit: more than that are refused.
  func names(from start: String = "", limit: Int = 1_000_000) throws(FileProblem) -> [String] {
    // A descriptor of its own, whose place nobody else moves.
    let descriptor = openat(self.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, let directory = fdopendir(descriptor) else {
      let problem = FileProblem.system("\(path): cannot be read")
      if descriptor >= 0 { close(descriptor) }
      throw problem
    }
    defer { closedir(directory) }
    var names: [[UInt8]] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name == Array(".".utf8) || name == Array("..".utf8) || !name.starts(with: start.utf8) { continue }
      guard names.count < limit else {
        throw FileProblem(.limit, "\(path): holds more than \(limit) names")
      }
      names.append(name)
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(systemBytes: $0) }
  }

  /// Makes a new file.
  ///
  /// - Parameters:
  ///   - lasting: the name that it is to have in the end, for errors.
  ///   - isSynced: whether to wait until it is on the disk.
  func create(
    _ name: String, _ bytes: [UInt8], for lasting: String? = nil, isSynced: Bool = false
  ) throws(FileProblem) {
    let path = path(of: lasting ?? name)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = name.withSystemName { openat(descriptor, $0, flags, 0o666) }
    guard file >= 0 else { throw .system("\(path): cannot be written") }
    var failure: Int32 = Files.write(bytes, to: file) && (!isSynced || fsync(file) == 0) ? 0 : errno
    if close(file) != 0, failure == 0 { failure = errno }
    guard failure == 0 else {
      remove(name)
      errno = failure
      throw .system("\(path): cannot be written")
    }
  }

  /// Writes a whole file, so that nobody ever sees half of it: under another name first, then moved into place.
  func write(_ bytes: [UInt8], to name: String, isSynced: Bool = false) throws(FileProblem) {
    let unfinished = HiddenName().text
    try create(unfinished, bytes, for: name, isSynced: isSynced)
    guard rename(unfinished, to: name, in: self) else {
      let problem = FileProblem.system("\(path(of: name)): cannot be written")
      remove(unfinished)
      throw problem
    }
  }

  /// Gives a file another name, in place of what has it.
  @discardableResult func rename(_ name: String, to other: String, in folder: Folder) -> Bool {
    name.withSystemName { old in
      other.withSystemName { renameat(descriptor, old, folder.descriptor, $0) == 0 }
    }
  }

  /// Gives a file another name in which nothing stands yet.
  func move(_ name: String, to other: String, in folder: Folder) -> Bool {
    renameWithFlags(name, to: other, in: folder, Self.noReplace)
  }

  /// Lets two names change places, in one step.
  func exchange(_ name: String, with other: String) -> Bool {
    renameWithFlags(name, to: other, in: self, Self.exchange)
  }

  /// Gives a file a second name; a link, and no folder, is one, too.
  func link(_ name: String, as other: String, in folder: Folder) -> Bool {
    name.withSystemName { old in
      other.withSystemName { linkat(descriptor, old, folder.descriptor, $0, 0) == 0 }
    }
  }

  /// Takes a name away.
  @discardableResult func remove(_ name: String) -> Bool { name.withSystemName { unlinkat(descriptor, $0, 0) == 0 } }

  /// Removes a folder in it, if that is empty.
  func removeFolder(_ name: String) { _ = name.withSystemName { unlinkat(descriptor, $0, AT_REMOVEDIR) } }

  /// Waits until no other process publishes here, and keeps them from it until the folder is closed.
  ///
  /// - Returns: whether this is so. There are file systems that know no locks; and a stranger may hold this one for ever.
  func lock() -> Bool {
    let watch = Stopwatch()
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, watch.elapsed < Self.lockTime else { return false }
      usleep(Self.lockPause)
    }
    return true
  }

  /// Publishing takes milliseconds.
  private static let lockTime = Duration.seconds(10)
  private static let lockPause: useconds_t = 10_000

  /// `RENAME_NOREPLACE` and `RENAME_EXCHANGE`.
  private static let noReplace: UInt32 = 1
  private static let exchange: UInt32 = 2

  private typealias RenameWithFlags =
    @convention(c) (
      Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
    ) -> Int32

  /// The toolchain's module of the C library lacks it, and so may an old C library.
  private static let renameat2 = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: RenameWithFlags.self) }

  private func renameWithFlags(_ name: String, to other: String, in folder: Folder, _ flags: UInt32) -> Bool {
    guard let renameat2 = Self.renameat2 else {
      errno = ENOSYS
      return false
    }
    return name.withSystemName { old in
      other.withSystemName { renameat2(descriptor, old, folder.descriptor, $0, flags) == 0 }
    }
  }
}

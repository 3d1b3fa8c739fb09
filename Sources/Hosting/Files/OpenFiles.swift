import Determinism
import Replica
import System

/// The files of a folder that one thread writes.
///
/// Zeros may stand ahead in files of the log, so that a sync has no new length to bring to the disk. Whoever is killed leaves
/// them in the last file, and recovery takes them for a torn tail: it cuts them before it adds anything. In a file that has a
/// successor they would be damage, so they are gone for good before that one is made.
struct OpenFiles {
  /// More than a server writes at a time; what is not written any more is closed.
  private static let mostOpen = 8
  /// How many zeros are put ahead at a time.
  private static let reserveBytes = 1 << 20
  /// On a disk with less room none are: the server has counted on it.
  private static let leastFreeBytes = 256 << 20

  private let folder: Folder
  private let reserves: Bool
  /// In the order in which they were opened.
  private var files: [(name: String, file: OpenFile)] = []

  /// - Parameter reserves: whether zeros are put ahead of what is added.
  init(_ folder: Folder, reserves: Bool) { (self.folder, self.reserves) = (folder, reserves) }

  /// - Returns: what went wrong, if anything did.
  mutating func carryOut(_ command: FileCommand) -> DiskFailure? {
    do throws(SystemError) {
      switch command {
      case .create(let name):
        try close(name)
        try releaseAll()
        try open(name, isNew: true)
      case .append(let name, let bytes): try append(bytes, to: place(of: name))
      case .truncate(let name, let length): try files[place(of: name)].file.truncate(to: length)
      case .sync(let name): try files[place(of: name)].file.sync()
      case .rename(let name, let other):
        try close(name)
        try close(other)
        try folder.rename(name, to: other)
      case .remove(let name):
        try close(name)
        try folder.remove(name)
      case .syncDirectory: try folder.sync()
      }
      return nil
    } catch {
      return command.failure(of: error)
    }
  }

  private mutating func append(_ bytes: [UInt8], to place: Int) throws(SystemError) {
    if reserves, !files[place].file.isReserved(for: bytes.count), folder.freeBytes >= Self.leastFreeBytes {
      files[place].file.reserve(bytes.count + Self.reserveBytes)
    }
    try files[place].file.append(bytes)
  }

  private mutating func place(of name: String) throws(SystemError) -> Int {
    if let place = files.firstIndex(where: { $0.name == name }) { return place }
    try open(name, isNew: false)
    return files.count - 1
  }

  private mutating func open(_ name: String, isNew: Bool) throws(SystemError) {
    if files.count == Self.mostOpen { try close(files[0].name) }
    files.append((name, try OpenFile(at: folder.path(of: name), isNew: isNew)))
  }

  /// Takes away the zeros ahead, for good.
  private mutating func releaseAll() throws(SystemError) {
    for place in files.indices { try release(place) }
  }

  private mutating func release(_ place: Int) throws(SystemError) {
    if try files[place].file.release() { try files[place].file.sync() }
  }

  /// Closes a file, without zeros ahead: whoever opens it again adds behind its end.
  private mutating func close(_ name: String) throws(SystemError) {
    guard let place = files.firstIndex(where: { $0.name == name }) else { return }
    defer { files.remove(at: place).file.close() }
    try release(place)
  }

  mutating func close() {
    for place in files.indices {
      try? release(place)
      files[place].file.close()
    }
    files = []
  }
}

extension FileCommand {
  /// What it means that this one failed.
  fileprivate func failure(of error: SystemError) -> DiskFailure {
    switch self {
    case .sync(let name): .sync(name)
    case .syncDirectory: .sync("the folder")
    case .create(let name), .append(let name, _), .truncate(let name, _), .rename(let name, _), .remove(let name):
      error.isOfFullDisk ? .full(name) : .write(name)
    }
  }
}

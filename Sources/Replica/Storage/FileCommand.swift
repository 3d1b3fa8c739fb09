/// A queue of the disk. Within one, commands are carried out strictly in order: what stands behind a sync is not begun
/// before the sync has ended. The two do not wait for each other.
package enum FileLane: UInt8, Hashable, Sendable, CaseIterable {
  /// For the small records of the log, on which votes and acknowledgements wait.
  case log
  /// For snapshots, whose syncs take long.
  case snapshots
}

/// What a server asks of the folder that holds its files, each in one of two queues (`FileLane`).
package enum FileCommand: Hashable, Sendable {
  /// Make an empty file of that name; one that is there already is emptied.
  case create(String)
  /// Add bytes at a file's end.
  case append(String, [UInt8])
  /// Cut a file to a length.
  case truncate(String, to: Int)
  /// Make a file's bytes durable. Its name need not be.
  case sync(String)
  /// Give a file another name, in place of whatever bore it.
  case rename(String, to: String)
  /// Remove a file.
  case remove(String)
  /// Make every name durable: files made, renamed and removed so far.
  case syncDirectory
}

/// A file as a host finds it when it starts.
package struct FileImage: Hashable, Sendable {
  package var name: String
  /// As long as the file is; those that could not be read may be anything.
  package var bytes: [UInt8]
  /// Where the disk could not be read, in order: ranges of `bytes`.
  package var unreadable: [Range<Int>]

  package init(name: String, bytes: [UInt8], unreadable: [Range<Int>] = []) {
    self.name = name
    self.bytes = bytes
    self.unreadable = unreadable
  }
}

extension [Range<Int>] {
  /// The first that has bytes in common with a range.
  func first(touching range: Range<Int>) -> Range<Int>? { first { $0.overlaps(range) } }
}

/// Why a disk could not do what it was asked.
package enum DiskFailure: Hashable, Sendable {
  /// A sync failed: what was written since the last one may be gone, though it can still be read.
  case sync(String)
  /// A write, or a change of names, failed.
  case write(String)
  /// No room was left; the write may have been done in part.
  case full(String)
}

extension DiskFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .sync(let file): "\(file) could not be synced"
    case .write(let file): "\(file) could not be written"
    case .full(let file): "no room is left on the disk to write \(file)"
    }
  }
}

/// How a flush ended: whether everything that was asked before it in its queue is done and, where synced, durable.
package enum FlushOutcome: Hashable, Sendable {
  /// All of it is.
  ///
  /// - Parameter freeBytes: the room left on the disk; `Int.max` where nobody counts.
  case done(freeBytes: Int)
  /// Something was not, and nothing behind it was begun.
  case failed(DiskFailure)
}

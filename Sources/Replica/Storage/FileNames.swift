import Raft

/// A snapshot's file, known by its name alone.
package struct SnapshotFile: Hashable, Sendable {
  static let prefix = "snapshot-"
  /// Ends the name of a file that is still being written.
  package static let temporarySuffix = ".tmp"

  /// The last index that the snapshot includes, which is the number in its name.
  package let index: LogIndex

  /// The file of the snapshot up to an index.
  package init(index: LogIndex) {
    self.index = index
  }

  /// - Returns: `nil` if no snapshot bears the name.
  package init?(name: String) {
    guard let number = UInt64(name: name, behind: Self.prefix) else { return nil }
    index = LogIndex(number)
  }

  /// The file's name: `snapshot-120`.
  package var name: String { Self.prefix + String(index.rawValue) }

  /// Whether a name is that of a snapshot that was still being written.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(temporarySuffix)
  }
}

/// A file of the log, known by its name alone.
struct SegmentFile: Hashable, Sendable {
  static let prefix = "log-"

  /// Counts the files of the log, from 1 on.
  let number: UInt64

  init(number: UInt64) {
    self.number = number
  }

  /// - Returns: `nil` if no file of a log bears the name.
  init?(name: String) {
    guard let number = UInt64(name: name, behind: Self.prefix), number > 0 else { return nil }
    self.number = number
  }

  /// The file's name: `log-7`.
  var name: String { Self.prefix + String(number) }
}

extension UInt64 {
  /// The number of which the rest of a name consists, written as this program writes it.
  fileprivate init?(name: String, behind prefix: String) {
    guard name.hasPrefix(prefix), let number = UInt64(name.dropFirst(prefix.count)) else { return nil }
    guard name == prefix + String(number) else { return nil }
    self = number
  }
}

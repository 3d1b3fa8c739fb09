import Raft
import Reference

/// The log that a server would find on its disk.
package struct DurableLog: Sendable {
  /// Its end, as a candidate names it.
  package let end: LogPosition
  /// In the order of the log.
  package let configurations: [LoggedMembers]
  /// The latest configuration, and the one before it, if the log still tells it.
  package let members: (latest: Members, before: Members?)

  /// - Parameter files: all of a server's.
  /// - Returns: `nil` if no server could recover from them.
  package init?(reading files: FileBytes) {
    guard let disk = ReferenceDisk(reading: files) else { return nil }
    (end, configurations, members) = (disk.lastPosition, disk.configurations, disk.members)
  }
}

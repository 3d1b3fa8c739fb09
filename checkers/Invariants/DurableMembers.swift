import Raft
import Reference

/// Which configurations a server's files hold.
package enum DurableMembers {
  /// - Parameter files: all of a server's.
  /// - Returns: in the order of its log; none if no server could recover from them.
  package static func read(_ files: FileBytes) -> [LoggedMembers] {
    ReferenceDisk(reading: files)?.configurations ?? []
  }
}

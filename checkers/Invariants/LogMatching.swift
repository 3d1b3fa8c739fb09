import Determinism
import Raft
import Traces

/// Log Matching (Raft Figure 3): if two logs contain an entry with the same index and term, then the logs are identical
/// in all entries up through that index. Logs of the past count too: a term's leader creates one entry at an index.
///
/// Where a log has let go of its beginning (Raft §7), the digest up to its start stands for what is gone, and the position
/// of the start is one that some log has held.
package struct LogMatching: ClusterInvariant {
  /// The digest of every log prefix ever seen, by the position at which it ends.
  private var digestByPosition = LookupTable<LogPosition, UInt64>()

  /// What tells whether a log is still the one that was walked.
  private struct Walked: Hashable, Sendable {
    var digest: UInt64
    var start: LogPosition
  }

  /// By node: its log when it was last walked.
  private var walked: [Walked]

  package init(nodes: Int) {
    walked = Array(repeating: Walked(digest: 0, start: .zero), count: nodes)
  }

  /// - Complexity: O(1) for each entry that no log held before.
  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    let present = Walked(digest: status.logDigest, start: status.logStart)
    guard walked[cluster.changed.offset] != present else { return }
    walked[cluster.changed.offset] = present
    let log = cluster.log
    // What a log has let go of was walked before, or it is made up.
    guard log.start == .zero || digestByPosition[log.start] == log.digest(at: log.start.index) else {
      throw InvariantViolation(.logBeginsBehindUnknown(cluster.changed, log.start))
    }
    var index = status.lastIndex
    while index > .zero, let term = log.term(at: index), let digest = log.digest(at: index) {
      let position = LogPosition(index: index, term: term)
      if let known = digestByPosition[position] {
        guard known == digest else {
          throw InvariantViolation(.logsDiffer(cluster.changed, at: position))
        }
        // This very prefix was walked when it was first seen.
        return
      }
      digestByPosition[position] = digest
      index = index.previous
    }
  }
}

import Determinism
import Raft

/// Log Matching (Raft Figure 3): if two logs contain an entry with the same index and term, then the logs are identical
/// in all entries up through that index. Logs of the past count too: a term's leader creates one entry at an index.
package struct LogMatching: ClusterInvariant {
  package static let name = "LogMatching"

  /// The digest of every log prefix ever seen, by the position at which it ends.
  private var digestByPosition = LookupTable<LogPosition, UInt64>()

  package init() {}

  /// - Complexity: O(1) for each entry that no log held before.
  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    var index = cluster.node.log.lastIndex
    while index > .zero, let term = cluster.node.log.term(at: index), let digest = cluster.node.log.digest(at: index) {
      let position = LogPosition(index: index, term: term)
      if let known = digestByPosition[position] {
        guard known == digest else {
          throw Self.violation("\(cluster.changed)'s log up to \(position) differs from another log with that entry")
        }
        // This very prefix was walked when it was first seen.
        return
      }
      digestByPosition[position] = digest
      index = index.previous
    }
  }
}

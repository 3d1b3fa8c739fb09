import Determinism
import Raft

/// Log Matching (Raft Figure 3): if two logs contain an entry with the same index and term, then the logs are identical
/// in all entries up through that index. Logs of the past count too: a term's leader creates one entry at an index.
package struct LogMatching: ClusterInvariant {
  package static let name = "LogMatching"

  /// The digest of every log prefix ever seen, by the position at which it ends.
  private var digestByPosition = LookupTable<LogPosition, UInt64>()

  /// By node: the digest of its log when it was last walked.
  private var walkedDigests: [UInt64]

  package init(nodes: Int) {
    walkedDigests = Array(repeating: 0, count: nodes)
  }

  /// - Complexity: O(1) for each entry that no log held before.
  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    let status = cluster.status
    guard walkedDigests[cluster.changed.offset] != status.logDigest else { return }
    walkedDigests[cluster.changed.offset] = status.logDigest
    let log = cluster.log
    var index = status.lastIndex
    while index > .zero, let term = log.term(at: index), let digest = log.digest(at: index) {
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

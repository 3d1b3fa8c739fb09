import Determinism
import Raft
import Traces

/// Log Matching (Raft Figure 3): if two logs contain an entry with the same index and term, then the logs are identical
/// in all entries up through that index. Logs of the past count too: a term's leader creates one entry at an index.
///
/// Where a log has let go of its beginning (Raft §7), the digest up to its start stands for what is gone, and the position
/// of the start is one that some log has held.
package struct LogMatching: ClusterInvariant {
  /// Log prefixes, by the position at which they end.
  private struct Prefixes: Sendable {
    private struct Prefix: Sendable {
      var term: Term
      var digest: UInt64
    }

    /// By index, the one that was seen there first: nearly all logs agree with it, and nothing is hashed.
    private var first: [Prefix?] = []
    /// The others.
    private var others = LookupTable<LogPosition, UInt64>()

    subscript(position: LogPosition) -> UInt64? {
      let index = position.index.rawValue
      let prefix = index < UInt64(first.count) ? first[Int(index)] : nil
      if let prefix, prefix.term == position.term { return prefix.digest }
      return others[position]
    }

    /// Takes note of a prefix that was not seen before.
    mutating func add(_ digest: UInt64, at position: LogPosition) {
      let index = position.index.rawValue
      // A log is walked from its end: places below it are taken as they come. Far away only wrong rules lead.
      if index >= UInt64(first.count), index < UInt64(first.count) + 1_000 {
        while UInt64(first.count) <= index { first.append(nil) }
      }
      if index < UInt64(first.count), first[Int(index)] == nil {
        first[Int(index)] = Prefix(term: position.term, digest: digest)
      } else {
        others[position] = digest
      }
    }
  }

  /// The digest of every log prefix ever seen.
  private var prefixes = Prefixes()

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
    guard log.start == .zero || prefixes[log.start] == log.digest(at: log.start.index) else {
      throw InvariantViolation(.logBeginsBehindUnknown(cluster.changed, log.start))
    }
    var index = status.lastIndex
    while index > .zero, let term = log.term(at: index), let digest = log.digest(at: index) {
      let position = LogPosition(index: index, term: term)
      if let known = prefixes[position] {
        guard known == digest else {
          throw InvariantViolation(.logsDiffer(cluster.changed, at: position))
        }
        // This very prefix was walked when it was first seen.
        return
      }
      prefixes.add(digest, at: position)
      index = index.previous
    }
  }
}

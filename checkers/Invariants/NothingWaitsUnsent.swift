import Determinism
import Raft
import Traces

/// What a follower lacks leaves for it as soon as it has answered, as far as the window allows, and not only with the next
/// heartbeat (Raft §5.3: a leader whose log is longer than what a follower holds sends the rest).
package enum NothingWaitsUnsent {
  /// Looks at a leader that has taken note of a follower's answer to an append.
  ///
  /// - Parameters:
  ///   - progress: what the leader knows of the follower now.
  ///   - last: where the leader's log ends.
  ///   - configuration: the leader's.
  /// - Returns: what is broken.
  package static func look(
    at progress: Progress, of follower: NodeID, by leader: NodeID, in term: Term, last: LogIndex,
    under configuration: RaftConfiguration
  ) -> Finding? {
    guard progress.next <= last, mayLeave(at: progress, last, configuration) else { return nil }
    return .entriesUnsent(leader: leader, term: term, follower: follower, match: progress.match, last: last)
  }

  private static func mayLeave(at progress: Progress, _ last: LogIndex, _ configuration: RaftConfiguration) -> Bool {
    switch progress.mode {
    case .snapshot: return false
    case .probe: return !progress.isAwaiting
    case .replicate:
      let underWay = progress.next.previous.rawValue - min(progress.match, progress.next.previous).rawValue
      guard underWay > 0 else { return true }
      let full = min(last.rawValue - progress.next.previous.rawValue, UInt64(configuration.maxEntriesPerAppend))
      let bytes = progress.flights.reduce(0) { $0 + $1.bytes }
      return underWay + full <= UInt64(configuration.maxInflightEntries) && bytes < configuration.maxInflightBytes
    }
  }
}

import Determinism
import Raft
import Traces

/// Whether a leader gets further with a follower that refuses its appends, in the storm as well, where nobody knows how
/// long messages take. `FollowerProgress` demands more, in the calm.
///
/// A leader that looks for where its log and a follower's agree asks about an earlier place after each refusal. So it does
/// not ask about one place for an election timeout by its own clock while the follower refuses `mostRefusals` rounds that
/// began after it came there. Refusals of earlier rounds are about another place and count for nothing.
package struct ProgressMoves: Sendable {
  /// So many refusals lead a leader further.
  package static let mostRefusals = 4

  /// What one leader was seen to know of one follower.
  private struct Seen: Sendable {
    var term = Term.zero
    var match = LogIndex.zero
    /// Of which place it asks; zero while it does not ask.
    var next = LogIndex.zero
    /// Since when, by the leader's clock.
    var since = LocalInstant(nanoseconds: 0)
    /// The latest round that had begun then, or of which a refusal told since, and how many did.
    var round: UInt64 = 0
    var refusals = 0
  }

  private let nodes: Int
  private let electionTimeout: Duration
  /// By leader, and then by follower.
  private var seen: [Seen]

  /// - Parameters:
  ///   - nodes: how many servers there are.
  ///   - electionTimeout: the longest.
  package init(nodes: Int, electionTimeout: Duration) {
    (self.nodes, self.electionTimeout) = (nodes, electionTimeout)
    seen = Array(repeating: Seen(), count: nodes * nodes)
  }

  /// A leader sends a follower an append. One about another place shows that it has left the one that was seen.
  ///
  /// - Parameter previous: the index before its entries.
  package mutating func note(appendBehind previous: LogIndex, by leader: NodeID, to follower: NodeID) {
    let place = leader.offset * nodes + follower.offset
    if seen[place].next > .zero, previous.next != seen[place].next { seen[place] = Seen() }
  }

  /// A leader has taken note of a follower's answer to an append.
  ///
  /// - Parameters:
  ///   - match: what the leader knows the follower to hold now.
  ///   - next: of which place it asks now; zero if it does not ask.
  ///   - refused: the round of the append, if that was refused.
  ///   - begun: the latest round of its term.
  ///   - canWrite: whether the follower's disk has room for entries, and nothing else to do.
  ///   - now: by the leader's clock.
  /// - Returns: what is broken.
  package mutating func look(
    atMatch match: LogIndex, asking next: LogIndex, of follower: NodeID, by leader: NodeID, in term: Term,
    refused: UInt64?, begun: UInt64, canWrite: Bool, at now: LocalInstant
  ) -> Finding? {
    let place = leader.offset * nodes + follower.offset
    guard seen[place].term == term, match == seen[place].match, next == seen[place].next else {
      seen[place] = Seen(term: term, match: match, next: next, since: now, round: begun)
      return nil
    }
    guard let refused, refused > seen[place].round, next > .zero, canWrite else { return nil }
    seen[place].round = refused
    seen[place].refusals += 1
    let elapsed = now - seen[place].since
    guard seen[place].refusals >= Self.mostRefusals, elapsed > electionTimeout else { return nil }
    return .followerStuck(leader: leader, term: term, follower: follower, match: match, after: elapsed)
  }
}

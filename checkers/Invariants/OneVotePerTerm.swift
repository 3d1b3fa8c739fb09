import Determinism
import Raft
import Replica
import Traces

/// A server votes for at most one candidate in a term, crashes or not (Raft §5.2, and Figure 2: votedFor is persistent).
///
/// Votes are those that leave their server. A candidate's own shows when it asks for others, or when it leads.
package struct OneVotePerTerm: ClusterInvariant {
  /// Who voted, and in which term; a wrong rule may bring any.
  private struct Ballot: Hashable, Sendable {
    let voter: NodeID
    let term: Term
  }

  private struct Vote: Hashable, Sendable {
    let candidate: NodeID
    let term: Term
  }

  private var votes = LookupTable<Ballot, NodeID>()
  /// By node: the vote that was seen of it last. Candidates ask again and again, and are told the same.
  private var latest: [Vote?]
  /// By node: the last term in which it was seen to lead.
  private var ledTerms: [Term]

  package init(nodes: Int) {
    latest = Array(repeating: nil, count: nodes)
    ledTerms = Array(repeating: .zero, count: nodes)
  }

  /// A message leaves.
  package mutating func check(_ message: SentMessage) throws(InvariantViolation) {
    if message.label.grantsVote {
      try note(message.sender, votesFor: message.recipient, in: message.label.term)
    } else if case .requestVote = message.label.kind {
      try note(message.sender, votesFor: message.sender, in: message.label.term)
    }
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (role, term) = (cluster.status.role, cluster.status.term)
    guard role == .leader, ledTerms[cluster.changed.offset] != term else { return }
    ledTerms[cluster.changed.offset] = term
    try note(cluster.changed, votesFor: cluster.changed, in: term)
  }

  private mutating func note(
    _ voter: NodeID, votesFor candidate: NodeID, in term: Term
  ) throws(InvariantViolation) {
    let vote = Vote(candidate: candidate, term: term)
    if latest[voter.offset] == vote { return }
    latest[voter.offset] = vote
    let ballot = Ballot(voter: voter, term: term)
    guard let before = votes[ballot] else { return votes[ballot] = candidate }
    guard before == candidate else {
      throw InvariantViolation(.votedTwice(voter: voter, first: before, second: candidate, term: term))
    }
  }
}

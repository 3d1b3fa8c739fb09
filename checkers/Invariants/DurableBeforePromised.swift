import Determinism
import Raft
import Replica

/// A server promises nothing that a crash could take back (Raft Figure 2: persistent state is on stable storage before a
/// server responds). A granted vote, and a candidate's request, which stands for its own, leave when term and vote are
/// durable, and the candidate's log; an acknowledged append or snapshot when the leader's entries are.
///
/// A server that has entered a later term since is bound by that one's promises only.
package struct DurableBeforePromised: ClusterInvariant {
  package static let name = "DurableBeforePromised"

  package init() {}

  /// A message leaves.
  package func check(
    _ message: SentMessage, in cluster: ClusterView, knowing past: ClusterPast
  ) throws(InvariantViolation) {
    let (label, sender) = (message.label, message.sender)
    switch label.kind {
    case .requestVote:
      try check(vote: sender, in: label.term, of: sender, past)
      // A candidate's log does not change as long as it is one.
      let status = cluster.replicas[sender.offset].status
      guard status.role == .candidate, status.term == label.term else { return }
      let disk = past.durable[sender.offset]
      guard disk.holds(status.lastIndex, digest: status.logDigest) else {
        throw Self.violation(
          "\(sender) asks for votes in term \(label.term) with a log up to \(status.lastIndex) that is not durable")
      }
    case .requestVoteReply:
      if label.grantsVote { try check(vote: message.recipient, in: label.term, of: sender, past) }
    case .appendEntriesReply, .installSnapshotReply:
      if label.acknowledges { try check(entriesUpTo: label.index, in: label.term, of: sender, past) }
    default: break
    }
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    // What a server keeps to itself promises nothing.
  }

  private func check(
    vote candidate: NodeID, in term: Term, of voter: NodeID, _ past: ClusterPast
  ) throws(InvariantViolation) {
    let disk = past.durable[voter.offset]
    guard disk.term <= term else { return }
    guard disk.hardState.term == term, disk.hardState.votedFor == candidate else {
      throw Self.tooEarly(voteOf: voter, for: candidate, in: term, disk)
    }
  }

  private func check(
    entriesUpTo index: LogIndex, in term: Term, of follower: NodeID, _ past: ClusterPast
  ) throws(InvariantViolation) {
    let disk = past.durable[follower.offset]
    guard disk.term <= term else { return }
    guard disk.hardState.term == term else {
      throw Self.violation(
        "\(follower) acknowledged entry \(index) in term \(term) while its disk still held term \(disk.hardState.term)")
    }
    guard disk.holds(index, digest: past.digest(at: index, ofLeaderIn: term)) else {
      throw Self.violation(
        "\(follower) acknowledged entry \(index) in term \(term) while its disk held \(disk.wordsForLack(of: index))")
    }
  }

  /// What to throw where a vote left before it was durable.
  static func tooEarly(
    voteOf voter: NodeID, for candidate: NodeID, in term: Term, _ disk: DurableState
  ) -> InvariantViolation {
    let vote = disk.hardState.votedFor.map { "a vote for \($0)" } ?? "no vote"
    return violation(
      "\(voter)'s vote for \(candidate) in term \(term) left while its disk still held term \(disk.hardState.term) and "
        + vote)
  }
}

extension DurableState {
  /// What is here where a leader's entry should be, which is not.
  func wordsForLack(of index: LogIndex) -> String {
    if holds(index, digest: nil) { return "other entries" }
    return lastIndex == .zero ? "no entries" : "entries only up to \(lastIndex)"
  }
}

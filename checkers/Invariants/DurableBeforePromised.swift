import Determinism
import Raft
import Reference
import Replica
import Traces

/// A server promises nothing that a crash could take back (Raft Figure 2: persistent state is on stable storage before a
/// server responds). A granted vote, and a candidate's request, which stands for its own, leave when term and vote are
/// durable, and the candidate's log; an acknowledged append or snapshot when the leader's entries are.
///
/// A server that has entered a later term since is bound by that one's promises only.
package struct DurableBeforePromised: ClusterInvariant {
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
      guard past.durable.holds(status.lastIndex, digest: status.logDigest, on: sender) else {
        throw InvariantViolation(.candidateLogNotDurable(sender, term: label.term, last: status.lastIndex))
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
    let durable = past.durable.hardState(of: voter)
    if durable.term == term, durable.votedFor == candidate { return }
    guard past.durable.term(of: voter) <= term else { return }
    throw InvariantViolation(.voteNotDurable(voter: voter, candidate: candidate, term: term, durable: durable))
  }

  private func check(
    entriesUpTo index: LogIndex, in term: Term, of follower: NodeID, _ past: ClusterPast
  ) throws(InvariantViolation) {
    guard past.durable.term(of: follower) <= term else { return }
    let digest = past.digest(at: index, ofLeaderIn: term)
    let isHeld = past.durable.holds(index, digest: digest, on: follower)
    if isHeld, past.durable.hardState(of: follower).term == term { return }
    if let lack = Self.lack(of: index, in: term, on: past.durable[follower], digest: digest) {
      throw InvariantViolation(.acknowledgementNotDurable(follower: follower, index: index, term: term, durable: lack))
    }
  }

  /// What a disk holds in place of a leader's log up to an index; `nil` if it holds that.
  static func lack(of index: LogIndex, in term: Term, on disk: ReferenceDisk, digest: UInt64?) -> DurableLack? {
    guard disk.hardState.term == term else { return .term(disk.hardState.term) }
    return disk.holds(index, digest: digest) ? nil : DurableLack(disk, of: index)
  }
}

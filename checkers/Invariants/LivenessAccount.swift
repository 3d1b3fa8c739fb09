import Determinism
import Raft
import Replica
import Traces

extension NodeAccount.Running {
  /// Where a server stands and what it waits for.
  ///
  /// - Parameter syncing: what its disk syncs.
  package init(of replica: Replica, syncing: String?) {
    self.init()
    let (raft, status) = (replica.raft, replica.status)
    (role, term, vote) = (status.role, status.term, raft.hardState.votedFor)
    leader = role == .follower ? raft.leader : nil
    if role == .candidate || role == .preCandidate {
      missingVotes = raft.inForce.members.electors.filter { !raft.votes.granted.contains($0) }
    }
    (logStart, lastIndex) = (status.logStart.index, status.lastIndex)
    (commitIndex, appliedIndex) = (status.commitIndex, status.appliedIndex)
    if let leadership = raft.leadership {
      laggards = leadership.progress.tracked.compactMap { member in
        let progress = leadership.progress.slots[member.offset]
        guard member != raft.id, progress.match < raft.log.lastIndex else { return nil }
        return NodeAccount.Laggard(member: member, match: progress.match, way: .init(progress))
      }
    }
    incoming = raft.incoming.map { NodeAccount.Incoming(bytes: $0.bytes.count, through: $0.position.index) }
    self.syncing = syncing
  }
}

extension NodeAccount.Laggard.Way {
  /// As a leader's progress has it.
  fileprivate init(_ progress: Progress) {
    self =
      switch progress.mode {
      case .probe: .probe(from: progress.next)
      case .replicate: .appends(progress.flights.count, through: progress.next.previous)
      case .snapshot:
        .snapshot(
          progress.transfer.map { transfer in
            NodeAccount.Laggard.Transfer(
              through: transfer.snapshot.position.index, received: transfer.received,
              size: transfer.snapshot.bytes.count)
          })
      }
  }
}

import Determinism
import Raft
import Replica

extension Replica {
  /// Where the server stands and what it waits for, in one sentence.
  package var account: String {
    let status = self.status
    let vote = raft.hardState.votedFor.map { $0 == raft.id ? "its own vote" : "voted for \($0)" } ?? "no vote given"
    var parts = [
      "\(raft.id) \(roleAccount) term \(status.term), \(vote)\(missingVotes)",
      "log \(status.logStart.index)...\(status.lastIndex), committed \(status.commitIndex), "
        + "applied \(status.appliedIndex)",
    ]
    if let leadership = raft.leadership { parts += peerAccounts(leadership) }
    if let incoming = raft.incoming {
      parts.append("has \(incoming.bytes.count) bytes of the snapshot up to \(incoming.position.index)")
    }
    return parts.joined(separator: "; ")
  }

  private var roleAccount: String {
    switch raft.role {
    case .leader: "leads"
    case .follower: raft.leader.map { "follows \($0) in" } ?? "follows nobody in"
    case .preCandidate: "asks who would vote for it after"
    case .candidate: "is a candidate of"
    }
  }

  private var missingVotes: String {
    let missing = raft.configuration.members.filter { !raft.voters.contains($0) }.map(\.description)
    switch raft.role {
    case .leader, .follower: return ""
    case .preCandidate: return ", no pre-vote yet of \(missing.joined(separator: " "))"
    case .candidate: return ", no vote yet of \(missing.joined(separator: " "))"
    }
  }

  /// Of each peer that is behind, what the leader knows.
  private func peerAccounts(_ leadership: Leadership) -> [String] {
    zip(raft.configuration.members, leadership.progress).compactMap { member, progress in
      guard member != raft.id, progress.match < raft.log.lastIndex else { return nil }
      let way: String =
        switch progress.mode {
        case .probe: "asks from \(progress.next) on where they agree"
        case .replicate: "awaits answers to \(progress.flights.count) appends up to \(progress.next.previous)"
        case .snapshot: progress.transfer.map(Self.account) ?? "sends its snapshot"
        }
      return "\(member) is known to hold \(progress.match), \(way)"
    }
  }

  private static func account(of transfer: Progress.Transfer) -> String {
    "sends the snapshot up to \(transfer.snapshot.position.index), "
      + "\(transfer.received) of \(transfer.snapshot.bytes.count) bytes arrived"
  }
}

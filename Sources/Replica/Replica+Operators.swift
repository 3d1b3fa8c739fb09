import Determinism
import KeyValue
import Raft

/// Operators, who change members and transfer leadership, and what they are answered.
extension Replica {
  mutating func begin(_ change: MemberChange, sequence: SequenceNumber, from client: ClientID, at now: LocalInstant) {
    guard raft.role == .leader else { return answer(.notLeader(hint: raft.leader), to: client, sequence: sequence) }
    let earlier = waiting.change
    waiting.change = WaitingClients.Request(client: client, sequence: sequence)
    step(.change(change), at: now)
    if waiting.change == nil {
      waiting.change = earlier
    } else if let earlier {
      // Only by a wrong rule one change takes the place of another.
      answer(.unknown, to: earlier.client, sequence: earlier.sequence)
    }
  }

  mutating func beginTransfer(
    to target: NodeID?, sequence: SequenceNumber, from client: ClientID, at now: LocalInstant
  ) {
    guard raft.role == .leader else { return answer(.notLeader(hint: raft.leader), to: client, sequence: sequence) }
    // An earlier one whose leader is not known yet has no other end.
    let earlier = waiting.transfer
    waiting.transfer = WaitingClients.Request(client: client, sequence: sequence, target: target)
    step(.transfer(to: target), at: now)
    if waiting.transfer == nil {
      waiting.transfer = earlier
    } else {
      if let earlier { answer(.unknown, to: earlier.client, sequence: earlier.sequence) }
      waiting.transfer?.target = target ?? raft.requests.transfer?.target
    }
  }

  /// Tells operators what has become of their requests, as far as that is known by now.
  mutating func settleRequests() {
    if let request = waiting.change {
      if let outcome = ready.changeOutcome {
        waiting.change = nil
        answer(ClientReply.Body(outcome), to: request.client, sequence: request.sequence)
      } else if raft.role != .leader {
        // What was appended may yet be committed.
        waiting.change = nil
        answer(.unknown, to: request.client, sequence: request.sequence)
      }
    }
    guard let request = waiting.transfer, let outcome = transferOutcome(for: request.target) else { return }
    waiting.transfer = nil
    answer(ClientReply.Body(outcome), to: request.client, sequence: request.sequence)
  }

  /// What has become of a transfer of leadership; `nil` until it is known who leads.
  private func transferOutcome(for target: NodeID?) -> RequestOutcome? {
    if let outcome = ready.transferOutcome { return outcome }
    guard raft.role != .leader else {
      let isUnderWay = raft.requests.transfer != nil
      return isUnderWay ? nil : .refused(.notCaughtUp)
    }
    return raft.leader.map { $0 == target ? .done : .refused(.notCaughtUp) }
  }
}

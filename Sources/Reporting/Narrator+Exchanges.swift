import Determinism
import Histories
import Scenarios

// What a server is asked and answers, and what of that is lost.
extension Narrator {
  /// What it was asked and answered, and what of that did not arrive.
  func exchanges(with node: NodeID, _ event: TracedEvent, at place: Int) -> [Moment.Clause] {
    var clauses: [Moment.Clause] = []
    let answered = answers[place] ?? []
    for operation in questions[place] ?? [] where !answered.contains(operation) {
      clauses.append(
        .init(text: "is asked \(operationText.owned(operations[operation]))\(roundText(event))", rank: .telling))
    }
    for operation in answered {
      let isAtOnce = questions[place]?.contains(operation) ?? false
      clauses.append(answer(operations[operation], number: operation, by: node, isAtOnce: isAtOnce, event))
    }
    if let text = lossText(at: place) { clauses.append(.init(text: text, rank: .telling)) }
    return clauses
  }

  /// Whom a leader asks whether it still leads.
  private func roundText(_ event: TracedEvent) -> String {
    let asked = event.effects.compactMap { effect -> NodeID? in
      guard case .sent(let message) = effect.what, message.key.kind == .appendEntries || message.key.kind == .readIndex
      else { return nil }
      return message.key.recipient
    }
    return asked.isEmpty ? "" : ", and asks \(Words.list(asked.map(\.description))) first"
  }

  private func answer(
    _ operation: Operation, number: Int, by node: NodeID, isAtOnce: Bool, _ event: TracedEvent
  ) -> Moment.Clause {
    let name = operationText.owned(operation)
    let answer = operationText.answer(operation)
    var text =
      "answers \(name)\(answer.isEmpty ? "" : ":\(answer.hasPrefix(" ->") ? String(answer.dropFirst(3)) : answer)")"
    if isAtOnce { text += ", asking nobody" }
    if let entry = chronicle.entryOfOperation[number], committed[entry.index]?.entry != entry {
      text += ", though the entry is not committed"
    }
    let state = event.states.first { $0.node == node } ?? servers[node.offset].state
    if operation.function == .get, let applied = state?.appliedIndex, let last = committed.keys.last, applied < last {
      text += ", having applied \(applied == 0 ? "nothing" : "entries up to \(applied)") though \(last) are committed"
    }
    let own = state?.term ?? 0
    let newer = servers.filter { $0.node != node && $0.leads && $0.term > own }.max { $0.term < $1.term }
    if let newer { text += ", while \(newer.node) leads term \(newer.term)" }
    return .init(text: text, rank: .essential)
  }

  /// Which of the messages that were sent then do not arrive.
  private func lossText(at place: Int) -> String? {
    let lost = chronicle.losses[place]?.filter(\.tellsSomething) ?? []
    guard let kind = lost.first?.key.kind else { return nil }
    var recipients: [NodeID] = []
    for message in lost where message.key.kind == kind && !recipients.contains(message.key.recipient) {
      recipients.append(message.key.recipient)
    }
    let what =
      switch kind {
      case .requestVote, .preVote: "its request"
      case .appendEntries: "its append"
      case .installSnapshot: "its snapshot"
      default: "its answer"
      }
    return "\(what) to \(Words.list(recipients.sorted().map(\.description))) is lost"
  }

  /// The event itself, where it did nothing that has words of its own.
  func bare(_ event: TracedEvent) -> Moment.Clause {
    if case .message(let message) = event.kind {
      return .init(text: "receives from \(message.key.sender): \(message.text)", rank: .essential)
    }
    return .init(text: event.what, rank: .essential)
  }
}

extension TracedMessage {
  /// Whether a reader misses it if it is lost: not so heartbeats and their answers.
  fileprivate var tellsSomething: Bool {
    switch key.kind {
    case .appendEntries: text.hasPrefix("append")
    case .requestVote, .requestVoteReply, .appendEntriesReply, .installSnapshot: true
    case .installSnapshotReply, .preVote, .preVoteReply, .readIndex, .readIndexReply: false
    }
  }
}

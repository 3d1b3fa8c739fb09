import Determinism
import Histories
import Linearizability
import Raft
import Scenarios
import Traces

// What a server is asked and answers, and what of that is lost.
extension Narrator {
  /// What it was asked and answered, and what of that did not arrive.
  func exchanges(with node: NodeID, _ event: TracedEvent, at place: Int) -> [Happening.Clause] {
    var clauses: [Happening.Clause] = []
    let answered = answers[place] ?? []
    // A read by the log is told of its entry.
    let isAppended = event.effects.contains { if case .appended = $0.what { true } else { false } }
    for operation in questions[place] ?? [] where !answered.contains(operation) && !isAppended {
      let subject = wording.subject(operations[operation])
      clauses.append(.init(text: "is asked \(subject)\(roundText(event))", rank: .telling))
    }
    clauses += answered.compactMap { refusal(of: operations[$0], number: $0) }
    if let answer = answer(to: answered, by: node, event, at: place) { clauses.append(answer) }
    if let text = lossText(at: place) { clauses.append(.init(text: text, rank: .minor, isLoss: true)) }
    return clauses
  }

  /// Whom it asks before it answers a read.
  private func roundText(_ event: TracedEvent) -> String {
    var (peers, isFollower) = ([NodeID](), false)
    for effect in event.effects {
      guard case .sent(let message) = effect.what else { continue }
      if message.key.kind == .readIndex { isFollower = true }
      if message.key.kind == .readIndex || message.key.kind == .appendEntries { peers.append(message.key.recipient) }
    }
    guard !peers.isEmpty else { return "" }
    let names = Words.list(peers.map(\.description))
    return isFollower
      ? ", and asks \(names) up to which entry that must reach" : ", and asks \(names) whether it still leads"
  }

  /// That it tells a client that nothing was done, or that this is not known.
  private func refusal(of operation: Operation, number: Int) -> Happening.Clause? {
    guard operation.kind != .ok else { return nil }
    let (client, request) = (wording.client(operation), wording.request(operation))
    guard operation.kind == .fail else {
      return .init(text: "tells \(client) that nobody knows whether \(request) is done", rank: .essential)
    }
    let entry = chronicle.entriesOfOperation[number]?.last
    let contrast = entry.map { ", though it has been entry \($0.index) of its log" } ?? ""
    let appended = entry.flatMap { entry in
      chronicle.trace.firstIndex { event in event.node.map { event.appends(entry, at: $0) } ?? false }
    }
    return .init(
      text: "tells \(client) that nothing came of \(request)\(contrast)", rank: .essential,
      mentions: appended.map { [$0] } ?? [])
  }

  /// What it answers to those operations that were done.
  private func answer(to answered: [Int], by node: NodeID, _ event: TracedEvent, at place: Int) -> Happening.Clause? {
    let done = answered.filter { operations[$0].kind == .ok }
    guard !done.isEmpty else { return nil }
    var text = "answers \(Words.list(done.map { wording.subject(operations[$0]) + result(of: operations[$0]) }))"
    let state = event.states.first { $0.node == node } ?? servers[node.offset].state
    if done.contains(where: isBeforeCommit) { text += ", before \(done.count == 1 ? "that" : "all that") is committed" }
    guard done.contains(where: { operations[$0].function == .get }) else { return .init(text: text, rank: .essential) }
    if done.contains(where: { questions[place]?.contains($0) ?? false }) {
      let isWaiting = !roundText(event).isEmpty
      text +=
        scenario.protocols.reads == .lease
        ? ", relying on its lease" : isWaiting ? ", waiting for no answer of the others" : ", asking nobody"
    }
    let (applied, term) = (state?.appliedIndex ?? .zero, state?.term ?? .zero)
    var meanwhile: [String] = []
    var mentions: [Int] = []
    if let last = focus.indices.keys.last(where: { $0 > applied && committed[$0] != nil }) {
      mentions += committed[last].map { [$0.event] } ?? []
      meanwhile.append("entry \(last) is committed (it has applied \(applied == .zero ? "none" : "up to \(applied)"))")
    }
    let newer = servers.filter { $0.node != node && $0.leads && $0.term > term }.max { $0.term < $1.term }
    if let newer {
      mentions += elections.last { $0.leader == newer.node && $0.term == newer.term }.map { [$0.event] } ?? []
      meanwhile.append("\(newer.node) leads term \(newer.term)")
    }
    if !meanwhile.isEmpty { text += ", while \(Words.list(meanwhile))" }
    return .init(text: text, rank: .essential, mentions: mentions)
  }

  private func result(of operation: Operation) -> String {
    switch history.outcome(of: operation) {
    case .ok(.value(let value)): ": \(Wording.show(value))"
    case .ok(.mismatch(let seen)): ": found \(Wording.show(seen))"
    case .ok(.unseenMismatch): ": found something else"
    default: ""
    }
  }

  private func isBeforeCommit(_ operation: Int) -> Bool {
    guard let entries = chronicle.entriesOfOperation[operation], operations[operation].function != .get else {
      return false
    }
    return !entries.contains { committed[$0.index]?.entry == $0 }
  }

  /// Which of the messages that were sent then do not arrive.
  private func lossText(at place: Int) -> String? {
    let lost = chronicle.losses[place] ?? []
    guard let kind = lost.first?.key.kind else { return nil }
    var recipients: [NodeID] = []
    for message in lost where message.key.kind == kind && !recipients.contains(message.key.recipient) {
      recipients.append(message.key.recipient)
    }
    let what =
      switch kind {
      case .requestVote: "its request"
      case .appendEntries: "its append"
      case .installSnapshot: "its snapshot"
      case .requestVoteReply: "its vote"
      default: "its \(MessageText.name(of: kind))"
      }
    return "\(what) to \(Words.list(recipients.sorted().map(\.description))) is lost"
  }
}

// The event in which the failure comes to light.
extension Narrator {
  /// All that it did, what brought it about, and what was said in it if that is what matters.
  func ending(_ clauses: [Happening.Clause], at node: NodeID, _ event: TracedEvent, _ origin: Origin?)
    -> [Happening.Clause]
  {
    let isRoutine = clauses.allSatisfy { $0.rank == .routine }
    var told = clauses
    for place in told.indices { told[place].rank = .essential }
    if isRoutine || clauses.allSatisfy(\.isLoss) || (origin != nil && !clauses.contains(where: \.namesSender)) {
      told.insert(.init(text: bare(event, origin), rank: .essential), at: 0)
    }
    if isRoutine || signature == .invariant(.durableBeforePromised), let said = said(in: event, at: node) {
      told.append(.init(text: said, rank: .essential))
    }
    return told
  }

  /// The event itself.
  private func bare(_ event: TracedEvent, _ origin: Origin?) -> String {
    switch event.kind {
    case .message: "receives \(origin?.quotation ?? "a message")"
    case .diskSync: "its disk \(event.syncPredicate ?? "")"
    case .electionTimer: "its election timer runs out"
    case .heartbeatTimer: "its heartbeat timer runs out"
    default: EventText.of(event)
    }
  }

  /// What a server tells others, and that it could not wait for its disk.
  private func said(in event: TracedEvent, at node: NodeID) -> String? {
    let said = event.effects.compactMap { effect -> String? in
      guard case .sent(let message) = effect.what, message.key.sender == node else { return nil }
      return "\(message.key.recipient) \"\(message.text)\""
    }
    guard !said.isEmpty else { return nil }
    let isAtOnce = event.effects.contains { $0.node == node && $0.what.changesDisk }
    let remark = event.failsToSync ? " all the same" : isAtOnce ? " before its disk has synced that" : ""
    return "tells \(Words.list(Array(said.prefix(2))))\(remark)"
  }
}

import Determinism
import Histories
import Scenarios

// What happens at one server, in clauses.
extension Narrator {
  /// What an event did at a server.
  mutating func clauses(about node: NodeID, _ event: TracedEvent, at place: Int) -> [Moment.Clause] {
    var clauses: [Moment.Clause] = []
    let origin = node == event.node ? origin(of: event) : nil
    for effect in event.effects where effect.node == node {
      clauses += self.clauses(for: effect.what, at: node, event, origin)
    }
    // A vote or an election says the term itself.
    if clauses.isEmpty, let term = enteredTerm(node, event) {
      clauses.append(
        .init(text: "enters term \(term)\(origin.map { ", of which \($0) tells it" } ?? "")", rank: .trifle))
    }
    if node == event.node { clauses += exchanges(with: node, event, at: place) }
    if place == focus.end, clauses.allSatisfy({ $0.rank == .trifle }) { clauses.insert(bare(event), at: 0) }
    return clauses
  }

  private func enteredTerm(_ node: NodeID, _ event: TracedEvent) -> UInt64? {
    for effect in event.effects where effect.node == node {
      if case .term(let term) = effect.what { return term }
    }
    return nil
  }

  /// Who sent the message, and what is odd about its arrival.
  private mutating func origin(of event: TracedEvent) -> String? {
    guard case .message(let message) = event.kind else { return nil }
    let isRepeated = isRepeated(message)
    let sender = message.key.sender.description
    if isRepeated { return "\(sender), once more" }
    let usual = scenario.network.delayMin + scenario.network.delayMean * 4 + .milliseconds(2)
    let delay = event.at - message.sentAt
    return delay > usual ? "\(sender), sent \(FaultText.span(delay)) before" : sender
  }

  private mutating func clauses(
    for what: TracedEffect.What, at node: NodeID, _ event: TracedEvent, _ origin: String?
  ) -> [Moment.Clause] {
    switch what {
    case .role(let role, let term): return [become(role, in: term, node, event, origin)]
    case .voted(let candidate, let term):
      guard candidate != node else { return [] }
      let late = origin.flatMap { $0 == candidate.description ? nil : " (\($0))" } ?? ""
      return [
        .init(text: "votes for \(candidate) in term \(term)\(late)", rank: focus.tellsVotes ? .turning : .minor)
      ]
    case .appended(let entries): return [append(entries, at: node, event, origin)]
    case .truncated(let index): return truncate(from: index, at: node, origin)
    case .committed(let index): return [commit(through: index, at: node, event)]
    case .tookSnapshot(let index):
      return [
        .init(
          text: "takes a snapshot up to entry \(index)", rank: .telling, plural: "take a snapshot up to entry \(index)")
      ]
    case .installedSnapshot(let index):
      return [
        .init(
          text: "installs \(origin.map { "the snapshot of \($0)" } ?? "a snapshot"), up to entry \(index)",
          rank: .turning)
      ]
    case .started: return restart(of: node, event)
    case .crashed(let isLossy):
      let loss = isLossy ? ", and what was not synced is lost" : ""
      servers[node.offset].grants = []
      return [.init(text: "crashes\(loss)", rank: .turning, plural: "crash\(loss)")]
    case .stopped(let reason): return [.init(text: "stops: \(reason)", rank: .turning)]
    case .paused, .resumed, .term, .sent, .lost, .cut, .healed, .called, .returned: return []
    }
  }

  // MARK: Roles

  private mutating func become(
    _ role: NodeRole, in term: UInt64, _ node: NodeID, _ event: TracedEvent, _ origin: String?
  ) -> Moment.Clause {
    let was = servers[node.offset].role
    switch role {
    case .leader:
      let votes = servers[node.offset].grants
      servers[node.offset].election = votes
      return .init(text: "becomes leader of term \(term)\(votesText(votes, of: node, in: term))", rank: .turning)
    case .candidate:
      servers[node.offset].grants = [(node, term)]
      let again = was == .candidate ? "asks for votes again, in term \(term)" : nil
      if case .electionTimer = event.kind {
        return .init(text: again ?? "hears from no leader, and asks for votes in term \(term)", rank: .telling)
      }
      return .init(text: again ?? "asks for votes in term \(term)", rank: .telling)
    case .preCandidate:
      return .init(text: "hears from no leader, and asks who would vote for it (pre-vote)", rank: .trifle)
    case .follower:
      guard was == .leader else {
        return .init(text: "follows\(origin.map { " \($0)" } ?? "") in term \(term)", rank: .trifle)
      }
      let reason = origin.map { ": \($0) tells it of term \(term)" } ?? ": no quorum has answered it"
      return .init(text: "steps down\(reason)", rank: .turning)
    }
  }

  /// The votes by which it was elected: the same one twice, and others' terms, stand out.
  private func votesText(_ votes: [(voter: NodeID, term: UInt64)], of node: NodeID, in term: UInt64) -> String {
    guard members.count > 1, !votes.isEmpty else { return "" }
    let words = votes.enumerated().map { place, vote in
      let again = votes.prefix(place).contains { $0.voter == vote.voter } ? " again" : ""
      return "\(vote.voter)\(again)\(vote.term == term ? "" : " of term \(vote.term)")"
    }
    return " (votes: \(words.joined(separator: ", ")))"
  }

  // MARK: Logs

  private func isOfInterest(_ index: UInt64) -> Bool { focus.indices[index] ?? false }

  private mutating func append(
    _ entries: [TracedEntry], at node: NodeID, _ event: TracedEvent, _ origin: String?
  ) -> Moment.Clause {
    servers[node.offset].append(entries)
    let matters = entries.contains { isOfInterest($0.index) }
    var text = "appends \(EntryText.names(entries, matters ? focus.indices : nil))"
    if case .clientRequest(_, let operation?) = event.kind {
      text += " for \(OperationText.client(operations[operation].process))"
    }
    if let origin { text += ", from \(origin)" }
    let isLeader = origin == nil
    return .init(
      text: text, rank: matters ? isLeader ? .turning : .telling : .trifle,
      plural: "append\(text.dropFirst("appends".count))")
  }

  private mutating func truncate(from index: UInt64, at node: NodeID, _ origin: String?) -> [Moment.Clause] {
    let removed = servers[node.offset].truncate(from: index)
    guard !removed.isEmpty else { return [] }
    let lost = removed.filter { committed[$0.index]?.entry == $0 }
    var text = "removes \(EntryText.names(removed, nil))"
    if let first = lost.first, let by = committed[first.index]?.by { text += ", which \(by) had committed" }
    if let origin { text += ", in favour of what \(origin) has" }
    return [.init(text: text, rank: lost.isEmpty ? .turning : .essential)]
  }

  private mutating func commit(through index: UInt64, at node: NodeID, _ event: TracedEvent) -> Moment.Clause {
    let picture = servers[node.offset]
    let first = (picture.state?.commitIndex ?? 0) + 1
    let entries = first <= index ? (first...min(index, first + 1_000)).compactMap { picture.entry(at: $0) } : []
    var other: (entry: TracedEntry, by: NodeID)?
    for entry in entries {
      if let known = committed[entry.index] {
        if known.entry != entry { other = other ?? known }
      } else {
        committed[entry.index] = (entry, node)
      }
    }
    let name = EntryText.names(entries.filter { isOfInterest($0.index) }, nil)
    let what = name.isEmpty ? "entry \(index)" : name
    let matters = entries.contains { isOfInterest($0.index) }
    let isLeader = event.states.first { $0.node == node }?.role == .leader
    if let other {
      return .init(
        text: "commits \(what), where \(other.by) had committed \(EntryText.names([other.entry], nil))",
        rank: .essential)
    }
    if isLeader, let last = picture.entry(at: index), last.term < picture.term {
      return .init(text: "commits \(what) by counting copies, though it leads term \(picture.term)", rank: .turning)
    }
    if isLeader {
      return .init(text: "commits \(what)", rank: matters ? .telling : .trifle)
    }
    return .init(
      text: "learns that \(what) is committed", rank: matters ? .minor : .trifle,
      plural: "learn that \(what) is committed")
  }

  private mutating func restart(of node: NodeID, _ event: TracedEvent) -> [Moment.Clause] {
    // Everybody starts at the beginning.
    guard servers[node.offset].state != nil, let state = event.states.first(where: { $0.node == node }) else {
      return []
    }
    let lost = servers[node.offset].truncate(from: state.lastIndex + 1)
    var text = "restarts in term \(state.term)"
    if let vote = state.vote { text += " with its vote for \(vote)" }
    text +=
      state.lastIndex == 0 ? ", its log empty" : ", its log up to entry \(state.lastIndex) of term \(state.lastTerm)"
    if !lost.isEmpty { text += "; \(EntryText.names(lost, nil)) \(lost.count == 1 ? "is" : "are") gone" }
    return [.init(text: text, rank: .turning)]
  }

  // MARK: Clients, and the failure itself

  /// What it was asked and answered, and what of that did not arrive.
  private func exchanges(with node: NodeID, _ event: TracedEvent, at place: Int) -> [Moment.Clause] {
    var clauses: [Moment.Clause] = []
    let asked = questions[place] ?? []
    for operation in asked {
      let rest = answers[place]?.contains(operation) ?? false ? "" : roundText(event)
      clauses.append(.init(text: "is asked \(operationText.owned(operations[operation]))\(rest)", rank: .telling))
    }
    for operation in answers[place] ?? [] {
      clauses.append(
        answer(operations[operation], number: operation, by: node, isAtOnce: asked.contains(operation), event))
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
    let name = isAtOnce ? "it" : operationText.owned(operation)
    let answer = operationText.answer(operation)
    var text =
      "answers \(name)\(answer.isEmpty ? "" : ":\(answer.hasPrefix(" ->") ? String(answer.dropFirst(3)) : answer)")"
    if isAtOnce { text += ", asking nobody" }
    if let entry = chronicle.entryOfOperation[number], committed[entry.index]?.entry != entry {
      text += ", though the entry is not committed"
    }
    let own = event.states.first { $0.node == node }?.term ?? servers[node.offset].term
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
  private func bare(_ event: TracedEvent) -> Moment.Clause {
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

/// How entries are called.
enum EntryText {
  private static let few = 3

  /// `entry 3 of term 2 (put x = 1)`, `entries 3 and 4 of term 2 (put x = 1; no-op)`.
  ///
  /// - Parameter interest: if given, the indices of which the content is told.
  static func names(_ entries: [TracedEntry], _ interest: SortedTable<UInt64, Bool>?) -> String {
    var groups: [[TracedEntry]] = []
    for entry in entries {
      if let last = groups.last?.last, last.term == entry.term, last.index + 1 == entry.index {
        groups[groups.count - 1].append(entry)
      } else {
        groups.append([entry])
      }
    }
    return Words.list(groups.map { name($0, interest) })
  }

  private static func name(_ group: [TracedEntry], _ interest: SortedTable<UInt64, Bool>?) -> String {
    guard let first = group.first, let last = group.last else { return "" }
    let told = group.filter { interest?[$0.index] ?? true }
    let shown = told.prefix(few).map(\.text).joined(separator: "; ")
    let content = "\(shown)\(told.count > few ? "; …" : "")"
    let range =
      group.count == 1
      ? "entry \(first.index)" : "entries \(first.index)\(group.count == 2 ? " and" : " to") \(last.index)"
    return "\(range) of term \(first.term)\(content.isEmpty ? "" : " (\(content))")"
  }
}

import Determinism
import Histories
import Linearizability
import Raft
import Scenarios
import Traces

// What happens at one server, in clauses.
extension Narrator {
  /// What an event did at a server.
  mutating func clauses(about node: NodeID, _ event: TracedEvent, at place: Int) -> [Happening.Clause] {
    var clauses: [Happening.Clause] = []
    let origin = node == event.node ? origin(of: event) : nil
    for effect in inOrder(event, at: node) {
      clauses += self.clauses(for: effect.what, at: node, event, at: place, origin)
    }
    let decided = decisions(of: node, event, at: place, besides: clauses)
    // An order to campaign is a part of the transfer that begins.
    clauses.insert(contentsOf: decided.filter { $0.decision?.rule == .mayTransfer }, at: 0)
    clauses += decided.filter { $0.decision?.rule != .mayTransfer }
    for one in clauses.indices where clauses[one].decision.map({ isDecisive($0, at: place) }) ?? false {
      clauses[one].rank = .essential
    }
    // A vote or an election says the term itself.
    if clauses.isEmpty, let term = enteredTerm(node, event) {
      let teller = origin.map { ", of which \($0.sender) tells it\($0.remark())" } ?? ""
      clauses.append(
        .init(
          text: "enters term \(term)\(teller)", rank: .routine, namesSender: origin != nil, mentions: origin.mentions))
    }
    if let clause = regress(of: node, event) { clauses.append(clause) }
    if node == event.node {
      if event.failsToSync, servers[node.offset].role != nil, !event.effects.contains(where: \.what.isStop) {
        clauses.append(.init(text: "its disk \(event.syncPredicate ?? "")", rank: .telling))
      }
      clauses += exchanges(with: node, event, at: place)
    }
    return place == focus.end ? ending(clauses, at: node, event, origin) : clauses
  }

  /// What an event did at a server, each behind what it follows from: a leader first commits what others have acknowledged.
  private func inOrder(_ event: TracedEvent, at node: NodeID) -> [TracedEffect] {
    let effects = event.effects.filter { $0.node == node }
    guard let state = event.states.first(where: { $0.node == node }), leads(node, state) else { return effects }
    let isCommit = effects.map { if case .committed = $0.what { true } else { false } }
    return zip(effects, isCommit).filter(\.1).map(\.0) + zip(effects, isCommit).filter { !$1 }.map(\.0)
  }

  /// Whether a server has led the term in which it is after an event, be it that it steps down in it.
  private func leads(_ node: NodeID, _ state: NodeState) -> Bool {
    servers[node.offset].leads && servers[node.offset].term == state.term
  }

  /// That a commit index goes back while its server runs.
  private func regress(of node: NodeID, _ event: TracedEvent) -> Happening.Clause? {
    guard let before = servers[node.offset].state, let after = event.states.first(where: { $0.node == node }),
      before.isRunning, after.isRunning, after.commitIndex < before.commitIndex,
      !event.effects.contains(where: { $0.node == node && $0.what == .started })
    else { return nil }
    return .init(
      text: "its commit index goes back from \(before.commitIndex) to \(after.commitIndex)", rank: .turning)
  }

  private func enteredTerm(_ node: NodeID, _ event: TracedEvent) -> Term? {
    for effect in event.effects where effect.node == node {
      if case .term(let term) = effect.what { return term }
    }
    return nil
  }

  /// Where a message comes from, if it brings an event about.
  struct Origin {
    var kind: RaftMessage.Kind
    var sender: NodeID
    var term: Term
    var text: String
    /// The event in which it was sent; `nil` if that was the start of the run.
    var sentIn: Int?
    /// Whether its sender had no right to say so: only a leader sends entries.
    var isUsurped: Bool
    /// What is odd about its arrival; `nil` if nothing is.
    var oddity: Oddity?

    enum Oddity { case flawed(FrameFlaw), repeated, overtaken(after: Duration), late(after: Duration) }

    /// What is odd about its arrival, in brackets; empty if nothing is.
    func remark(_ sent: String = "sent") -> String {
      switch oddity {
      case nil: ""
      case .flawed(let flaw): " \(flaw.remark)"
      case .repeated: " (for the second time)"
      case .overtaken(let delay): " (\(sent) \(FaultText.span(delay)) before, and overtaken by later ones)"
      case .late(let delay): " (\(sent) \(FaultText.span(delay)) before)"
      }
    }

    /// `n2's "append 1/1 no-op, behind 0/0, commit 0" of term 2`.
    var quotation: String {
      "\(sender)'s \"\(text)\" of term \(term)\(isUsurped ? ", in which it did not lead when it sent that" : "")"
        + remark()
    }
  }

  private mutating func origin(of event: TracedEvent) -> Origin? {
    guard case .message(let message) = event.kind else { return nil }
    var oddity: Origin.Oddity?
    let usual = scenario.network.delayMin + scenario.network.delayMean * 4
    let delay = event.at - message.sentAt
    if let flaw = message.flaw {
      oddity = .flawed(flaw)
    } else if isRepeated(message) {
      oddity = .repeated
    } else if isOvertaken(message) {
      oddity = .overtaken(after: delay)
    } else if delay > max(usual, scenario.cluster.electionTimeoutMin / 5) {
      oddity = .late(after: delay)
    }
    let key = message.key
    let sender = message.sentIn.flatMap { place in chronicle.trace[place].states.first { $0.node == key.sender } }
    let term = message.content.term
    let isLeaders = message.flaw == nil && key.kind == .appendEntries
    let isUsurped = isLeaders && sender.map { $0.term == term && $0.role != .leader } ?? false
    return Origin(
      kind: message.content.kind, sender: key.sender, term: term, text: message.text, sentIn: message.sentIn,
      isUsurped: isUsurped, oddity: oddity)
  }

  mutating func clauses(
    for what: TracedEffect.What, at node: NodeID, _ event: TracedEvent, at place: Int, _ origin: Origin?
  ) -> [Happening.Clause] {
    switch what {
    case .role(let role, let term): return [become(role, in: term, node, event, at: place, origin)]
    case .voted(let candidate, let term):
      votes.append(Ballot(voter: node, candidate: candidate, term: term, event: place))
      guard candidate != node else { return [] }
      return [vote(for: candidate, in: term, at: node, event, origin)]
    case .appended(let entries): return [append(entries, at: node, event, at: place, origin)]
    case .truncated(let index): return truncate(from: index, at: node, event, origin)
    case .committed(let index): return [commit(through: index, at: node, event, at: place)]
    case .tookSnapshot(let position): return [snapshot(upTo: position, at: node)]
    case .installedSnapshot(let position):
      servers[node.offset].install(upTo: position)
      return [
        .init(
          text: "installs \(origin.map { "\($0.sender)'s" } ?? "a") snapshot up to entry \(position.index) of term "
            + "\(position.term)\(origin?.remark() ?? "")",
          rank: .turning, namesSender: true, mentions: origin.mentions)
      ]
    case .removedFile(let name): return [.init(text: "removes \(name)", rank: tellsFiles ? .telling : .routine)]
    case .started: return restart(of: node, event)
    case .crashed(let isLossy):
      let loss = isLossy ? ", and what was not synced is lost\(mayTear(event) ? ", or torn" : "")" : ""
      servers[node.offset].grants = []
      return [.init(text: "crashes\(loss)", rank: focus.isLong ? .telling : .turning, plural: "crash\(loss)")]
    case .stopped(let reason): return [stop(node, event, origin, because: reason)]
    case .refusedFrame: return [.init(text: "drops a client's frame, which is damaged", rank: .minor, isLoss: true)]
    case .sent(let message) where message.content.kind == .timeoutNow:
      return [
        .init(text: "tells \(message.key.recipient) to campaign", rank: .turning, mayRecur: true, isSent: true)
      ]
    case .paused, .resumed, .term, .sent, .lost, .cut, .healed, .called, .returned: return []
    }
  }

  private func vote(
    for candidate: NodeID, in term: Term, at node: NodeID, _ event: TracedEvent, _ origin: Origin?
  ) -> Happening.Clause {
    let asked = origin.flatMap { $0.term == term ? nil : ", which asks for votes in term \($0.term)" } ?? ""
    var text = "votes for \(candidate) in term \(term)\(asked)\(origin?.remark("asked") ?? "")"
    var rank = focus.tellsVotes ? Happening.Rank.turning : .minor
    var decision: RuleDecision?
    if case .message(let request) = event.kind, let own = servers[node.offset].state, let sentIn = request.sentIn,
      let other = chronicle.trace[sentIn].states.first(where: { $0.node == candidate }), LogEnd(other) < LogEnd(own)
    {
      text += ", whose log \(LogEnd(other).predicate), though its own \(LogEnd(own).predicate)"
      rank = min(rank, .telling)
      decision = event.decisions.last { $0.node == node && $0.decision.rule == .isUpToDate }?.decision
    }
    return .init(
      text: text, rank: rank, isElection: true, isVainVote: chronicle.wonTerms[term] == nil, isSent: true,
      namesSender: origin?.sender == candidate, mentions: origin.mentions, decision: decision)
  }

  private func stop(_ node: NodeID, _ event: TracedEvent, _ origin: Origin?, because stop: TracedStop)
    -> Happening.Clause
  {
    switch stop {
    case .damage(let damage):
      return .init(text: "restarts, and cannot read what it finds on its disk: \(damage)", rank: .turning)
    case .server(let reason):
      var trigger = origin.map { " on \($0.quotation)" } ?? ""
      if let predicate = event.syncPredicate { trigger = " when its disk \(predicate)" }
      return .init(
        text: "stops\(trigger): \(reason)", rank: .turning, namesSender: origin != nil, mentions: origin.mentions)
    }
  }

  /// A snapshot that a server takes, and what it names if that is not what its log holds.
  private func snapshot(upTo position: LogPosition, at node: NodeID) -> Happening.Clause {
    let entry = servers[node.offset].entry(at: position.index)
    guard let entry, entry.term != position.term else {
      let text = "a snapshot up to entry \(position.index)"
      return .init(text: "takes \(text)", rank: .minor, plural: "take \(text)")
    }
    return .init(
      text: "takes a snapshot that names entry \(position.index) of term \(position.term), though its log holds one of "
        + "term \(entry.term) there", rank: .turning)
  }

  /// Whether the files of a server's disk matter.
  private var tellsFiles: Bool {
    switch signature {
    case .stopped(.logDamaged), .stopped(.unreadableSnapshot): true
    default:
      focus.decisive.found.contains { place in
        chronicle.trace[place.event].decisions[place.decision].decision.rule == .disposable
      }
    }
  }

  // MARK: Roles

  private mutating func become(
    _ role: Role, in term: Term, _ node: NodeID, _ event: TracedEvent, at place: Int, _ origin: Origin?
  ) -> Happening.Clause {
    let was = servers[node.offset].role
    switch role {
    case .leader:
      let votes = servers[node.offset].grants
      elections.append(Election(leader: node, term: term, votes: votes, event: place))
      return .init(
        text: "becomes leader of term \(term)\(votesText(votes, of: node, in: term, origin))", rank: .turning,
        isElection: true, isWin: true, isSent: true, mentions: votes.compactMap(\.event))
    case .candidate:
      servers[node.offset].grants = [.init(voter: node, term: term)]
      let asks = was == .candidate ? "asks for votes again, in term \(term)" : "asks for votes in term \(term)"
      return campaign(asks, was == .candidate ? nil : event, origin, rank: .telling)
    case .preCandidate:
      var clause = campaign("asks who would vote for it (pre-vote)", event, origin, rank: .routine)
      clause.decision = event.decisions.last { $0.node == node && $0.decision.rule == .asksBeforehand }?.decision
      return clause
    case .follower:
      guard was == .leader else {
        return .init(
          text: "hears\(origin.map { " from \($0.sender)\($0.remark())" } ?? "") of term \(term), and follows",
          rank: .routine, namesSender: origin != nil, mentions: origin.mentions)
      }
      if let removal = removal(of: node, event) {
        return .init(text: "steps down: it is no voter any more, for \(removal) is committed", rank: .turning)
      }
      let cause = givesUp(node, event) ? "no quorum has answered it" : "its disk takes no writes, or not in time"
      let reason = origin.map { ": \($0.sender) tells it of term \(term)\($0.remark())" } ?? ": \(cause)"
      return .init(
        text: "steps down\(reason)", rank: .turning, isElection: true, namesSender: origin != nil,
        mentions: origin.mentions)
    }
  }

  /// Whether a leader has found that no quorum answers it.
  private func givesUp(_ node: NodeID, _ event: TracedEvent) -> Bool {
    event.decisions.contains { traced in
      guard traced.node == node, case .remainsLeader(_, _, _, let answers) = traced.decision.question else {
        return false
      }
      return !answers.inForce
    }
  }

  /// The configuration for which a leader leads no more, if it is for one.
  private func removal(of node: NodeID, _ event: TracedEvent) -> String? {
    for traced in event.decisions where traced.node == node {
      if case .members(.leadsOn(_, let members, _, let answers)) = traced.decision.question, !answers.inForce {
        return MembersText.of(members)
      }
    }
    return nil
  }

  /// A step towards an election, and why it is made.
  ///
  /// - Parameter event: `nil` if the reason goes without saying.
  private func campaign(_ asks: String, _ event: TracedEvent?, _ origin: Origin?, rank: Happening.Rank)
    -> Happening.Clause
  {
    // Where it is neither, it has asked before, by a pre-vote.
    let order = origin.flatMap { $0.kind == .timeoutNow ? $0 : nil }
    let isTimeout = event.map { if case .electionTimer = $0.kind { true } else { false } } ?? false
    let reason =
      order.map { "is told by \($0.sender) to campaign\($0.remark()); " } ?? (isTimeout ? "election timeout; " : "")
    return .init(
      text: reason + asks, rank: order == nil ? rank : .telling, isElection: true, mayRecur: order != nil, isSent: true,
      namesSender: order != nil, mentions: order.mentions)
  }

  /// The votes by which it was elected: the same one twice, and others' terms, stand out.
  private func votesText(_ votes: [ServerPicture.Vote], of node: NodeID, in term: Term, _ origin: Origin?) -> String {
    guard members.count > 1, !votes.isEmpty else { return "" }
    let words = votes.enumerated().map { place, vote in
      let again = votes.prefix(place).contains { $0.voter == vote.voter } ? " again" : ""
      let odd = place == votes.count - 1 ? origin?.remark() ?? "" : ""
      return "\(vote.voter)\(again)\(vote.term == term ? "" : " of term \(vote.term)")\(again.isEmpty ? odd : "")"
    }
    return " (votes: \(words.joined(separator: ", ")))"
  }

  // MARK: Logs

  private func isOfInterest(_ index: LogIndex) -> Bool { focus.indices[index] ?? false }

  private mutating func append(
    _ entries: [TracedEntry], at node: NodeID, _ event: TracedEvent, at place: Int, _ origin: Origin?
  ) -> Happening.Clause {
    let endsJoint = servers[node.offset].latestMembers?.members.isJoint ?? false
    servers[node.offset].append(entries)
    let matters = entries.contains { isOfInterest($0.index) }
    let term = event.states.first { $0.node == node }?.term
    let names = EntryText.names(entries, besides: term, matters ? focus.indices : nil)
    // At a start it tells what the log holds that it did not hold before.
    var text = event.starts(node) ? "finds \(names) in its log" : "appends \(names)"
    // What was called behind the failure only the sequel knows.
    if case .clientRequest(_, let caller) = event.kind, let operation = caller.operation,
      operations.indices.contains(operation)
    {
      let isRead = operations[operation].function == .get
      text += " for \(isRead ? wording.subject(operations[operation]) : wording.client(operations[operation]))"
      if let flaw = caller.flaw { text += " \(flaw.remark)" }
      if isRetry(entries, of: operation) { text += ", which has asked before" }
    }
    var mentions: [Int] = []
    if case .operatorRequest(.change, let fault) = event.kind, !endsJoint {
      let refusal = chronicle.refusal(of: fault, before: place)
      text += " for an operator\(refusal?.words ?? "")"
      if let refusal { mentions.append(refusal.event) }
    }
    let leader = origin.flatMap { $0.kind == .appendEntries ? $0 : nil }
    if let leader { text += ", from \(leader.sender)\(leader.remark())" }
    let isLeader = leader == nil
    let rank = matters ? isLeader ? Happening.Rank.turning : .telling : opensSession(event) ? .minor : .routine
    return .init(
      text: text, rank: rank,
      plural: event.starts(node) ? nil : "append\(text.dropFirst("appends".count))", isSent: isLeader,
      namesSender: leader != nil,
      mentions: mentions + leader.mentions)
  }

  /// Whether a client that matters asks, and has no session yet, where it is the servers' states that matter.
  private func opensSession(_ event: TracedEvent) -> Bool {
    guard signature != .linearizability, case .clientRequest(_, let caller) = event.kind,
      let operation = caller.operation
    else { return false }
    return focus.operations.contains(operation)
  }

  /// Whether an operation has become another entry before.
  private func isRetry(_ entries: [TracedEntry], of operation: Int) -> Bool {
    guard let first = chronicle.entriesOfOperation[operation]?.first else { return false }
    return !entries.isEmpty && !entries.contains { $0.isOpening } && !entries.contains(first)
  }

  private mutating func truncate(
    from index: LogIndex, at node: NodeID, _ event: TracedEvent, _ origin: Origin?
  ) -> [Happening.Clause] {
    let removed = servers[node.offset].truncate(from: index)
    guard !removed.isEmpty else { return [] }
    let lost = removed.filter { committed[$0.index]?.entry == $0 }
    var text =
      event.starts(node)
      ? "no longer finds \(EntryText.names(removed)) in its log" : "removes \(EntryText.names(removed))"
    if let first = lost.first, let by = committed[first.index]?.by {
      text += ", which \(by == node ? "it" : "\(by)") had committed"
    }
    let getsOthers = event.effects.contains { effect in
      if case .appended = effect.what { effect.node == node } else { false }
    }
    if let origin, getsOthers {
      text += ", in favour of what \(origin.sender) has\(origin.remark())"
    } else if let origin, !event.effects.contains(where: \.what.isStop) {
      // Where it stops, that says for what.
      text += ", on \(origin.quotation)"
    }
    return [
      .init(
        text: text, rank: lost.isEmpty ? .turning : .essential, namesSender: origin != nil,
        mentions: origin.mentions + lost.prefix(1).compactMap { committed[$0.index]?.event })
    ]
  }

  private mutating func commit(through index: LogIndex, at node: NodeID, _ event: TracedEvent, at place: Int)
    -> Happening.Clause
  {
    let picture = servers[node.offset]
    let state = event.states.first { $0.node == node }
    let first = (picture.state?.commitIndex ?? .zero).next
    let entries = first <= index ? picture.entries(first...index) : []
    let collision = entries.first { entry in committed[entry.index].map { $0.entry != entry } ?? false }
    let other = collision.flatMap { committed[$0.index] }
    for entry in entries where committed[entry.index] == nil {
      committed[entry.index] = Commitment(entry: entry, by: node, event: place)
    }
    let told = entries.filter { isOfInterest($0.index) }
    // Of what others have committed before only the last is named.
    let news = told.filter { committed[$0.index]?.event == place }
    let name = EntryText.names(news.isEmpty ? told.suffix(1) : news, besides: state?.term)
    let what = name.isEmpty ? "entry \(index)" : name
    if let collision, let other {
      let text =
        "commits \(EntryText.names([collision], besides: state?.term)), where \(other.by) had committed "
        + EntryText.names([other.entry])
      let appended = chronicle.trace.indices.first { chronicle.trace[$0].appends(other.entry, at: other.by) }
      return .init(text: text, rank: .essential, mentions: [other.event] + (appended.map { [$0] } ?? []))
    }
    // One that steps down for what it commits has committed that as the leader.
    guard state.map({ $0.role == .leader || leads(node, $0) }) ?? false else {
      return .init(
        text: "learns that \(what) is committed", rank: told.isEmpty ? .routine : .minor,
        plural: "learn that \(what) is committed")
    }
    if let last = picture.entry(at: index), let term = state?.term, last.term < term {
      let decision = event.decisions.last { $0.node == node && $0.decision.rule == .mayCommit }
      return .init(
        text: "commits \(what) by counting copies, though it leads term \(term)", rank: .turning,
        decision: decision?.decision)
    }
    return .init(text: "commits \(what)", rank: told.isEmpty ? .routine : .telling)
  }

  private mutating func restart(of node: NodeID, _ event: TracedEvent) -> [Happening.Clause] {
    guard let state = event.states.first(where: { $0.node == node }) else { return [] }
    // The others have been there from the beginning.
    guard servers[node.offset].state != nil else { return [.init(text: "starts for the first time", rank: .telling)] }
    let lost = servers[node.offset].truncate(from: state.last.index.next)
    var text = "restarts"
    if state.term > .zero || state.last.index > .zero { text += " in term \(state.term)" }
    if let vote = state.vote { text += " with \(vote == node ? "its own vote" : "its vote for \(vote)")" }
    text += state.last.index == .zero ? ", its log empty" : ", its log up to entry \(state.last.index)"
    if state.last.index > .zero, state.last.term != state.term { text += " of term \(state.last.term)" }
    if !lost.isEmpty { text += "; \(EntryText.names(lost)) \(lost.count == 1 ? "is" : "are") gone" }
    return [.init(text: text, rank: focus.isLong && lost.isEmpty ? .telling : .turning)]
  }

  /// Whether a crash may leave a part of a write.
  private func mayTear(_ event: TracedEvent) -> Bool {
    guard case .faultBegins(let id, _) = event.kind, let fault = scenario.faults.first(where: { $0.id == id }) else {
      return false
    }
    switch fault.action {
    case .kill(_, let tearing), .powerLoss(let tearing), .crashLoop(_, _, let tearing): return tearing
    default: return false
    }
  }
}

extension Narrator.Origin? {
  /// The event in which it was sent, if it is known.
  var mentions: [Int] { self?.sentIn.map { [$0] } ?? [] }
}

import Determinism
import Raft
import Traces

// What a server decides on which the failure may rest.
extension Narrator {
  /// What it decided: what the failure rests on, and what else is not as usual.
  ///
  /// - Parameter told: clauses that tell some of it already.
  func decisions(
    of node: NodeID, _ event: TracedEvent, at place: Int, besides told: [Happening.Clause]
  ) -> [Happening.Clause] {
    var clauses: [Happening.Clause] = []
    for (number, traced) in event.decisions.enumerated() where traced.node == node {
      let isDecisive = focus.decisive.contains(number, of: place)
      guard !told.contains(where: { $0.decision == traced.decision }) else { continue }
      guard isDecisive || isUnusual(traced.decision, node: node, event, at: place) else { continue }
      let isOfTransfer = Self.transferRules.contains(traced.decision.rule)
      let clause = clause(
        about: traced.decision, of: node, event, at: place, rank: isOfTransfer ? .turning : .minor)
      if !clauses.contains(where: { $0.text == clause.text }) { clauses.append(clause) }
    }
    return clauses
  }

  /// Takes note of what an event decided on which the failure rests.
  mutating func noteDecisive(_ event: TracedEvent, at place: Int) {
    for (number, traced) in event.decisions.enumerated() where focus.decisive.contains(number, of: place) {
      let (decision, node) = (traced.decision, traced.node)
      let clause = clause(about: decision, of: node, event, at: place, rank: .essential)
      // The first and the last of a rule may be of the same moment, and then read alike.
      let isTold = decisive.contains { line in
        line.at.description == event.at.description && line.node == node && line.text == clause.text
          && line.decisions.allSatisfy { $0.rule == decision.rule }
      }
      guard !isTold else { continue }
      decisive.append(
        NarrativeLine(
          number: decisive.count + 1, at: event.at, node: node, text: clause.text, events: [place],
          mentions: clause.mentions, decisions: [decision]))
    }
  }

  /// Whether the failure rests on a decision of an event.
  func isDecisive(_ decision: RuleDecision, at place: Int) -> Bool {
    chronicle.trace[place].decisions.enumerated().contains { number, traced in
      traced.decision == decision && focus.decisive.contains(number, of: place)
    }
  }

  /// A decision in words.
  func clause(
    about decision: RuleDecision, of node: NodeID, _ event: TracedEvent, at place: Int, rank: Happening.Rank
  ) -> Happening.Clause {
    var context = DecisionText.Context()
    var mentions: [Int] = []
    if case .message(let message) = event.kind {
      context.message = message
      if let sent = message.sentIn { mentions.append(sent) }
    }
    if case .confirms(let acknowledged, _, _, _) = decision.question {
      let start = chronicle.start(ofRound: acknowledged, of: node, in: servers[node.offset].term)
      context.roundStart = start.map { chronicle.trace[$0].at }
      let arrival = readArrival(at: node, before: place)
      context.readArrival = arrival.map { chronicle.trace[$0].at }
      mentions += [start, arrival].compactMap(\.self)
    }
    var text = DecisionText(decision: decision, context: context).predicate
    if case .members(.mayTransfer) = decision.question, case .operatorRequest(.transfer, let fault) = event.kind,
      let refusal = chronicle.refusal(of: fault, before: place)
    {
      text += " for an operator\(refusal.words)"
      mentions.append(refusal.event)
    }
    return .init(
      text: text, rank: rank, mayRecur: Self.transferRules.contains(decision.rule) && !decision.differs,
      mentions: mentions, decision: decision)
  }

  /// The rules by which a transfer of leadership begins and ends.
  private static let transferRules: [RuleDecision.Rule] = [.mayTransfer, .givesUpTransfer]

  /// When the read came that a server answers in an event, or would.
  private func readArrival(at node: NodeID, before place: Int) -> Int? {
    questions.keys.last { $0 <= place && chronicle.trace[$0].node == node }
  }

  /// Whether a decision that is as published tells something all the same, to whoever looks for a wrong one.
  private func isUnusual(_ decision: RuleDecision, node: NodeID, _ event: TracedEvent, at place: Int) -> Bool {
    if decision.differs { return false }
    switch decision.question {
    case .confirms(let acknowledged, let needed, _, let answers):
      // Also where the published rule itself is wrong.
      return answers.inForce && isAnswering(place) && (acknowledged < needed || !focus.isLong)
    case .holdsLease(_, _, _, _, let answers): return answers.inForce && isAnswering(place)
    case .knowsCommitIndex(let term, let current, let answers): return answers.inForce && term != current
    case .counted(_, let term, _, let role, _, let current, let answers):
      return answers.inForce != nil && (term != current || role != .leader)
    case .disposition(let sequence, let last, let isOpen, let answers):
      return answers.inForce != .apply || !isOpen || last.map { $0 >= sequence } ?? false
    case .hasExpired(_, _, _, _, let answers): return answers.inForce
    case .appliedIndexRestored(let snapshot, _, let answers): return answers.inForce != snapshot
    case .credit(let acknowledged, _, let answers): return answers.inForce != acknowledged
    case .backtrack(_, _, _, let answers): return answers.inForce == nil && isOfFollowers
    case .disposable(let durable, _, _, let answers): return answers.inForce > durable
    case .outcome(let reported, let answers):
      if case .failed = reported { return true }
      return answers.inForce != reported
    case .isIntact(_, _, _, let answers): return !answers.inForce
    case .members(.mayTransfer(_, _, let answers)): return answers.inForce
    case .members(.givesUpTransfer(_, _, _, let answers)): return answers.inForce
    default: return false
    }
  }

  /// Whether the failure is that followers do not get on.
  private var isOfFollowers: Bool {
    [.notCaughtUp, .followerStuck, .followerSilent].contains { signature == .liveness($0) }
  }

  /// Whether a client is answered in an event.
  private func isAnswering(_ place: Int) -> Bool { !(answers[place] ?? []).isEmpty }
}

extension TracedEvent {
  /// Whether a server starts in it.
  func starts(_ node: NodeID) -> Bool { effects.contains(TracedEffect(.started, at: node)) }

  /// Whether a server appends an entry in it.
  func appends(_ entry: TracedEntry, at node: NodeID) -> Bool {
    effects.contains { effect in
      if effect.node == node, case .appended(let entries) = effect.what { entries.contains(entry) } else { false }
    }
  }

  /// Whether a server counts a vote that comes to it: not if it is no candidate any more, or has counted it before.
  func countsVote(of node: NodeID) -> Bool {
    decisions.contains { traced in
      if traced.node == node, case .votes(let counted, _, let answers) = traced.decision.question {
        answers.inForce > counted
      } else {
        false
      }
    }
  }
}

import Determinism
import Raft
import Scenarios
import Traces

// The run event by event.
extension StoryAgreement {
  mutating func checkSteps(_ facts: TraceFacts) {
    guard told.steps.count == facts.trace.count else {
      return disagree("the steps", Words.count(told.steps.count, "step"), Words.count(facts.trace.count, "event"))
    }
    var states = NodeID.first(run.scenario.cluster.nodes).map { NodeState(node: $0) }
    for (place, step) in told.steps.enumerated() {
      let event = facts.trace[place]
      let before = states
      for state in event.states { states[state.node.offset] = state }
      check(step, of: event, facts.facts(of: place), (before, states), number: place + 1)
    }
  }

  private mutating func check(
    _ step: RunStep, of event: TracedEvent, _ facts: EventFacts, _ states: (before: [NodeState], after: [NodeState]),
    number: Int
  ) {
    let place = "step \(number)"
    if step.number != number { disagree(place, "step \(step.number)", "event \(number)") }
    if step.event.at != event.at { disagree(place, "\(step.event.at)", "\(event.at)") }
    for (told, stands) in zip(step.before + step.after, states.before + states.after) where told != stands {
      disagree(place, Self.words(told), Self.words(stands))
    }
    if step.before.count != states.before.count || step.after.count != states.after.count {
      disagree(place, Words.count(step.after.count, "server"), Words.count(states.after.count, "server"))
    }
    for text in [step.headline] + step.effects + step.decisions { check(text, at: place, facts) }
    let sentences = step.effects.map { ToldText($0, knowing: facts.phrases) }
    for effect in event.effects {
      guard let node = effect.node ?? effect.what.sender, let expected = StepDeed(effect.what) else { continue }
      let isTold = sentences.contains { sentence in
        sentence.tokens.first == .word("\(node)") && expected.isTold(in: sentence)
      }
      if !isTold { disagree(place, step.effects.joined(separator: "; "), "\(node) \(expected.name)") }
    }
    let sent = event.effects.count { $0.what.sender != nil }
    let tellSent = sentences.count { $0[1] == .word("sends") }
    if tellSent != sent { disagree(place, "\(tellSent) messages are sent", "\(sent)") }
    let differing = event.decisions.count(where: \.decision.differs)
    if step.decisions.count != differing {
      disagree(place, Words.count(step.decisions.count, "decision"), Words.count(differing, "decision"))
    }
  }

  private static func words(_ state: NodeState) -> String {
    "\(state.node) \(state.isRunning ? state.role.name : "down") in term \(state.term), log \(state.last), commit "
      + "\(state.commitIndex)"
  }
}

/// What a step must say of an effect.
private struct StepDeed {
  let name: String
  private let words: [String]
  private var number: UInt64?

  /// `nil` for what is told together with something else.
  init?(_ effect: TracedEffect.What) {
    switch effect {
    case .role(let role, let term): (name, words, number) = ("is \(role.name) of term \(term)", ["term"], term.rawValue)
    case .term(let term): (name, words, number) = ("enters term \(term)", ["enters"], term.rawValue)
    case .voted(let node, let term): (name, words, number) = ("votes for \(node)", ["votes", "\(node)"], term.rawValue)
    case .appended(let entries):
      (name, words, number) = ("appends \(entries.count)", ["appends"], entries.first?.index.rawValue)
    case .truncated(let index): (name, words, number) = ("removes \(index) and on", ["removes"], index.rawValue)
    case .committed(let index): (name, words, number) = ("commits \(index)", ["commits"], index.rawValue)
    case .tookSnapshot(let position):
      (name, words, number) = ("takes \(position)", ["snapshot"], position.index.rawValue)
    case .installedSnapshot(let position):
      (name, words, number) = ("installs \(position)", ["snapshot"], position.index.rawValue)
    case .started: (name, words) = ("starts", ["starts"])
    case .crashed: (name, words) = ("crashes", ["crashes"])
    case .stopped: (name, words) = ("stops", ["stops"])
    case .sent(let message):
      let recipient = "\(message.key.recipient)"
      (name, words, number) = (
        "sends \(recipient) \(message.text)", ["sends", recipient], message.content.term.rawValue
      )
    case .paused, .resumed, .removedFile, .refusedFrame, .cut, .healed, .lost, .called, .returned: return nil
    }
  }

  func isTold(in sentence: ToldText) -> Bool {
    let tokens = sentence.tokens
    return words.allSatisfy { tokens.contains(.word($0)) } && number.map { tokens.contains(.number($0)) } ?? true
  }
}

extension TracedEffect.What {
  /// Who sends a message, if one is sent.
  fileprivate var sender: NodeID? { if case .sent(let message) = self { message.key.sender } else { nil } }
}

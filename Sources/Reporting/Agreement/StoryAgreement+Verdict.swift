import Determinism
import Raft
import Scenarios
import Traces

// What is said of the failure as a whole: the verdict, the argument, and where the servers stand.
extension StoryAgreement {
  mutating func checkVerdict(_ facts: TraceFacts) {
    let finding = factsOfFinding(facts)
    // Behind the heading.
    for line in ToldRun.paragraphs(told.sections.dropFirst().first ?? [], beginningWhere: { _ in false }) {
      check(line, at: "the verdict", finding)
      guard let failure = run.outcome.failure else { continue }
      // Who did what to whom: in the order of the finding.
      let sentence = FindingText.sentence(failure.finding)
      let (claims, expected) = (ToldText(line.lowercasedFirst).claims([]), ToldText(sentence).claims([]))
      if !claims.starts(with: expected) { disagree("the verdict", line, sentence) }
    }
    var all = facts.whole
    all.add(finding)
    let steps = Array(section(titled: "Why that is wrong").dropFirst())
    let paragraphs = ToldRun.paragraphs(steps) { $0.number(at: 0) != nil && $0[1] == .mark(".") }
    // What was decided is checked by its own event.
    check(told.decisive, facts)
    for line in paragraphs.dropLast(told.decisive.count) {
      // Its own number stands in front of each.
      let text = ToldText(line).number(at: 0) == nil ? line : String(line.drop { $0 != "." })
      check(text, at: "the argument", all)
    }
    // What makes no progress fails by nothing that happens.
    if case .liveness = run.signature { return }
    if let last = told.narrative.last, let failure = run.outcome.failure,
      let event = run.outcome.place(ofEvent: failure.event), !last.events.contains(event)
    {
      disagree("line \(last.number)", "the last line is event \(last.event)", "the failure is event \(event)")
    }
  }

  /// What the failure itself names.
  private func factsOfFinding(_ facts: TraceFacts) -> EventFacts {
    var named = EventFacts()
    let demand = Demand(of: run)
    named.add(phrase: demand.sentence.lowercasedFirst)
    named.add(phrase: demand.consequence)
    guard let failure = run.outcome.failure else {
      named.add(facts.whole)
      return named
    }
    named.add(allIn: failure.finding)
    named.add(time: failure.at)
    for account in failure.accounts { named.add(allIn: account) }
    return named
  }

  func section(titled title: String) -> [String] {
    told.sections.first { $0.first.map { $0.utf8.starts(with: title.utf8) } ?? false } ?? []
  }

  // MARK: Where the servers stand

  mutating func checkStanding(_ facts: TraceFacts) {
    let lines = Array(section(titled: "Where the servers stand").dropFirst())
    let rows = ToldRun.paragraphs(lines) { text in
      if case .word(let word)? = text[0] { ToldText.number(in: word, behind: "n") != nil } else { false }
    }
    guard let failure = run.outcome.failure, !rows.isEmpty else { return }
    if !failure.accounts.isEmpty {
      var named = EventFacts()
      for account in failure.accounts { named.add(allIn: account) }
      for row in rows { check(row, at: "the servers", named) }
      return
    }
    var states: [NodeState] = []
    for state in facts.trace.prefix((run.outcome.place(ofEvent: failure.event) ?? -1) + 1).flatMap(\.states) {
      if let place = states.firstIndex(where: { $0.node == state.node }) {
        states[place] = state
      } else {
        states.append(state)
      }
    }
    let entries = facts.whole
    for row in rows { check(row: row, states, entries) }
  }

  /// `n1  leader  term 3  committed 1  log 1: no-op [1], 2: no-op [3]`
  private mutating func check(row: String, _ states: [NodeState], _ facts: EventFacts) {
    let text = ToldText(row, knowing: facts.phrases)
    guard let state = states.first(where: { text.tokens.first == .word("\($0.node)") }) else {
      return disagree("the servers", row, "no such server")
    }
    let role = ToldText(state.isRunning ? state.role.name : "down").tokens
    let isSo =
      Array(text.tokens.dropFirst().prefix(role.count)) == role
      && text.count(behind: "term") == state.term.rawValue
      && (!state.isRunning || text.count(behind: "committed") == state.commitIndex.rawValue)
    let stands = "\(state.role.name) of term \(state.term), committed \(state.commitIndex), log \(state.last)"
    if !isSo { disagree("the servers", row, stands) }
    for entry in text.entriesInRow(facts.phrases) where !facts.hold(entry) {
      disagree("the servers", "\(entry) in \"\(row)\"", facts.alternatives(to: entry))
    }
    if let last = text.entriesInRow(facts.phrases).last, case .content(let index, let term, _) = last {
      let isEnd = index == state.last.index.rawValue
      let isSo = isEnd ? term == state.last.term.rawValue : text.count(behind: "entry") == state.last.index.rawValue
      if !isSo { disagree("the servers", row, stands) }
    }
  }
}

extension ToldText {
  /// The number behind a word.
  fileprivate func count(behind word: String) -> UInt64? {
    tokens.firstIndex(of: .word(word)).flatMap { number(at: $0 + 1) }
  }

  /// The entries of a log: `1: put x = 1 [1]`.
  fileprivate func entriesInRow(_ phrases: [String]) -> [Claim] {
    tokens.indices.compactMap { place in
      guard let index = number(at: place), self[place + 1] == .mark(":"), case .phrase(let phrase)? = self[place + 2],
        self[place + 3] == .mark("["), let term = number(at: place + 4)
      else { return nil }
      return .content(index: index, term: term, phrases[phrase])
    }
  }
}

import Determinism
import Histories
import Linearizability
import Raft
import Scenarios
import Traces

// The sizes and the certificate.
extension StoryAgreement {
  /// The same counts stand wherever they are told, and they are the run's.
  mutating func checkCounts() {
    let trace = run.outcome.trace
    let nodes = run.scenario.cluster.nodes
    let begun = run.outcome.faults.map(\.id)
    let calls = trace.flatMap(\.effects).count { if case .called = $0.what { true } else { false } }
    let faults = trace.count { event in
      if case .faultBegins(let id, _) = event.kind { begun.contains(id) } else { false }
    }
    let deliveries = trace.count { event in
      guard case .message(let message) = event.kind, !event.states.isEmpty else { return false }
      // A frame that is refused gets no further.
      return !event.effects.contains { if case .lost(let lost) = $0.what { lost.key == message.key } else { false } }
    }
    let size = RunSize(nodes: nodes, operations: calls, faults: faults, deliveries: deliveries)
    compare(RunSize(of: run.scenario, run.outcome), to: size, at: "the size of the run")
    if let after = run.shrinking?.after { compare(after, to: size, at: "the size after shrinking") }
    let heading = told.sections.first ?? []
    for (word, count) in [("node", nodes), ("operation", calls), ("fault", faults)] {
      let texts = heading.map { ToldText($0) }
      let counts = texts.flatMap { $0.counts(of: word) }
      // Behind what it was shrunk from.
      if counts.last != count { disagree("the heading", heading.joined(separator: "; "), Words.count(count, word)) }
    }
    for (name, count) in told.pageSizes {
      let words = [("nodes", nodes), ("operations", calls), ("faults", faults), ("messages", deliveries)]
      if let expected = words.first(where: { $0.0 == name })?.1, expected != count {
        disagree("the page", Words.count(count, name), Words.count(expected, name))
      }
    }
    if told.pageSizes.isEmpty { disagree("the page", "no sizes", size.text) }
    checkLeftOut(heading)
  }

  private mutating func compare(_ one: RunSize, to size: RunSize, at place: String) {
    if one != size {
      disagree(
        place, "\(one.text), \(Words.count(one.deliveries, "message"))",
        "\(size.text), \(Words.count(size.deliveries, "message"))")
    }
  }

  /// Messages that were left out, and lines that are not told.
  private mutating func checkLeftOut(_ heading: [String]) {
    let lost = (run.scenario.overrides?.messages ?? []).filter { $0.fate == .lost }.map(\.message)
      .filter { !run.neededLosses.contains($0) }
    let sent = run.outcome.trace.flatMap(\.effects).count { effect in
      if case .lost(let message) = effect.what { lost.contains(message.key) } else { false }
    }
    let told = heading.compactMap { line -> Int? in
      let text = ToldText(line)
      return text.tokens.contains(.word("left")) ? text.counts(of: "message").first : nil
    }
    if told != (sent == 0 ? [] : [sent]) {
      disagree("the heading", heading.joined(separator: "; "), "\(Words.count(sent, "message")) left out")
    }
  }

  // MARK: The certificate

  /// Each thing of the certificate, against the scenario and what took hold of it.
  mutating func checkCertificate(_ facts: TraceFacts) {
    for line in run.certificate {
      switch line.kind {
      case .node: check(line.thing, at: "the certificate", memberFacts)
      case .fault: checkFault(line, facts)
      case .operation: checkOperation(line, facts)
      case .election: checkElection(line)
      case .message: checkMessage(line, facts, CertificateLine.name(of:))
      case .loss: checkMessage(line, facts, CertificateLine.name(ofLossOf:))
      case .setting, nil: break
      }
    }
    checkCertificateCounts()
  }

  private var memberFacts: EventFacts {
    var facts = EventFacts()
    for node in NodeID.first(run.scenario.cluster.nodes) { facts.add(node: node) }
    return facts
  }

  private mutating func checkFault(_ line: CertificateLine, _ facts: TraceFacts) {
    let all = run.scenario.faults.map { facts.factsOfFault($0.id) }
    let isSo = all.contains { fault in
      ToldText(line.thing, knowing: fault.phrases).claims(fault.phrases).allSatisfy(fault.hold)
    }
    if !isSo { disagree("the certificate", line.thing, "no such fault") }
  }

  /// A client and its request are those that the story names.
  private mutating func checkOperation(_ line: CertificateLine, _ facts: TraceFacts) {
    let clients = facts.operations.map { UInt64($0.process) }
    for case .client(let client) in ToldText(line.thing).claims([]) where !clients.contains(client) {
      disagree("the certificate", line.thing, "c\(client) calls nothing")
    }
    let history = run.outcome.history
    let asked = facts.operations.filter { ToldText(line.thing).tokens.first == .word("c\($0.process)") }
    let names = asked.map { operation in
      let key = history.values[operation.key].map { Wording.show($0) } ?? ""
      return ToldText("\(operation.function.name(in: history.header.model)) \(key)").tokens
    }
    let tokens = ToldText(line.thing).tokens
    if !names.contains(where: { Array(tokens.dropFirst(3).prefix($0.count)) == $0 }) {
      disagree("the certificate", line.thing, "no such call")
    }
  }

  private mutating func checkElection(_ line: CertificateLine) {
    let elections = run.outcome.elections + (run.scenario.overrides?.elections ?? [])
    let isSo = elections.contains { line.thing == CertificateLine.name(of: $0) }
    if !isSo { disagree("the certificate", line.thing, "no election timer of that time") }
  }

  private mutating func checkMessage(_ line: CertificateLine, _ facts: TraceFacts, _ name: (MessageKey) -> String) {
    let isSo = facts.trace.contains { event in
      event.effects.contains { effect in
        switch effect.what {
        case .sent(let message), .lost(let message): line.thing == name(message.key)
        default: false
        }
      }
    }
    if !isSo { disagree("the certificate", line.thing, "no such message") }
  }

  /// How many elections and messages it counts, of each group.
  private mutating func checkCertificateCounts() {
    let title = ToldText(run.certificateTitle).tokens
    let section = told.sections.first { section in
      section.first.map { ToldText($0).tokens.starts(with: title) } ?? false
    }
    guard let section else { return }
    let lines = ToldRun.paragraphs(Array(section.drop { ToldText($0).tokens.first != .word("without") })) {
      $0.tokens.first == .word("without")
    }
    for (group, printed) in zip(CertificateLine.groups(run.certificate), lines) {
      for (word, kind) in [("timer", CertificateLine.Kind.election), ("message", .message)] {
        let count = group.count { $0.kind == kind }
        for told in ToldText(printed).counts(of: word, within: 2) where told != count {
          disagree("the certificate", printed, Words.count(count, kind.rawValue))
        }
      }
    }
  }
}

extension ToldText {
  /// The numbers in front of a word, or of its plural, or so many words before it.
  fileprivate func counts(of word: String, within distance: Int = 1) -> [Int] {
    tokens.indices.compactMap { place in
      guard tokens[place] == .word(word) || tokens[place] == .word("\(word)s") else { return nil }
      return (1...distance).compactMap { number(at: place - $0) }.first.map(Int.init)
    }
  }
}

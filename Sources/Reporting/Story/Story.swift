import Determinism
import Histories
import Linearizability
import Scenarios
import Traces

/// The story of a failing run, for somebody who is woken at night and has not read the paper: what went wrong in one
/// sentence, what the clients saw, what happened step by step, why that cannot be, and how to see it again.
package struct Story: Sendable {
  /// What went wrong, in one sentence.
  package let sentence: String
  /// What happened on the way to the failure, step by step.
  package let narrative: [NarrativeLine]
  /// What it led to when nobody stopped it; numbered on from the narrative, by events of the sequel's trace.
  package let sequel: [NarrativeLine]
  /// The whole story, line by line.
  package let lines: [StoryLine]

  package init(of run: FailingRun) {
    let draft = StoryDraft(run)
    sentence = draft.sentence
    narrative = draft.narrative.lines
    sequel = draft.sequel?.lines ?? []
    lines = draft.lines
  }

  /// The story as text, a line feed behind each line.
  ///
  /// - Parameter paint: gives a part of a line its colour.
  package func text(painting paint: (_ text: String, _ tone: StoryTone) -> String = { text, _ in text }) -> String {
    lines.map { line in
      line.parts.map { part in part.tone.map { paint(part.text, $0) } ?? part.text }.joined() + "\n"
    }.joined()
  }
}

/// Puts a story together.
struct StoryDraft {
  let run: FailingRun
  let operations: [Operation]
  let wording: Wording
  let demand: Demand
  let sentence: String
  let narrative: Narrative
  let sequel: Narrative?
  /// The operations that it is about.
  let shown: [Operation]
  /// That messages were left out, if any were.
  let leftOutText: String?
  /// Why that must not be, where an observer of the servers says so.
  private let steps: [String]
  private let standing: [StoryLine]

  /// The most lines of what happened, and of what it led to.
  private static let narrativeLimit = 40
  private static let sequelLimit = 12

  init(_ run: FailingRun) {
    self.run = run
    let operations = run.outcome.history.operations()
    self.operations = operations
    wording = Wording(run.outcome.history)
    demand = Demand(run.signature)
    sentence = VerdictSentence(run, demand, wording).text
    let leftOut = LeftOutMessages(run.scenario, run.outcome.trace)
    leftOutText = leftOut.clause
    let chronicle = Chronicle(run.outcome.trace, leavingOut: leftOut)
    let focus = Focus(of: run, chronicle, operations: operations)
    var narrator = Narrator(
      scenario: run.scenario, history: run.outcome.history, operations: operations, faults: run.outcome.faults,
      chronicle: chronicle, focus: focus, signature: run.signature)
    narrator.tell(through: focus.end ?? chronicle.trace.count - 1)
    let narrative = Narrative(narrator.happenings, limit: Self.narrativeLimit)
    self.narrative = narrative
    steps = Argument(run, demand, narrator).steps
    standing = run.signature == .linearizability ? [] : Standing(narrator.servers).lines
    sequel = run.sequel.map { Self.told($0, of: run, operations, numberedFrom: narrative.lines.count + 1) }
    shown = focus.operations.map { operations[$0] }
  }

  /// What came of the failure.
  private static func told(
    _ sequel: (scenario: Scenario, outcome: RunOutcome, from: Int), of run: FailingRun, _ operations: [Operation],
    numberedFrom first: Int
  ) -> Narrative {
    var run = run
    (run.scenario, run.outcome) = (sequel.scenario, sequel.outcome)
    let trace = sequel.outcome.trace
    let chronicle = Chronicle(trace, leavingOut: LeftOutMessages(run.scenario, trace))
    var focus = Focus(of: run, chronicle, operations: operations)
    focus.operations = []
    focus.isCause = [Bool](repeating: true, count: trace.count)
    var narrator = Narrator(
      scenario: run.scenario, history: run.outcome.history, operations: operations, faults: run.outcome.faults,
      chronicle: chronicle, focus: focus, signature: run.outcome.failure?.signature ?? run.signature)
    narrator.tell(from: sequel.from, through: trace.count - 1)
    return Narrative(narrator.happenings, limit: sequelLimit, from: first)
  }

  /// The damage that the sequel does, in a sentence.
  var damage: String? {
    run.sequel?.outcome.failure.map { "\(FindingText.sentence($0.finding).capitalisedFirst)." }
  }

  // MARK: The whole

  var lines: [StoryLine] {
    let sections = [
      headline, verdict, picture, happenings, accounts, argument, consequences, certificate, rows,
    ]
    return Array(sections.filter { !$0.isEmpty }.joined(separator: [StoryLine()]))
  }

  private var headline: [StoryLine] {
    var line = StoryLine(Self.word(for: run.signature), .bad)
    if run.outcome.failure == nil, let counterexample = run.counterexample {
      if let key = counterexample.key { line.add("   key \(Wording.show(key))") }
      line.add("   \(counterexample.anomaly.rawValue)")
    } else {
      line.add("   \(run.signature)")
    }
    line.add("   seed \(run.scenario.seed)")
    var lines = [line]
    if let shrinking = run.shrinking {
      lines += shrunk(shrinking)
    } else {
      line.add("   \(sizeText)")
      lines = [line]
    }
    if let leftOutText { lines.append(StoryLine(leftOutText, .quiet)) }
    return lines
  }

  private static func word(for signature: FailureSignature) -> String {
    switch signature {
    case .linearizability: "NOT LINEARIZABLE"
    case .invariant: "INVARIANT BROKEN"
    case .liveness: "NO PROGRESS"
    case .stopped: "NODE STOPPED"
    }
  }

  private var sizeText: String {
    [
      Words.count(run.scenario.cluster.nodes, "node"),
      Words.count(run.outcome.statistics.operations, "operation"),
      Words.count(run.outcome.faults.count, "fault"),
    ].joined(separator: ", ")
  }

  private func shrunk(_ shrinking: ShrinkingSummary) -> [StoryLine] {
    func size(_ size: RunSize) -> String {
      [Words.count(size.nodes, "node"), Words.count(size.operations, "operation"), Words.count(size.faults, "fault")]
        .joined(separator: ", ")
    }
    let time = shrinking.time.map { " in \($0)" } ?? ""
    var lines = [
      StoryLine("shrunk\(time) from \(size(shrinking.before)) to \(size(shrinking.after))", .strong)
    ]
    lines[0].add("   (\(Words.count(shrinking.trials, "run")))", .quiet)
    if shrinking.wasInterrupted {
      lines.append(StoryLine("interrupted: this is the best so far, and more might be taken away", .doubtful))
    }
    if !shrinking.otherFailures.isEmpty {
      let names = Words.list(shrinking.otherFailures.map(\.description))
      let kind = shrinking.otherFailures.count == 1 ? "a failure of its own" : "failures of their own"
      lines.append(StoryLine("met on the way, \(kind): \(names)", .doubtful))
    }
    return lines
  }

  private var verdict: [StoryLine] { Typesetting.paragraph("", nil, sentence, .strong) }

  // MARK: What happened

  private var happenings: [StoryLine] {
    guard !narrative.lines.isEmpty else { return [] }
    var lines = [StoryLine("What happened", .strong)]
    lines += NarrativeTable(narrative.lines, marksLast: true).lines
    if narrative.leftOut > 0 {
      lines.append(
        StoryLine(
          "      \(narrative.leftOut.grouped) more that matter\(narrative.leftOut == 1 ? "s" : "") less left out",
          .quiet))
    }
    return lines
  }

  static let sequelTitle = "What it can lead to: from here on raftcheck adds faults of its own"

  private var consequences: [StoryLine] {
    guard let sequel, !sequel.lines.isEmpty else { return [] }
    let replay = run.sequelReplay.map { [StoryLine("  \($0)", .quiet)] } ?? []
    return [StoryLine(Self.sequelTitle, .strong)] + replay
      + NarrativeTable(sequel.lines, marksLast: true).lines
      + (damage.map { Typesetting.paragraph("  ", nil, $0, .bad) } ?? [])
  }

  // MARK: Why it cannot be

  private var argument: [StoryLine] {
    let title = StoryLine("Why that is wrong", .strong)
    if run.signature == .linearizability, run.essence == nil, let counterexample = run.counterexample {
      let lines = counterexample.explanation.split(separator: "\n").map(String.init)
      return [title]
        + lines.flatMap { line -> [StoryLine] in
          let margin = String(repeating: " ", count: 2 + line.prefix { $0 == " " }.count)
          return Typesetting.paragraph(margin, nil, line)
        }
    }
    return [title] + Self.numbered(reasons) + remarks.flatMap { Typesetting.paragraph("     ", nil, $0) }
  }

  /// Why that must not be, step by step.
  var reasons: [String] {
    guard run.signature == .linearizability else { return steps }
    return run.essence?.account.steps.map(\.capitalisedFirst) ?? []
  }

  /// Why operations of unknown result cannot help.
  var remarks: [String] {
    guard run.signature == .linearizability else { return [] }
    return run.essence?.account.remarks.map(\.capitalisedFirst) ?? []
  }

  private static func numbered(_ steps: [String]) -> [StoryLine] {
    steps.enumerated().flatMap { number, step in Typesetting.paragraph("  \(number + 1). ", .quiet, step) }
  }

  /// Where each server stands, unless the failure is the clients' alone.
  var accounts: [StoryLine] {
    var title = StoryLine("Where the servers stand then", .strong)
    let accounts = (run.outcome.failure?.accounts ?? []).map(AccountText.sentence)
    // Of a cluster that stands still the observer knows more.
    if !accounts.isEmpty { return [title] + accounts.flatMap { Typesetting.paragraph("  ", nil, $0) } }
    guard !standing.isEmpty else { return [] }
    title.add("   index: entry [term]", .quiet)
    return [title] + standing
  }

  // MARK: What is needed, and how to see it again

  private var certificate: [StoryLine] {
    guard !run.certificate.isEmpty else { return [] }
    var groups: [(without: String, lines: [CertificateLine])] = []
    for line in run.certificate {
      if let place = groups.firstIndex(where: { $0.without == line.without }) {
        groups[place].lines.append(line)
      } else {
        groups.append((line.without, [line]))
      }
    }
    var title = StoryLine(CertificateLine.title(of: run.certificate), .strong)
    if let leftOutText { title.add("   \(leftOutText) already", .quiet) }
    return [title]
      + groups.flatMap { group -> [StoryLine] in
        let counted = Self.counted(group.lines)
        let things = group.lines.count == 1 ? counted : "any one of these, \(counted)"
        return Typesetting.paragraph("  ", nil, "without \(things): \(group.without)")
      }
  }

  /// The things, but for elections and messages, of which there may be many: these are counted.
  private static func counted(_ lines: [CertificateLine]) -> String {
    func names(_ kinds: [CertificateLine.Kind?]) -> [String] {
      lines.filter { kinds.contains($0.kind) }.map(\.thing)
    }
    let (settings, elections, messages) = (names([.setting]), names([.election]), names([.message]))
    var words = names([.node, .fault, .operation, nil])
    words +=
      settings.count > few ? ["the settings of \(Words.list(settings))"] : settings.map { "the setting of \($0)" }
    words += elections.count > few ? [Words.count(elections.count, "election timer")] : elections
    words += messages.count > few ? [Words.count(messages.count, "message")] : messages
    return words.joined(separator: "; ")
  }

  private static let few = 2

  private var rows: [StoryLine] {
    var rows: [StoryLine] = []
    if let bug = run.bug { rows += Typesetting.paragraph("bug      ", .quiet, "\(bug.name): \(bug.mistake)") }
    rows += Typesetting.paragraph("version  ", .quiet, run.program)
    // A command stays on its line, so that it can be copied.
    var replay = StoryLine("replay   ", .quiet)
    replay.add(run.replay, .strong)
    return rows + [replay]
  }
}

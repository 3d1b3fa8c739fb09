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
  private let draft: StoryDraft

  package init(of run: FailingRun) {
    draft = StoryDraft(run)
    sentence = draft.sentence
    narrative = draft.narrative.lines
    sequel = draft.sequel?.lines ?? []
  }

  /// How many more that matter less are left out of the narrative.
  package var leftOut: Int { draft.narrative.leftOut }
  /// What was decided on which the failure rests, where a rule in force decides otherwise than the published one.
  package var decisive: [NarrativeLine] { draft.decisive }
  /// Why that must not be, step by step; empty if nobody has looked closer at the clients' history.
  package var reasons: [String] { draft.reasons }
  /// What else there is to say of that.
  package var remarks: [String] { draft.remarks }
  /// The damage that the sequel does, in a sentence.
  package var damage: String? { draft.damage }

  /// The whole story, line by line.
  package func lines(in layout: Layout = .standard) -> [StoryLine] {
    var draft = draft
    draft.layout = layout
    return draft.lines
  }

  /// The story as text without tones, a line feed behind each line.
  package func text(in layout: Layout = .standard) -> String {
    lines(in: layout).map { "\($0.plainText)\n" }.joined()
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
  /// What was decided on which the failure rests, as the steps tell it.
  let decisive: [NarrativeLine]
  private let standing: Standing?
  /// How it is printed.
  var layout = Layout.standard

  /// The most lines of what happened, and of what it led to.
  private static let narrativeLimit = 40
  private static let sequelLimit = 12

  init(_ run: FailingRun) {
    self.run = run
    let operations = run.outcome.history.operations()
    self.operations = operations
    wording = Wording(run.outcome.history)
    demand = Demand(of: run)
    sentence = VerdictSentence(run, demand, wording).text
    let leftOut = LeftOutMessages(run.scenario, run.outcome.trace, besides: run.neededLosses)
    leftOutText = leftOut.clause
    let chronicle = Chronicle(run.outcome.trace, leavingOut: leftOut)
    let focus = Focus(of: run, chronicle, operations: operations)
    var narrator = Narrator(
      scenario: run.scenario, outcome: run.outcome, operations: operations, chronicle: chronicle, focus: focus,
      signature: run.signature)
    narrator.tell(through: focus.end ?? chronicle.trace.count - 1)
    let narrative = Narrative(narrator.happenings, limit: Self.narrativeLimit)
    self.narrative = narrative
    steps =
      (run.signature == .linearizability
        ? run.essence?.account.steps.map(\.capitalisedFirst) ?? [] : Argument(run, demand, narrator).steps)
      + narrator.decisive.map(Self.sentence)
    decisive = narrator.decisive
    standing = run.signature == .linearizability ? nil : Standing(narrator.servers)
    sequel = run.sequel.map { Self.told($0, of: run, operations, numberedFrom: narrative.lines.count + 1) }
    shown = focus.operations.map { operations[$0] }
  }

  /// What was decided, and where the rule stands that decides otherwise.
  private static func sentence(_ line: NarrativeLine) -> String {
    let rules = line.decisions.map { "\($0.rule.source), \($0.rule.rawValue)" }
    return "At \(line.at) \(line.node?.description ?? "") \(line.text); the published rule decides otherwise "
      + "(\(rules.joined(separator: "; ")))."
  }

  /// What came of the failure.
  private static func told(
    _ sequel: (scenario: Scenario, outcome: RunOutcome, from: Int), of run: FailingRun, _ operations: [Operation],
    numberedFrom first: Int
  ) -> Narrative {
    var run = run
    (run.scenario, run.outcome) = (sequel.scenario, sequel.outcome)
    let trace = sequel.outcome.trace
    let chronicle = Chronicle(trace, leavingOut: LeftOutMessages(run.scenario, trace, besides: run.neededLosses))
    var focus = Focus(of: run, chronicle, operations: operations)
    focus.operations = []
    focus.isCause = [Bool](repeating: true, count: trace.count)
    var narrator = Narrator(
      scenario: run.scenario, outcome: run.outcome, operations: operations, chronicle: chronicle, focus: focus,
      signature: run.outcome.failure?.signature ?? run.signature)
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
    return Array(sections.filter { !$0.isEmpty }.map(Self.shortened).joined(separator: [StoryLine()]))
  }

  /// The most lines of a section. More are nobody's story: what a minimal run has, and most of any other, is told.
  private static let sectionLimit = 200

  private static func shortened(_ section: [StoryLine]) -> [StoryLine] {
    guard section.count > sectionLimit else { return section }
    let kept = section.prefix(sectionLimit - 1)
    return kept + [StoryLine("  \(Words.count(section.count - kept.count, "more line")) left out", .quiet)]
  }

  /// The most steps of an argument.
  private static let stepLimit = 60

  private static func shortened(_ steps: [String]) -> [String] {
    guard steps.count > stepLimit else { return steps }
    let kept = steps.prefix(stepLimit - 1)
    return kept + ["\(Words.count(steps.count - kept.count, "more step")) left out."]
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
      line.add("   \(RunSize(of: run.scenario, run.outcome).text)")
      lines = [line]
    }
    if let leftOutText { lines.append(StoryLine(leftOutText, .quiet)) }
    return lines.flatMap { layout.wrapped($0, indent: 2) }
  }

  private static func word(for signature: FailureSignature) -> String {
    switch signature {
    case .linearizability: "NOT LINEARIZABLE"
    case .invariant: "INVARIANT BROKEN"
    case .liveness: "NO PROGRESS"
    case .stopped: "NODE STOPPED"
    }
  }

  private func shrunk(_ shrinking: ShrinkingSummary) -> [StoryLine] {
    let time = shrinking.time.map { " in \($0)" } ?? ""
    var lines = [
      StoryLine("shrunk\(time) from \(shrinking.before.text) to \(shrinking.after.text)", .strong)
    ]
    lines[0].add("   (\(Words.count(shrinking.trials, "run")))", .quiet)
    if shrinking.wasInterrupted {
      lines.append(StoryLine("ended early: this is the best so far, and more might be taken away", .doubtful))
    }
    if !shrinking.otherFailures.isEmpty {
      lines.append(StoryLine(shrinking.otherFailuresText, .doubtful))
    }
    return lines
  }

  private var verdict: [StoryLine] { layout.paragraph("", nil, sentence, .strong) }

  // MARK: What happened

  private var happenings: [StoryLine] {
    guard !narrative.lines.isEmpty else { return [] }
    var lines = [StoryLine("What happened", .strong)]
    lines += NarrativeTable(narrative.lines, marksLast: true).lines(in: layout)
    if narrative.leftOut > 0 {
      lines += layout.paragraph(
        "      ", nil,
        "\(narrative.leftOut.grouped) more that matter\(narrative.leftOut == 1 ? "s" : "") less left out",
        .quiet)
    }
    return lines
  }

  static let sequelTitle = "What it can lead to: from here on raftcheck adds faults of its own"

  private var consequences: [StoryLine] {
    guard let sequel, !sequel.lines.isEmpty else { return [] }
    let replay = run.sequelReplay.map { layout.paragraph("  ", nil, .whole($0, .quiet)) } ?? []
    return layout.wrapped(StoryLine(Self.sequelTitle, .strong), indent: 2) + replay
      + NarrativeTable(sequel.lines, marksLast: true).lines(in: layout)
      + (damage.map { layout.paragraph("  ", nil, $0, .bad) } ?? [])
  }

  // MARK: Why it cannot be

  private var argument: [StoryLine] {
    let title = StoryLine("Why that is wrong", .strong)
    if run.signature == .linearizability, run.essence == nil, let counterexample = run.counterexample {
      return [title] + layout.block(counterexample.explanation, margin: 2)
    }
    return [title] + numbered(reasons) + remarks.flatMap { layout.paragraph("     ", nil, $0) }
  }

  /// Why that must not be, step by step.
  var reasons: [String] { Self.shortened(steps) }

  /// Why operations of unknown result cannot help.
  var remarks: [String] {
    guard run.signature == .linearizability else { return [] }
    return Self.shortened(run.essence?.account.remarks.map(\.capitalisedFirst) ?? [])
  }

  private func numbered(_ steps: [String]) -> [StoryLine] {
    steps.enumerated().flatMap { number, step in layout.paragraph("  \(number + 1). ", .quiet, step) }
  }

  /// Where each server stands, unless the failure is the clients' alone.
  var accounts: [StoryLine] {
    var title = StoryLine("Where the servers stand then", .strong)
    let accounts = (run.outcome.failure?.accounts ?? []).map(AccountText.sentence)
    // Of a cluster that stands still the observer knows more.
    if !accounts.isEmpty { return [title] + accounts.flatMap { layout.paragraph("  ", nil, $0) } }
    let rows = standing?.lines(in: layout) ?? []
    guard !rows.isEmpty else { return [] }
    title.add("   index: entry [term]", .quiet)
    return layout.wrapped(title, indent: 2) + rows
  }

  // MARK: What is needed, and how to see it again

  private var certificate: [StoryLine] {
    guard !run.certificate.isEmpty else { return [] }
    var title = StoryLine(run.certificateTitle, .strong)
    if let leftOutText { title.add("   \(leftOutText) already", .quiet) }
    return layout.wrapped(title, indent: 2)
      + CertificateLine.groups(run.certificate).flatMap { group -> [StoryLine] in
        let counted = Self.counted(group)
        let things = group.count == 1 ? counted : "any one of these, \(counted)"
        return layout.paragraph("  ", nil, "without \(things): \(group[0].without)")
      }
  }

  /// The things, but for elections and messages, of which there may be many: these are counted.
  private static func counted(_ lines: [CertificateLine]) -> String {
    func names(_ kinds: [CertificateLine.Kind?]) -> [String] {
      lines.filter { kinds.contains($0.kind) }.map(\.thing)
    }
    let (settings, elections, messages) = (names([.setting]), names([.election]), names([.message]))
    let losses = names([.loss])
    var words = names([.node, .fault, .operation, nil])
    words +=
      settings.count > few ? ["the settings of \(Words.list(settings))"] : settings.map { "the setting of \($0)" }
    words += elections.count > few ? [Words.count(elections.count, "election timer")] : elections
    words += messages.count > few ? [Words.count(messages.count, "message")] : messages
    words += losses.count > few ? ["the losses of \(losses.count) others"] : losses
    return words.joined(separator: "; ")
  }

  private static let few = 2

  private var rows: [StoryLine] {
    var rows: [StoryLine] = []
    if let bug = run.bug { rows += layout.paragraph("bug      ", .quiet, "\(bug.name): \(bug.mistake)") }
    rows += layout.paragraph("version  ", .quiet, run.program)
    return rows + layout.paragraph("replay   ", .quiet, .whole(run.replay, .strong))
  }
}

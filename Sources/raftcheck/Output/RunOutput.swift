import Determinism
import Linearizability
import Reporting
import Runs
import Scenarios
import System
import Terminal
import Traces

/// What is printed about one run.
struct RunOutput {
  let report: RunReport
  /// What to type to see the same again.
  var replayLine: String
  /// Where the case is saved, if it is.
  var casePath: String?
  /// Of the whole command.
  let wallTime: Duration
  /// What another run of the same scenario was like.
  let secondRun: SecondRun
  /// What it was shrunk to, if it was.
  var minimal: CaseShrinking.Result?

  /// Prints it for people, or for programs.
  func print(asJSON: Bool, on console: Console) {
    if asJSON { console.print(json) } else { console.print(lines(in: console.layout)) }
  }

  private var scenario: Scenario { report.run.scenario }
  private var statistics: RunStatistics { report.outcome.statistics }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    var lines = layout.wrapped(headline, indent: 2) + [StoryLine()]
    if let explanation = report.explanation { lines += layout.block(explanation, margin: 2) + [StoryLine()] }
    for remark in remarks { lines += layout.paragraph("  ", nil, remark) + [StoryLine()] }
    for row in rows { lines += layout.paragraph(Layout.padded(row.label, to: 13), .quiet, row.text) }
    if report.severity > .pass || secondRun.isSame == false {
      lines += layout.paragraph(Layout.padded("replay", to: 13), .quiet, .whole(replayLine, .strong))
    }
    return lines
  }

  private var remarks: [String] {
    var remarks: [String] = []
    if let reason = report.undecidedReason { remarks.append("Undecided: \(reason).") }
    if case .differed(let sentence) = secondRun { remarks.append("Nondeterminism: \(sentence).") }
    if let problem = secondRun.problem { remarks.append("Not run a second time: \(problem).") }
    return remarks
  }

  /// The verdict first, then where it happened.
  private var headline: StoryLine {
    let word = Self.word(for: report.verdict)
    var line = StoryLine(word.text, word.tone)
    if let anomaly = report.anomaly { line.add("   \(anomaly.rawValue)") }
    if report.outcome.failure == nil, let key = report.counterexample?.key {
      line.add("   key \(Wording.showWhole(key))")
    }
    line.add("   seed \(scenario.seed)   \(RunSize(ofAllOf: scenario, report.outcome).text)")
    return line
  }

  /// How a verdict is shown.
  static func word(for verdict: RunVerdict) -> (text: String, tone: StoryTone) {
    switch verdict {
    case .linearizable: ("LINEARIZABLE", .good)
    case .notLinearizable: ("NOT LINEARIZABLE", .bad)
    case .invariantBroken: ("INVARIANT BROKEN", .bad)
    case .noProgress: ("NO PROGRESS", .bad)
    case .nodeStopped: ("NODE STOPPED", .bad)
    case .unknown: ("UNDECIDED", .doubtful)
    }
  }

  private var rows: [(label: String, text: String)] {
    let workload = scenario.workload
    var rows = [
      ("version", Program.identity),
      (
        "cluster",
        [
          Words.count(scenario.cluster.nodes, "node"), Words.count(workload.clients.count, "client"),
          Words.count(workload.keys.count, "key"),
        ].joined(separator: ", ")
      ),
    ]
    if let bug = report.run.bug { rows.append(("bug", "\(bug.name): \(bug.mistake)")) }
    rows += [
      (
        "operations",
        "\(statistics.operations.grouped)   ok \(statistics.operationsOK)   fail \(statistics.operationsFailed)"
          + "   info \(statistics.operationsUnknown)"
      ),
      ("faults", faults),
      (
        "leadership",
        "\(Words.count(statistics.leaderChanges, "change")), "
          + "\(statistics.leaderChangesWithOpenOperations) with operations open, "
          + "\(statistics.leaderChangesDuringSnapshot) with a snapshot under way; "
          + "stepped down with reads waiting \(Words.count(statistics.stepDownsWithReads, "time"))"
      ),
      (
        "crashes",
        "\(statistics.crashesBeforeSync) between an append and its sync, "
          + "\(statistics.wholeClusterCrashes) of the whole cluster at once"
      ),
    ]
    rows += losses
    rows += [
      ("sessions", "expired for a client \(Words.count(statistics.sessionsExpired, "time"))"),
      (
        "final reads",
        "\(statistics.finalReads.grouped) of \(statistics.finalReadsExpected.grouped) answered"
      ),
      (
        "messages",
        "sent \(statistics.messagesSent.grouped)   lost \(statistics.messagesLost.grouped)"
          + "   duplicated \(statistics.messagesDuplicated.grouped)"
          + "   held back \(statistics.messagesHeldBack.grouped)   refused \(statistics.framesRefused.grouped)"
      ),
      ("simulated", "\(statistics.virtualTime), \(Words.count(statistics.events, "event"))"),
      ("wall", "\(wallTime)   simulate \(report.simulationTime)   judge \(report.judgingTime)"),
      ("scenario", scenario.identity),
      ("event hash", report.outcome.eventHash.hexadecimal),
    ]
    return rows
  }

  /// How many took hold, and of which kinds.
  private var faults: String {
    let kinds = FaultKind.allCases.filter { statistics[kind: $0] > 0 && !$0.isLoss }
    let counts = kinds.map { "\($0.rawValue) \(statistics[kind: $0])" }
    return ([RunSize(ofAllOf: scenario, report.outcome).faults.grouped] + counts).joined(separator: "   ")
  }

  /// What crashes did to disks is no fault of its own.
  private var losses: [(label: String, text: String)] {
    let kinds = FaultKind.allCases.filter { statistics[kind: $0] > 0 && $0.isLoss }
    guard !kinds.isEmpty else { return [] }
    return [("", kinds.map { "\($0.rawValue) \(statistics[kind: $0])" }.joined(separator: "   "))]
  }

  /// For programs: one object, sorted keys.
  var json: String {
    JSONText.of(
      .run,
      RunObject(
        anomaly: report.anomaly?.rawValue, asOperator: report.run.checks == .outside, bug: report.run.bug?.name,
        casePath: casePath?.displayed,
        checksInvariants: report.run.checks.looksInside,
        clients: scenario.workload.clients.count, crashesBeforeSync: statistics.crashesBeforeSync,
        detail: report.detail,
        eventHash: report.outcome.eventHash.hexadecimal, events: statistics.events,
        expansions: report.judgement.expansions, explanation: report.explanation,
        faultCount: RunSize(ofAllOf: scenario, report.outcome).faults,
        faults: NamedCounts(FaultKind.allCases.map { ($0.rawValue, statistics[kind: $0]) }),
        finalReads: statistics.finalReads, finalReadsExpected: statistics.finalReadsExpected,
        framesRefused: statistics.framesRefused,
        history: report.judgement.verdict.name, isDeterministic: secondRun.isSame, keys: scenario.workload.keys.count,
        keysInGivenOrder: report.judgement.keysInGivenOrder,
        leaderChanges: statistics.leaderChanges,
        leaderChangesDuringSnapshot: statistics.leaderChangesDuringSnapshot,
        messagesDuplicated: statistics.messagesDuplicated,
        messagesHeldBack: statistics.messagesHeldBack, messagesLost: statistics.messagesLost,
        messagesSent: statistics.messagesSent, minimal: minimal.map(MinimalCaseObject.init),
        model: report.judgement.model.name.rawValue,
        nodes: scenario.cluster.nodes, operations: statistics.operations,
        outcomes: OutcomeCounts(
          fail: statistics.operationsFailed, info: statistics.operationsUnknown, ok: statistics.operationsOK),
        problem: secondRun.problem?.description, replay: replayLine, scenarioHash: scenario.identity,
        scenarioVersion: scenario.scenarioVersion,
        seed: scenario.seed, signature: report.signature?.description,
        simulatedNanoseconds: statistics.virtualTime.nanoseconds, stepDownsWithReads: statistics.stepDownsWithReads,
        verdict: report.verdict.rawValue, wallNanoseconds: wallTime.nanoseconds,
        wholeClusterCrashes: statistics.wholeClusterCrashes))
  }
}

/// What `run --json` and `replay --json` print.
private struct RunObject: Encodable {
  let anomaly: String?
  let asOperator: Bool
  let bug: String?
  let casePath: String?
  let checksInvariants: Bool
  let clients: Int
  let crashesBeforeSync: Int
  let detail: String?
  let eventHash: String
  let events: Int
  let expansions: Int
  let explanation: String?
  /// How many took hold; `faults` counts them by kind, and what they did to disks.
  let faultCount: Int
  let faults: NamedCounts
  let finalReads: Int
  let finalReadsExpected: Int
  let framesRefused: Int
  let history: String
  let isDeterministic: Bool?
  let keys: Int
  let keysInGivenOrder: Int
  let leaderChanges: Int
  let leaderChangesDuringSnapshot: Int
  let messagesDuplicated: Int
  let messagesHeldBack: Int
  let messagesLost: Int
  let messagesSent: Int
  let minimal: MinimalCaseObject?
  let model: String
  let nodes: Int
  let operations: Int
  let outcomes: OutcomeCounts
  let problem: String?
  let replay: String
  let scenarioHash: String
  let scenarioVersion: Int
  let seed: UInt64
  let signature: String?
  let simulatedNanoseconds: Int64
  let stepDownsWithReads: Int
  let verdict: String
  let wallNanoseconds: Int64
  let wholeClusterCrashes: Int
}

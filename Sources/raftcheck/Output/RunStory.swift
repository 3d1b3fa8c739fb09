import Determinism
import Reporting
import Runs
import Scenarios
import Traces

/// What is printed about one run.
struct RunStory {
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

  private var scenario: Scenario { report.run.scenario }
  private var statistics: RunStatistics { report.outcome.statistics }

  /// For people.
  func text(on console: Console) -> String {
    var lines = [headline(on: console), ""]
    if let explanation = report.explanation { lines += [explanation.linesWithoutControls.indented(by: 2), ""] }
    if let reason = report.undecidedReason { lines += ["  Undecided: \(reason).", ""] }
    if case .differed(let sentence) = secondRun {
      lines += ["Nondeterminism: \(sentence.linesWithoutControls).".indented(by: 2), ""]
    }
    if let problem = secondRun.problem { lines += ["  Not run a second time: \(problem).", ""] }
    for row in rows { lines.append(console.paint(row.label.padded(to: 13), .quiet) + row.text) }
    if report.severity > .pass || secondRun.isSame == false {
      lines.append(console.paint("replay".padded(to: 13), .quiet) + console.paint(replayLine, .strong))
    }
    return lines.joined(separator: "\n")
  }

  /// The verdict first, then where it happened.
  private func headline(on console: Console) -> String {
    let word = Self.word(for: report.verdict)
    let size = [
      Figures.count(scenario.cluster.nodes, "node"), Figures.count(statistics.operations, "operation"),
      Figures.count(report.outcome.faults.count, "fault"),
    ]
    var parts = [console.paint(word.text, word.tone)]
    if let anomaly = report.anomaly { parts.append(anomaly.rawValue) }
    if report.outcome.failure == nil, let key = report.counterexample?.key {
      parts.append("key \"\(String(decoding: key, as: UTF8.self).withoutControls)\"")
    }
    parts += ["seed \(scenario.seed)", size.joined(separator: ", ")]
    return parts.joined(separator: "   ")
  }

  /// How a verdict is shown.
  static func word(for verdict: RunVerdict) -> (text: String, tone: Console.Tone) {
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
          Figures.count(scenario.cluster.nodes, "node"), Figures.count(workload.clients.count, "client"),
          Figures.count(workload.keys.count, "key"),
        ].joined(separator: ", ")
      ),
    ]
    if let bug = report.run.bug { rows.append(("bug", "\(bug.name): \(bug.mistake)")) }
    rows += [
      (
        "operations",
        "\(Figures.grouped(statistics.operations))   ok \(statistics.operationsOK)   fail \(statistics.operationsFailed)"
          + "   info \(statistics.operationsUnknown)"
      ),
      ("faults", faultsByKind),
      (
        "leadership",
        "\(Figures.count(statistics.leaderChanges, "change")), "
          + "\(statistics.leaderChangesWithOpenOperations) with operations open, "
          + "\(statistics.leaderChangesDuringSnapshot) with a snapshot under way; "
          + "stepped down with reads waiting \(Figures.count(statistics.stepDownsWithReads, "time"))"
      ),
      (
        "crashes",
        "\(statistics.crashesBeforeSync) between an append and its sync, "
          + "\(statistics.wholeClusterCrashes) of the whole cluster at once"
      ),
      ("sessions", "expired for a client \(Figures.count(statistics.sessionsExpired, "time"))"),
      (
        "final reads",
        "\(Figures.grouped(statistics.finalReads)) of \(Figures.grouped(statistics.finalReadsExpected)) answered"
      ),
      (
        "messages",
        "sent \(Figures.grouped(statistics.messagesSent))   lost \(Figures.grouped(statistics.messagesLost))"
          + "   duplicated \(Figures.grouped(statistics.messagesDuplicated))"
          + "   held back \(Figures.grouped(statistics.messagesHeldBack))"
      ),
      ("simulated", "\(statistics.virtualTime), \(Figures.count(statistics.events, "event"))"),
      ("wall", "\(wallTime)   simulate \(report.simulationTime)   judge \(report.judgingTime)"),
      ("scenario", scenario.identity),
      ("event hash", report.outcome.eventHash.hexadecimal),
    ]
    return rows
  }

  private var faultsByKind: String {
    let kinds = FaultKind.allCases.filter { statistics[kind: $0] > 0 }
    guard !kinds.isEmpty else { return "none" }
    let counts = kinds.map { "\($0.rawValue) \(statistics[kind: $0])" }
    // Wide enough for a terminal, and the next line begins under the first count.
    var lines = [""]
    for count in counts {
      let last = lines[lines.count - 1]
      if last.count + count.count > 84 {
        lines.append(count)
      } else {
        lines[lines.count - 1] = last.isEmpty ? count : "\(last)   \(count)"
      }
    }
    return lines.joined(separator: "\n" + String(repeating: " ", count: 13))
  }

  /// For programs: one object, sorted keys.
  var json: String {
    JSONText.of(
      RunObject(
        anomaly: report.anomaly?.rawValue, bug: report.run.bug?.name, casePath: casePath,
        checksInvariants: report.run.checks != .none,
        clients: scenario.workload.clients.count, crashesBeforeSync: statistics.crashesBeforeSync,
        detail: report.detail,
        eventHash: report.outcome.eventHash.hexadecimal, events: statistics.events,
        expansions: report.judgement.expansions, explanation: report.explanation,
        faults: NamedCounts(FaultKind.allCases.map { ($0.rawValue, statistics[kind: $0]) }),
        finalReads: statistics.finalReads, finalReadsExpected: statistics.finalReadsExpected,
        history: report.judgement.verdict.name, isDeterministic: secondRun.isSame, keys: scenario.workload.keys.count,
        leaderChanges: statistics.leaderChanges,
        leaderChangesDuringSnapshot: statistics.leaderChangesDuringSnapshot,
        messagesDuplicated: statistics.messagesDuplicated,
        messagesHeldBack: statistics.messagesHeldBack, messagesLost: statistics.messagesLost,
        messagesSent: statistics.messagesSent, minimal: minimal.map(MinimalObject.init),
        model: report.judgement.model.name.rawValue,
        nodes: scenario.cluster.nodes, operations: statistics.operations,
        outcomes: OutcomeCounts(
          fail: statistics.operationsFailed, info: statistics.operationsUnknown, ok: statistics.operationsOK),
        problem: secondRun.problem?.description, replay: replayLine, scenarioHash: scenario.identity,
        scenarioVersion: scenario.scenarioVersion,
        seed: scenario.seed, signature: report.signature?.description,
        simulatedNanoseconds: statistics.virtualTime.nanoseconds, stepDownsWithReads: statistics.stepDownsWithReads,
        verdict: report.verdict.rawValue, version: Program.version, wallNanoseconds: wallTime.nanoseconds,
        wholeClusterCrashes: statistics.wholeClusterCrashes))
  }
}

/// What `run --json` and `replay --json` print.
private struct RunObject: Encodable {
  let anomaly: String?
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
  let faults: NamedCounts
  let finalReads: Int
  let finalReadsExpected: Int
  let history: String
  let isDeterministic: Bool?
  let keys: Int
  let leaderChanges: Int
  let leaderChangesDuringSnapshot: Int
  let messagesDuplicated: Int
  let messagesHeldBack: Int
  let messagesLost: Int
  let messagesSent: Int
  let minimal: MinimalObject?
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
  let version: String
  let wallNanoseconds: Int64
  let wholeClusterCrashes: Int
}

import Determinism
import Histories
import Linearizability
import Live
import Reporting
import Runs
import Scenarios
import Shrinking
import Terminal

/// What is printed about live runs.
struct LiveOutput {
  private let system: String
  private var runs: [LiveRunObject] = []
  private(set) var severity = Severity.pass
  private(set) var firstFailing: LiveReport?
  private var verdicts: [(seed: UInt64, verdict: LiveVerdict)] = []
  private var figures = LiveFigures()
  var reduction: PlanReduction.Result?

  init(system: String) { self.system = system }

  var count: Int { verdicts.count }

  mutating func add(_ report: LiveReport) {
    severity = max(severity, report.severity)
    if report.severity == .violation, firstFailing == nil { firstFailing = report }
    verdicts.append((report.outcome.scenario.seed, report.verdict))
    runs.append(LiveRunObject(report))
    figures.add(report)
  }

  /// Keeps what is told of a run beside its history.
  func save(_ report: LiveReport) throws(FileProblem) {
    let text = lines(of: report, in: .standard).map { "\($0.plainText)\n" }.joined()
    try Files.write(Array(text.utf8), to: LiveRun.FileName.report, in: report.folder)
  }

  // MARK: For people

  func lines(of report: LiveReport, in layout: Layout) -> [StoryLine] {
    let outcome = report.outcome
    let cluster = outcome.scenario.cluster
    let setting = [
      "seed \(outcome.scenario.seed)", system, Words.count(cluster.nodes, "server"),
      Words.count(outcome.scenario.workload.clients.count, "client"),
    ]
    var lines = layout.wrapped(headline(report, setting.joined(separator: ", ")), indent: 2)
    lines += layout.wrapped(StoryLine("  \(Self.sentence(outcome))"), indent: 2)
    lines += layout.wrapped(StoryLine("  \(Self.deeds(outcome))"), indent: 2)
    if let frames = Self.frames(outcome.links) { lines += layout.wrapped(StoryLine("  \(frames)"), indent: 2) }
    for ending in outcome.endings.prefix(Self.mostEndings) {
      lines += layout.wrapped(StoryLine("  \(ending), though nobody had killed it"), indent: 4)
    }
    if outcome.endings.count > Self.mostEndings {
      let more = outcome.endings.count - Self.mostEndings
      lines.append(StoryLine("  and \(Words.count(more, "time")) more a server ended so"))
    }
    if !outcome.silent.isEmpty {
      let names = Words.list(outcome.silent.map(\.description))
      lines += layout.wrapped(
        StoryLine("  \(names) did not answer within \(LiveRun.readyPatience) after all was let heal"), indent: 4)
    }
    if let remark = outcome.remark { lines += layout.wrapped(StoryLine("  \(remark)"), indent: 4) }
    if case .notLinearizable = report.verdict { lines += [StoryLine()] + explanation(report, layout) }
    return lines + layout.wrapped(StoryLine("  all of it is in ") + .whole(report.folder.displayed), indent: 4)
  }

  private static let mostEndings = 5

  private func headline(_ report: LiveReport, _ setting: String) -> StoryLine {
    let (word, tone): (String, StoryTone) =
      switch report.verdict {
      case .linearizable: ("LINEARIZABLE", .good)
      case .notLinearizable: ("NOT LINEARIZABLE", .bad)
      case .serverEnded: ("A SERVER ENDED", .bad)
      case .noProgress: ("NO PROGRESS", .bad)
      case .unknown: ("UNDECIDED", .doubtful)
      }
    let reason = report.undecidedReason.map { ": \($0)" } ?? ""
    return StoryLine(word, tone) + StoryLine("\(reason)   \(setting)")
  }

  private static func sentence(_ outcome: LiveOutcome) -> String {
    let counts = outcome.counts
    let seconds = max(1, outcome.time.nanoseconds / 1_000_000)
    let rate = Int64(counts.ok) * 1_000 / seconds
    return "\(counts.begun.grouped) operations in \(Figures.time(outcome.time)): \(counts.ok.grouped) ok "
      + "(\(Figures.percent(counts.ok, of: counts.begun)), \(Int(rate).grouped) a second), "
      + "\(counts.failed.grouped) failed, \(counts.unknown.grouped) of unknown outcome"
  }

  /// What faults made of the messages between servers; `nil` if nothing, or if nobody has counted.
  private static func frames(_ links: LinkFigures) -> String? {
    let parts = [
      (links.dropped + links.overflowed, "lost"), (links.held, "late"), (links.duplicated, "twice"),
    ].filter { $0.0 > 0 }
    guard !parts.isEmpty else { return nil }
    let counts = ([(links.passed, "passed")] + parts).map { "\(Int($0.0).grouped) \($0.1)" }
    return "messages between servers: \(counts.joined(separator: ", "))"
  }

  private static func deeds(_ outcome: LiveOutcome) -> String {
    var counts: [(kind: FaultKind, count: Int)] = []
    for deed in outcome.deeds {
      let kind = deed.kind(of: outcome.scenario.cluster.nodes)
      if let place = counts.firstIndex(where: { $0.kind == kind }) {
        counts[place].count += 1
      } else {
        counts.append((kind, 1))
      }
    }
    guard !counts.isEmpty else { return "no fault took hold" }
    let listed = counts.sorted { ($1.count, $0.kind.rawValue) < ($0.count, $1.kind.rawValue) }
      .map { "\($0.count) \($0.kind.rawValue)" }
    return "\(Words.count(outcome.deeds.count, "fault")): \(listed.joined(separator: ", ")); "
      + "\(Words.count(outcome.kills, "process kill"))"
  }

  /// The few operations that have no order, and what was done to the servers meanwhile.
  private func explanation(_ report: LiveReport, _ layout: Layout) -> [StoryLine] {
    let small = SmallHistoryOutput(report.checked, CheckRemarks(), report.essence, time: report.judgingTime, out: nil)
    let lines = report.essence.map { small.lines(of: $0, in: layout) } ?? small.lines(in: layout)
    return lines + meanwhile(report, layout) + [StoryLine()]
  }

  /// How long before and after the operations something may have to do with them.
  private static let margin = Duration.seconds(5)
  private static let mostDeeds = 12

  private func meanwhile(_ report: LiveReport, _ layout: Layout) -> [StoryLine] {
    guard let span = report.span else { return [] }
    let members = NodeID.first(report.outcome.scenario.cluster.nodes)
    let near = report.outcome.deeds.filter {
      $0.at <= span.upperBound && $0.end >= span.lowerBound - Self.margin
    }
    let times = "between \(Figures.time(span.lowerBound)) and \(Figures.time(span.upperBound))"
    guard !near.isEmpty else { return [StoryLine(), StoryLine("  that was \(times); no fault was in force then")] }
    let told = near.suffix(Self.mostDeeds).flatMap { deed -> [StoryLine] in
      let text = FaultText(fault: deed.fault, nodes: deed.nodes, members: members)
      return layout.paragraph("  \(Figures.time(deed.at))  ", nil, text.begin(restarting: deed.restarts))
    }
    let rest = near.count - Self.mostDeeds
    return [StoryLine(), StoryLine("  that was \(times); what was done to the servers until then:")]
      + (rest > 0 ? [StoryLine("  ... \(rest) more before")] : []) + told
  }

  /// All runs together.
  func summary(in layout: Layout) -> [StoryLine] {
    let reduced = reduction.map { reductionLines($0, layout) } ?? []
    guard count > 1 else { return reduced }
    let groups = LiveVerdict.allCases.compactMap { verdict -> String? in
      let count = verdicts.count { $0.verdict == verdict }
      return count == 0 ? nil : "\(count) \(verdict.rawValue)"
    }
    let sentence = "\(count) runs: \(groups.joined(separator: ", ")); \(figures.sentence)"
    return [StoryLine()] + layout.wrapped(StoryLine(sentence)) + reduced
  }

  private func reductionLines(_ result: PlanReduction.Result, _ layout: Layout) -> [StoryLine] {
    let command = StoryLine("  run it again: ") + .whole("raftcheck live --plan \(result.bestPath.shellWord)")
    return [StoryLine()] + layout.wrapped(StoryLine(result.sentence)) + layout.wrapped(command, indent: 4)
  }

  // MARK: For programs

  var json: String {
    JSONText.of(.live, LiveObject(reduction: reduction.map(LiveReductionObject.init), runs: runs, system: system))
  }
}

extension LiveDeed {
  /// Under which name it counts.
  func kind(of members: Int) -> FaultKind { fault.action.kind(hitting: nodes.count, of: members) }
}

/// What many runs came to.
private struct LiveFigures {
  var operations = 0
  var ok = 0
  var kills = 0
  var allAtOnce = 0

  mutating func add(_ report: LiveReport) {
    operations += report.outcome.counts.begun
    ok += report.outcome.counts.ok
    kills += report.outcome.kills
    let nodes = report.outcome.scenario.cluster.nodes
    allAtOnce += report.outcome.deeds.count { deed in
      switch deed.fault.action {
      case .kill, .powerLoss: deed.nodes.count == nodes
      default: false
      }
    }
  }

  var sentence: String {
    let together = allAtOnce == 0 ? "" : ", all servers at once \(Words.count(allAtOnce, "time"))"
    return "\(operations.grouped) operations, \(Figures.percent(ok, of: operations)) ok; "
      + "\(Words.count(kills, "process kill"))\(together)"
  }
}

private struct LiveObject: Encodable {
  let reduction: LiveReductionObject?
  let runs: [LiveRunObject]
  let system: String
}

/// How often a failing plan failed again, and what is left of it.
private struct LiveReductionObject: Encodable {
  let failures: Int
  let faults: Int
  let plan: String
  let tries: Int

  init(_ result: PlanReduction.Result) {
    (failures, tries) = result.smaller.map { ($0.failures, $0.tries) } ?? (result.failures, result.tries)
    (faults, plan) = (result.smaller?.faults ?? result.faults, result.bestPath)
  }
}

private struct LiveRunObject: Encodable {
  /// Servers that ended though nobody had killed them.
  let ended: [String]
  let failed: Int
  let faults: Int
  let folder: String
  let kills: Int
  let ok: Int
  let operations: Int
  let seed: UInt64
  let sentence: String?
  /// Servers that did not answer once all was calm.
  let silent: [String]
  let unknown: Int
  let verdict: String
  let wallNanoseconds: Int64

  init(_ report: LiveReport) {
    let counts = report.outcome.counts
    (operations, ok, failed, unknown) = (counts.begun, counts.ok, counts.failed, counts.unknown)
    (faults, kills) = (report.outcome.deeds.count, report.outcome.kills)
    (folder, seed, verdict) = (report.folder, report.outcome.scenario.seed, report.verdict.rawValue)
    (ended, silent) = (report.outcome.endings, report.outcome.silent.map(\.description))
    sentence = report.essence?.account.sentence
    wallNanoseconds = report.outcome.time.nanoseconds
  }
}

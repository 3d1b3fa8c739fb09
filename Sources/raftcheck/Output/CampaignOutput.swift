import Campaigns
import Determinism
import Reporting
import Runs
import System
import Terminal

/// What is printed about many seeds.
struct CampaignOutput {
  /// What was asked for.
  let plan: CampaignPlan
  /// What came of it.
  let summary: CampaignSummary

  /// A seed that did not pass.
  static func lines(for result: SeedResult, in layout: Layout) -> [StoryLine] {
    let name = result.signature.map { "\($0)" + (result.anomaly.map { " (\($0.rawValue))" } ?? "") }
    let word = result.severity == .nondeterminism ? "nondeterminism" : name ?? "undecided"
    var line = StoryLine("seed \(Layout.padded("\(result.seed)", to: 8))   ")
    line.add(word, result.severity == .undecided ? .doubtful : .bad)
    if let detail = result.detail { line.add("   \(detail)") }
    if let problem = result.secondRun.problem { line.add("   not run a second time: \(problem)") }
    if let path = result.casePath { line = line + StoryLine("   ") + .whole(path.displayed) }
    return layout.wrapped(line, indent: 2)
  }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    let word: (String, StoryTone) =
      switch summary.severity {
      case .pass where summary.seeds == 0: ("NOTHING RAN", .doubtful)
      case .pass: ("ALL HELD", .good)
      case .undecided: ("UNDECIDED", .doubtful)
      case .violation: ("VIOLATIONS", .bad)
      case .nondeterminism: ("NONDETERMINISM", .bad)
      case .internalError: ("INTERNAL ERROR", .bad)
      }
    var title = StoryLine(word.0, word.1)
    title.add("   \(Words.count(summary.seeds, "seed"))\(range)")
    if let bug = plan.bug { title.add("   bug \(bug.name)") }
    title.add(plan.checks.restriction)
    if summary.wasInterrupted { title.add("   interrupted") }
    return layout.wrapped(title, indent: 2) + [StoryLine()]
      + (rows + faultRows(in: layout) + memberRows + laterRows).flatMap {
        layout.paragraph(Layout.padded($0.label, to: 13), .quiet, $0.text)
      }
  }

  private var range: String {
    guard summary.seeds > 0 else { return "" }
    let last = plan.firstSeed + UInt64(summary.seeds - 1)
    return last == .max ? " (\(plan.firstSeed)...\(last))" : " (\(plan.firstSeed)..<\(last + 1))"
  }

  private var rows: [(label: String, text: String)] {
    var rows: [(label: String, text: String)] = [("version", Program.identity)]
    let verdicts = summary.verdicts.filter { $0.seeds > 0 || $0.verdict == .linearizable || $0.verdict == .unknown }
    rows.append(
      ("verdicts", verdicts.map { "\($0.verdict.rawValue) \(($0.seeds).grouped)" }.joined(separator: "   ")))
    for (label, signature) in zip(labels("failures", summary.buckets.count), summary.buckets.keys) {
      guard let bucket = summary.buckets[signature] else { continue }
      let finer = signature == .linearizability ? " (\(anomalies))" : ""
      rows.append((label, "\(signature) \(bucket.seeds.grouped)\(finer)   first seed \(bucket.firstSeed)"))
    }
    rows.append(
      (
        "operations",
        "\(summary.operations.grouped)   ok \(share(summary.operationsOK))   "
          + "fail \(share(summary.operationsFailed))   info \(share(summary.operationsUnknown))"
      ))
    return rows
  }

  /// How the seeds fared in which members change.
  private var memberRows: [(label: String, text: String)] {
    let members = summary.members
    guard members.seeds > 0 else { return [] }
    let aims = members.aims.filter { $0.seeds > 0 }
    func share(_ part: Int) -> String { "\(Figures.percent(part, of: members.seeds)) of them" }
    return [
      ("members", "change in \(Words.count(members.seeds, "seed"))"),
      ("", aims.map { "\($0.aim.rawValue) \($0.seeds.grouped)" }.joined(separator: "   ")),
      ("", "a leader came while a configuration was not committed in \(share(members.seedsWithOpenChange))"),
      ("", "servers differed in theirs for more than an election timeout in \(share(members.seedsWithLongSplit))"),
      (
        "",
        "the last change and transfer took at most \(Figures.fixed(Double(members.slowestRequest) / 10, 1)) election timeouts"
      ),
    ]
  }

  private var laterRows: [(label: String, text: String)] {
    [
      ("leadership", "changed five times or more with operations open in \(seedShare(summary.seedsWithLeaderChanges))"),
      ("", "with a snapshot under way in \(seedShare(summary.seedsWithSnapshotAtLeaderChange))"),
      ("", "stepped down with reads waiting in \(seedShare(summary.seedsWithReadsAtStepDown))"),
      ("crashes", "between an append and its sync in \(seedShare(summary.seedsWithCrashBeforeSync))"),
      ("", "of the whole cluster at once in \(seedShare(summary.seedsWithWholeClusterDown))"),
      ("", lossText),
      ("clients", summary.traits.map { "\($0.trait.rawValue) \(($0.seeds).grouped)" }.joined(separator: "   ")),
      ("final reads", "not all answered in \(Words.count(summary.seedsWithoutFinalReads, "seed"))"),
      (
        "progress",
        summary.slowestSettling.tenths == 0
          ? "no seed was seen to settle in the calm"
          : "the calm's clusters settled within \(Figures.fixed(Double(summary.slowestSettling.tenths) / 10, 1)) election "
            + "timeouts   slowest seed \(summary.slowestSettling.seed)"
      ),
      ("simulated", "\(Figures.time(summary.virtualTime)), \(Words.count(summary.events, "event"))"),
      (
        "speed",
        "\(rate(summary.seeds, summary.wallTime, 1)) seeds/s   "
          + "\(rate(summary.seeds * 60, summary.processorTime, 0)) seeds per CPU-minute   "
          + "\(rate(summary.events, summary.wallTime, 0)) events/s"
      ),
      (
        "wall",
        "\(Figures.time(summary.wallTime))   simulate \(timeShare(summary.simulationTime))   "
          + "judge \(timeShare(summary.judgingTime))   else \(timeShare(elsewhere))"
      ),
    ]
  }

  private var anomalies: String {
    let counts = summary.anomalies.filter { $0.seeds > 0 }
    return counts.map { "\($0.anomaly.rawValue) \(($0.seeds).grouped)" }.joined(separator: ", ")
  }

  /// Each kind of fault, and each moment for which some waited: how many took hold of something, and in how many seeds.
  private func faultRows(in layout: Layout) -> [(label: String, text: String)] {
    let faults = summary.faults.filter { !$0.kind.isLoss }
    let moments = summary.moments
    return countedRows("faults", faults.map { ($0.kind.rawValue, $0.faults, $0.seeds) }, in: layout)
      + countedRows("at moments", moments.map { ($0.moment.rawValue, $0.faults, $0.seeds) }, in: layout)
  }

  /// Names and counts, two in a row where there is room.
  private func countedRows(
    _ label: String, _ counts: [(name: String, faults: Int, seeds: Int)], in layout: Layout
  ) -> [(label: String, text: String)] {
    let faults = counts.map { count in
      (kind: count.name, faults: count.faults.grouped, seeds: "in \(Words.count(count.seeds, "seed"))")
    }
    let cells = faults.map { "\(Layout.padded($0.kind, to: 18)) \(Layout.padded($0.faults, to: 7)) \($0.seeds)" }
    let room = layout.width - 13
    let rows: [String]
    if room >= Self.faultWidth + (cells.map(\.count).max() ?? 0) {
      rows = stride(from: 0, to: cells.count, by: 2).map { start in
        start + 1 < cells.count ? Layout.padded(cells[start], to: Self.faultWidth) + cells[start + 1] : cells[start]
      }
    } else {
      rows = cells.allSatisfy { $0.count <= room } ? cells : faults.map { "\($0.kind) \($0.faults) \($0.seeds)" }
    }
    return zip(labels(label, rows.count), rows).map { (label: $0, text: $1) }
  }

  private static let faultWidth = 46

  /// What crashes did to disks is no fault of its own.
  private var lossText: String {
    summary.faults.filter(\.kind.isLoss)
      .map { "\($0.kind.rawValue) \($0.faults.grouped) in \(Words.count($0.seeds, "seed"))" }.joined(separator: "   ")
  }

  private var elsewhere: Duration { summary.wallTime - summary.simulationTime - summary.judgingTime }

  /// The label on the first of several rows only.
  private func labels(_ label: String, _ count: Int) -> [String] {
    (0..<count).map { $0 == 0 ? label : "" }
  }

  private func share(_ part: Int) -> String { Figures.percent(part, of: summary.operations) }
  private func seedShare(_ part: Int) -> String { "\(Figures.percent(part, of: summary.seeds)) of the seeds" }
  private func timeShare(_ part: Duration) -> String {
    Figures.percent(Int(part.nanoseconds), of: Int(summary.wallTime.nanoseconds))
  }
  private func rate(_ count: Int, _ time: Duration, _ digits: Int) -> String {
    time > .zero ? Figures.fixed(Double(count) / time.seconds, digits) : "-"
  }

  /// For programs: one object, sorted keys.
  var json: String {
    JSONText.of(
      .fuzz,
      CampaignObject(
        anomalies: NamedCounts(summary.anomalies.map { ($0.anomaly.rawValue, $0.seeds) }),
        bug: plan.bug?.name,
        buckets: zip(summary.buckets.keys, summary.buckets.values).map {
          BucketObject(firstSeed: $1.firstSeed, seeds: $1.seeds, signature: $0.description)
        },
        asOperator: plan.checks == .outside, checksInvariants: plan.checks.looksInside, events: summary.events,
        faults: NamedCounts(summary.faults.map { ($0.kind.rawValue, $0.faults) }),
        faultsByMoment: NamedCounts(summary.moments.map { ($0.moment.rawValue, $0.faults) }), firstSeed: plan.firstSeed,
        isInterrupted: summary.wasInterrupted, nondeterministic: summary.nondeterministic,
        operations: summary.operations,
        outcomes: OutcomeCounts(
          fail: summary.operationsFailed, info: summary.operationsUnknown, ok: summary.operationsOK),
        problem: summary.problem?.description, processorNanoseconds: summary.processorTime.nanoseconds,
        seeds: summary.seeds,
        seedsByFault: NamedCounts(summary.faults.map { ($0.kind.rawValue, $0.seeds) }),
        seedsByMoment: NamedCounts(summary.moments.map { ($0.moment.rawValue, $0.seeds) }),
        seedsByMemberAim: NamedCounts(summary.members.aims.map { ($0.aim.rawValue, $0.seeds) }),
        seedsWithCrashBeforeSync: summary.seedsWithCrashBeforeSync,
        seedsWithLeaderChanges: summary.seedsWithLeaderChanges,
        seedsWithLeaderChangeAmidMemberChange: summary.members.seedsWithOpenChange,
        seedsWithLongMemberSplit: summary.members.seedsWithLongSplit, seedsWithMemberChanges: summary.members.seeds,
        seedsWithReadsAtStepDown: summary.seedsWithReadsAtStepDown,
        seedsWithSnapshotAtLeaderChange: summary.seedsWithSnapshotAtLeaderChange,
        seedsWithWholeClusterDown: summary.seedsWithWholeClusterDown,
        simulatedNanoseconds: summary.virtualTime.nanoseconds,
        traits: NamedCounts(summary.traits.map { ($0.trait.rawValue, $0.seeds) }), verdict: verdict,
        verdicts: NamedCounts(summary.verdicts.map { ($0.verdict.rawValue, $0.seeds) }),
        wallNanoseconds: summary.wallTime.nanoseconds))
  }

  private var verdict: String {
    switch summary.severity {
    case .pass: summary.seeds == 0 ? "nothing-ran" : "held"
    case .undecided: "unknown"
    case .violation: "violation"
    case .nondeterminism: "nondeterminism"
    case .internalError: "internal-error"
    }
  }
}

/// What `fuzz --json` prints.
private struct CampaignObject: Encodable {
  let anomalies: NamedCounts
  let bug: String?
  let buckets: [BucketObject]
  let asOperator: Bool
  let checksInvariants: Bool
  let events: Int
  let faults: NamedCounts
  let faultsByMoment: NamedCounts
  let firstSeed: UInt64
  let isInterrupted: Bool
  let nondeterministic: Int
  let operations: Int
  let outcomes: OutcomeCounts
  let problem: String?
  let processorNanoseconds: Int64
  let seeds: Int
  let seedsByFault: NamedCounts
  let seedsByMoment: NamedCounts
  let seedsByMemberAim: NamedCounts
  let seedsWithCrashBeforeSync: Int
  let seedsWithLeaderChanges: Int
  let seedsWithLeaderChangeAmidMemberChange: Int
  let seedsWithLongMemberSplit: Int
  let seedsWithMemberChanges: Int
  let seedsWithReadsAtStepDown: Int
  let seedsWithSnapshotAtLeaderChange: Int
  let seedsWithWholeClusterDown: Int
  let simulatedNanoseconds: Int64
  let traits: NamedCounts
  let verdict: String
  let verdicts: NamedCounts
  let wallNanoseconds: Int64
}

/// Failing seeds of one signature.
private struct BucketObject: Encodable {
  let firstSeed: UInt64
  let seeds: Int
  let signature: String
}

import Campaigns
import Determinism
import Runs

/// What is printed about many seeds.
struct CampaignStory {
  /// What was asked for.
  let plan: CampaignPlan
  /// What came of it.
  let summary: CampaignSummary

  /// One line for a seed that did not pass.
  static func line(for result: SeedResult, on console: Console) -> String {
    let name = result.signature.map { "\($0)" + (result.anomaly.map { " (\($0.rawValue))" } ?? "") }
    let word = result.severity == .nondeterminism ? "nondeterminism" : name ?? "undecided"
    let tone: Console.Tone = result.severity == .undecided ? .doubtful : .bad
    var parts = ["seed \(String(result.seed).padded(to: 8))", console.paint(word, tone)]
    if let detail = result.detail { parts.append(detail) }
    if let problem = result.secondRun.problem { parts.append("not run a second time: \(problem)") }
    if let path = result.casePath { parts.append(path) }
    return parts.joined(separator: "   ")
  }

  /// For people.
  func text(on console: Console) -> String {
    var lines: [String] = []
    let word: (String, Console.Tone) =
      switch summary.severity {
      case .pass where summary.seeds == 0: ("NOTHING RAN", .doubtful)
      case .pass: ("ALL HELD", .good)
      case .undecided: ("UNDECIDED", .doubtful)
      case .violation: ("VIOLATIONS", .bad)
      case .nondeterminism: ("NONDETERMINISM", .bad)
      case .internalError: ("INTERNAL ERROR", .bad)
      }
    var title = [console.paint(word.0, word.1), Figures.count(summary.seeds, "seed") + range]
    if let bug = plan.bug { title.append("bug \(bug.name)") }
    if !plan.checksInvariants { title.append("clients' histories only") }
    if summary.wasInterrupted { title.append("interrupted") }
    lines += [title.joined(separator: "   "), ""]
    for row in rows { lines.append(console.paint(row.label.padded(to: 13), .quiet) + row.text) }
    return lines.joined(separator: "\n")
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
      ("verdicts", verdicts.map { "\($0.verdict.rawValue) \(Figures.grouped($0.seeds))" }.joined(separator: "   ")))
    for (label, signature) in zip(labels("failures", summary.buckets.count), summary.buckets.keys) {
      guard let bucket = summary.buckets[signature] else { continue }
      let finer = signature == .linearizability ? " (\(anomalies))" : ""
      rows.append((label, "\(signature) \(Figures.grouped(bucket.seeds))\(finer)   first seed \(bucket.firstSeed)"))
    }
    rows.append(
      (
        "operations",
        "\(Figures.grouped(summary.operations))   ok \(share(summary.operationsOK))   "
          + "fail \(share(summary.operationsFailed))   info \(share(summary.operationsUnknown))"
      ))
    rows += faultRows
    rows += [
      ("leadership", "changed five times or more with operations open in \(seedShare(summary.seedsWithLeaderChanges))"),
      ("", "with a snapshot under way in \(seedShare(summary.seedsWithSnapshotAtLeaderChange))"),
      ("", "stepped down with reads waiting in \(seedShare(summary.seedsWithReadsAtStepDown))"),
      ("crashes", "between an append and its sync in \(seedShare(summary.seedsWithCrashBeforeSync))"),
      ("", "of the whole cluster at once in \(seedShare(summary.seedsWithWholeClusterDown))"),
      ("clients", summary.traits.map { "\($0.trait.rawValue) \(Figures.grouped($0.seeds))" }.joined(separator: "   ")),
      ("final reads", "not all answered in \(Figures.count(summary.seedsWithoutFinalReads, "seed"))"),
      (
        "progress",
        "the calm's clusters settled within \(Figures.fixed(Double(summary.slowestSettling.tenths) / 10, 1)) election "
          + "timeouts   slowest seed \(summary.slowestSettling.seed)"
      ),
      ("simulated", "\(Figures.time(summary.virtualTime)), \(Figures.count(summary.events, "event"))"),
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
    return rows
  }

  private var anomalies: String {
    let counts = summary.anomalies.filter { $0.seeds > 0 }
    return counts.map { "\($0.anomaly.rawValue) \(Figures.grouped($0.seeds))" }.joined(separator: ", ")
  }

  /// Each kind of fault, two in a row: how many took hold of something, and in how many seeds.
  private var faultRows: [(label: String, text: String)] {
    let cells = summary.faults.map { count in
      "\(count.kind.rawValue.padded(to: 19))\(Figures.grouped(count.faults).padded(to: 8))"
        + "in \(Figures.count(count.seeds, "seed"))"
    }
    let pairs = stride(from: 0, to: cells.count, by: 2).map { start in
      start + 1 < cells.count ? cells[start].padded(to: 46) + cells[start + 1] : cells[start]
    }
    return zip(labels("faults", pairs.count), pairs).map { (label: $0, text: $1) }
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
      CampaignObject(
        anomalies: NamedCounts(summary.anomalies.map { ($0.anomaly.rawValue, $0.seeds) }),
        bug: plan.bug?.name,
        buckets: zip(summary.buckets.keys, summary.buckets.values).map {
          BucketObject(firstSeed: $1.firstSeed, seeds: $1.seeds, signature: $0.description)
        },
        checksInvariants: plan.checksInvariants, events: summary.events,
        faults: NamedCounts(summary.faults.map { ($0.kind.rawValue, $0.faults) }), firstSeed: plan.firstSeed,
        isInterrupted: summary.wasInterrupted, nondeterministic: summary.nondeterministic,
        operations: summary.operations,
        outcomes: OutcomeCounts(
          fail: summary.operationsFailed, info: summary.operationsUnknown, ok: summary.operationsOK),
        problem: summary.problem?.description, processorNanoseconds: summary.processorTime.nanoseconds,
        seeds: summary.seeds,
        seedsByFault: NamedCounts(summary.faults.map { ($0.kind.rawValue, $0.seeds) }),
        seedsWithCrashBeforeSync: summary.seedsWithCrashBeforeSync,
        seedsWithLeaderChanges: summary.seedsWithLeaderChanges,
        seedsWithReadsAtStepDown: summary.seedsWithReadsAtStepDown,
        seedsWithSnapshotAtLeaderChange: summary.seedsWithSnapshotAtLeaderChange,
        seedsWithWholeClusterDown: summary.seedsWithWholeClusterDown,
        simulatedNanoseconds: summary.virtualTime.nanoseconds,
        traits: NamedCounts(summary.traits.map { ($0.trait.rawValue, $0.seeds) }), verdict: verdict,
        verdicts: NamedCounts(summary.verdicts.map { ($0.verdict.rawValue, $0.seeds) }),
        version: Program.version, wallNanoseconds: summary.wallTime.nanoseconds))
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
  let checksInvariants: Bool
  let events: Int
  let faults: NamedCounts
  let firstSeed: UInt64
  let isInterrupted: Bool
  let nondeterministic: Int
  let operations: Int
  let outcomes: OutcomeCounts
  let problem: String?
  let processorNanoseconds: Int64
  let seeds: Int
  let seedsByFault: NamedCounts
  let seedsWithCrashBeforeSync: Int
  let seedsWithLeaderChanges: Int
  let seedsWithReadsAtStepDown: Int
  let seedsWithSnapshotAtLeaderChange: Int
  let seedsWithWholeClusterDown: Int
  let simulatedNanoseconds: Int64
  let traits: NamedCounts
  let verdict: String
  let verdicts: NamedCounts
  let version: String
  let wallNanoseconds: Int64
}

/// Failing seeds of one signature.
private struct BucketObject: Encodable {
  let firstSeed: UInt64
  let seeds: Int
  let signature: String
}

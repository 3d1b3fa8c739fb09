import Campaigns
import Determinism
import Linearizability
import Reporting
import Runs
import Scenarios
import Terminal
import Traces

/// What is printed about many seeds.
struct CampaignOutput {
  /// What came of it.
  let record: CampaignRecord
  /// Where it is kept, if it is.
  let folder: String?

  private var plan: CampaignPlan { record.plan }
  private var summary: CampaignSummary { record.summary }

  /// A seed that did not pass.
  static func lines(for end: SeedEnd, in layout: Layout) -> [StoryLine] {
    var (anomaly, isNondeterministic): (String?, Bool) = (nil, false)
    if case .ran(let result) = end {
      (anomaly, isNondeterministic) = (result.anomaly?.rawValue, result.severity == .nondeterminism)
    }
    let name = end.failure.map { "\($0)" + (anomaly.map { " (\($0))" } ?? "") }
    let word = isNondeterministic ? "nondeterminism" : name ?? "undecided"
    var line = StoryLine("seed \(Layout.padded("\(end.seed)", to: 8))   ")
    line.add(word, end.severity == .undecided ? .doubtful : .bad)
    if let detail = end.detail { line.add("   \(detail)") }
    return layout.wrapped(line, indent: 2)
  }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    let word: (String, StoryTone) =
      switch record.severity {
      case _ where record.canary?.isBlind ?? false: ("THE TESTER IS BLIND", .bad)
      case .pass where summary.seeds == 0: ("NOTHING RAN", .doubtful)
      case .pass: ("ALL HELD", .good)
      case .undecided: ("UNDECIDED", .doubtful)
      case .violation: ("VIOLATIONS", .bad)
      case .nondeterminism: ("NONDETERMINISM", .bad)
      case .internalError: ("INTERNAL ERROR", .bad)
      }
    var title = StoryLine(word.0, word.1)
    title.add("   \(Words.count(summary.seeds, "seed"))\(range)")
    if plan.shard.total > 1 { title.add("   shard \(plan.shard)") }
    if !plan.setup.bugs.isEmpty { title.add("   bug \(plan.setup.bugs.joined(separator: ", "))") }
    title.add(plan.setup.checks.restriction)
    if record.wasInterrupted { title.add("   interrupted") }
    return layout.wrapped(title, indent: 2) + [StoryLine()]
      + bucketLines(in: layout)
      + (rows + faultRows(in: layout) + memberRows + laterRows).flatMap {
        layout.paragraph(Layout.padded($0.label, to: 13), .quiet, $0.text)
      }
  }

  private var range: String {
    guard let lowest = summary.lowestSeed, let highest = summary.highestSeed else { return "" }
    return highest == .max ? " (\(lowest)...\(highest))" : " (\(lowest)..<\(highest + 1))"
  }

  /// Each bucket: what it is called, how small it gets, and what to type to see it.
  private func bucketLines(in layout: Layout) -> [StoryLine] {
    record.ledger.buckets.flatMap { bucket -> [StoryLine] in
      var title = StoryLine(bucket.name, .bad)
      title.add("   \(Words.count(bucket.seeds, "seed"))   first \(bucket.lowestSeed)")
      if let size = bucket.best?.minimal?.size { title.add("   \(size.text)") }
      if !bucket.bugs.isEmpty { title.add("   \(bucket.bugs.joined(separator: ", "))") }
      var lines = layout.wrapped(title, indent: 2)
      if let best = bucket.best {
        if let sentence = best.minimal?.sentence ?? best.detail { lines += layout.paragraph("  ", nil, sentence) }
        if let refusal = best.refusal { lines += layout.paragraph("  ", nil, "Not made minimal: \(refusal).") }
        lines += layout.paragraph("  ", nil, .whole(command(for: best, in: bucket)))
      }
      return lines + [StoryLine()]
    }
  }

  private func command(for best: FailureRecord, in bucket: Bucket) -> String {
    guard let folder, best.errorLines == nil else { return best.command }
    let below = best.seed == bucket.kept.first?.seed ? "" : "\(best.seed)/"
    let name = best.minimal == nil ? "case" : "minimal"
    return CaseFile.replayCommand(for: "\(folder)/failures/\(bucket.name)/\(below)\(name).json")
  }

  private var rows: [(label: String, text: String)] {
    var rows: [(label: String, text: String)] = [("version", Program.identity)]
    let verdicts = summary.verdicts.all.filter {
      $0.count > 0 || $0.name == .linearizable || $0.name == .unknown
    }
    rows.append(("verdicts", named(verdicts.map { ($0.name.rawValue, $0.count) })))
    for (label, failure) in zip(labels("failures", summary.failureCounts.count), summary.failureCounts) {
      let finer = failure.failure == .run(.linearizability) ? " (\(anomalies))" : ""
      rows.append((label, "\(failure.failure) \(failure.seeds.grouped)\(finer)   first seed \(failure.firstSeed)"))
    }
    if summary.killed > 0 {
      rows.append(("killed", "the workers of \(Words.count(summary.killed, "seed")), twice: of these nothing is known"))
    }
    if !record.uncounted.isEmpty {
      rows.append(("not counted", "\(record.uncountedText)\(folder.map { ": \($0)/found" } ?? "")"))
    }
    rows += record.gaps.map { ("missing", $0) }
    if let folder {
      let open = record.ledger.open.count
      if open > 0 {
        rows.append(("not minimal", "\(Words.count(open, "failing seed")) yet, as found in \(folder)/found"))
      }
      rows.append(("page", "\(folder)/\(CampaignReport.indexName)"))
      if !record.isComplete, !plan.isMerged {
        let time = plan.count == nil ? " --time TIME" : ""
        rows.append(("to go on", "raftcheck fuzz --resume \(folder.shellWord)\(time)"))
      }
    }
    if !record.cases.isEmpty {
      let failing = record.failingCases.count
      let replayed = record.cases.compactMap(\.self).count
      rows.append(
        ("saved cases", "\(replayed.grouped) replayed" + (failing == 0 ? "" : ", \(failing) not as they must be")))
    }
    if let canary = record.canary { rows.append(("known bug", text(of: canary))) }
    rows.append(
      (
        "operations",
        "\(summary.operations.grouped)   ok \(share(summary.operationsOK))   "
          + "fail \(share(summary.operationsFailed))   info \(share(summary.operationsUnknown))"
      ))
    return rows
  }

  private func text(of canary: Canary.Outcome) -> String {
    if let seed = canary.caughtBy {
      return "\(canary.bug) was caught in \(Words.count(canary.seeds, "seed")), by \(seed)"
    }
    let seeds = Words.count(canary.seeds, "seed")
    return canary.isBlind
      ? "the tester is blind: \(canary.bug) was not caught in \(seeds)"
      : "\(canary.bug) was not caught in \(seeds) so far"
  }

  private func named(_ counts: [(String, Int)]) -> String {
    counts.map { "\($0.0) \($0.1.grouped)" }.joined(separator: "   ")
  }

  /// How the seeds fared in which members change.
  private var memberRows: [(label: String, text: String)] {
    let members = summary.members
    guard members.seeds > 0 else { return [] }
    func share(_ part: Int) -> String { "\(Figures.percent(part, of: members.seeds)) of them" }
    return [
      ("members", "change in \(Words.count(members.seeds, "seed"))"),
      ("", named(members.aims.present.map { ($0.name.rawValue, $0.count) })),
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
      ("clients", named(summary.traits.all.map { ($0.name.rawValue, $0.count) })),
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
        "\(rate(summary.seeds, times.wall, 1)) seeds/s   "
          + "\(rate(summary.seeds * 60, times.processor, 0)) seeds per CPU-minute   "
          + "\(rate(summary.events, times.wall, 0)) events/s"
      ),
      (
        "wall",
        Figures.time(times.wall)
          + (plan.isMerged
            ? " the longest shard" : "   \(Words.count(plan.jobs, "worker")), busy \(workerShare(times.busy))")
          + "   of that simulate \(timeShare(times.simulation))   judge \(timeShare(times.judging))   "
          + "else \(timeShare(times.busy - times.simulation - times.judging))"
      ),
    ]
  }

  private var anomalies: String {
    summary.anomalies.present.map { "\($0.name.rawValue) \($0.count.grouped)" }.joined(separator: ", ")
  }

  /// Each kind of fault, and each moment for which some waited: how many took hold of something, and in how many seeds.
  private func faultRows(in layout: Layout) -> [(label: String, text: String)] {
    let faults = summary.faults.all.filter { !$0.name.isLoss }
    return countedRows("faults", faults.map { ($0.name.rawValue, $0.count, summary.seedsByFault[$0.name]) }, in: layout)
      + countedRows(
        "at moments", summary.moments.all.map { ($0.name.rawValue, $0.count, summary.seedsByMoment[$0.name]) },
        in: layout)
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
    summary.faults.all.filter(\.name.isLoss).map { loss in
      "\(loss.name.rawValue) \(loss.count.grouped) in \(Words.count(summary.seedsByFault[loss.name], "seed"))"
    }.joined(separator: "   ")
  }

  private var times: CampaignSummary.Times { summary.times }

  /// The label on the first of several rows only.
  private func labels(_ label: String, _ count: Int) -> [String] {
    (0..<count).map { $0 == 0 ? label : "" }
  }

  private func share(_ part: Int) -> String { Figures.percent(part, of: summary.operations) }
  private func seedShare(_ part: Int) -> String { "\(Figures.percent(part, of: summary.seeds)) of the seeds" }
  private func workerShare(_ part: Duration) -> String {
    Figures.percent(Int(part.nanoseconds) / plan.jobs, of: Int(times.wall.nanoseconds))
  }
  private func timeShare(_ part: Duration) -> String {
    Figures.percent(Int(part.nanoseconds), of: Int(times.busy.nanoseconds))
  }
  private func rate(_ count: Int, _ time: Duration, _ digits: Int) -> String {
    time > .zero ? Figures.fixed(Double(count) / time.seconds, digits) : "-"
  }

  /// For programs: one object, sorted keys.
  var json: String {
    JSONText.of(
      .fuzz,
      CampaignObject(
        anomalies: summary.anomalies, bug: plan.setup.bugs.first,
        buckets: record.ledger.buckets.map { BucketObject($0) },
        asOperator: plan.setup.checks == .outside, canary: record.canary,
        checksInvariants: plan.setup.checks.looksInside, events: summary.events,
        failures: summary.failureCounts, faults: summary.faults, faultsByMoment: summary.moments,
        firstSeed: plan.firstSeed, gaps: record.gaps, isInterrupted: record.wasInterrupted, jobs: plan.jobs,
        killed: summary.killed,
        nondeterministic: summary.nondeterministic, operations: summary.operations,
        outcomes: OutcomeCounts(
          fail: summary.operationsFailed, info: summary.operationsUnknown, ok: summary.operationsOK),
        problem: record.problem?.description, processorNanoseconds: summary.times.processor.nanoseconds,
        seeds: summary.seeds, seedsByFault: summary.seedsByFault, seedsByMoment: summary.seedsByMoment,
        seedsByMemberAim: summary.members.aims,
        seedsWithCrashBeforeSync: summary.seedsWithCrashBeforeSync,
        seedsWithLeaderChanges: summary.seedsWithLeaderChanges,
        seedsWithLeaderChangeAmidMemberChange: summary.members.seedsWithOpenChange,
        seedsWithLongMemberSplit: summary.members.seedsWithLongSplit, seedsWithMemberChanges: summary.members.seeds,
        seedsWithReadsAtStepDown: summary.seedsWithReadsAtStepDown,
        seedsWithSnapshotAtLeaderChange: summary.seedsWithSnapshotAtLeaderChange,
        seedsWithWholeClusterDown: summary.seedsWithWholeClusterDown,
        simulatedNanoseconds: summary.virtualTime.nanoseconds, traits: summary.traits, uncounted: record.uncounted,
        verdict: record.verdictWord,
        verdicts: summary.verdicts, wallNanoseconds: summary.times.wall.nanoseconds))
  }
}

/// What `fuzz --json` prints.
private struct CampaignObject: Encodable {
  let anomalies: CountsByName<Anomaly>
  let bug: String?
  let buckets: [BucketObject]
  let asOperator: Bool
  let canary: Canary.Outcome?
  let checksInvariants: Bool
  let events: Int
  let failures: [CampaignSummary.FailureCount]
  let faults: CountsByName<FaultKind>
  let faultsByMoment: CountsByName<Moment>
  let firstSeed: UInt64
  let gaps: [String]
  let isInterrupted: Bool
  let jobs: Int
  let killed: Int
  let nondeterministic: Int
  let operations: Int
  let outcomes: OutcomeCounts
  let problem: String?
  let processorNanoseconds: Int64
  let seeds: Int
  let seedsByFault: CountsByName<FaultKind>
  let seedsByMoment: CountsByName<Moment>
  let seedsByMemberAim: CountsByName<MembershipAim>
  let seedsWithCrashBeforeSync: Int
  let seedsWithLeaderChanges: Int
  let seedsWithLeaderChangeAmidMemberChange: Int
  let seedsWithLongMemberSplit: Int
  let seedsWithMemberChanges: Int
  let seedsWithReadsAtStepDown: Int
  let seedsWithSnapshotAtLeaderChange: Int
  let seedsWithWholeClusterDown: Int
  let simulatedNanoseconds: Int64
  let traits: CountsByName<WorkloadTrait>
  let uncounted: [UInt64]
  let verdict: String
  let verdicts: CountsByName<RunVerdict>
  let wallNanoseconds: Int64
}

/// Failing seeds that are taken for one bug.
private struct BucketObject: Encodable {
  let name: String
  let failure: SeedFailure
  let shape: FailureShape
  let seeds: Int
  let lowestSeed: UInt64
  let highestSeed: UInt64
  /// Those that were made minimal, or were to be.
  let kept: [FailureRecord]

  init(_ bucket: Bucket) {
    (name, failure, shape, seeds) = (bucket.name, bucket.failure, bucket.shape, bucket.seeds)
    (lowestSeed, highestSeed, kept) = (bucket.lowestSeed, bucket.highestSeed, bucket.kept)
  }
}

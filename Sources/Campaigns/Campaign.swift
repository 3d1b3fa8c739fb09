import Determinism
import Judging
import Runs
import System

/// Runs many seeds in worker processes, adds them up, and makes the failing ones minimal.
///
/// What it finds depends on the plan alone, whatever the number of workers, unless time is up or somebody interrupts it:
/// seeds are counted in order, and what is to be shrunk follows from what was counted.
package struct Campaign: Sendable {
  /// What a campaign tells while it runs.
  package struct Observer {
    /// Called for each saved case that is not as it must be.
    package var replayed: (SavedCaseResult) -> Void = { _ in }
    /// Called for every seed in order, with the figures so far, before anything of it is filed.
    package var counted: (SeedEnd, CampaignSummary) -> Void = { _, _ in }
    /// Called when a failing seed was shrunk or could not be, in the order of the seeds.
    package var filed: (FailureRecord) -> Void = { _ in }
    /// Called ten times a second, and more often.
    package var progress: (CampaignRecord) -> Void = { _ in }

    package init() {}
  }

  /// Which seeds, how, and when to stop.
  package let plan: CampaignPlan

  /// A campaign that has not begun.
  package init(_ plan: CampaignPlan) { self.plan = plan }

  /// Runs the seeds of the plan.
  ///
  /// - Parameters:
  ///   - folder: where all that is found is kept; what is there is gone on with. `nil` for nowhere.
  ///   - shouldStop: asked several times a second; `true` ends the campaign as interrupted.
  /// - Returns: what was found; with a `problem`, which ended it, if something could not be saved or no worker be started.
  package func run(
    in folder: CampaignFolder? = nil, telling observer: Observer = Observer(), shouldStop: () -> Bool = { false }
  ) -> CampaignRecord {
    var work = CampaignWork(plan, folder, observer)
    work.run(shouldStop)
    return work.record
  }
}

/// A campaign under way.
private struct CampaignWork {
  /// How long it waits for workers before it looks around.
  private static let patience = Duration.milliseconds(100)

  private let plan: CampaignPlan
  private let folder: CampaignFolder?
  private let observer: Campaign.Observer
  private let pool: WorkerPool
  private(set) var record: CampaignRecord
  private var frontier: SeedFrontier
  /// What was handed out and is not counted, by its seed.
  private var places = SortedTable<UInt64, UInt64>()
  /// What kept a seed from being saved or run a second time, by the seed: told after the seed itself.
  private var problems = SortedTable<UInt64, FileProblem>()
  /// Records that were given to be shrunk, by their seed, and how many are filed.
  private var shrinking = SortedTable<UInt64, Int>()
  private var filed: Int
  /// How many saved cases are handed out.
  private var casesAsked = 0
  private let canary: Canary
  private var isCanaryAsked = false
  private let watch = Stopwatch()
  /// The wall time of what was done before.
  private let earlier: Duration
  /// How many seeds had failed before this began.
  private let earlierFailures: Int
  /// Whether the failures that are wanted are there.
  private var isFull: Bool

  init(_ plan: CampaignPlan, _ folder: CampaignFolder?, _ observer: Campaign.Observer) {
    (self.plan, self.folder, self.observer) = (plan, folder, observer)
    var setup = plan.setup
    setup.directory = folder?.foundPath
    pool = WorkerPool(count: plan.jobs, program: plan.program, setup)
    record = folder?.earlier ?? CampaignRecord(plan)
    // They are replayed whenever a campaign begins.
    record.cases = CampaignRecord(plan).cases
    frontier = SeedFrontier(counted: UInt64(record.summary.seeds))
    earlier = record.summary.times.wall
    filed = record.ledger.records.indices.first { [record] in record.ledger.isOpen($0) } ?? record.ledger.records.count
    canary = Canary(of: plan)
    earlierFailures = record.summary.failures
    isFull = record.ledger.records.count >= FailureLedger.maxRecords
  }

  mutating func run(_ shouldStop: () -> Bool) {
    while record.problem == nil {
      if shouldStop() {
        record.wasInterrupted = true
        break
      }
      do throws(FileProblem) { try handOut() } catch { record.problem = error }
      if pool.openTasks == 0 { break }
      for event in pool.wait(atMost: Self.patience) { take(event) }
      count()
      file()
      record.summary.times.wall = earlier + watch.elapsed
      observer.progress(record)
      folder?.checkpoint(&record)
    }
    pool.end()
    // Behind the last failure that is wanted nothing counts; behind a seed that was under way failures are told at least.
    if isFull {
      for seed in record.uncounted { folder?.discard(seed) }
      record.uncounted = []
    }
    for end in frontier.uncounted where end.severity > .pass {
      if isFull {
        folder?.discard(end.seed)
      } else if end.failure != nil, !record.uncounted.contains(end.seed) {
        record.uncounted.append(end.seed)
      }
    }
    record.uncounted.sort()
    folder?.checkpoint(&record, isLast: true)
  }

  /// Whether no further seed is begun.
  private var isDone: Bool {
    isFull || plan.timeLimit.map { watch.elapsed >= $0 } ?? false
      || plan.seed(at: frontier.counted + UInt64(frontier.open)) == nil
  }

  /// Gives workers all that they take.
  private mutating func handOut() throws(FileProblem) {
    guard try pool.giveAgain() else { return }
    while casesAsked < plan.cases.count {
      var task = WorkerTask(kind: .replay, seed: UInt64(casesAsked))
      task.path = plan.cases[casesAsked]
      guard try pool.give(task) else { return }
      casesAsked += 1
    }
    for place in record.ledger.open where shrinking[record.ledger.records[place].seed] == nil {
      var task = WorkerTask(kind: .shrink, seed: record.ledger.records[place].seed)
      // Threads change nothing about the result.
      if isDone { task.threads = max(1, plan.jobs - pool.busyWorkers) }
      guard try pool.give(task) else { return }
      shrinking[task.seed] = place
    }
    try handOutCanary()
    while !isDone, let place = frontier.next, let seed = plan.seed(at: place) {
      guard try pool.give(WorkerTask(kind: .run, seed: seed)) else { return }
      places[seed] = place
      frontier.handOut()
    }
  }

  /// Gives a worker the next seed of the known bug, one at a time.
  private mutating func handOutCanary() throws(FileProblem) {
    let isWorthwhile = watch.elapsed >= Canary.worthwhile || plan.timeLimit.map { $0 >= Canary.worthwhile } ?? false
    guard plan.hasCanary, isWorthwhile, !isCanaryAsked else { return }
    let outcome = record.canary ?? Canary.Outcome(bug: canary.bug)
    guard !outcome.isDecided else { return }
    var task = WorkerTask(kind: .run, seed: canary.seed(at: outcome.seeds))
    task.canary = outcome.bug
    guard try pool.give(task) else { return }
    (record.canary, isCanaryAsked) = (outcome, true)
  }

  /// Takes note of what became of a task.
  private mutating func take(_ event: WorkerPool.Event) {
    switch event {
    case .answered(let task, let answer):
      record.summary.times.processor = record.summary.times.processor + answer.processorTime
      record.summary.times.busy = record.summary.times.busy + answer.wallTime
      if task.canary != nil { return takeCanary(task, isCaught: answer.result?.failure != nil) }
      switch task.kind {
      case .replay: setCase(task, answer.savedCase)
      case .run:
        if let problem = answer.problem { problems[task.seed] = problem.fileProblem }
        if let result = answer.result, result.seed == task.seed {
          set(.ran(result))
        } else {
          set(
            .stopped(StoppedSeed(seed: task.seed, stop: .trap, sentence: "its worker answered nothing", errorLines: []))
          )
        }
      case .shrink:
        settle(task, answer.minimal, answer.refusal)
        if let problem = answer.problem { record.problem = record.problem ?? problem.fileProblem }
      }
    case .stopped(let task, let stopped):
      if task.canary != nil { return takeCanary(task, isCaught: false) }
      switch task.kind {
      case .replay:
        let severity: Severity = stopped.stop == .killed ? .undecided : .violation
        setCase(task, SavedCaseResult(path: task.path ?? "", severity: severity, sentence: stopped.sentence))
      case .run: set(.stopped(stopped))
      // Nobody knows what it would have come to: a campaign that goes on tries again.
      case .shrink: if stopped.stop != .killed { settle(task, nil, stopped.sentence) }
      }
    case .failed(let problem): record.problem = record.problem ?? problem
    }
  }

  private mutating func takeCanary(_ task: WorkerTask, isCaught: Bool) {
    record.canary?.seeds += 1
    if isCaught { record.canary?.caughtBy = task.seed }
    isCanaryAsked = false
  }

  private mutating func setCase(_ task: WorkerTask, _ result: SavedCaseResult?) {
    record.cases[Int(task.seed)] = result
    if let result, result.sentence != nil { observer.replayed(result) }
  }

  private mutating func set(_ end: SeedEnd) {
    guard let place = places[end.seed] else { return }
    places[end.seed] = nil
    frontier.set(end, at: place)
  }

  private mutating func settle(_ task: WorkerTask, _ minimal: FailureRecord.Minimal?, _ refusal: String?) {
    guard let place = shrinking[task.seed] else { return }
    record.ledger.settle(place, as: minimal, refusal: minimal == nil ? refusal ?? "there is no reason" : nil)
  }

  /// Counts what is there in a row.
  private mutating func count() {
    while !isFull, record.problem == nil, let end = frontier.count() {
      record.summary.add(end)
      record.uncounted.removeAll { $0 == end.seed }
      observer.counted(end, record.summary)
      do throws(FileProblem) { try folder?.log(end) } catch { record.problem = error }
      if let failure = FailureRecord(end, in: plan) {
        let place = record.ledger.add(failure)
        if let place, !plan.shrinks { record.ledger.settle(place, as: nil, refusal: "that was not asked for") }
        if place == nil, end.severity != .nondeterminism { folder?.discard(end.seed) }
      }
      if let problem = problems[end.seed] {
        problems[end.seed] = nil
        record.problem = problem
      }
      isFull =
        record.summary.failures - earlierFailures >= plan.failureLimit ?? .max
        || record.ledger.records.count >= FailureLedger.maxRecords
    }
  }

  /// Files what was shrunk, in the order of the seeds.
  private mutating func file() {
    while filed < record.ledger.records.count, !record.ledger.isOpen(filed) {
      defer { filed += 1 }
      guard record.ledger.isChosen(filed) || record.ledger.records[filed].errorLines != nil,
        let bucket = record.ledger.bucket(of: filed)
      else { continue }
      var failure = record.ledger.records[filed]
      failure.bucket = bucket.name
      do throws(FileProblem) {
        try folder?.file(failure, amongThoseBefore: filed, of: record.ledger)
      } catch {
        record.problem = record.problem ?? error
      }
      observer.filed(failure)
    }
  }
}

extension FailureRecord {
  /// Of a seed that failed, and of no other.
  fileprivate init?(_ end: SeedEnd, in plan: CampaignPlan) {
    guard let failure = end.failure else { return nil }
    let bug = plan.setup.bug(of: end.seed)?.name
    var words = ["\(Program.name) run --seed \(end.seed)"] + plan.options + (bug.map { ["--bug \($0)"] } ?? [])
    words.append("--no-shrink")
    var (anomaly, shape, errorLines): (String?, FailureShape?, [String]?)
    switch end {
    case .ran(let result): (anomaly, shape) = (result.anomaly?.rawValue, result.shape)
    case .stopped(let stopped):
      errorLines = stopped.errorLines
      words += plan.setup.limits.words(for: stopped.stop)
    }
    self.init(
      seed: end.seed, failure: failure, anomaly: anomaly, bug: bug, detail: end.detail,
      shape: shape ?? FailureShape(text: failure.description), command: words.joined(separator: " "),
      errorLines: errorLines)
  }
}

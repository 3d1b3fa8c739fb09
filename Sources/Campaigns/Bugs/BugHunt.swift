import Determinism
import Glibc
import Judging
import KnownBugs
import Runs
import Scenarios
import Synchronization

/// Looks for known bugs in many seeds, and counts the seeds that catch them.
///
/// Seeds are shared out among workers and counted in their order, up to the one with which a bug has been caught often
/// enough. So the figures are the same on any number of workers, times aside.
package struct BugHunt: Sendable {
  /// What has been done so far.
  package struct Progress: Sendable {
    /// Bugs that are done with, and all of them.
    package let done: Int
    package let bugs: Int
    /// The one that is looked for, and the seeds counted for it.
    package let name: String
    package let seeds: Int
    package let catches: Int
    /// Since the start.
    package let wallTime: Duration
  }

  /// What came of it.
  package struct Result: Sendable {
    /// Of every bug that was begun, in the order of the plan.
    package let figures: [BugFigures]
    package let wasInterrupted: Bool
    package let wallTime: Duration
    /// Why minimal cases could not be saved.
    package let problem: FileProblem?
  }

  package let plan: BugHuntPlan

  package init(_ plan: BugHuntPlan) {
    self.plan = plan
  }

  /// Hunts.
  ///
  /// - Parameters:
  ///   - workers: how many seeds are run at once; one a core unless given.
  ///   - afterEach: called after every seed, on any thread, and on several at a time.
  ///   - shouldStop: asked before every seed, on any thread; `true` ends the hunt with what was done.
  package func run(
    workers: Int = Workers.cores, afterEach: @escaping @Sendable (Progress) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> Result {
    let watch = Stopwatch()
    let board = HuntBoard(plan)
    let plan = plan
    _ = Workers.map(Array(0..<workers), threads: workers) { _ in
      while let turn = board.next(unless: shouldStop()) {
        let outcome = Self.outcome(of: turn.seed, plan.bugs[turn.lane], plan) {
          shouldStop() || board.isOver(turn.lane)
        }
        let (progress, counted) = board.record(outcome, of: turn, at: watch.elapsed)
        // At once: a long hunt that is killed has kept what it found.
        if let directory = plan.directory { board.save(counted, in: directory) }
        afterEach(progress)
      }
    }
    return Result(
      figures: board.figures, wasInterrupted: board.wasInterrupted, wallTime: watch.elapsed, problem: board.problem)
  }

  private static func outcome(
    of seed: UInt64, _ bug: KnownBug, _ plan: BugHuntPlan, _ shouldStop: @escaping @Sendable () -> Bool
  ) -> BugFigures.SeedOutcome {
    let start = threadTime
    var knobs = ScenarioKnobs()
    if bug.takesChanges { knobs.changesMembers = true }
    let report = Run(seed: seed, knobs: knobs, bug: bug, checks: plan.checks).simulate().judged()
    var outcome = BugFigures.SeedOutcome(
      seed: seed, signature: report.signature,
      isCaught: report.signature.map { plan.isCaught(bug, by: KnownBug.Effect($0)) } ?? false,
      severity: report.severity, processorTime: threadTime - start)
    if plan.shrinksCatches, outcome.isCaught, let signature = outcome.signature {
      outcome.shrunk = ShrunkSeed(
        report, failingWith: signature, checksStory: plan.checksStories, clock: { threadTime }, shouldStop: shouldStop)
    }
    return outcome
  }

  /// Processor time that the calling thread has used so far.
  private static var threadTime: Duration {
    var time = timespec()
    guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return .zero }
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}

/// Which seeds of which bug are handed out, and what they told.
private final class HuntBoard: Sendable {
  /// One seed of one bug.
  struct Turn: Sendable {
    let lane: Int
    /// Its place among the seeds of the plan.
    let place: Int
    let seed: UInt64
  }

  /// All seeds of one bug.
  private struct Lane: Sendable {
    var figures: BugFigures
    /// How many seeds were handed out.
    var handedOut = 0
    /// What those behind the ones that are counted have told, in order; `nil` while one of them is under way.
    var uncounted: [BugFigures.SeedOutcome?] = []
    /// Whether nothing more is to be counted.
    var isOver = false
  }

  private struct State: Sendable {
    var lanes: [Lane]
    var wasInterrupted = false
    var problem: FileProblem?
  }

  private let plan: BugHuntPlan
  private let state: Mutex<State>

  init(_ plan: BugHuntPlan) {
    self.plan = plan
    state = Mutex(State(lanes: plan.bugs.map { Lane(figures: BugFigures($0)) }))
  }

  var figures: [BugFigures] { state.withLock { $0.lanes.map(\.figures).filter { $0.seeds > 0 } } }
  var wasInterrupted: Bool { state.withLock { $0.wasInterrupted } }
  /// Why a minimal case could not be saved.
  var problem: FileProblem? { state.withLock { $0.problem } }

  /// The next seed to run; `nil` if there is none, or if there shall be no more.
  func next(unless isStopped: Bool) -> Turn? {
    state.withLock { state in
      let open = state.lanes.firstIndex { !$0.isOver && $0.handedOut < plan.seedCount }
      guard let lane = open else { return nil }
      guard !isStopped else {
        state.wasInterrupted = true
        return nil
      }
      let place = state.lanes[lane].handedOut
      state.lanes[lane].handedOut += 1
      state.lanes[lane].uncounted.append(nil)
      return Turn(lane: lane, place: place, seed: plan.seeds.lowerBound + UInt64(place))
    }
  }

  /// Whether nothing more of a bug is counted.
  func isOver(_ lane: Int) -> Bool { state.withLock { $0.lanes[lane].isOver } }

  /// Saves minimal cases, until one cannot be.
  func save(_ seeds: [ShrunkSeed], in directory: String) {
    for seed in seeds where problem == nil {
      do {
        try seed.save(in: directory)
      } catch {
        state.withLock { $0.problem = $0.problem ?? error }
      }
    }
  }

  /// Takes note of what a seed told, and counts as many as are there in a row.
  ///
  /// - Returns: what has been done so far, and the minimal cases that count from now on.
  func record(
    _ outcome: BugFigures.SeedOutcome, of turn: Turn, at wallTime: Duration
  ) -> (progress: BugHunt.Progress, counted: [ShrunkSeed]) {
    state.withLock { state in
      var minimal: [ShrunkSeed] = []
      var lane = state.lanes[turn.lane]
      if !lane.isOver {
        lane.uncounted[turn.place - lane.figures.seeds] = outcome
        while !lane.isOver, let first = lane.uncounted.first, let counted = first {
          lane.uncounted.removeFirst()
          lane.figures.add(counted)
          if let shrunk = counted.shrunk { minimal.append(shrunk) }
          lane.isOver = lane.figures.catches >= plan.catches || lane.figures.seeds == plan.seedCount
        }
        state.lanes[turn.lane] = lane
      }
      let progress = BugHunt.Progress(
        done: state.lanes.count(where: \.isOver), bugs: state.lanes.count, name: lane.figures.bug.name,
        seeds: lane.figures.seeds, catches: lane.figures.catches, wallTime: wallTime)
      return (progress, minimal)
    }
  }
}

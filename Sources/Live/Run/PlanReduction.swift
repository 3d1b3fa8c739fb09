import Determinism
import Runs
import Scenarios
import System

/// Makes the plan of a failing run smaller: fewer faults, an earlier end. Real servers do not do the same each time, so a
/// smaller plan is tried several times, and kept if it fails once.
package struct PlanReduction {
  /// What is left.
  package struct Result: Sendable {
    /// How often the plan itself failed, of so many more tries.
    package var failures = 0
    package var tries = 0
    /// The smaller plan, where it is, and how often that failed of how many tries; `nil` if none was found.
    package var smaller: (path: String, faults: Int, time: Duration, failures: Int, tries: Int)?
    /// Where the plan is, and how many faults it has.
    package let path: String
    package let faults: Int
    package let time: Duration
  }

  /// How often the plan itself is tried again, and a smaller one at most.
  private static let tries = 3

  /// That a run failed.
  struct Failure {
    /// When the last of the operations that could not be explained had returned; `nil` if nobody knows.
    var lastReturn: Duration?
  }

  private let attempt: (LivePlan) throws -> Failure?
  private let hasToEnd: () -> Bool
  private let path: String
  private var kept: LivePlan
  /// How often what is kept failed, of how many tries.
  private var failures = 1
  private var attempts = 1
  private var last: Failure

  /// - Parameters:
  ///   - plan: one that failed, and how.
  ///   - path: where it is.
  ///   - hasToEnd: whether the budget is used up.
  ///   - attempt: runs a plan once; `nil` if it does not fail.
  init(
    _ plan: LivePlan, at path: String, failing: Failure, hasToEnd: @escaping () -> Bool,
    attempt: @escaping (LivePlan) throws -> Failure?
  ) {
    (kept, self.path, last) = (plan, path, failing)
    (self.hasToEnd, self.attempt) = (hasToEnd, attempt)
  }

  private var isOver: Bool { hasToEnd() }

  /// Tries the plan again, and then smaller ones, until nothing gets smaller or time is up.
  ///
  /// - Parameter save: saves what is left, and says where.
  mutating func reduce(saving save: (LivePlan) throws -> String) throws -> Result {
    var result = Result(path: path, faults: kept.scenario.faults.count, time: kept.scenario.stormEnd)
    for _ in 0..<Self.tries where !isOver {
      result.tries += 1
      if try run(kept) { result.failures += 1 }
    }
    let original = kept
    try cutEnd()
    try removeFaults()
    guard kept.scenario != original.scenario else { return result }
    result.smaller = (try save(kept), kept.scenario.faults.count, kept.scenario.stormEnd, failures, attempts)
    return result
  }

  /// Ends the storm soon after what could not be explained.
  private mutating func cutEnd() throws {
    guard let end = last.lastReturn, !isOver else { return }
    var scenario = kept.scenario
    scenario.stormEnd = min(scenario.stormEnd, end + scenario.cluster.electionTimeoutMax * 2)
    scenario.faults.removeAll { if case .time(let at) = $0.trigger { at >= scenario.stormEnd } else { false } }
    for place in scenario.workload.clients.indices {
      scenario.workload.clients[place].operations.removeAll { $0.at >= scenario.stormEnd }
    }
    if scenario != kept.scenario { try keepIfItFails(scenario) }
  }

  /// Takes faults away, halves first, then ever smaller parts (delta debugging).
  private mutating func removeFaults() throws {
    var parts = 1
    while !isOver, !kept.scenario.faults.isEmpty {
      let faults = kept.scenario.faults
      let size = max(1, (faults.count + parts - 1) / parts)
      var isSmaller = false
      for start in stride(from: 0, to: faults.count, by: size) where !isOver {
        var scenario = kept.scenario
        scenario.faults = Array(faults[..<start] + faults[min(start + size, faults.count)...])
        isSmaller = try keepIfItFails(scenario)
        if isSmaller { break }
      }
      if !isSmaller {
        if size == 1 { return }
        parts = min(parts * 2, faults.count)
      }
    }
  }

  @discardableResult
  private mutating func keepIfItFails(_ scenario: Scenario) throws -> Bool {
    for attempt in 1...Self.tries where !isOver {
      guard try run(kept.with(scenario)) else { continue }
      (kept, failures, attempts) = (kept.with(scenario), 1, attempt)
      return true
    }
    return false
  }

  private mutating func run(_ plan: LivePlan) throws -> Bool {
    guard let failure = try attempt(plan) else { return false }
    last = failure
    return true
  }
}

extension PlanReduction.Result {
  /// How often it failed, and what is left of it.
  package var sentence: String {
    let again = "tried again, the plan failed in \(failures) of \(tries) tries"
    guard let smaller else { return "\(again); nothing smaller was seen to fail within the budget" }
    return "\(again); of its \(faults) faults in \(time) \(smaller.faults) in \(smaller.time) are left, which failed "
      + "in \(smaller.failures) of \(smaller.tries)"
  }

  /// The plan to run again.
  package var bestPath: String { smaller?.path ?? path }
}

extension LiveRuns {
  /// Tries a failing plan again, and makes it smaller.
  package func reduce(
    _ failing: LiveReport, within budget: Duration, report: @escaping (LiveProgress) -> Void,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws -> PlanReduction.Result {
    let deadline = SystemClock.monotonic + budget
    let plan = plan(of: failing.outcome.scenario)
    var reduction = PlanReduction(
      plan, at: "\(failing.folder)/\(LiveRun.FileName.plan)", failing: .init(lastReturn: failing.lastReturn),
      hasToEnd: { shouldStop() || SystemClock.monotonic >= deadline }
    ) { plan in
      let found = try run(plan, in: newFolder("\(plan.scenario.seed)-tries"), report: report, shouldStop: shouldStop)
      // One that fails in another way is another finding.
      return found.verdict == failing.verdict ? .init(lastReturn: found.lastReturn) : nil
    }
    return try reduction.reduce { plan in
      let folder = try newFolder("\(plan.scenario.seed)-reduced")
      try Files.write(plan.bytes, to: LiveRun.FileName.plan, in: folder)
      return "\(folder)/\(LiveRun.FileName.plan)"
    }
  }
}

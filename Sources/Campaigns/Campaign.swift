import Determinism
import Runs

/// Runs many seeds, one after the other, and adds them up.
package struct Campaign: Sendable {
  /// Which seeds, how, and when to stop.
  package let plan: CampaignPlan

  /// A campaign that has not begun.
  package init(_ plan: CampaignPlan) {
    self.plan = plan
  }

  /// Runs the seeds of the plan.
  ///
  /// - Parameters:
  ///   - afterEach: called after every seed with what became of it and the summary so far, and before a failing one is
  ///     saved: neither a full disk nor a second run that cannot be made may hide it.
  ///   - shouldStop: asked between two seeds; `true` ends the campaign as interrupted.
  /// - Returns: what was found; with a `problem`, which ended it, if a failing seed could not be saved or run once more.
  /// - Throws: before the first seed, when failing seeds could not be saved.
  package func run(
    afterEach: (SeedResult, CampaignSummary) -> Void = { _, _ in }, shouldStop: () -> Bool = { false }
  ) throws(FileProblem) -> CampaignSummary {
    if let directory = plan.directory { try Files.prepareFolder(directory) }
    let watch = Stopwatch()
    let processorStart = Stopwatch.processorTime
    var summary = CampaignSummary()
    var place: UInt64 = 0
    while let seed = plan.seed(at: place) {
      if let limit = plan.timeLimit, watch.elapsed >= limit { break }
      if let limit = plan.failureLimit, summary.failures >= limit { break }
      if shouldStop() {
        summary.wasInterrupted = true
        break
      }
      let (result, report) = run(seed)
      summary.add(result)
      summary.wallTime = watch.elapsed
      summary.processorTime = Stopwatch.processorTime - processorStart
      afterEach(result, summary)
      summary.problem = result.secondRun.problem
      do {
        try save(report, of: result)
      } catch {
        summary.problem = error
      }
      if summary.problem != nil { break }
      place += 1
    }
    return summary
  }

  /// One seed, from scenario to verdict. Depends on nothing that other seeds did.
  private func run(_ seed: UInt64) -> (SeedResult, RunReport) {
    var run = Run(seed: seed, knobs: plan.knobs, bug: plan.bug, checks: plan.checks)
    run.maxExpansions = plan.maxExpansions
    let simulated = run.simulate()
    var report = simulated.judged()
    var secondRun = SecondRun.none
    if plan.checksDeterminism || report.severity >= .violation {
      secondRun = DeterminismCheck(in: plan.secondRuns).secondRun(of: run, after: simulated.outcome)
    }
    guard let directory = plan.directory, secondRun.isSame == false || report.severity > .pass else {
      return (SeedResult(report, secondRun: secondRun), report)
    }
    // Judged once more with the lines of the file to be, so that whatever is said points into it.
    report = simulated.judged(reading: RecordedHistory.readBack(simulated.outcome.history.jsonLines()))
    var result = SeedResult(report, secondRun: secondRun)
    result.casePath = CaseFolder(of: seed, in: directory).casePath
    return (result, report)
  }

  private func save(_ report: RunReport, of result: SeedResult) throws(FileProblem) {
    guard let directory = plan.directory, result.casePath != nil else { return }
    try CaseFolder(of: result.seed, in: directory).save(report)
  }
}

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
  ///   - afterEach: called after every seed with what became of it and the summary so far.
  ///   - shouldStop: asked between two seeds; `true` ends the campaign as interrupted.
  /// - Throws: when a failing seed cannot be saved: a finding that nobody could look at would be lost.
  package func run(
    afterEach: (SeedResult, CampaignSummary) -> Void = { _, _ in }, shouldStop: () -> Bool = { false }
  ) throws(FileProblem) -> CampaignSummary {
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
      let result = try result(of: seed)
      summary.add(result)
      summary.wallTime = watch.elapsed
      summary.processorTime = Stopwatch.processorTime - processorStart
      afterEach(result, summary)
      place += 1
    }
    return summary
  }

  /// One seed, from scenario to verdict. Depends on nothing that other seeds did.
  private func result(of seed: UInt64) throws(FileProblem) -> SeedResult {
    let run = Run(seed: seed, knobs: plan.knobs, bug: plan.bug, checksInvariants: plan.checksInvariants)
    let simulated = run.simulate()
    let report = simulated.judged()
    let repeats = !plan.checksDeterminism || run.repeats(simulated.outcome)
    var result = SeedResult(report, repeats: repeats)
    if let directory = plan.directory, result.severity > .pass {
      let folder = CaseFolder(of: seed, in: directory)
      // Judged once more with the file's lines at hand, so that the explanation points into the file.
      try folder.save(simulated.judged(reading: folder.save(simulated.outcome.history)))
      result.casePath = folder.casePath
    }
    return result
  }
}

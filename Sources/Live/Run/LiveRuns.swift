import Determinism
import Runs
import Scenarios
import System

/// Runs of one system, seed after seed.
package struct LiveRuns: Sendable {
  package let system: LiveSystem
  private let name: String
  private let options: [(name: String, value: String)]
  private let bug: String?
  private let plan: LivePlan?
  private let seed: UInt64
  private let knobs: LiveKnobs
  private let folder: String

  /// - Parameters:
  ///   - name: what the system is called in a plan.
  ///   - options: what was chosen of its options.
  ///   - plan: the one to run, in place of those of seeds.
  ///   - seed: the first one.
  ///   - folder: where each run has a folder.
  package init(
    _ system: LiveSystem, named name: String, options: [(name: String, value: String)], bug: String?, plan: LivePlan?,
    seed: UInt64, knobs: LiveKnobs, in folder: String
  ) {
    (self.system, self.name, self.options, self.bug) = (system, name, options, bug)
    (self.plan, self.seed, self.knobs, self.folder) = (plan, seed, knobs, folder)
  }

  /// Makes and judges the run of this number, from 0.
  package func run(
    _ number: Int, report: (LiveProgress) -> Void, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> LiveReport {
    let scenario = plan?.scenario ?? Scenario(seed: seed + UInt64(number), live: knobs)
    return try run(self.plan(of: scenario), in: newFolder("\(scenario.seed)"), report: report, shouldStop: shouldStop)
  }

  /// The plan of a scenario.
  func plan(of scenario: Scenario) -> LivePlan {
    LivePlan(system: name, options: options, bug: bug, scenario: scenario)
  }

  func run(
    _ plan: LivePlan, in folder: String, report: (LiveProgress) -> Void, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> LiveReport {
    try LiveRun(system, plan.scenario, bug: bug, in: folder).judged(plan, report: report, shouldStop: shouldStop)
  }

  /// A folder that was not there: what an earlier run has left is nobody's to remove.
  func newFolder(_ name: String) throws(FileProblem) -> String {
    try Files.makeFolder(folder)
    let root = try Files.resolved(folder)
    var path = "\(root)/\(name)"
    var number = 2
    while Files.isFolder(path) || Files.isFile(path) {
      path = "\(root)/\(name)-\(number)"
      number += 1
    }
    try Files.makeFolder(path)
    return path
  }
}

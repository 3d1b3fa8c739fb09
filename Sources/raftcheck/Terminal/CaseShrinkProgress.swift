import Determinism
import Reporting
import Runs
import Shrinking
import Terminal

/// The line at the bottom of the terminal while a case is shrunk.
final class CaseShrinkProgress {
  private let console: Console
  private let watch = Stopwatch()
  private var throttle = ProgressThrottle()

  init(on console: Console) {
    self.console = console
  }

  /// Shows the line, if it is time.
  func show(_ progress: ScenarioShrinker.Progress) {
    guard console.hasProgress, throttle.isDue(at: watch.elapsed) else { return }
    let size = [
      Words.count(progress.size.nodes, "node"), Words.count(progress.size.operations, "operation"),
      "\(Words.count(progress.size.faults, "fault")) with weather",
    ]
    console.showProgress(
      "shrinking   \(size.joined(separator: ", "))   \(progress.trials.grouped) tried   \(progress.pass)")
  }
}

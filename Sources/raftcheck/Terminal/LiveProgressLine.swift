import Determinism
import Live
import Reporting
import Runs
import Terminal

/// The line at the bottom of the terminal while real servers are tested.
final class LiveProgressLine {
  private let console: Console
  private let count: Int
  private var isShown = false

  /// - Parameter count: how many runs there will be.
  init(on console: Console, of count: Int) { (self.console, self.count) = (console, count) }

  /// - Parameter number: of the run, from 0; `nil` if it is one more try of a plan.
  func show(_ progress: LiveProgress, of number: Int? = nil) {
    guard console.hasProgress else { return }
    isShown = true
    let text =
      switch progress {
      case .starting: "the servers start"
      case .storm(let left, let counts, let faults):
        "\(left.nanoseconds / 1_000_000_000) s left   \(Words.count(counts.begun, "operation")), "
          + "\(Figures.percent(counts.ok, of: counts.begun)) ok   \(Words.count(faults, "fault"))"
      case .calm: "all heals"
      case .judging: "judging"
      }
    let place = number.map { count > 1 ? "run \($0 + 1) of \(count)   " : "" } ?? "trying the plan again   "
    console.showProgress(place + text)
  }

  /// Takes the line away.
  func end() {
    if isShown { console.showProgress("") }
    isShown = false
  }
}

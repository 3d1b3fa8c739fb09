import Determinism
import Reporting
import Runs
import Shrinking
import Synchronization
import Terminal

/// The line at the bottom of the terminal while a history is shrunk.
final class HistoryShrinkProgress: Sendable {
  private let console: Console
  private let watch: Stopwatch
  private let state = Mutex(State())

  private struct State {
    var progress: HistoryShrinker.Progress?
    var throttle = ProgressThrottle()
    var isShown = false
  }

  init(on console: Console, _ watch: Stopwatch) {
    self.console = console
    self.watch = watch
  }

  /// It got smaller.
  func note(_ progress: HistoryShrinker.Progress) {
    guard console.hasProgress else { return }
    state.withLock { $0.progress = progress }
  }

  /// Shows the line, if it is time.
  func show() {
    guard console.hasProgress else { return }
    _ = state.withLockIfAvailable { state in
      let now = watch.elapsed
      guard state.throttle.isDue(at: now) else { return }
      state.isShown = true
      let seconds = "\(now.nanoseconds / 1_000_000_000) s"
      guard let progress = state.progress else { return console.showProgress("judging   \(seconds)") }
      console.showProgress(
        "shrinking   \(Words.count(progress.essential, "operation")) and \(progress.unknown.grouped) "
          + "of unknown result   \(Words.count(progress.decisions, "trial"))   \(seconds)")
    }
  }

  /// Takes the line away.
  func end() {
    state.withLock { if $0.isShown { console.showProgress("") } }
  }
}

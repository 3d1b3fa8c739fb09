import Determinism
import Runs
import Shrinking
import Synchronization

/// The line at the bottom of the terminal while a history is shrunk.
final class ShrinkProgress: Sendable {
  private let console: Console
  private let watch: Stopwatch
  private let state = Mutex(State())

  private struct State {
    var progress: HistoryShrinker.Progress?
    var shownAt = Duration.zero
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

  /// Shows the line: nothing in the first second, then five times a second.
  func show() {
    guard console.hasProgress else { return }
    _ = state.withLockIfAvailable { state in
      let now = watch.elapsed
      guard now >= .seconds(1), now - state.shownAt >= .milliseconds(200) else { return }
      (state.shownAt, state.isShown) = (now, true)
      let seconds = "\(now.nanoseconds / 1_000_000_000) s"
      guard let progress = state.progress else { return console.showProgress("judging   \(seconds)") }
      console.showProgress(
        "shrinking   \(Figures.count(progress.essential, "operation")) and \(Figures.grouped(progress.unknown)) "
          + "of unknown result   \(Figures.count(progress.decisions, "trial"))   \(seconds)")
    }
  }

  /// Takes the line away.
  func end() {
    state.withLock { if $0.isShown { console.showProgress("") } }
  }
}

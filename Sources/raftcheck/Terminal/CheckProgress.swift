import Determinism
import Reporting
import Runs
import Synchronization
import Terminal

/// The line at the bottom of the terminal while files are checked. Whoever works calls it now and then, on any thread.
final class CheckProgress: Sendable {
  private let console: Console
  private let files: Int
  private let timeout: Swift.Duration?
  private let watch = Stopwatch()
  private let state = Mutex(State())

  private struct State {
    var done = 0
    var operations = 0
    var name = ""
    var begunAt = Duration.zero
    var throttle = ProgressThrottle()
    var isShown = false
  }

  /// - Parameter timeout: for each file.
  init(on console: Console, files: Int, timeout: Swift.Duration?) {
    self.console = console
    self.files = files
    self.timeout = timeout
  }

  /// A file is begun.
  func begin(_ name: String) {
    guard console.hasProgress else { return }
    state.withLock {
      $0.name = name
      $0.begunAt = watch.elapsed
    }
    show()
  }

  /// A file is done. Takes the line away, for a verdict to be printed in its place.
  func end(operations: Int) {
    guard console.hasProgress else { return }
    state.withLock {
      $0.done += 1
      $0.operations += operations
      if $0.isShown { console.showProgress("") }
      $0.isShown = false
    }
  }

  /// Shows the line, if it is time.
  func show() {
    guard console.hasProgress else { return }
    _ = state.withLockIfAvailable { state in
      let now = watch.elapsed
      guard state.throttle.isDue(at: now) else { return }
      state.isShown = true
      console.showProgress(line(state, now))
    }
  }

  private func line(_ state: State, _ now: Duration) -> String {
    let spent = now - state.begunAt
    var parts = ["\(state.done.grouped) of \(Words.count(files, "file"))"]
    if state.done > 0 { parts.append(Words.count(state.operations, "operation")) }
    parts.append("\(state.name) \(Self.whole(spent.seconds))")
    if state.done > 0 {
      let left = state.begunAt.seconds / Double(state.done) * Double(files - state.done) - spent.seconds
      parts.append("\(Self.whole(left)) left")
    } else if let timeout {
      let left = Double(files) * (timeout / .seconds(1)) - spent.seconds
      parts.append("at most \(Self.whole(left)) left")
    }
    return parts.joined(separator: "   ")
  }

  private static func whole(_ seconds: Double) -> String {
    let seconds = max(0, Int64(seconds.rounded()))
    return seconds < 60 ? "\(seconds) s" : Figures.time(.seconds(seconds))
  }
}

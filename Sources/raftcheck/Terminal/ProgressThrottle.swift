import Determinism
import Terminal

/// When the line at the bottom of the terminal is written anew: nothing in the first second, then five times a second.
struct ProgressThrottle {
  private var shownAt = Duration.zero

  /// Whether it is time; if so, the line counts as shown.
  ///
  /// - Parameter now: since the work began.
  mutating func isDue(at now: Duration) -> Bool {
    guard now >= .seconds(1), now - shownAt >= .milliseconds(200) else { return false }
    shownAt = now
    return true
  }
}

import Determinism
import Glibc

/// Measures how long something takes. Its reading is for people: no verdict depends on it.
package struct Stopwatch: Sendable {
  private let start = ContinuousClock.now

  /// Starts now.
  package init() {}

  /// Wall time since the start.
  package var elapsed: Duration {
    let parts = (ContinuousClock.now - start).components
    return .seconds(parts.seconds) + .nanoseconds(parts.attoseconds / 1_000_000_000)
  }

  /// Processor time that the whole process has used so far.
  package static var processorTime: Duration {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .zero }
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}

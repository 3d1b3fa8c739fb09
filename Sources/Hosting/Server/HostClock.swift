import Determinism
import System

/// The clocks that a server reads: the machine's, or others that run apart from it, where faults may be injected.
package struct HostClock: Sendable {
  /// Of the wall clock.
  private var offset = Duration.zero
  /// Of the monotonic clock: parts per million by which it runs too fast, and since when.
  private var rate: Int64 = 0
  private var base = (real: LocalInstant(nanoseconds: 0), shown: LocalInstant(nanoseconds: 0))

  package init() {}

  package var local: LocalInstant { shown(at: SystemClock.monotonic) }

  package var wall: WallInstant { WallInstant(nanoseconds: max(0, SystemClock.wall.nanoseconds + offset.nanoseconds)) }

  private func shown(at real: LocalInstant) -> LocalInstant {
    guard rate != 0 else { return base.shown + (real - base.real) }
    let elapsed = real - base.real
    return base.shown + elapsed + Duration(nanoseconds: elapsed.nanoseconds / 1_000_000 * rate)
  }

  /// How long the machine's clock runs until this one shows an instant.
  package func span(until instant: LocalInstant) -> Duration {
    let left = instant - local
    return rate == 0 ? left : Duration(nanoseconds: left.nanoseconds / (1_000_000 + rate) * 1_000_000)
  }

  /// Sets the wall clock so much ahead of the machine's.
  package mutating func set(offset: Duration) { self.offset = offset }

  /// Lets the monotonic clock run faster, by so many parts in a million, or slower.
  package mutating func set(rate: Int64) {
    let real = SystemClock.monotonic
    base = (real, shown(at: real))
    self.rate = rate
  }
}

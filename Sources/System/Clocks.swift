import Determinism

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine's clocks.
package enum SystemClock {
  /// The monotonic clock. It goes on while the machine is suspended: a lease that it has slept through is over.
  package static var monotonic: LocalInstant {
    #if canImport(Glibc)
      LocalInstant(nanoseconds: read(CLOCK_BOOTTIME))
    #else
      LocalInstant(nanoseconds: read(CLOCK_MONOTONIC))
    #endif
  }

  /// The wall clock, since 1970.
  package static var wall: WallInstant { WallInstant(nanoseconds: read(CLOCK_REALTIME)) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Waiting for time to pass.
package enum Pause {
  /// Lets this thread do nothing for so long.
  package static func sleep(_ span: Duration) {
    let end = SystemClock.monotonic + span
    var left = span
    while left > .zero {
      var request = timespec(
        tv_sec: Int(left.nanoseconds / 1_000_000_000), tv_nsec: Int(left.nanoseconds % 1_000_000_000))
      _ = nanosleep(&request, nil)
      left = end - SystemClock.monotonic
    }
  }
}

/// A point on some clock's line, in nanoseconds since that clock's zero. Each clock has an instant type of its own, so
/// that readings of different clocks cannot be compared by mistake.
package protocol ClockInstant: Hashable, Comparable, Sendable {
  /// The reading in nanoseconds since the clock's zero.
  var nanoseconds: Int64 { get }

  init(nanoseconds: Int64)
}

extension ClockInstant {
  @inlinable
  package static func < (one: Self, other: Self) -> Bool { one.nanoseconds < other.nanoseconds }
  @inlinable
  package static func + (instant: Self, span: Duration) -> Self {
    Self(nanoseconds: instant.nanoseconds + span.nanoseconds)
  }
  @inlinable
  package static func - (instant: Self, span: Duration) -> Self {
    Self(nanoseconds: instant.nanoseconds - span.nanoseconds)
  }
  @inlinable
  package static func - (later: Self, earlier: Self) -> Duration {
    Duration(nanoseconds: later.nanoseconds - earlier.nanoseconds)
  }
}

/// The simulated world's own time: what an omniscient observer's watch shows.
@frozen
package struct VirtualInstant: ClockInstant {
  package var nanoseconds: Int64

  @inlinable
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The moment at which every run starts.
  @inlinable package static var start: VirtualInstant { VirtualInstant(nanoseconds: 0) }
}

/// A reading of one node's monotonic clock. It never goes back; its rate may drift within a scenario's bound.
@frozen
package struct LocalInstant: ClockInstant {
  package var nanoseconds: Int64

  @inlinable
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }
}

/// A reading of one node's wall clock, which drifts and jumps freely. Only stamps of log time read it.
@frozen
package struct WallInstant: ClockInstant {
  package var nanoseconds: Int64

  @inlinable
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }
}

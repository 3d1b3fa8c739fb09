/// A point on some clock's line, in nanoseconds since that clock's zero. Each clock has an instant type of its own, so
/// that readings of different clocks cannot be compared by mistake.
public protocol ClockInstant: Hashable, Comparable, Sendable {
  /// The reading in nanoseconds since the clock's zero.
  var nanoseconds: Int64 { get }

  init(nanoseconds: Int64)
}

extension ClockInstant {
  /// Whether one comes before the other.
  @inlinable
  public static func < (one: Self, other: Self) -> Bool { one.nanoseconds < other.nanoseconds }
  /// The instant a span later.
  @inlinable
  public static func + (instant: Self, span: Duration) -> Self {
    Self(nanoseconds: instant.nanoseconds + span.nanoseconds)
  }
  /// The instant a span earlier.
  @inlinable
  public static func - (instant: Self, span: Duration) -> Self {
    Self(nanoseconds: instant.nanoseconds - span.nanoseconds)
  }
  /// How much later one is than the other.
  @inlinable
  public static func - (later: Self, earlier: Self) -> Duration {
    Duration(nanoseconds: later.nanoseconds - earlier.nanoseconds)
  }
}

/// The simulated world's own time: what an omniscient observer's watch shows.
@frozen
public struct VirtualInstant: ClockInstant {
  /// Since the start.
  public var nanoseconds: Int64

  /// So long after the start.
  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The moment at which every run starts.
  @inlinable public static var start: VirtualInstant { VirtualInstant(nanoseconds: 0) }
}

/// A reading of one node's monotonic clock. It never goes back; its rate may drift within a scenario's bound.
@frozen
public struct LocalInstant: ClockInstant {
  /// Since the clock's zero.
  public var nanoseconds: Int64

  /// So long after the clock's zero.
  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }
}

/// A reading of one node's wall clock, which drifts and jumps freely. Only stamps of log time read it.
@frozen
public struct WallInstant: ClockInstant {
  /// Since the clock's zero.
  public var nanoseconds: Int64

  /// So long after the clock's zero.
  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }
}

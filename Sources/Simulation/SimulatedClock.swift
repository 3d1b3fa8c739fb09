import Determinism

/// The two clocks of one node, as functions of true time.
struct SimulatedClock: Sendable {
  private static let million: Int64 = 1_000_000

  /// When the rate last changed, and what the monotonic clock showed then.
  private var anchor = VirtualInstant.start
  private var localAtAnchor = LocalInstant(nanoseconds: 0)
  /// How much faster than true time it runs, in millionths; above −1,000,000.
  private var drift: Int64
  /// How far the wall clock is ahead of the monotonic one.
  private var wallOffset: Duration

  init(driftPartsPerMillion: Int, wallOffset: Duration) {
    drift = Int64(driftPartsPerMillion)
    self.wallOffset = wallOffset
  }

  /// What the monotonic clock shows.
  func local(at instant: VirtualInstant) -> LocalInstant {
    let elapsed = instant - anchor
    return localAtAnchor + elapsed + .nanoseconds(elapsed.nanoseconds / Self.million * drift)
      + .nanoseconds(elapsed.nanoseconds % Self.million * drift / Self.million)
  }

  /// What the wall clock shows.
  func wall(at instant: VirtualInstant) -> WallInstant {
    WallInstant(nanoseconds: local(at: instant).nanoseconds + wallOffset.nanoseconds)
  }

  /// True time until the monotonic clock has gone on by `span`, at its present rate, rounded up.
  func trueTime(for span: Duration) -> Duration {
    let rate = Self.million + drift
    let whole = span.nanoseconds / rate * Self.million
    return .nanoseconds(max(1, whole + (span.nanoseconds % rate * Self.million + rate - 1) / rate))
  }

  mutating func setDrift(partsPerMillion: Int, at instant: VirtualInstant) {
    localAtAnchor = local(at: instant)
    anchor = instant
    drift = Int64(partsPerMillion)
  }

  mutating func jumpWall(by span: Duration) {
    wallOffset = wallOffset + span
  }
}

import Determinism

/// The two clocks of one node, as functions of true time.
struct SimulatedClock: Sendable {
  private static let million: Int64 = 1_000_000

  /// When the rate last changed, and what the monotonic clock showed then.
  private var anchor = VirtualInstant.start
  private var localAtAnchor = LocalInstant(nanoseconds: 0)
  /// How much faster than true time it runs, in millionths; at −1,000,000 it stands still.
  private var drift: Int64
  /// How far the wall clock is ahead of the monotonic one.
  private var wallOffset: Duration
  /// What the wall clock shows while it stands still.
  private var frozenWall: WallInstant?

  /// Whether the monotonic clock stands still.
  var isStopped: Bool { drift == -Self.million }

  init(driftPartsPerMillion: Int, wallOffset: Duration) {
    drift = Int64(driftPartsPerMillion)
    self.wallOffset = wallOffset
  }

  /// What the monotonic clock shows.
  func local(at instant: VirtualInstant) -> LocalInstant {
    let elapsed = instant - anchor
    return localAtAnchor + elapsed + .nanoseconds(deviation(after: elapsed.nanoseconds))
  }

  /// By how much it has run ahead of true time after so long, or fallen behind, rounded towards zero.
  private func deviation(after elapsed: Int64) -> Int64 {
    let (product, isTooLarge) = elapsed.multipliedReportingOverflow(by: drift)
    guard isTooLarge else { return product / Self.million }
    return elapsed / Self.million * drift + elapsed % Self.million * drift / Self.million
  }

  /// What both show.
  func readings(at instant: VirtualInstant) -> (local: LocalInstant, wall: WallInstant) {
    let local = local(at: instant)
    return (local, wall(showing: local))
  }

  /// What the wall clock shows.
  func wall(at instant: VirtualInstant) -> WallInstant {
    wall(showing: local(at: instant))
  }

  private func wall(showing local: LocalInstant) -> WallInstant {
    frozenWall ?? WallInstant(nanoseconds: local.nanoseconds + wallOffset.nanoseconds)
  }

  /// When the monotonic clock will have come to a deadline, at its present rate; `nil` if it stands still.
  func instant(of deadline: LocalInstant, from now: VirtualInstant) -> VirtualInstant? {
    instant(after: deadline - local(at: now), from: now)
  }

  /// When the monotonic clock will have gone on by `span`, at its present rate; `nil` if it stands still.
  func instant(after span: Duration, from now: VirtualInstant) -> VirtualInstant? {
    isStopped ? nil : now + trueTime(for: span)
  }

  /// True time until the monotonic clock has gone on by `span`, at its present rate, rounded up.
  ///
  /// - Precondition: it does not stand still.
  func trueTime(for span: Duration) -> Duration {
    let rate = Self.million + drift
    let (product, isTooLarge) = span.nanoseconds.multipliedReportingOverflow(by: Self.million)
    guard isTooLarge || product > .max - rate else { return .nanoseconds(max(1, (product + rate - 1) / rate)) }
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
    frozenWall = frozenWall.map { $0 + span }
  }

  /// Lets the wall clock stand still, or go on from where it stood.
  mutating func freezeWall(_ isFrozen: Bool, at instant: VirtualInstant) {
    let shown = wall(at: instant)
    wallOffset = .nanoseconds(shown.nanoseconds - local(at: instant).nanoseconds)
    frozenWall = isFrozen ? shown : nil
  }

  /// Lets the monotonic clock leap forward, and leaves the wall clock.
  mutating func leap(by span: Duration) {
    localAtAnchor = localAtAnchor + span
    wallOffset = wallOffset - span
  }
}

import Synchronization

/// Watches the clock, the memory and the caller while keys are judged, on however many threads.
final class Watch: Sendable {
  /// What ends a check before its time.
  enum Ending: UInt8 {
    case none, cancelled, time, memory
  }

  private let start = ContinuousClock.now
  private let time: Swift.Duration?
  private let memoryLimit: Int?
  private let shouldStop: @Sendable () -> Bool
  private let reached = Atomic<UInt8>(Ending.none.rawValue)
  /// Nanoseconds since the start at which the memory is looked at next.
  private let nextLook = Atomic<Int64>(0)
  private let most = Atomic<Int>(0)

  init(_ limits: JudgingLimits, shouldStop: @escaping @Sendable () -> Bool) {
    time = limits.time
    memoryLimit = limits.residentBytes
    self.shouldStop = shouldStop
  }

  /// What ended the check; `none` if nothing has yet.
  var ending: Ending { Ending(rawValue: reached.load(ordering: .relaxed)) ?? .none }

  /// Wall time since the start.
  var elapsed: Swift.Duration { ContinuousClock.now - start }

  /// The most memory that was seen so far, in bytes; 0 if nobody wanted to know.
  var peakBytes: Int { most.load(ordering: .relaxed) }

  /// Asked by the engines, often.
  func isOver() -> Bool {
    if ending != .none { return true }
    if shouldStop() { return end(.cancelled) }
    guard time != nil || memoryLimit != nil else { return false }
    let elapsed = elapsed
    if let time, elapsed >= time { return end(.time) }
    guard let memoryLimit else { return false }
    let now = Int64(elapsed / .nanoseconds(1))
    guard now >= nextLook.load(ordering: .relaxed) else { return false }
    nextLook.store(now + Self.lookInterval, ordering: .relaxed)
    return look() > memoryLimit ? end(.memory) : false
  }

  /// How much memory there is in use, in bytes.
  @discardableResult
  func look() -> Int {
    let bytes = ResidentMemory.bytes
    most.max(bytes, ordering: .relaxed)
    return bytes
  }

  /// Whether so many bytes more may be taken at once; else the memory has ended the check.
  func hasRoom(for bytes: Int) -> Bool {
    guard let memoryLimit else { return true }
    return look() + bytes <= memoryLimit || !end(.memory)
  }

  /// Goes on after the memory of several keys at once was too much.
  func resume() {
    _ = reached.compareExchange(
      expected: Ending.memory.rawValue, desired: Ending.none.rawValue, ordering: .relaxed)
  }

  /// A millisecond: nothing grows far in that time, and looking is a call of the system.
  private static let lookInterval: Int64 = 1_000_000

  private func end(_ ending: Ending) -> Bool {
    _ = reached.compareExchange(expected: Ending.none.rawValue, desired: ending.rawValue, ordering: .relaxed)
    return true
  }
}

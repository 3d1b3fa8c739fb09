/// Counts how often each digest has come. A digest is spread over all its bits, so it is its own hash.
public struct DigestCounts: Sendable {
  private struct Slot: Sendable {
    var digest: UInt64 = 0
    /// Zero while the slot is free.
    var count: UInt64 = 0
  }

  /// A power of two of them, at most half in use.
  private var slots = [Slot](repeating: Slot(), count: 256)
  private var used = 0

  /// None has come yet.
  public init() {}

  /// Counts a digest. - Returns: how often it has come before. - Complexity: O(1) on average.
  public mutating func add(_ digest: UInt64) -> UInt64 {
    if used * 2 >= slots.count { grow() }
    let isNew: Bool
    let before: UInt64
    (before, isNew) = slots.withUnsafeMutableBufferPointer { slots in
      let place = Self.place(of: digest, in: slots)
      let before = slots[place].count
      slots[place] = Slot(digest: digest, count: before + 1)
      return (before, before == 0)
    }
    if isNew { used += 1 }
    return before
  }

  private static func place(of digest: UInt64, in slots: UnsafeMutableBufferPointer<Slot>) -> Int {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: digest) & mask
    while slots[place].count > 0, slots[place].digest != digest { place = (place + 1) & mask }
    return place
  }

  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    larger.withUnsafeMutableBufferPointer { larger in
      for slot in slots where slot.count > 0 { larger[Self.place(of: slot.digest, in: larger)] = slot }
    }
    slots = larger
  }
}

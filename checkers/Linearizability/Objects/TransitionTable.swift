import Determinism

/// What each operation does to each state in which it was met, so that the model is asked once.
///
/// States and operations are small numbers. Open addressing over flat arrays: about 40 bytes for each pair that met.
struct TransitionTable {
  /// What an operation does to a state.
  struct Entry: BitwiseCopyable {
    /// Where the states that may follow begin, and how many there are.
    let first: Int32
    let count: Int32
    /// Whether the operation changes neither this state nor one that can follow.
    let onlyLooks: Bool
  }

  private var slots = [Int32](repeating: -1, count: 64)
  private var keys: [UInt64] = []
  private var entries: [Entry] = []
  private var targets: [Int32] = []

  /// The memory soon taken, in bytes.
  var soonBytes: Int { slots.count * 12 + 2 * (keys.capacity * 24 + targets.capacity * 4) }

  /// The state number `place` of those that follow.
  func target(_ entry: Entry, _ place: Int) -> Int32 { targets[Int(entry.first) + place] }

  /// Whether this state is one of those that follow.
  func leads(_ entry: Entry, to state: Int32) -> Bool {
    for place in 0..<Int(entry.count) where target(entry, place) == state { return true }
    return false
  }

  /// What is known of this operation in this state; `nil` if nobody asked yet.
  func find(_ state: Int32, _ operation: Int32) -> Entry? {
    let key = Self.key(state, operation)
    var slot = Self.digest(key) & (slots.count - 1)
    while slots[slot] >= 0 {
      if keys[Int(slots[slot])] == key { return entries[Int(slots[slot])] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// Notes what this operation does in this state, of which nothing was known.
  mutating func note(_ state: Int32, _ operation: Int32, _ following: [Int32], onlyLooks: Bool) -> Entry {
    let entry = Entry(first: Int32(targets.count), count: Int32(following.count), onlyLooks: onlyLooks)
    targets.append(contentsOf: following)
    keys.append(Self.key(state, operation))
    entries.append(entry)
    if keys.count * 2 > slots.count {
      slots = [Int32](repeating: -1, count: slots.count * 2)
      for number in keys.indices { insert(number) }
    } else {
      insert(keys.count - 1)
    }
    return entry
  }

  private mutating func insert(_ number: Int) {
    var slot = Self.digest(keys[number]) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Int32(number)
  }

  private static func key(_ state: Int32, _ operation: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: state)) << 32 | UInt64(UInt32(bitPattern: operation))
  }

  private static func digest(_ key: UInt64) -> Int { Int(truncatingIfNeeded: StableDigest.mix(key) >> 1) }
}

import Determinism

/// The configurations in which `ModelSearch` has been (Lowe 2017, §3), of which one stands for all that have the same
/// state and the same completed operations placed, and have spent more operations of unknown result.
///
/// Open addressing over flat arrays: a configuration costs its words and about 40 bytes.
struct ConfigurationMemory<Rules: ModelRules> {
  /// State and completed operations, one key behind the other.
  private var keys: [UInt64] = []
  private var keyEnds: [Int] = [0]
  /// The latest configuration of each key.
  private var latest: [Int32] = []
  private var slots = [Int32](repeating: -1, count: 64)
  /// The operations of unknown result placed, so many words for each configuration, and the configuration of the same key
  /// before it.
  private var spent: [UInt64] = []
  private var earlier: [Int32] = []
  private let width: Int

  /// - Parameter width: how many words the operations of unknown result take.
  init(width: Int) { self.width = width }

  /// The memory soon taken, in bytes: an array that grows is there twice for a moment.
  var soonBytes: Int {
    16 * (keys.capacity + keyEnds.capacity + spent.capacity) + 8 * (latest.capacity + earlier.capacity)
      + slots.count * 12
  }

  /// Remembers a configuration.
  ///
  /// - Returns: whether no other one stands for it.
  mutating func insert(_ key: [UInt64], spent words: [UInt64]) -> Bool {
    var slot = Self.digest(key, in: 0..<key.count) & (slots.count - 1)
    while slots[slot] >= 0, !isKey(Int(slots[slot]), key) { slot = (slot + 1) & (slots.count - 1) }
    let isNewKey = slots[slot] < 0
    let number = isNewKey ? latest.count : Int(slots[slot])
    if isNewKey {
      slots[slot] = Int32(number)
      keys.append(contentsOf: key)
      keyEnds.append(keys.count)
      latest.append(-1)
    }
    var other = latest[number]
    while other >= 0 {
      if dominates(Int(other), words) { return false }
      other = earlier[Int(other)]
    }
    earlier.append(latest[number])
    latest[number] = Int32(earlier.count - 1)
    spent.append(contentsOf: words)
    if isNewKey, latest.count * 2 > slots.count { grow() }
    return true
  }

  private func dominates(_ configuration: Int, _ words: [UInt64]) -> Bool {
    let first = configuration * width
    for place in 0..<width where !Rules.dominates(placed: spent[first + place], otherPlaced: words[place]) {
      return false
    }
    return true
  }

  private func isKey(_ number: Int, _ key: [UInt64]) -> Bool {
    let start = keyEnds[number]
    guard keyEnds[number + 1] - start == key.count else { return false }
    for place in key.indices where keys[start + place] != key[place] { return false }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for number in latest.indices {
      var slot = Self.digest(keys, in: keyEnds[number]..<keyEnds[number + 1]) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
    }
  }

  private static func digest(_ words: [UInt64], in range: Range<Int>) -> Int {
    var digest = StableDigest()
    for place in range { digest.combine(words[place]) }
    return Int(truncatingIfNeeded: digest.value >> 1)
  }
}

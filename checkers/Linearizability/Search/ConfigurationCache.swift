import Determinism

/// The configurations that the search has been in, so that it enters none twice (Lowe 2017, §3).
///
/// Open addressing over one flat buffer: a configuration costs its words and about 24 bytes.
struct ConfigurationCache {
  private var words: [UInt64] = []
  private var ends: [Int] = [0]
  private var slots = [Int32](repeating: -1, count: 64)

  /// The memory soon taken, in bytes: an array that grows is there twice for a moment.
  var soonBytes: Int {
    let isSoonLarger = words.count > words.capacity / 8 * 7
    return (isSoonLarger ? 2 : 1) * words.capacity * 8 + 2 * ends.count * 8 + slots.count * 12
  }

  /// Remembers a configuration.
  ///
  /// - Returns: whether it is new.
  mutating func insert(_ configuration: [UInt64]) -> Bool {
    var slot = Self.digest(configuration, in: 0..<configuration.count) & (slots.count - 1)
    while slots[slot] >= 0 {
      if equals(Int(slots[slot]), configuration) { return false }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(ends.count - 1)
    words.append(contentsOf: configuration)
    ends.append(words.count)
    if ends.count * 2 > slots.count { grow() }
    return true
  }

  /// Whether a configuration was remembered.
  func contains(_ configuration: [UInt64]) -> Bool {
    if ends.count == 1 { return false }
    var slot = Self.digest(configuration, in: 0..<configuration.count) & (slots.count - 1)
    while slots[slot] >= 0 {
      if equals(Int(slots[slot]), configuration) { return true }
      slot = (slot + 1) & (slots.count - 1)
    }
    return false
  }

  private func equals(_ entry: Int, _ configuration: [UInt64]) -> Bool {
    let start = ends[entry]
    guard ends[entry + 1] - start == configuration.count else { return false }
    for place in configuration.indices where words[start + place] != configuration[place] { return false }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 2)
    for entry in 0..<ends.count - 1 {
      var slot = Self.digest(words, in: ends[entry]..<ends[entry + 1]) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(entry)
    }
  }

  private static func digest(_ words: [UInt64], in range: Range<Int>) -> Int {
    var digest = StableDigest()
    for place in range { digest.combine(words[place]) }
    return Int(truncatingIfNeeded: digest.value >> 1)
  }
}

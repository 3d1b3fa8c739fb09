/// Configurations in a flat buffer, of which none is as good as another one that was there first.
///
/// They are linked in chains by what must be the same for them to be compared: their value, and which of the open
/// operations that cannot hide are placed.
struct ConfigurationList: ~Copyable {
  var words = FlatBuffer<UInt64>(capacity: 256)
  /// The configuration behind each one in the same chain; −1 for none.
  private var following = FlatBuffer<Int32>()
  /// The first configuration of each chain.
  private var first = FlatBuffer<Int32>(repeating: -1, count: 1024)
  /// The chain of each configuration.
  private var chains = FlatBuffer<Int32>()
  let stride: Int

  init(stride: Int) {
    self.stride = stride
  }

  /// How many there are.
  var count: Int { following.count }

  /// How often two configurations were compared since somebody took note.
  private var comparisons = 0

  /// The memory soon taken, in bytes.
  var soonBytes: Int { words.soonBytes + following.soonBytes + chains.soonBytes }

  /// How often two configurations were compared since this was asked last.
  @inline(__always)
  mutating func takeComparisons() -> Int {
    defer { comparisons = 0 }
    return comparisons
  }

  /// Adds a configuration, unless something here is as good; takes out whatever it is as good as.
  ///
  /// - Returns: whether it was added.
  @inline(__always)
  mutating func insert<Rules>(
    _ configuration: UnsafePointer<UInt64>, _ dominance: Dominance<Rules>
  ) -> Bool {
    let chain = dominance.chain(of: configuration) & (first.count - 1)
    let isNew =
      dominance.isNarrow
      ? admit(configuration, chain) { dominance.narrowlyHolds(of: $0, over: $1) }
      : admit(configuration, chain) { dominance.holds(of: $0, over: $1) }
    guard isNew else { return false }
    let start = words.extend(by: stride)
    (words.base + start).copy(configuration, count: stride)
    following.append(first[chain])
    chains.append(Int32(chain))
    first[chain] = Int32(following.count - 1)
    return true
  }

  @inline(__always)
  private mutating func admit(
    _ configuration: UnsafePointer<UInt64>, _ chain: Int,
    _ holds: (UnsafePointer<UInt64>, UnsafePointer<UInt64>) -> Bool
  ) -> Bool {
    let links = following.base
    var before: Int32 = -1
    var number = first[chain]
    var compared = 0
    defer { comparisons += compared }
    while number >= 0 {
      compared += 1
      let next = links[Int(number)]
      let other = UnsafePointer(words.base + Int(number) * stride)
      if holds(other, configuration) { return false }
      if holds(configuration, other) {
        if before < 0 { first[chain] = next } else { links[Int(before)] = next }
        links[Int(number)] = Self.dropped
      } else {
        before = number
      }
      number = next
    }
    return true
  }

  /// Whether a configuration was taken out.
  @inline(__always)
  func isDropped(_ number: Int) -> Bool { following[number] == Self.dropped }

  private static let dropped: Int32 = -2

  /// Forgets all of them.
  mutating func removeAll() {
    for number in 0..<chains.count { first[Int(chains[number])] = -1 }
    chains.truncate(to: 0)
    words.truncate(to: 0)
    following.truncate(to: 0)
  }
}

/// When all that a configuration can still become is as good made of another one.
struct Dominance<Rules: SlotRules> {
  /// The open operations that leave the value as it is, and the open writes that can hide: a bit a slot.
  let pureMask: UnsafePointer<UInt64>
  let hideableMask: UnsafePointer<UInt64>
  let maskWords: Int
  let spentWords: Int
  let laneBits: Int
  let laneTops: UInt64
  let classes: UnsafePointer<SlotClass>
  let classCount: Int

  /// The same for all that can be as good as each other.
  @inline(__always)
  func chain(of one: UnsafePointer<UInt64>) -> Int {
    var sum = one[0] << 32 &* 0x9E37_79B9_7F4A_7C15
    for word in 0..<maskWords {
      let placed = one[1 + word] & ~(pureMask[word] | hideableMask[word])
      sum = (sum ^ placed) &* 0x9E37_79B9_7F4A_7C15
      sum ^= sum >> 29
    }
    return Int(truncatingIfNeeded: sum >> 40)
  }

  /// Whether configurations are three words and their trail: nearly always.
  var isNarrow: Bool { maskWords == 1 && spentWords == 0 }

  /// The same as `holds(of:over:)` where configurations are narrow.
  @inline(__always)
  func narrowlyHolds(of one: UnsafePointer<UInt64>, over other: UnsafePointer<UInt64>) -> Bool {
    let reads = pureMask[0]
    return one[0] == other[0] && Rules.dominatesReads(used: one[1] & reads, overUsed: other[1] & reads)
      && Rules.dominates(used: one[1] & ~reads, free: one[2], overUsed: other[1] & ~reads, overFree: other[2])
  }

  /// Whether `one` is as good as `other`.
  @inline(__always)
  func holds(of one: UnsafePointer<UInt64>, over other: UnsafePointer<UInt64>) -> Bool {
    guard one[0] << 32 == other[0] << 32, Rules.dominates(spentInAll: one[0] >> 32, overSpent: other[0] >> 32) else {
      return false
    }
    for word in 1...maskWords {
      let reads = pureMask[word - 1]
      guard Rules.dominatesReads(used: one[word] & reads, overUsed: other[word] & reads),
        Rules.dominates(
          used: one[word] & ~reads, free: one[word + maskWords], overUsed: other[word] & ~reads,
          overFree: other[word + maskWords])
      else { return false }
    }
    for word in 1 + 2 * maskWords..<1 + 2 * maskWords + spentWords {
      if !Rules.dominates(spent: one[word], overSpent: other[word], laneTops: laneTops) {
        return standsIn(of: one, over: other)
      }
    }
    return true
  }

  /// Whether all that `other` has left of unknown results could be done by what `one` has.
  ///
  /// A blind write can stand in for a compare-and-set that leaves the same value. The classes are in the order of the
  /// values that they leave, blind ones first.
  private func standsIn(of one: UnsafePointer<UInt64>, over other: UnsafePointer<UInt64>) -> Bool {
    let mask = UInt64(1) << UInt64(laneBits) - 1
    var (value, surplus) = (StateID.impossible, 0)
    for number in 0..<classCount {
      let (word, shift) = (1 + 2 * maskWords + (number * laneBits) >> 6, UInt64(number * laneBits & 63))
      let (spent, otherSpent) = (Int(one[word] >> shift & mask), Int(other[word] >> shift & mask))
      if classes[number].result != value { (value, surplus) = (classes[number].result, 0) }
      switch classes[number].effect {
      case .set: surplus = otherSpent - spent
      case .swap: surplus -= max(0, spent - otherSpent)
      default: if spent > otherSpent { return false }
      }
      if !Rules.suffices(surplus: surplus) { return false }
    }
    return true
  }
}

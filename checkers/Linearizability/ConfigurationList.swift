/// Configurations in a flat buffer, of which none is as good as another one that was there first.
///
/// They are linked by their value, for only those of the same value are compared.
struct ConfigurationList: ~Copyable {
  private(set) var words = FlatBuffer<UInt64>(capacity: 256)
  /// The configuration behind each one with the same value; −1 for none.
  private var following = FlatBuffer<Int32>()
  /// The first configuration of each value, beginning with the value that nobody can observe.
  private var first: FlatBuffer<Int32>
  let stride: Int

  init(stride: Int, values: Int) {
    self.stride = stride
    first = FlatBuffer(repeating: -1, count: values)
  }

  /// How many there are.
  var count: Int { following.count }

  /// The memory taken, in bytes.
  var bytes: Int { words.bytes + following.bytes }

  /// Makes room for so many values.
  mutating func reach(_ values: Int) {
    while first.count < values { first.append(-1) }
  }

  /// Adds a configuration.
  @inline(__always)
  mutating func append(_ configuration: borrowing FlatBuffer<UInt64>, _ state: StateID) {
    let start = words.extend(by: stride)
    (words.base + start).copy(configuration.base, count: stride)
    following.append(first[Int(state) + 1])
    first[Int(state) + 1] = Int32(following.count - 1)
  }

  /// Whether nothing here is as good as this configuration.
  @inline(__always)
  func admits<Rules>(_ configuration: UnsafePointer<UInt64>, _ dominance: Dominance<Rules>) -> Bool {
    var number = first[Int(StateID(truncatingIfNeeded: configuration[0])) + 1]
    while number >= 0 {
      if dominance.holds(of: words.base + Int(number) * stride, over: configuration) { return false }
      number = following[Int(number)]
    }
    return true
  }

  /// Takes out whatever this configuration is as good as.
  @inline(__always)
  mutating func drop<Rules>(dominatedBy configuration: UnsafePointer<UInt64>, _ dominance: Dominance<Rules>) {
    let value = Int(StateID(truncatingIfNeeded: configuration[0])) + 1
    var before: Int32 = -1
    var number = first[value]
    while number >= 0 {
      let next = following[Int(number)]
      if dominance.holds(of: configuration, over: words.base + Int(number) * stride) {
        if before < 0 { first[value] = next } else { following[Int(before)] = next }
        following[Int(number)] = Self.dropped
      } else {
        before = number
      }
      number = next
    }
  }

  /// Whether a configuration was taken out.
  @inline(__always)
  func isDropped(_ number: Int) -> Bool { following[number] == Self.dropped }

  private static let dropped: Int32 = -2

  /// Forgets all of them.
  mutating func removeAll() {
    for number in 0..<following.count { first[Int(StateID(truncatingIfNeeded: words[number * stride])) + 1] = -1 }
    words.truncate(to: 0)
    following.truncate(to: 0)
  }
}

/// When all that a configuration can still become is as good made of another one with the same value.
struct Dominance<Rules: SlotRules> {
  /// The open operations that leave the value as it is: a bit a slot.
  let pureMask: UnsafePointer<UInt64>
  let maskWords: Int
  let spentWords: Int
  let laneTops: UInt64

  /// Whether `one` is as good as `other`.
  @inline(__always)
  func holds(of one: UnsafePointer<UInt64>, over other: UnsafePointer<UInt64>) -> Bool {
    for word in 1...maskWords {
      let reads = pureMask[word - 1]
      guard Rules.dominatesReads(used: one[word] & reads, overUsed: other[word] & reads),
        Rules.dominates(
          used: one[word] & ~reads, free: one[word + maskWords], overUsed: other[word] & ~reads,
          overFree: other[word + maskWords])
      else { return false }
    }
    for word in 1 + 2 * maskWords..<1 + 2 * maskWords + spentWords {
      if !Rules.dominates(spent: one[word], overSpent: other[word], laneTops: laneTops) { return false }
    }
    return true
  }
}

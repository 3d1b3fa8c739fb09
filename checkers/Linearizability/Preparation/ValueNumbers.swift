import Histories

/// Numbers one key's values from 0, the absent one, for tables that are as long as the key's own operations are many.
///
/// A key that mentions most of all values keeps their own numbers, which costs nothing; else a table of open
/// addressing translates. A key with appends has a table of strings of its own, for its values have parts.
struct ValueNumbers {
  /// How many numbers there are.
  private(set) var count: Int
  /// The values of the whole history.
  private let all: ValueTable
  /// The strings by number, if parts of them matter.
  private(set) var strings: ValueTable?
  /// The values by number; empty if each has its own.
  private var values: [UInt32] = []
  /// A number + 1 by hashed value, at most half full; 0 is an empty slot.
  private var slots: [UInt32] = []
  private var shift: UInt32 = 0
  private static var blockBits: Int { 4 }
  /// Whether each value has its own number.
  private let isDirect: Bool

  /// - Parameter hasParts: whether parts of strings are to be values, too.
  init(_ part: Subhistory, hasParts: Bool) {
    all = part.history.values
    count = 1
    // With more values of other keys than that, room for all of them costs more than to translate.
    isDirect = !hasParts && all.count <= 2 * part.operations.count + 1
    if hasParts {
      strings = ValueTable()
    } else if isDirect {
      count = all.count
    } else {
      let bits = UInt32(max(Self.blockBits + 1, Int.bitWidth - part.operations.count.leadingZeroBitCount + 1))
      slots = [UInt32](repeating: 0, count: 1 << bits)
      shift = 32 + UInt32(Self.blockBits) - bits
      _ = number(of: .absent)
    }
  }

  /// The memory soon taken by strings of its own, in bytes.
  var soonBytes: Int { strings?.soonBytes ?? 0 }

  /// The number of this value, given to it now if it has none.
  @inline(__always)
  mutating func number(of id: ValueID) -> StateID {
    isDirect ? StateID(id.rawValue) : translate(id)
  }

  private mutating func translate(_ id: ValueID) -> StateID {
    if strings != nil { return numberOfString(id) }
    let slot = slot(of: id)
    if slots[slot] != 0 { return StateID(slots[slot]) - 1 }
    values.append(id.rawValue)
    count = values.count
    slots[slot] = UInt32(count)
    if 2 * count > slots.count { grow() }
    return StateID(count) - 1
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: 2 * slots.count)
    shift -= 1
    for (number, value) in values.enumerated() { slots[slot(of: ValueID(rawValue: value))] = UInt32(number) + 1 }
  }

  /// The number of this string, given to it now if it has none. Only for keys whose strings have parts.
  mutating func number(of bytes: [UInt8]) -> StateID {
    let id = strings?.intern(bytes) ?? .absent
    count = strings?.count ?? count
    return StateID(id.rawValue)
  }

  /// The number of the last `length` bytes of a string, if anything has these bytes.
  func numberOfEnding(_ length: Int, of bytes: [UInt8]) -> StateID? {
    strings?.find(bytes, in: bytes.count - length..<bytes.count).map { StateID($0.rawValue) }
  }

  /// The bytes of a value; `nil` is absent.
  subscript(state: StateID) -> [UInt8]? {
    if let strings { return strings[ValueID(rawValue: UInt32(state))] }
    return all[ValueID(rawValue: isDirect ? UInt32(state) : values[Int(state)])]
  }

  /// How many bytes a string of its own has; none if it has no strings.
  func byteCount(of state: StateID) -> Int {
    state < 0 ? 0 : strings?.byteCount(of: ValueID(rawValue: UInt32(state))) ?? 0
  }

  private mutating func numberOfString(_ id: ValueID) -> StateID {
    guard let bytes = all[id] else { return 0 }
    return number(of: bytes)
  }

  /// The slot that holds this value, or the empty one that could.
  private func slot(of id: ValueID) -> Int {
    // Fibonacci hashing, of sixteen values at a time: those mentioned together were numbered together, and so lie
    // together here.
    let block = Int((id.rawValue >> Self.blockBits &* 0x9E37_79B1) >> shift)
    var slot = block << Self.blockBits | Int(id.rawValue) & (1 << Self.blockBits - 1)
    while slots[slot] != 0, values[Int(slots[slot]) - 1] != id.rawValue { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }
}

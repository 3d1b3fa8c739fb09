/// Stands for one byte string of a `ValueTable`, or for the absence of any.
@frozen
public struct ValueID: Hashable, Sendable {
  /// 0 for absent; strings count from 1, in the order of their first mention.
  public let rawValue: UInt32

  /// The identity with this number.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// No value at all: the state of a key nobody wrote, and the key of a history that has only one register.
  @inlinable public static var absent: ValueID { ValueID(rawValue: 0) }
}

/// Byte strings, each stored once and known by a small number from then on.
///
/// All bytes lie in one buffer, so a million values cost no allocation each.
public struct ValueTable: Sendable {
  private var pool: [UInt8] = []
  /// `ends[i]` is where string i ends in the pool; the absent value is an empty string 0.
  private var ends: [Int] = [0]
  /// Open addressing, linear probing, a power of two in size, at most two thirds full. A slot holds the digest of its
  /// string above the string's number, so that a look touches one place of this big array and, nearly always, no
  /// string but the one that it finds; 0 is an empty slot.
  private var slots: [UInt64] = [UInt64](repeating: 0, count: 16)

  /// A table that knows only the absent value.
  public init() {}

  /// How many identities exist, the absent one included.
  public var count: Int { ends.count }

  /// The memory soon taken, in bytes: a table that grows is there twice for a moment.
  package var soonBytes: Int {
    bytesTaken(by: pool, each: 1) + bytesTaken(by: ends, each: 8)
      + slots.count * 8 * (ends.count * 3 > slots.count * 7 / 4 ? 3 : 1)
  }

  /// The memory that the tables take for a moment besides their own if so many bytes of new strings come, at most so many
  /// strings.
  func growth(byBytes bytes: Int, strings: Int) -> Int {
    let slotsNeeded = (ends.count + strings) * 3 / 2
    return (pool.count + bytes > pool.capacity ? pool.count : 0)
      + (ends.count + strings > ends.capacity ? ends.count * 8 : 0)
      + (slotsNeeded > slots.count ? 2 * slots.count * 8 : 0)
  }

  private func bytesTaken<Element>(by array: [Element], each size: Int) -> Int {
    (array.count > array.capacity / 8 * 7 ? 3 : 1) * array.capacity * size
  }

  /// The bytes of a value; `nil` if it is the absent one.
  public subscript(id: ValueID) -> [UInt8]? {
    id == .absent ? nil : Array(pool[range(of: Int(id.rawValue))])
  }

  /// Hands out the bytes of a value, without copying them, for the time of the call; `nil` if it is the absent one.
  @inline(__always)
  package func withBytes<Result>(of id: ValueID, _ body: (UnsafeBufferPointer<UInt8>?) -> Result) -> Result {
    guard id != .absent else { return body(nil) }
    return pool.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range(of: Int(id.rawValue))])) }
  }

  /// How many bytes a value has; none if it is the absent one.
  package func byteCount(of id: ValueID) -> Int { id == .absent ? 0 : range(of: Int(id.rawValue)).count }

  /// Whether a string begins with this value; with the absent one each does.
  package func isBeginning(_ id: ValueID, of string: [UInt8]) -> Bool {
    guard id != .absent else { return true }
    let range = range(of: Int(id.rawValue))
    guard range.count <= string.count else { return false }
    return string.withUnsafeBufferPointer {
      equals(Int(id.rawValue), UnsafeBufferPointer(rebasing: $0[..<range.count]))
    }
  }

  /// The identity of these bytes, given to them now if they are new.
  ///
  /// - Complexity: O(length), amortised.
  public mutating func intern(_ bytes: [UInt8]) -> ValueID {
    intern(bytes, in: 0..<bytes.count)
  }

  /// The identity of these bytes, or the absent one.
  public mutating func intern(_ bytes: [UInt8]?) -> ValueID {
    if let bytes { intern(bytes) } else { .absent }
  }

  /// The identity of one part of `bytes`.
  package mutating func intern(_ bytes: [UInt8], in part: Range<Int>) -> ValueID {
    bytes.withUnsafeBufferPointer { intern(UnsafeBufferPointer(rebasing: $0[part])) }
  }

  /// The identity of these bytes, which may well be `guess`.
  package mutating func intern(_ bytes: UnsafeBufferPointer<UInt8>, guessing guess: ValueID) -> ValueID {
    guess != .absent && equals(Int(guess.rawValue), bytes) ? guess : intern(bytes)
  }

  /// The identity of these bytes, given to them now if they are new.
  package mutating func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> ValueID {
    let digest = Self.digest(of: bytes)
    let slot = slot(of: bytes, digest)
    if slots[slot] != 0 { return ValueID(rawValue: UInt32(truncatingIfNeeded: slots[slot])) }
    let id = UInt32(ends.count)
    pool.append(contentsOf: bytes)
    ends.append(pool.count)
    slots[slot] = digest << 32 | UInt64(id)
    if ends.count * 3 > slots.count * 2 { grow() }
    return ValueID(rawValue: id)
  }

  /// The identity of these bytes or of absence, if they have one.
  package func find(_ bytes: [UInt8]?) -> ValueID? {
    guard let bytes else { return .absent }
    return find(bytes, in: 0..<bytes.count)
  }

  /// The identity of one part of `bytes`, if it has one.
  package func find(_ bytes: [UInt8], in part: Range<Int>) -> ValueID? {
    bytes.withUnsafeBufferPointer { all in
      let bytes = UnsafeBufferPointer(rebasing: all[part])
      let found = slots[slot(of: bytes, Self.digest(of: bytes))]
      return found == 0 ? nil : ValueID(rawValue: UInt32(truncatingIfNeeded: found))
    }
  }

  /// The slot that holds these bytes, or the empty one that could.
  @inline(__always)
  private func slot(of bytes: UnsafeBufferPointer<UInt8>, _ digest: UInt64) -> Int {
    let mask = slots.count - 1
    return slots.withUnsafeBufferPointer { slots in
      var slot = Int(digest) & mask
      while slots[slot] != 0 {
        if slots[slot] >> 32 == digest, equals(Int(UInt32(truncatingIfNeeded: slots[slot])), bytes) { return slot }
        slot = (slot + 1) & mask
      }
      return slot
    }
  }

  private func range(of id: Int) -> Range<Int> {
    ends[id - 1]..<ends[id]
  }

  @inline(__always)
  private func equals(_ id: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let own = range(of: id)
    guard own.count == bytes.count else { return false }
    return pool.withUnsafeBytes { pool in
      let (one, other) = (UnsafeRawBufferPointer(rebasing: pool[own]), UnsafeRawBufferPointer(bytes))
      var offset = 0
      while offset + 8 <= other.count {
        if one.word(at: offset) != other.word(at: offset) { return false }
        offset += 8
      }
      return one.tail(from: offset) == other.tail(from: offset)
    }
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: 0, count: slots.count * 2)
    larger.withUnsafeMutableBufferPointer { larger in
      for entry in slots where entry != 0 {
        var slot = Int(entry >> 32) & (larger.count - 1)
        while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
        larger[slot] = entry
      }
    }
    slots = larger
  }

  /// 32 bits, the same for the same bytes.
  @inline(__always)
  private static func digest(of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let words = UnsafeRawBufferPointer(bytes)
    var digest = UInt64(words.count) ^ 0x2545_F491_4F6C_DD1D
    var offset = 0
    while offset + 8 <= words.count {
      digest = folded(digest ^ words.word(at: offset))
      offset += 8
    }
    return folded(digest ^ words.tail(from: offset)) >> 32
  }

  /// A product with its upper half folded into the lower one, so that each bit of the word counts in all bits.
  @inline(__always)
  private static func folded(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}

extension UnsafeRawBufferPointer {
  /// Eight bytes, the first one lowest.
  @inline(__always)
  fileprivate func word(at offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The last bytes, fewer than eight: different ones for different bytes, if there are as many.
  @inline(__always)
  fileprivate func tail(from offset: Int) -> UInt64 {
    if count - offset >= 4 {
      let first = UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      let last = UInt32(littleEndian: loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
      return UInt64(last) << 32 | UInt64(first)
    }
    var tail: UInt64 = 0
    for place in offset..<count { tail = tail << 8 | UInt64(self[place]) }
    return tail
  }
}

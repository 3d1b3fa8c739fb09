/// A 64-bit digest of a sequence of words and bytes: the same on every machine, in every build and in every process.
///
/// It tells runs, logs and states apart; it does not withstand an adversary.
@frozen
public struct StableDigest: Hashable, Sendable {
  /// The digest of everything folded in so far.
  public var value: UInt64

  /// - Parameter start: digests with different starts are unrelated.
  @inlinable
  public init(start: UInt64 = 0) {
    self.init(resuming: Self.mix(start ^ 0x2545_F491_4F6C_DD1D))
  }

  /// Goes on from a digest taken earlier.
  @inlinable
  public init(resuming value: UInt64) {
    self.value = value
  }

  /// Folds in one word.
  @inlinable
  public mutating func combine(_ word: UInt64) {
    value = Self.mix(value ^ word &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Folds in a byte string and its length, eight bytes at a time.
  public mutating func combine(_ bytes: [UInt8]) {
    combine(bytes, in: 0..<bytes.count)
  }

  /// Folds in the bytes of a range, like a byte string of their own.
  public mutating func combine(_ bytes: [UInt8], in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) is outside of 0..<\(bytes.count)")
    var digest = self
    bytes.withUnsafeBytes { digest.combine(UnsafeRawBufferPointer(rebasing: $0[range])) }
    self = digest
  }

  private mutating func combine(_ buffer: UnsafeRawBufferPointer) {
    // A copy, which stays in a register: a run folds in many bytes.
    var digest = self
    digest.combine(UInt64(buffer.count))
    var place = 0
    // Two words a step; a last one, and the bytes behind it, follow.
    while place <= buffer.count - 16 {
      digest.combine(Self.word(of: buffer, at: place))
      digest.combine(Self.word(of: buffer, at: place &+ 8))
      place &+= 16
    }
    if place <= buffer.count - 8 {
      digest.combine(Self.word(of: buffer, at: place))
      place &+= 8
    }
    if place < buffer.count {
      var tail: UInt64 = 0
      for rest in place..<buffer.count { tail = tail << 8 | UInt64(buffer[rest]) }
      digest.combine(tail)
    }
    self = digest
  }

  private static func word(of buffer: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// Folds in a text, as its UTF-8 bytes.
  public mutating func combine(_ text: String) {
    var (text, digest) = (text, self)
    text.withUTF8 { digest.combine(UnsafeRawBufferPointer($0)) }
    self = digest
  }

  /// Spreads every input bit over all 64 output bits, one to one: a product with its upper half folded in, twice.
  @inlinable
  public static func mix(_ word: UInt64) -> UInt64 {
    var mixed = word &+ 0xD6E8_FEB8_6659_FD93
    mixed = (mixed ^ (mixed >> 32)) &* 0xD6E8_FEB8_6659_FD93
    mixed = (mixed ^ (mixed >> 29)) &* 0xA24B_AED4_963E_E407
    return mixed ^ (mixed >> 32)
  }
}

extension UInt64 {
  /// Sixteen hexadecimal digits, the form in which digests are printed and saved.
  public var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

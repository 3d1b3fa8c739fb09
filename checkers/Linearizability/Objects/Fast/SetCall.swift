/// A call of a set, as far as a decision needs it.
package struct SetCall: BitwiseCopyable, Hashable, Sendable {
  /// What was done.
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// An element was added, whether or not it was there.
    case add
    /// An element was taken away, whether or not it was there.
    case remove
    /// An element was found in the set.
    case sawPresent
    /// An element was not found in the set.
    case sawAbsent
    /// All elements were read.
    case read
  }

  /// The position of its call among all events.
  package let call: Int32
  /// The position of its return; the largest number if its outcome is unknown.
  package let end: Int32
  /// What was done.
  package let kind: Kind
  /// The element, a number from 0 on; memory goes by the largest one. Of a read: where its elements start.
  package let value: Int32
  /// Of a read: how many elements it saw.
  package let count: Int32

  /// A call, its positions all different from those of other calls.
  package init(call: Int32, end: Int32, kind: Kind, value: Int32, count: Int32 = 0) {
    assert(call < end && call >= 0 && value >= 0, "\(call) ..< \(end), element \(value)")
    (self.call, self.end, self.kind, self.value, self.count) = (call, end, kind, value, count)
  }

  /// Whether its outcome is unknown.
  package var isUnknown: Bool { end == .max }
}

/// The decisions on which the exactness of growing sets rests. The defaults are what the proof says.
protocol SetRules {
  /// Whether an addition of unknown outcome counts as the source of an element that was seen.
  static func countsAddition(isUnknown: Bool) -> Bool
  /// Whether an element must be there when this call, about that element only, has ended.
  static func isThere(behind kind: SetCall.Kind) -> Bool
  /// Whether an element cannot be there before this call, about that element only, begins.
  static func isAbsent(before kind: SetCall.Kind) -> Bool
  /// Whether something that cannot happen before `earliest` can happen before `latest`.
  static func fits(earliest: Int32, latest: Int32) -> Bool
  /// Whether two reads of as many elements may have seen different ones, and a larger one miss what a smaller one saw.
  static func mayMiss(_ missed: Int32) -> Bool
  /// Whether an element that no read saw, and that was there in the end, entered behind all reads.
  static func entersBehindReads() -> Bool
}

extension SetRules {
  static func countsAddition(isUnknown: Bool) -> Bool { true }
  static func isThere(behind kind: SetCall.Kind) -> Bool { kind == .add || kind == .sawPresent }
  static func isAbsent(before kind: SetCall.Kind) -> Bool { kind == .sawAbsent }
  static func fits(earliest: Int32, latest: Int32) -> Bool { earliest < latest }
  static func mayMiss(_ missed: Int32) -> Bool { missed == 0 }
  static func entersBehindReads() -> Bool { true }
}

/// What the proof says.
enum ProvenSetRules: SetRules {}

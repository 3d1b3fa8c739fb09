/// A call of a queue, an unordered queue or a stack, as far as a decision needs it.
package struct CollectionCall: BitwiseCopyable, Hashable, Sendable {
  /// What was done.
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A value was added: enqueued or pushed.
    case add
    /// A value was taken away: dequeued or popped.
    case take
    /// Something was to be taken away, and there was nothing.
    case sawEmpty
  }

  /// The position of its call among all events.
  package let call: Int32
  /// The position of its return; the largest number if its outcome is unknown: it may take effect at any time after its
  /// call, or never.
  package let end: Int32
  /// What was done. A take of unknown outcome may have taken any value or seen that there was none.
  package let kind: Kind
  /// The value, a number from 0 on. Memory goes by the largest one. Nobody reads it where no value is known.
  package let value: Int32

  /// A call, its positions all different from those of other calls.
  package init(call: Int32, end: Int32, kind: Kind, value: Int32 = 0) {
    assert(call < end && call >= 0 && value >= 0, "\(call) ..< \(end), value \(value)")
    (self.call, self.end, self.kind, self.value) = (call, end, kind, value)
  }

  /// Whether its outcome is unknown.
  package var isUnknown: Bool { end == .max }
}

/// The decisions on which the exactness of queues and stacks rests, each a small function, so that a test can weaken one
/// at a time and see the comparison with brute force notice it. The defaults are what the proofs say.
///
/// Positions are ranks of events. A gap is the time right behind the event of the same rank.
protocol CollectionRules {
  /// Whether an addition of unknown outcome counts as the source of a value that was taken.
  static func countsAddition(isUnknown: Bool) -> Bool
  /// Whether a value that nobody took away counts as there until the end, if it is known that it was added.
  static func staysUntaken() -> Bool
  /// Whether a value that was never seen to leave may have been taken by a take of unknown outcome.
  static func takesUnseen() -> Bool
  /// Whether taking a value twice breaks a rule.
  static func isTwice(takes: Int) -> Bool
  /// Whether a take that ended at `takeEnd` was too early for an addition called at `addCall`.
  static func isTooEarly(addCall: Int32, takeEnd: Int32) -> Bool
  /// The latest end of an addition: it comes before the take of its value.
  static func latest(addEnd: Int32, takeEnd: Int32) -> Int32
  /// The earliest point of a take: it comes behind the addition of its value.
  static func earliest(takeCall: Int32, addCall: Int32) -> Int32
  /// Whether a value must be there between these two.
  static func mustBeThere(addEnd: Int32, takeCall: Int32) -> Bool
  /// Whether there is room for a call that saw nothing, in the gap that is the first free one from its call on.
  static func fits(gap: Int32, end: Int32) -> Bool
  /// Whether the first call of a queue's two ends before the second one begins.
  static func precedes(end: Int32, call: Int32) -> Bool
  /// Whether a value can have been pushed before all others of a stack, the first of which must be there from `start` on.
  static func mayBePushedFirst(addCall: Int32, start: Int32) -> Bool
  /// Whether a value can have been popped behind all others of a stack, the last of which is there until `end`.
  static func mayBePoppedLast(takeEnd: Int32, end: Int32) -> Bool
}

extension CollectionRules {
  static func countsAddition(isUnknown: Bool) -> Bool { true }
  static func staysUntaken() -> Bool { true }
  static func takesUnseen() -> Bool { true }
  static func isTwice(takes: Int) -> Bool { takes > 1 }
  static func isTooEarly(addCall: Int32, takeEnd: Int32) -> Bool { takeEnd < addCall }
  static func latest(addEnd: Int32, takeEnd: Int32) -> Int32 { min(addEnd, takeEnd) }
  static func earliest(takeCall: Int32, addCall: Int32) -> Int32 { max(takeCall, addCall) }
  static func mustBeThere(addEnd: Int32, takeCall: Int32) -> Bool { addEnd < takeCall }
  static func fits(gap: Int32, end: Int32) -> Bool { gap < end }
  static func precedes(end: Int32, call: Int32) -> Bool { end < call }
  static func mayBePushedFirst(addCall: Int32, start: Int32) -> Bool { addCall < start }
  static func mayBePoppedLast(takeEnd: Int32, end: Int32) -> Bool { takeEnd > end }
}

/// What the proofs say.
enum ProvenCollectionRules: CollectionRules {}

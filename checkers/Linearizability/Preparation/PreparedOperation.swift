/// The number of a value within one key: 0 is absent, strings count from 1. Two more numbers stand for no value.
typealias StateID = Int32

extension StateID {
  /// Every value that no operation mentions: they cannot be told apart.
  static var unmentioned: StateID { -1 }
  /// A value that is never there.
  static var impossible: StateID { -2 }
}

/// What an operation demands of the value and what it makes of it.
enum Effect: UInt8 {
  /// The value is `operand`: a get, a mismatch that said what it saw, a cas that changed nothing.
  case require
  /// The value is not `operand`: a mismatch that did not say what it saw.
  case forbid
  /// The value becomes `result`: a put or delete.
  case set
  /// The value is `operand` and becomes `result`.
  case swap
  /// The string `operand` is added.
  case append

  /// Whether it leaves the value as it is.
  var isPure: Bool { self == .require || self == .forbid }
}

/// An operation, ready for the search: a few numbers.
struct PreparedOperation {
  let effect: Effect
  /// See `Effect`.
  var operand: StateID
  /// See `Effect`.
  var result: StateID
  /// The position of its call among all events.
  let call: Int32
  /// The position of its return; `Int32.max` if its result is unknown.
  let end: Int32
  /// Its offset among the operations that it was made from.
  let source: Int32

  /// Whether nobody knows if it took effect.
  var isUnknown: Bool { end == .max }
}

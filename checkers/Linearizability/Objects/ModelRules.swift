/// The decisions on which the exactness of `ModelSearch` rests, each a small function, so that a test can weaken one at a
/// time and see the comparison with brute force notice it.
protocol ModelRules {
  /// Whether an operation that fits is placed at once.
  static func absorbs(onlyLooks: Bool, leavesState: Bool) -> Bool
  /// Whether an operation can come next, since it was called before any that is left returned.
  static func canComeNext(call: Int32, earliestReturn: Int32) -> Bool
  /// Whether the first of two equal completed operations comes first.
  static func comesFirst(end: Int32, otherEnd: Int32) -> Bool
  /// Whether an operation of unknown result, if it is called, stands for all equal ones called later.
  static func standsForLater() -> Bool
  /// The first bit behind the window that tells configurations apart, if operations from `bound` on are not placed.
  static func windowEnd(bound: Int) -> Int
  /// Whether what follows an operation of unknown result may be left out where it also goes without that or before it.
  static func mayLeaveOut(hasAbsorbed: Bool) -> Bool
  /// Whether of two operations of unknown result that can change places only one order is tried: the one in which the
  /// class of the second has the larger number.
  static func isInOrder(first: Int32, second: Int32) -> Bool
  /// Whether a configuration is as good as another one with the same state and completed operations, if it has placed
  /// these of unknown result and the other one those.
  static func dominates(placed: UInt64, otherPlaced: UInt64) -> Bool
}

extension ModelRules {
  static func absorbs(onlyLooks: Bool, leavesState: Bool) -> Bool { onlyLooks }
  static func canComeNext(call: Int32, earliestReturn: Int32) -> Bool { call < earliestReturn }
  static func comesFirst(end: Int32, otherEnd: Int32) -> Bool { end < otherEnd }
  static func standsForLater() -> Bool { true }
  static func windowEnd(bound: Int) -> Int { bound }
  static func mayLeaveOut(hasAbsorbed: Bool) -> Bool { !hasAbsorbed }
  static func isInOrder(first: Int32, second: Int32) -> Bool { first < second }
  static func dominates(placed: UInt64, otherPlaced: UInt64) -> Bool { placed & ~otherPlaced == 0 }
}

/// What the proofs say.
enum ProvenModelRules: ModelRules {}

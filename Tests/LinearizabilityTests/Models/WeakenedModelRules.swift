@testable import Linearizability

// One rule each that is not what it should be. The comparison with the naive definitions has to notice every one of them.

enum AbsorbsWhatMayChangeLater: ModelRules {
  static func absorbs(onlyLooks: Bool, leavesState: Bool) -> Bool { leavesState }
}

enum LetsLateCallsComeFirst: ModelRules {
  static func canComeNext(call: Int32, earliestReturn: Int32) -> Bool { call < earliestReturn + 2 }
}

enum HoldsBackWhatOverlaps: ModelRules {
  static func canComeNext(call: Int32, earliestReturn: Int32) -> Bool { call + 1 < earliestReturn }
}

enum PlacesTheLastOfEqualsFirst: ModelRules {
  static func comesFirst(end: Int32, otherEnd: Int32) -> Bool { end > otherEnd }
}

enum ForgetsTheEndOfTheWindow: ModelRules {
  static func windowEnd(bound: Int) -> Int { bound - 1 }
}

enum LeavesOutBehindWhatWasSeen: ModelRules {
  static func mayLeaveOut(hasAbsorbed: Bool) -> Bool { true }
}

enum KeepsNoOrderOfUnknowns: ModelRules {
  static func isInOrder(first: Int32, second: Int32) -> Bool { false }
}

enum IgnoresWhatWasSpent: ModelRules {
  static func dominates(placed: UInt64, otherPlaced: UInt64) -> Bool { true }
}

enum TakesTheSpentForTheBetter: ModelRules {
  static func dominates(placed: UInt64, otherPlaced: UInt64) -> Bool { otherPlaced & ~placed == 0 }
}

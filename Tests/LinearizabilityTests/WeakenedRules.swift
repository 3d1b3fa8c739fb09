@testable import Linearizability

// One rule each that is not what it should be. The comparison with brute force has to notice every one of them.

enum HidesSwaps: SlotRules {
  static func canHide(_ effect: Effect) -> Bool { !effect.isPure }
}

enum DropsUnobservedDespiteMismatches: SlotRules {
  static func dropsUnobserved(hasForbid: Bool) -> Bool { true }
}

enum ForgetsThatSwapsWait: SlotRules {
  static func isWaitedFor(by effect: Effect) -> Bool { effect != .swap }
}

enum ForgetsThatAppendsWait: SlotRules {
  static func isWaitedFor(by effect: Effect) -> Bool { effect != .append }
}

enum FreesNothing: SlotRules {
  static func frees(_ effect: Effect) -> Bool { false }
}

enum FreesBehindSwaps: SlotRules {
  static func frees(_ effect: Effect) -> Bool { effect == .set || effect == .swap }
}

enum WantsUseOfTheReturning: SlotRules {
  static func mustBeUseful(isReturning: Bool) -> Bool { true }
}

enum EmitsBeforeAbsorbing: SlotRules {
  static func absorbs(isReturning: Bool) -> Bool { !isReturning }
}

enum NeverAbsorbs: SlotRules {
  static func absorbs(isReturning: Bool) -> Bool { false }
}

enum ForgetsValuesTooSoon: SlotRules {
  static func isGone(observedUntil: Int32, now: Int32) -> Bool { observedUntil <= now + 2 }
}

enum FitsNothingToTheUnmentioned: SlotRules {
  static func unmentionedFitsForbid() -> Bool { false }
}

enum ForgetsWhatUnknownSwapsObserve: SlotRules {
  static func lastObservation(ofUnknown effect: Effect) -> Int32 { -1 }
}

enum IgnoresReadsInDominance: SlotRules {
  static func dominatesReads(used: UInt64, overUsed: UInt64) -> Bool { true }
}

enum IgnoresFreedomInDominance: SlotRules {
  static func dominates(used: UInt64, free: UInt64, overUsed: UInt64, overFree: UInt64) -> Bool {
    (used ^ overUsed) & ~free == 0
  }
}

enum TakesUsedForFree: SlotRules {
  static func dominates(used: UInt64, free: UInt64, overUsed: UInt64, overFree: UInt64) -> Bool {
    ((used ^ overUsed) | overFree) & ~(free | used) == 0
  }
}

enum IgnoresSpendingInDominance: SlotRules {
  static func dominates(spent: UInt64, overSpent: UInt64, laneTops: UInt64) -> Bool { true }
  static func dominates(spentInAll: UInt64, overSpent: UInt64) -> Bool { true }
}

enum StandsInWithoutSurplus: SlotRules {
  static func suffices(surplus: Int) -> Bool { true }
}

enum CoversWhatReturnsSooner: SlotRules {
  static func covers(blindReturn: Int32, other: Int32) -> Bool { blindReturn < .max }
}

enum PlacesTheLastToReturnFirst: SlotRules {
  static func returnsSooner(_ end: Int32, than other: Int32) -> Bool { end > other }
}

enum SpendsTooLittle: SlotRules {
  static func isLeft(available: Int32, spent: Int32) -> Bool { available > 0 }
}

enum SpendsTooMuch: SlotRules {
  static func isLeft(available: Int32, spent: Int32) -> Bool { available > spent + 1 }
}

enum StartsWindowsWithTheFirstValue: SlotRules {
  static func startsWithAnyValue() -> Bool { false }
}

enum ForgetsWhatIsOpenBeforeWindows: SlotRules {
  static func mayComeLate(isUnknown: Bool) -> Bool { isUnknown }
}

enum ForgetsWhatIsUnknownBeforeWindows: SlotRules {
  static func mayComeLate(isUnknown: Bool) -> Bool { !isUnknown }
}

enum PlacesWithinWindowsWhatWasBefore: SlotRules {
  static func mustBePlaced(isCalledBefore: Bool) -> Bool { true }
}

enum IgnoresThatDeletesLeaveAbsence: ZoneRules {
  static func deleteProducesAbsence() -> Bool { false }
}

enum LetsValuesComeTooEarly: ZoneRules {
  static func fits(latestCall: Int32, earliestReturn: Int32) -> Bool { true }
}

enum LetsBlocksOverlap: ZoneRules {
  static func overlaps(start: Int32, end: Int32) -> Bool { false }
}

enum LetsBlocksBeCovered: ZoneRules {
  static func isCovered(backwardEnd: Int32, forwardEnd: Int32) -> Bool { false }
}

enum CoversWhatEndsLater: ZoneRules {
  static func isCovered(backwardEnd: Int32, forwardEnd: Int32) -> Bool { backwardEnd < forwardEnd + 4 }
}

enum ForgetsUnknownProducers: ZoneRules {
  static func countsProducer(isUnknown: Bool) -> Bool { !isUnknown }
}

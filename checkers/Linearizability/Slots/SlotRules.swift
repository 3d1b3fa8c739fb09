/// The decisions on which the exactness of the slots rests, each a small function, so that a test can weaken one at a
/// time and see the comparison with brute force notice it. The defaults are the right ones; each says what goes wrong
/// without it.
protocol SlotRules {
  /// Whether a write still open when a later blind write is placed may have happened just before it. A hidden
  /// compare-and-set would have observed nothing.
  static func canHide(_ effect: Effect) -> Bool
  /// Whether writes of unknown result that nobody can have observed may be dropped: not where a mismatch observes what
  /// the value is *not*.
  static func dropsUnobserved(hasForbid: Bool) -> Bool
  /// Whether a blind write frees the open writes behind which it may stand. Else they would have to be seen.
  static func frees(_ effect: Effect) -> Bool
  /// Whether a blind write that must be placed before it returns gives another one, which is open until then, a place to
  /// hide in time.
  static func covers(blindReturn: Int32, other: Int32) -> Bool
  /// Which of two open writes that do the same is placed first: the one that returns sooner.
  static func returnsSooner(_ end: Int32, than other: Int32) -> Bool
  /// Whether a value of which this effect still has to be placed is worth writing.
  static func isWaitedFor(by effect: Effect) -> Bool
  /// Whether the step must be of use to others. That of the operation that returns now must only be taken.
  static func mustBeUseful(isReturning: Bool) -> Bool
  /// Whether whoever fits a new value is placed at once, before anything else is decided about it.
  static func absorbs(isReturning: Bool) -> Bool
  /// Whether a value can be told from others after `now`, if its last observer returns at `observedUntil`.
  static func isGone(observedUntil: Int32, now: Int32) -> Bool
  /// Whether a mismatch that did not say what it saw fits a value that nobody can observe.
  static func unmentionedFitsForbid() -> Bool
  /// The observation that an operation of unknown result may still make of its old value, as a return.
  static func lastObservation(ofUnknown effect: Effect) -> Int32
  /// Whether one configuration is as good as another as far as an open write goes.
  ///
  /// - Parameters: bit masks: which of the open writes are used in either, and which are free.
  static func dominates(used: UInt64, free: UInt64, overUsed: UInt64, overFree: UInt64) -> Bool
  /// Whether one configuration is as good as another as far as open reads go, by those used in either.
  static func dominatesReads(used: UInt64, overUsed: UInt64) -> Bool
  /// Whether having spent so much is as good as having spent that much; each lane's uppermost bit is clear.
  static func dominates(spent: UInt64, overSpent: UInt64, laneTops: UInt64) -> Bool
  /// Whether having spent so much in all can be as good as having spent that much.
  static func dominates(spentInAll spent: UInt64, overSpent: UInt64) -> Bool
  /// Whether blind writes of unknown result can stand in for compare-and-sets that leave the same value, if one
  /// configuration has so many more left of the former than another, less what it has fewer of the latter.
  static func suffices(surplus: Int) -> Bool
  /// Whether so many spent leave something of what is available.
  static func isLeft(available: Int32, spent: Int32) -> Bool
  /// Whether a window starts with every value: nobody looked at what was there before.
  static func startsWithAnyValue() -> Bool
  /// Whether a write that was called before a window may take effect within it, if it was still open or its result is
  /// unknown.
  static func mayComeLate(isUnknown: Bool) -> Bool
  /// Whether an operation must be placed within a window: one that was called before may have taken effect by then.
  static func mustBePlaced(isCalledBefore: Bool) -> Bool
}

extension SlotRules {
  static func canHide(_ effect: Effect) -> Bool { effect == .set || effect == .append }
  static func dropsUnobserved(hasForbid: Bool) -> Bool { !hasForbid }
  static func frees(_ effect: Effect) -> Bool { effect == .set }
  static func covers(blindReturn: Int32, other: Int32) -> Bool { blindReturn < other }
  @inline(__always)
  static func returnsSooner(_ end: Int32, than other: Int32) -> Bool { end < other }
  static func isWaitedFor(by effect: Effect) -> Bool { true }
  static func mustBeUseful(isReturning: Bool) -> Bool { !isReturning }
  static func absorbs(isReturning: Bool) -> Bool { true }
  static func isGone(observedUntil: Int32, now: Int32) -> Bool { observedUntil < now }
  static func unmentionedFitsForbid() -> Bool { true }
  static func lastObservation(ofUnknown effect: Effect) -> Int32 { effect == .swap ? .max : -1 }

  @inline(__always)
  static func dominates(used: UInt64, free: UInt64, overUsed: UInt64, overFree: UInt64) -> Bool {
    ((used ^ overUsed) | overFree) & ~free == 0
  }

  @inline(__always)
  static func dominatesReads(used: UInt64, overUsed: UInt64) -> Bool { overUsed & ~used == 0 }

  @inline(__always)
  static func dominates(spent: UInt64, overSpent: UInt64, laneTops: UInt64) -> Bool {
    ((overSpent | laneTops) &- spent) & laneTops == laneTops
  }

  @inline(__always)
  static func dominates(spentInAll spent: UInt64, overSpent: UInt64) -> Bool { spent <= overSpent }

  static func suffices(surplus: Int) -> Bool { surplus >= 0 }

  @inline(__always)
  static func isLeft(available: Int32, spent: Int32) -> Bool { available > spent }

  static func startsWithAnyValue() -> Bool { true }
  static func mayComeLate(isUnknown: Bool) -> Bool { true }
  static func mustBePlaced(isCalledBefore: Bool) -> Bool { !isCalledBefore }
}

/// The right rules.
enum ProvenSlotRules: SlotRules {}

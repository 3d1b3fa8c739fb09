@testable import Linearizability

// One rule each of the special objects that is not what it should be. Brute force has to notice every one of them.

enum ForgetsUnknownAdditions: CollectionRules {
  static func countsAddition(isUnknown: Bool) -> Bool { !isUnknown }
}

enum ForgetsUntaken: CollectionRules {
  static func staysUntaken() -> Bool { false }
}

enum ForgetsUnknownTakes: CollectionRules {
  static func takesUnseen() -> Bool { false }
}

enum TakesTwice: CollectionRules {
  static func isTwice(takes: Int) -> Bool { false }
}

enum TakesTooEarly: CollectionRules {
  static func isTooEarly(addCall: Int32, takeEnd: Int32) -> Bool { false }
}

enum DoesNotNarrowAdditions: CollectionRules {
  static func latest(addEnd: Int32, takeEnd: Int32) -> Int32 { addEnd == .max ? takeEnd : addEnd }
}

enum DoesNotNarrowTakes: CollectionRules {
  static func earliest(takeCall: Int32, addCall: Int32) -> Int32 { takeCall }
}

enum NeedsNobody: CollectionRules {
  static func mustBeThere(addEnd: Int32, takeCall: Int32) -> Bool { addEnd + 2 < takeCall }
}

enum FindsRoomBehindTheEnd: CollectionRules {
  static func fits(gap: Int32, end: Int32) -> Bool { gap <= end + 1 }
}

enum LetsNeighboursOvertake: CollectionRules {
  static func precedes(end: Int32, call: Int32) -> Bool { end + 1 < call }
}

enum PushesFirstTooLate: CollectionRules {
  static func mayBePushedFirst(addCall: Int32, start: Int32) -> Bool { addCall <= start + 1 }
}

enum PopsLastTooEarly: CollectionRules {
  static func mayBePoppedLast(takeEnd: Int32, end: Int32) -> Bool { takeEnd >= end - 1 }
}

enum GivesOutTwice: IdentifierRules {
  static func isTwice(given: Int) -> Bool { false }
}

enum ForgetsUnknownElements: SetRules {
  static func countsAddition(isUnknown: Bool) -> Bool { !isUnknown }
}

enum ForgetsAddedElements: SetRules {
  static func isThere(behind kind: SetCall.Kind) -> Bool { kind == .sawPresent }
}

enum ForgetsSeenElements: SetRules {
  static func isThere(behind kind: SetCall.Kind) -> Bool { kind == .add }
}

enum ForgetsMissedElements: SetRules {
  static func isAbsent(before kind: SetCall.Kind) -> Bool { false }
}

enum FitsTooLate: SetRules {
  static func fits(earliest: Int32, latest: Int32) -> Bool { earliest - 1 <= latest }
}

enum MissesElements: SetRules {
  static func mayMiss(_ missed: Int32) -> Bool { true }
}

enum EntersBeforeReads: SetRules {
  static func entersBehindReads() -> Bool { false }
}

enum FollowsTooEarly: RevisionRules {
  static func canFollow(end: Int32, call: Int32) -> Bool { call - 1 <= end }
}

enum FillsTooLate: RevisionRules {
  static func canFill(call: Int32, deadline: Int32) -> Bool { call - 1 <= deadline }
}

enum WritesTwice: RevisionRules {
  static func isTwice(writers: Int) -> Bool { false }
}

enum UsesTwice: RevisionRules {
  static func isFree(uses: Int) -> Bool { uses < 2 }
}

enum TriesNoOther: RevisionRules {
  static func triesAnother() -> Bool { false }
}

enum BlamesNobody: RevisionRules {
  static func isToBlame(sharesSomething: Bool) -> Bool { false }
}

enum TakesAllForTheSame: RevisionRules {
  static func isTried(isSameEffect: Bool) -> Bool { false }
}

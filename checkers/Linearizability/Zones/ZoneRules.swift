/// The decisions on which the exactness of the zones rests, each a small function, so that a test can weaken one at a
/// time and see the comparison with brute force notice it. The defaults are what the proof says.
///
/// Positions are offsets of events.
protocol ZoneRules {
  /// Whether an operation whose producer is unknown to have happened counts among the producers of its value.
  static func countsProducer(isUnknown: Bool) -> Bool
  /// Whether a delete counts as a producer of absence.
  static func deleteProducesAbsence() -> Bool
  /// Whether a producer that cannot come before `latestCall` still comes before `earliestReturn`.
  static func fits(latestCall: Int32, earliestReturn: Int32) -> Bool
  /// Whether a forward block that starts at `start` has to share a point with one that lasts until `end`.
  static func overlaps(start: Int32, end: Int32) -> Bool
  /// Whether no point of a backward zone is free of a forward one that starts before it and lasts until `forwardEnd`.
  static func isCovered(backwardEnd: Int32, forwardEnd: Int32) -> Bool
}

extension ZoneRules {
  static func countsProducer(isUnknown: Bool) -> Bool { true }
  static func deleteProducesAbsence() -> Bool { true }
  static func fits(latestCall: Int32, earliestReturn: Int32) -> Bool { latestCall <= earliestReturn }
  static func overlaps(start: Int32, end: Int32) -> Bool { start < end }
  static func isCovered(backwardEnd: Int32, forwardEnd: Int32) -> Bool { backwardEnd < forwardEnd }
}

/// What the proof says.
enum ProvenZoneRules: ZoneRules {}

/// The rule of the zones that a key breaks.
package enum ZoneRule: Hashable, Sendable, CaseIterable {
  /// A value was seen that no operation wrote.
  case valueFromNowhere
  /// A mismatch saw the very value that it was to expect.
  case mismatchOfItself
  /// Two compare-and-sets or appends went on from one state, which was there only once.
  case twoSuccessors
  /// One append would have had to happen twice.
  case appendTwice
  /// Values that only each other's compare-and-sets can have written.
  case cycle
  /// A value was seen, or replaced, before it can have been written.
  case tooEarly
  /// Two values were each there both before and after the other.
  case overlap
  /// A value would have to be there at a time when another one was there throughout.
  case covered
}

/// Why a key has no order: a rule, and at most six operations that break it, as offsets among the key's operations.
package struct ZoneViolation: Hashable, Sendable {
  /// The rule.
  package let rule: ZoneRule
  /// The operations, by offset.
  package let operations: [Int32]

  /// - Parameter operations: offsets; −1 stands for none, and what is named twice counts once.
  init(_ rule: ZoneRule, _ operations: [Int32]) {
    self.rule = rule
    var kept: [Int32] = []
    for operation in operations where operation >= 0 && !kept.contains(operation) { kept.append(operation) }
    self.operations = Array(kept.prefix(6)).sorted()
  }
}

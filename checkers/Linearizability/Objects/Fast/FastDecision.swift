/// What a fast way says of the calls of one special object.
///
/// Exact where it answers: `linearizable` comes with an order that the caller can replay, `notLinearizable` with a rule
/// of which a proof says that every linearizable history keeps it.
package enum FastDecision: Hashable, Sendable {
  /// The calls that take effect, in an order that fits; by their place among the calls given. Calls of unknown outcome
  /// that are not among them never took effect.
  case linearizable([Int32])
  /// No order fits.
  case notLinearizable(FastViolation)
  /// These calls are outside the fast way, which says nothing of them.
  case notApplicable
}

/// A rule that the calls of a special object break.
package enum FastRule: Hashable, Sendable, CaseIterable {
  /// A value was taken or seen that nothing added, or a revision seen that no write can have made.
  case valueFromNowhere
  /// A value was taken twice, or an identifier or revision was given out twice.
  case twice
  /// A value was taken or seen before it can have been added.
  case tooEarly
  /// A value that was there was missed afterwards.
  case lost
  /// Two values left a queue in the order opposite to that in which they entered it.
  case overtaken
  /// Nothing was there according to a call during which something was there throughout.
  case neverEmpty
  /// A stack was not empty for some time, and none of its values can have been lowest throughout.
  case noLowest
  /// Two reads each miss a value that the other one saw.
  case incomparable
  /// A read missed what a read before it saw, or a call was answered with an older revision than one before it.
  case backwards
  /// The answer of a call is not what the state of its revision says.
  case wrongAnswer
}

/// Why calls have no order: a rule, and at most six calls that show where it is broken.
package struct FastViolation: Hashable, Sendable {
  /// The rule.
  package let rule: FastRule
  /// The calls, by their place among the calls given. They have no order by themselves, either, with three exceptions: a
  /// stack without a lowest value and a time that many values cover together can take more than six calls, and of a
  /// wrong answer nothing but the call is named.
  package let calls: [Int32]

  /// - Parameter calls: places; −1 stands for none, and what is named twice counts once.
  init(_ rule: FastRule, _ calls: [Int32]) {
    self.rule = rule
    var kept: [Int32] = []
    for call in calls where call >= 0 && !kept.contains(call) { kept.append(call) }
    self.calls = Array(kept.prefix(6)).sorted()
  }
}

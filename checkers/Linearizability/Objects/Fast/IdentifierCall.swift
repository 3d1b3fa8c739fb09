/// A call for a new identifier.
package struct IdentifierCall: BitwiseCopyable, Hashable, Sendable {
  /// The position of its call among all events.
  package let call: Int32
  /// The position of its return; the largest number if its outcome is unknown.
  package let end: Int32
  /// The identifier, a number from 0 on. Memory goes by the largest one. Nobody reads it where the outcome is unknown.
  package let value: Int32

  /// A call, its positions all different from those of other calls.
  package init(call: Int32, end: Int32, value: Int32 = 0) {
    (self.call, self.end, self.value) = (call, end, value)
  }
}

/// The decision on which the exactness of identifiers rests.
protocol IdentifierRules {
  /// Whether giving out an identifier twice breaks a rule.
  static func isTwice(given: Int) -> Bool
}

extension IdentifierRules {
  static func isTwice(given: Int) -> Bool { given > 1 }
}

/// What the definition says.
enum ProvenIdentifierRules: IdentifierRules {}

/// A source of identifiers, each of which it gives out once: any order fits, if all are different.
///
/// - Complexity: O(n) time and memory.
enum UniqueIDs<Rules: IdentifierRules> {
  static func decide(_ calls: [IdentifierCall]) -> FastDecision {
    var count = 0
    for call in calls where call.end != .max { count = max(count, Int(call.value) + 1) }
    var givers = FlatBuffer<Int32>(repeating: -1, count: count)
    var ends = FlatBuffer<Int32>(capacity: calls.count)
    var known = FlatBuffer<Int32>(capacity: calls.count)
    for place in calls.indices where calls[place].end != .max {
      let value = Int(calls[place].value)
      let number = Int32(truncatingIfNeeded: place)
      if givers[value] >= 0, Rules.isTwice(given: 2) {
        return .notLinearizable(FastViolation(.twice, [givers[value], number]))
      }
      givers[value] = number
      ends.append(calls[place].end)
      known.append(number)
    }
    let order = PositionOrder.sorted(ends)
    return .linearizable((0..<order.count).map { known[Int(order[$0])] })
  }
}

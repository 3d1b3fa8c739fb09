/// Why a shrinking ended.
package enum ShrinkingEnd: String, Hashable, Sendable, CaseIterable {
  /// Nothing more can be taken away.
  case minimal
  /// Somebody ended it.
  case stopped
  /// As much work as it was given is done, and more might be taken away.
  case budgetUsedUp = "budget-used-up"
}

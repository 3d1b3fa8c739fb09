/// What may end the shrinking of a history before its time.
package protocol ShrinkingWatch {
  /// Whether it is to end with what there is by now. Asked often.
  func isOver() -> Bool
  /// How much memory may still be taken, in bytes.
  var freeBytes: Int { get }
  /// Whether there is time to tell of so many operations.
  func hasTime(toTell operations: Int) -> Bool
}

/// Nothing ends it: what it may cost is work alone, so that it ends the same way every time.
package struct UnlimitedWatch: ShrinkingWatch {
  package init() {}

  package func isOver() -> Bool { false }
  package var freeBytes: Int { .max }
  package func hasTime(toTell operations: Int) -> Bool { true }
}

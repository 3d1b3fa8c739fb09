/// What may end the shrinking of a history before its time.
package protocol ShrinkingWatch {
  /// Whether it is to end with what there is by now. Asked often.
  func isOver() -> Bool
  /// How much memory may still be taken, in bytes.
  var freeBytes: Int { get }
  /// Whether there is time to tell of so many operations.
  func hasTime(toTell operations: Int) -> Bool
}

/// No limit ends it, for what it may cost is work alone, so that it ends the same way every time; only somebody may.
package struct UnlimitedWatch: ShrinkingWatch {
  private let shouldStop: () -> Bool

  /// - Parameter shouldStop: asked again and again; `true` ends it.
  package init(shouldStop: @escaping () -> Bool = { false }) {
    self.shouldStop = shouldStop
  }

  package func isOver() -> Bool { shouldStop() }
  package var freeBytes: Int { .max }
  package func hasTime(toTell operations: Int) -> Bool { true }
}

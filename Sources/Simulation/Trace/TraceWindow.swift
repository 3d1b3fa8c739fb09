/// The events of a run that are told one by one, by their numbers, from 1. What came before them is told as one.
package struct TraceWindow: Hashable, Sendable {
  /// The most events that are told, so that the longest run has a trace that can be kept and read.
  package static let maxEvents = 100_000

  package let first: Int
  package let last: Int

  /// The first events of a run.
  package static let start = TraceWindow(endingWith: maxEvents)

  /// As many events as can be told, of which this is the last.
  package init(endingWith event: Int) {
    self.init(first: max(1, event - Self.maxEvents + 1), last: max(event, 1))
  }

  init(first: Int, last: Int) { (self.first, self.last) = (first, last) }
}

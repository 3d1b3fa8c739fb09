/// How much work a shrinking may be: events of the runs that it tries, so that it ends the same way on every machine and on
/// any number of threads.
package struct ShrinkingBudget: Hashable, Sendable {
  /// For all of it, the certificate included. A million take from one to four seconds of a processor, by how many bytes there
  /// are in messages and on disks.
  package let events: Int

  /// Enough for nearly every failure.
  package static let usual = ShrinkingBudget(events: 40_000_000)
  /// As much as it takes.
  package static let unlimited = ShrinkingBudget(events: .max)

  /// - Parameter events: zero or more.
  package init(events: Int) {
    precondition(events >= 0, "a budget of \(events) events")
    self.events = events
  }

  /// For the search on all ways together. What is left of the budget then is for the certificate.
  var search: Int { events / 5 * 3 }
  /// For one way from a scenario to a small one.
  var way: Int { events / 10 * 3 }
  /// For what is done only while there is time for it on such a way: two things at once.
  var spare: Int { events / 5 }
}

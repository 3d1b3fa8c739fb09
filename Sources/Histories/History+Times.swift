/// Operations that stand behind others in a history though, by their times, they had ended before: where the logs of
/// several clients were put one behind the other, or clients' clocks differ by more than an operation takes.
package struct BackwardTimes: Hashable, Sendable {
  /// How many operations were called after another one had returned and yet ended, by their times, before that returned.
  package let count: Int
  /// The first of them, as the offset of its call.
  package let later: Int
  /// The call of the operation that stands before it.
  package let earlier: Int
}

/// Why events cannot be put in the order of their times.
package enum UnorderedTimes: Error, Hashable {
  /// No event has a time other than 0.
  case none
  /// The times of one client go back from one of its events to a later one, by their offsets.
  case ofOneClient(from: Int, to: Int)
}

extension History {
  /// The operations that stand behind others though, by their times, they had ended before those returned; `nil` if there
  /// are none.
  ///
  /// An operation whose times are all 0 has none.
  ///
  /// - Complexity: O(events).
  package var backwardTimes: BackwardTimes? {
    guard events.indices.dropFirst().contains(where: { events[$0].time < events[$0 - 1].time }) else { return nil }
    var open = OpenCalls()
    // By call: of the returns that stand before it the last one by its time, and the call of that.
    var before = [Int32](repeating: -1, count: events.count)
    var latest: Int?
    var calls = [Int32](repeating: -1, count: events.count)
    var found: (count: Int, later: Int, earlier: Int)?
    for (offset, event) in events.enumerated() {
      if event.kind == .invoke {
        open[event.process] = offset
        if let latest { before[offset] = Int32(latest) }
        continue
      }
      guard let call = open[event.process] else { continue }
      open[event.process] = nil
      guard event.kind != .info, event.time != 0 || events[call].time != 0 else { continue }
      calls[offset] = Int32(call)
      let end = Int(before[call])
      if end >= 0, event.time < events[end].time {
        found = ((found?.count ?? 0) + 1, found?.later ?? call, found?.earlier ?? Int(calls[end]))
      }
      if latest.map({ events[$0].time < event.time }) ?? true { latest = offset }
    }
    return found.map { BackwardTimes(count: $0.count, later: $0.later, earlier: $0.earlier) }
  }

  /// The same history with its events in the order of their times. At the same time calls come before returns, and what
  /// one client did stays as it was.
  ///
  /// - Complexity: O(n log n).
  package func inOrderOfTimes() throws(UnorderedTimes) -> History {
    guard events.contains(where: { $0.time != 0 }) else { throw .none }
    var last = OpenCalls()
    // Of events at one time the lower comes first: even for calls, odd for returns.
    var phases = [Int32](repeating: 0, count: events.count)
    for (offset, event) in events.enumerated() {
      phases[offset] = event.kind == .invoke ? 0 : 1
      if let before = last[event.process] {
        guard events[before].time <= event.time else { throw .ofOneClient(from: before, to: offset) }
        if events[before].time == event.time { phases[offset] = phases[before] + 1 }
      }
      last[event.process] = offset
    }
    let order = events.indices.sorted {
      (events[$0].time, phases[$0], $0) < (events[$1].time, phases[$1], $1)
    }
    var places = GivenOrder()
    if !givenOrder.isEmpty {
      for (new, old) in order.enumerated() { if let place = givenOrder[old] { places.note(place, at: new) } }
    }
    return History(header: header, values: values, events: order.map { events[$0] }, givenOrder: places)
  }

  /// The line in the file of the event at this offset; `nil` if it was not read from a file.
  package func fileLine(ofEventAt offset: Int) -> Int? { events[offset].line == 0 ? nil : Int(events[offset].line) }
}

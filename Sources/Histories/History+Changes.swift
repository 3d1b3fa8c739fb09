extension History {
  /// The same history with changed events, as if it had been recorded so.
  ///
  /// - Parameter change: is handed each event. It may change how an operation ended, and values; not who did it.
  /// - Complexity: O(events).
  package func changingEvents(_ change: (Int, inout HistoryEvent) -> Void) -> History {
    var events = events
    for offset in events.indices { change(offset, &events[offset]) }
    return History(header: header, values: values, events: events, givenOrder: givenOrder)
  }

  /// The same history, in which nobody knows the answer of a get that returned nothing.
  package func takingNothingAsUnknown() -> History {
    changingEvents { _, event in
      if event.kind == .ok, event.function == .get, event.value == .absent { event.forgetEnd() }
    }
  }
}

extension HistoryEvent {
  /// Nobody knows how the operation ended.
  package mutating func forgetEnd() {
    (kind, answer, value, replacement) = (.info, .none, .absent, .absent)
  }

  /// The operation did not take effect.
  package mutating func fail() {
    (kind, answer, value, replacement) = (.fail, .none, .absent, .absent)
  }
}

/// Puts events together that were read from a file, and refuses those that do not fit the ones before.
struct HistoryBuilder: Sendable {
  var header = HistoryHeader()
  var values = ValueTable()
  private(set) var events: [HistoryEvent] = []
  private var open = OpenCalls()

  /// Adds one event.
  ///
  /// - Parameters:
  ///   - statesKey: whether the key of a return is meant; otherwise it is that of its call.
  ///   - statesValue: whether the return repeats the value of its call, which must then be the same.
  ///   - scanner: where the event was read, for errors.
  mutating func append(
    _ event: HistoryEvent, statesKey: Bool, statesValue: Bool = false, at place: Int, in scanner: LineScanner
  ) throws(HistoryReadingError) {
    var event = event
    event.line = UInt32(clamping: scanner.line)
    guard events.count < Int(Int32.max) else {
      throw scanner.error(at: place, expected: "at most \(Int32.max) events", found: "one more")
    }
    if event.kind == .invoke {
      if let call = open[event.process] {
        throw scanner.error(
          at: place, expected: "process \(event.process) to return before it calls again",
          found: "a second call while the one of line \(events[call].line) is open")
      }
      open[event.process] = events.count
      events.append(event)
      return
    }
    guard let offset = open[event.process] else {
      throw scanner.error(
        at: place, expected: "a call of process \(event.process) before its return", found: "a return without a call")
    }
    let call = events[offset]
    guard call.function == event.function else {
      throw scanner.error(
        at: place, expected: "the return of \(name(call.function)), called on line \(call.line)",
        found: "the return of \(name(event.function))")
    }
    guard !statesKey || call.key == event.key else {
      throw scanner.error(
        at: place, expected: "the key of the call on line \(call.line)", found: "another key")
    }
    guard !statesValue || call.value == event.value && call.replacement == event.replacement else {
      throw scanner.error(
        at: place, expected: "the value of the call on line \(call.line)", found: "another value")
    }
    event.key = call.key
    if statesValue || event.kind != .ok {
      event.value = .absent
      event.replacement = .absent
    }
    open[event.process] = nil
    events.append(event)
  }

  private func name(_ function: Function) -> String { function.name(in: header.model) }

  /// The history of everything added so far.
  func finish() -> History {
    History(header: header, values: values, events: events)
  }
}

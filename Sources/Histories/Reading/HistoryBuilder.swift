/// Puts events together that were read from a file, and refuses those that do not fit the ones before.
struct HistoryBuilder: Sendable {
  var header = HistoryHeader()
  var values = ValueTable()
  private(set) var events: [HistoryEvent] = []
  private var givenOrder = GivenOrder()
  private var open = OpenCalls()

  /// Why an event does not fit those before.
  enum Misfit {
    case oneTooMany
    case secondCall(line: UInt32)
    case keyUnlike(HistoryEvent)
    case noCall
    case otherFunction(Function, HistoryEvent)
    case otherKey(HistoryEvent)
    case otherValue(HistoryEvent)
  }

  /// Whether the calls name keys; `nil` as long as there are none.
  var firstNamesKey: Bool? { events.first.map { $0.key != .absent } }

  /// The call that a client has open.
  func openCall(of process: Int32) -> HistoryEvent? { open[process].map { events[$0] } }

  /// Makes room for so many events, if there will be that many.
  mutating func reserve(events count: Int) {
    events.reserveCapacity(count)
  }

  /// The memory that the tables take for a moment besides their own if so many bytes of a file are read.
  func growth(byBytes count: Int) -> Int {
    // No event is shorter than that, and none brings more than three strings.
    let events = count / 24
    let copied = self.events.count + events > self.events.capacity ? self.events.count : 0
    return copied * MemoryLayout<HistoryEvent>.stride + values.growth(byBytes: count, strings: 3 * events)
      + givenOrder.growth(byEvents: events)
  }

  /// Adds one event.
  ///
  /// - Parameters:
  ///   - statesKey: whether the key of a return is meant; otherwise it is that of its call.
  ///   - repeatsCall: whether the return repeats the value of its call, which must then be the same.
  ///   - place: in an order that comes with the history; negative for none.
  /// - Returns: why it does not fit; then it was not added.
  @inline(__always)
  mutating func add(_ event: HistoryEvent, statesKey: Bool, repeatsCall: Bool, place: Int64) -> Misfit? {
    guard events.count < Int(Int32.max) else { return .oneTooMany }
    if event.kind == .invoke {
      if let call = open[event.process] { return .secondCall(line: events[call].line) }
      // A register beside registers with keys would be one more, which nobody meant.
      if let first = events.first, (first.key == .absent) != (event.key == .absent) { return .keyUnlike(first) }
      open[event.process] = events.count
      givenOrder.note(place, at: events.count)
      events.append(event)
      return nil
    }
    guard let offset = open[event.process] else { return .noCall }
    let call = events[offset]
    guard call.function == event.function else { return .otherFunction(event.function, call) }
    guard !statesKey || call.key == event.key else { return .otherKey(call) }
    var event = event
    event.key = call.key
    if repeatsCall, call.value != event.value || call.replacement != event.replacement { return .otherValue(call) }
    if repeatsCall || event.kind != .ok {
      event.value = .absent
      event.replacement = .absent
    }
    open[event.process] = nil
    givenOrder.note(place, at: events.count)
    events.append(event)
    return nil
  }

  /// Adds one event, or says why it does not fit.
  ///
  /// - Parameters:
  ///   - givenPlace: in an order that comes with the history; negative for none.
  ///   - place: where to point.
  ///   - scanner: where the event was read.
  mutating func append(
    _ event: HistoryEvent, statesKey: Bool, repeatsCall: Bool = false, givenPlace: Int64 = -1, at place: Int,
    in scanner: LineScanner
  ) throws(HistoryReadingError) {
    var event = event
    event.line = UInt32(clamping: scanner.line)
    guard let misfit = add(event, statesKey: statesKey, repeatsCall: repeatsCall, place: givenPlace) else { return }
    let (expected, found) = sentence(about: misfit, of: event.process)
    throw scanner.error(at: place, expected: expected, found: found)
  }

  private func sentence(about misfit: Misfit, of process: Int32) -> (expected: String, found: String) {
    switch misfit {
    case .oneTooMany: ("at most \(Int32.max) events", "one more")
    case .secondCall(let line):
      (
        "process \(process) to return before it calls again", "a second call while the one of line \(line) is open"
      )
    case .keyUnlike(let first):
      first.key == .absent
        ? ("no key, as in the call on line \(first.line)", "a call with one")
        : ("a key, as in the call on line \(first.line)", "a call without one")
    case .noCall: ("a call of process \(process) before its return", "a return without a call")
    case .otherFunction(let function, let call):
      (
        "the return of \(name(call.function)), called on line \(call.line)", "the return of \(name(function))"
      )
    case .otherKey(let call): ("the key of the call on line \(call.line)", "another key")
    case .otherValue(let call): ("the value of the call on line \(call.line)", "another value")
    }
  }

  private func name(_ function: Function) -> String { function.name(in: header.model) }

  /// The history of everything added so far.
  func finish() -> History {
    // One operation may stand in one line of many.
    let isOneLine = events.count > 2 && events.allSatisfy { [line = events[0].line] in $0.line == line }
    guard isOneLine || header.model == .mutex else {
      return History(header: header, values: values, events: events, givenOrder: givenOrder)
    }
    var builder = self
    // A file of one line has none by which an event could be found.
    if isOneLine { for place in events.indices { builder.events[place].line = 0 } }
    if header.model == .mutex { builder.holdLock() }
    return History(header: header, values: builder.values, events: builder.events, givenOrder: givenOrder)
  }

  /// Puts another value in the place of an event's, or of the new one of its compare-and-set.
  mutating func setValue(_ value: ValueID, ofEvent number: Int, _ isReplacement: Bool) {
    if isReplacement { events[number].replacement = value } else { events[number].value = value }
  }

  /// A lock that anybody may give back is a cell that holds something or nothing.
  private mutating func holdLock() {
    let held = values.intern(Array("held".utf8))
    for place in events.indices {
      switch events[place].kind {
      case .invoke: events[place].value = held
      case .ok: (events[place].answer, events[place].value) = (.swapped, .absent)
      case .fail, .info: break
      }
    }
  }
}

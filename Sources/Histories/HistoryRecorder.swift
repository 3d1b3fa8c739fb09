/// Writes down what clients do while they do it.
///
///     var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue, seed: 42))
///     recorder.invoke(process: 1, at: 0, key: Array("x".utf8), .put(Array("1".utf8)))
///     recorder.complete(process: 1, at: 5_000, .ok(.done))
///     let history = recorder.finish()
public struct HistoryRecorder: Sendable {
  private let header: HistoryHeader
  private var values = ValueTable()
  private var events: [HistoryEvent] = []
  private var open = OpenCalls()
  private var givenOrder = GivenOrder()

  /// Starts with no events.
  public init(header: HistoryHeader) {
    self.header = header
  }

  /// A client calls. It must have no other call open.
  ///
  /// - Parameters:
  ///   - process: the client, at most 2³¹ − 1.
  ///   - time: nanoseconds since the start of the run.
  ///   - key: `nil` in a history of one register.
  ///   - action: what the client asks for.
  /// - Returns: the offset of the call among the events.
  @discardableResult
  public mutating func invoke(process: Int, at time: Int64, key: [UInt8]?, _ action: Action) -> Int {
    let client = Int32(process)
    precondition(open[client] == nil, "process \(process) has a call open")
    open[client] = events.count
    var event = HistoryEvent(
      time: time, process: client, line: 0, key: values.intern(key), value: .absent, replacement: .absent,
      kind: .invoke, function: .get, answer: .none)
    switch action {
    case .get: break
    case .put(let value):
      event.function = .put
      event.value = values.intern(value)
    case .append(let value):
      event.function = .append
      event.value = values.intern(value)
    case .delete: event.function = .delete
    case .compareAndSet(let expected, let new):
      event.function = .compareAndSet
      event.value = values.intern(expected)
      event.replacement = values.intern(new)
    }
    events.append(event)
    return events.count - 1
  }

  /// A client learns how its open call ended.
  ///
  /// - Parameters:
  ///   - process: the client.
  ///   - time: nanoseconds since the start of the run.
  ///   - outcome: its answer fits what was asked for.
  ///   - place: where the operation stands in an order that should explain the history, if that is known, from 0: an
  ///     index of a log, or a revision.
  public mutating func complete(process: Int, at time: Int64, _ outcome: Outcome, place: Int64? = nil) {
    let client = Int32(process)
    guard let call = open[client] else { preconditionFailure("process \(process) has no call open") }
    open[client] = nil
    if let place { givenOrder.note(place, at: events.count) }
    var event = events[call]
    event.time = time
    event.value = .absent
    event.replacement = .absent
    switch outcome {
    case .ok(let answer):
      event.kind = .ok
      (event.answer, event.value) = record(answer)
      precondition(event.function.answers(event.answer), "\(answer) does not answer \(event.function)")
    case .fail: event.kind = .fail
    case .info: event.kind = .info
    }
    events.append(event)
  }

  /// Says where an operation stands in an order that should explain the history, whether or not it has returned.
  ///
  /// - Parameters:
  ///   - place: from 0.
  ///   - call: what `invoke` returned for it.
  package mutating func note(place: Int64, ofCallAt call: Int) {
    givenOrder.note(place, at: call)
  }

  /// The history so far. Calls that are still open stay open to its end.
  public func finish() -> History {
    History(header: header, values: values, events: events, givenOrder: givenOrder)
  }

  private mutating func record(_ answer: Answer) -> (HistoryEvent.AnswerKind, ValueID) {
    switch answer {
    case .value(let value): (.value, values.intern(value))
    case .done: (.done, .absent)
    case .swapped: (.swapped, .absent)
    case .mismatch(let seen): (.mismatch, values.intern(seen))
    case .unseenMismatch: (.unseenMismatch, .absent)
    }
  }
}

extension Function {
  /// Whether an `ok` of this function can have this shape.
  func answers(_ answer: HistoryEvent.AnswerKind) -> Bool {
    switch self {
    case .get: answer == .value
    case .put, .append, .delete: answer == .done
    case .compareAndSet: answer == .swapped || answer == .mismatch || answer == .unseenMismatch
    case .object: answer == .value
    }
  }
}

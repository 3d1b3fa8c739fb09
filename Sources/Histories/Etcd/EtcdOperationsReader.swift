import Determinism

/// Reads the `operations.json` of etcd's robustness tests: objects one behind the other, of one client or, where the files
/// of several clients are read one after the other, of all of them on one clock.
struct EtcdOperationsReader: Sendable {
  private var objects = JSONObjects()
  private(set) var operations: [EtcdOperation] = []

  /// Reads the next bytes, which may end anywhere.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    var found: [EtcdOperation] = []
    try objects.read(bytes) { (object) throws(HistoryReadingError) in found.append(try EtcdOperation(reading: object)) }
    operations += found
  }

  /// The history of all operations.
  func finish() throws(HistoryReadingError) -> History {
    try objects.finish()
    return try EtcdHistory(of: operations).history()
  }
}

/// Operations of etcd in the order of their times.
private struct EtcdHistory {
  private let operations: [EtcdOperation]
  private var builder = HistoryBuilder()

  init(of operations: [EtcdOperation]) {
    self.operations = operations
    builder.header.model = .etcd
  }

  /// A call or a return, and where it stands in time.
  private struct Moment {
    let time: Int64
    let isReturn: Bool
    let operation: Int
  }

  /// An operation as its two events.
  private struct Pair {
    var call: HistoryEvent
    var end: HistoryEvent
  }

  /// The history, in the order of time; where times are the same, calls come first, for nobody knows better.
  func history() throws(HistoryReadingError) -> History {
    var builder = builder
    var pairs: [Pair] = []
    var moments: [Moment] = []
    let processes = try self.processes()
    for (place, operation) in operations.enumerated() {
      guard var pair = try Self.pair(of: operation, into: &builder.values) else { continue }
      pair.call.process = processes[place]
      pair.end.process = processes[place]
      moments.append(Moment(time: operation.call, isReturn: false, operation: pairs.count))
      moments.append(Moment(time: operation.end, isReturn: true, operation: pairs.count))
      pairs.append(pair)
    }
    moments.sort { one, other in
      if one.time != other.time { return one.time < other.time }
      if one.isReturn != other.isReturn { return other.isReturn }
      return one.operation < other.operation
    }
    for moment in moments {
      let pair = pairs[moment.operation]
      let event = moment.isReturn ? pair.end : pair.call
      if builder.add(event, statesKey: false, repeatsCall: false, place: -1) != nil {
        throw Self.error(at: Int(event.line), expected: "at most \(Int32.max) events", found: "one more")
      }
    }
    return builder.finish()
  }

  private static func error(at line: Int, expected: String, found: String) -> HistoryReadingError {
    HistoryReadingError(line: line, column: 1, expected: expected, found: found)
  }

  /// Whose process each operation is. A client that calls at the very time of its return is another process from then on:
  /// others that call at that time are concurrent with both operations.
  private func processes() throws(HistoryReadingError) -> [Int32] {
    var processes = [Int32](repeating: 0, count: operations.count)
    var ends = LookupTable<Int64, Int64>()
    var spare: Int32 = 0
    for operation in operations {
      guard let client = Int32(exactly: operation.client), client >= 0, client < Int32.max / 2 else {
        throw Self.error(
          at: operation.line, expected: "a client from 0 to \(Int32.max / 2 - 1)", found: "\(operation.client)")
      }
      spare = max(spare, client + 1)
    }
    let order = operations.indices.sorted { one, other in
      let (first, second) = (operations[one], operations[other])
      return (first.call, first.end, one) < (second.call, second.end, other)
    }
    for place in order {
      let operation = operations[place]
      let end = ends[operation.client]
      if let end, operation.call < end {
        throw Self.error(
          at: operation.line, expected: "client \(operation.client) to return before it calls again",
          found: "a call at \(operation.call), before its return at \(end)")
      }
      if end == operation.call {
        processes[place] = spare
        spare += 1
      } else {
        processes[place] = Int32(operation.client)
      }
      ends[operation.client] = operation.end
    }
    return processes
  }

  /// The events of an operation; `nil` for one that the keys know nothing of, or of which nothing was learnt.
  private static func pair(
    of operation: EtcdOperation, into values: inout ValueTable
  ) throws(HistoryReadingError) -> Pair? {
    let response = operation.response
    let isUnknown = !response.error.isEmpty && !response.isPartial
    guard let argument = operation.argument else { return nil }
    if operation.onlyLooks, isUnknown || response.isPartial { return nil }
    let call = HistoryEvent(
      time: operation.call, process: 0, line: UInt32(clamping: operation.line), key: .absent,
      value: values.intern(EDNText.bytes(of: argument)), replacement: .absent, kind: .invoke,
      function: .object(.transaction), answer: .none)
    var end = call
    (end.time, end.value) = (operation.end, .absent)
    if !response.refusal.isEmpty {
      end.kind = .fail
    } else if isUnknown {
      end.kind = .info
    } else {
      guard let answer = operation.answer else {
        throw error(
          at: operation.line, expected: "a result for each step of the transaction, or one of the range",
          found: "\(response.results.count) result\(response.results.count == 1 ? "" : "s")")
      }
      (end.kind, end.answer, end.value) = (.ok, .value, values.intern(EDNText.bytes(of: answer)))
    }
    return Pair(call: call, end: end)
  }
}

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

  /// The history, of single keys: what more there is has no meaning in the model kv and is refused.
  func finish() throws(HistoryReadingError) -> History {
    try objects.finish()
    return try EtcdKeyValueHistory(of: operations).history()
  }
}

/// Operations of etcd as those of a key-value store without revisions, as far as they are such.
struct EtcdKeyValueHistory {
  private let operations: [EtcdOperation]
  private var builder = HistoryBuilder()

  init(of operations: [EtcdOperation]) {
    self.operations = operations
    builder.header.model = .keyValue
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
    try refuseRevokedLeases()
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

  /// A revoked lease deletes its keys, all at once.
  private func refuseRevokedLeases() throws(HistoryReadingError) {
    var revoked = LookupTable<Int64, Bool>()
    for operation in operations {
      if case .leaseRevoke(let lease) = operation.request { revoked[lease] = true }
    }
    guard revoked.count > 0 else { return }
    for operation in operations {
      guard case .transaction(_, let onSuccess, let onFailure) = operation.request else { continue }
      for case .put(_, _, let lease) in onSuccess + onFailure where revoked[lease] != nil {
        throw Self.unfit(operation, "a put under a lease that is revoked")
      }
    }
  }

  private static func unfit(_ operation: EtcdOperation, _ found: String) -> HistoryReadingError {
    error(
      at: operation.line,
      expected: "puts, deletes and ranges of one key without conditions, which is all that the model kv has of etcd",
      found: "\(found); the model etcd is still to come")
  }

  /// The events of an operation; `nil` for one that the store knows nothing of, or of which nothing was learnt.
  private static func pair(
    of operation: EtcdOperation, into values: inout ValueTable
  ) throws(HistoryReadingError) -> Pair? {
    let isUnknown = !operation.response.error.isEmpty
    let step: EtcdOperation.Step
    switch operation.request {
    case .leaseGrant, .leaseRevoke, .defragment, .compact: return nil
    case .range(let range, let revision):
      if isUnknown { return nil }
      guard revision == 0 else { throw unfit(operation, "a range at revision \(revision)") }
      step = .range(range)
    case .transaction(let conditions, let onSuccess, let onFailure):
      guard conditions.isEmpty else { throw unfit(operation, "a transaction with a condition on a key's revision") }
      guard onFailure.isEmpty, onSuccess.count <= 1 else { throw unfit(operation, "a transaction of several steps") }
      guard let only = onSuccess.first else { return nil }
      step = only
    }
    return try pair(of: operation, step, into: &values)
  }

  private static func pair(
    of operation: EtcdOperation, _ step: EtcdOperation.Step, into values: inout ValueTable
  ) throws(HistoryReadingError) -> Pair? {
    let response = operation.response
    var call = HistoryEvent(
      time: operation.call, process: 0, line: UInt32(clamping: operation.line), key: .absent, value: .absent,
      replacement: .absent, kind: .invoke, function: .get, answer: .none)
    switch step {
    case .put(let key, let value, _):
      (call.function, call.key, call.value) = (.put, values.intern(key), values.intern(value.bytes))
    case .delete(let key): (call.function, call.key) = (.delete, values.intern(key))
    case .range(let range):
      // A read whose answer is lost says nothing.
      if !response.error.isEmpty || response.isPartial { return nil }
      guard range.isSingleKey else { throw unfit(operation, "a range of several keys") }
      call.key = values.intern(range.start)
    }
    var end = call
    (end.time, end.value) = (operation.end, .absent)
    if !response.refusal.isEmpty {
      end.kind = .fail
    } else if !response.error.isEmpty, !response.isPartial {
      end.kind = .info
    } else {
      (end.kind, end.answer) = (.ok, call.function == .get ? .value : .done)
    }
    if call.function == .get, end.kind == .ok {
      guard let result = response.results.first, result.found.count <= 1,
        result.found.allSatisfy({ values.find($0.key) == call.key })
      else {
        throw error(
          at: operation.line, expected: "a result with the key that was asked for, or none", found: "another answer")
      }
      if let found = result.found.first { end.value = values.intern(found.value.bytes) }
    }
    return Pair(call: call, end: end)
  }
}

extension EtcdOperation.Value {
  /// The value as bytes. etcd writes texts of fewer than 20 bytes, so that no text is taken for a hash.
  var bytes: [UInt8] {
    switch self {
    case .text(let text): text
    case .hash(let hash): Array("a long value with hash \(hash)".utf8)
    }
  }
}

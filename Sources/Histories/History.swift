/// What a system's clients saw: calls and returns, in the order in which they happened.
///
/// Every return has its call and every client has at most one call open, whoever made the history.
public struct History: Sendable {
  /// What is known besides the events.
  public var header: HistoryHeader
  /// The byte strings behind the events' numbers.
  public let values: ValueTable
  /// Calls and returns, in the order in which they happened.
  public let events: [HistoryEvent]
  /// Where its operations stand in an order that came with it, as far as one did.
  let givenOrder: GivenOrder

  init(header: HistoryHeader, values: ValueTable, events: [HistoryEvent], givenOrder: GivenOrder = GivenOrder()) {
    self.header = header
    self.values = values
    self.events = events
    self.givenOrder = givenOrder
  }

  /// Each call with its return, in the order of the calls.
  ///
  /// - Complexity: O(events).
  public func operations() -> [Operation] {
    var operations: [Operation] = []
    // At most so many. To count them first takes longer than to leave memory untouched.
    operations.reserveCapacity(events.count)
    var open = OpenCalls()
    for (offset, event) in events.enumerated() {
      if event.kind == .invoke {
        open[event.process] = operations.count
        operations.append(Operation(call: offset, event))
      } else if let place = open[event.process] {
        operations[place] = Operation(operations[place], endedBy: event, at: offset)
        open[event.process] = nil
      }
    }
    return operations
  }

  /// What this operation asked of a cell. A mutex is one that holds something or nothing: to take it is to replace nothing,
  /// and to give it back what is held.
  public func action(of operation: Operation) -> Action {
    switch operation.function {
    case .get: .get
    case .put: .put(values[operation.argument] ?? [])
    case .append: .append(values[operation.argument] ?? [])
    case .delete: .delete
    case .compareAndSet:
      .compareAndSet(expected: values[operation.argument], new: values[operation.replacement])
    case .object(.acquire): .compareAndSet(expected: nil, new: values[operation.argument])
    case .object: .compareAndSet(expected: values[operation.argument], new: nil)
    }
  }

  /// A value, taken for what it says: `5` for a number, `[1 2]` for a list, and what reads as nothing else for a text.
  public func plainValue(_ id: ValueID) -> PlainValue { EDNText.value(of: values[id]) }

  /// The same of bytes that stand in no history, as an initial value that somebody gave; `nil` is absent. A collection is
  /// one in whichever way it is written, `{"0":10}` as `{0 10}`.
  package static func plainValue(ofBytes bytes: [UInt8]?) -> PlainValue {
    let value = EDNText.value(of: bytes)
    guard case .text = value, let bytes else { return value }
    for isEDN in [false, true] {
      var scanner = LineScanner(bytes, in: 0..<bytes.count, line: 1, isEDN: isEDN)
      guard let read = isEDN ? try? scanner.readEDNPlainValue() : try? scanner.readJSONPlainValue() else { continue }
      scanner.skipBlanks()
      switch read {
      case .list, .set, .map: if scanner.offset == scanner.end { return read }
      default: break
      }
    }
    return value
  }

  /// The number of a value, if it has one here.
  package func id(of value: PlainValue) -> ValueID? { values.find(EDNText.bytes(of: value)) }

  /// How this operation ended.
  public func outcome(of operation: Operation) -> Outcome {
    switch operation.kind {
    case .fail: return .fail
    case .info, .invoke: return .info
    case .ok: break
    }
    switch operation.answer {
    case .value: return .ok(.value(values[operation.seen]))
    case .done, .none: return .ok(.done)
    case .swapped: return .ok(.swapped)
    case .mismatch: return .ok(.mismatch(seen: values[operation.seen]))
    case .unseenMismatch: return .ok(.unseenMismatch)
    }
  }

  /// The line in the file on which this operation was called; `nil` if it was not read from a file.
  public func callLine(of operation: Operation) -> Int? {
    line(at: operation.call)
  }

  /// The line in the file on which this operation ended; `nil` if it did not or was not read from a file.
  public func endLine(of operation: Operation) -> Int? {
    operation.end.flatMap(line)
  }

  private func line(at offset: Int) -> Int? {
    events[offset].line == 0 ? nil : Int(events[offset].line)
  }
}

extension History {
  /// The history in EDN, as Jepsen writes it: one operation's map a line, the value of a call repeated at its end, keys
  /// as jepsen.independent wraps them: `:value [k v]`. Reading it gives the same history.
  ///
  /// The header stands in a comment on the first line. A compare-and-set that answered "mismatch" is a `:fail` here, so
  /// that other checkers leave it out instead of believing that it swapped; `:mismatch true` beside it, and `:seen v`
  /// if the value is known, say what it was. `EDNText` tells how values are written.
  public func edn() -> [UInt8] {
    var writer = EDNWriter(self)
    for offset in events.indices { writer.writeEvent(at: offset) }
    return writer.output.bytes
  }
}

/// Writes EDN.
private struct EDNWriter {
  private let history: History
  private var open = OpenCalls()
  private(set) var output: TextOutput

  init(_ history: History) {
    self.history = history
    var header = NativeWriter(history, capacity: 0)
    header.writeHeader()
    output = TextOutput(capacity: 128 * (history.events.count + 1))
    output.write("; ")
    output.write(header.output.bytes)
  }

  mutating func writeEvent(at offset: Int) {
    let event = history.events[offset]
    var call = event
    if event.kind == .invoke {
      open[event.process] = offset
    } else if let place = open[event.process] {
      call = history.events[place]
      open[event.process] = nil
    }
    let isMismatch = event.answer == .mismatch || event.answer == .unseenMismatch
    let type = isMismatch ? .fail : event.kind
    output.write("{:index ")
    output.write(offset)
    output.write(", :time ")
    output.write(event.time)
    output.write(", :process ")
    output.write(event.process)
    output.write(", :type :")
    output.write(type.name)
    output.write(", :f :")
    output.write(event.function.name(in: history.header.model))
    output.write(", :value ")
    if event.key != .absent {
      output.write("[")
      write(value: event.key)
      output.write(" ")
    }
    switch event.function {
    case .get: write(value: event.value)
    case .put, .append: write(value: call.value)
    case .delete: output.write("nil")
    case .compareAndSet:
      output.write("[")
      write(value: call.value)
      output.write(" ")
      write(value: call.replacement)
      output.write("]")
    }
    if event.key != .absent { output.write("]") }
    if isMismatch { output.write(", :mismatch true") }
    if event.answer == .mismatch {
      output.write(", :seen ")
      write(value: event.value)
    }
    if let place = history.givenOrder[offset] {
      output.write(", :order ")
      output.write(place)
    }
    output.write("}\n")
  }

  private mutating func write(value: ValueID) {
    EDNText.write(history.values[value], to: &output)
  }
}

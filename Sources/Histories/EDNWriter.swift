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
    return writer.output
  }
}

/// Writes EDN.
private struct EDNWriter {
  private let history: History
  private var open = OpenCalls()
  private(set) var output: [UInt8]

  init(_ history: History) {
    self.history = history
    var native = NativeWriter(history)
    native.writeHeader()
    output = Array("; ".utf8) + native.output
    output.reserveCapacity(128 * (history.events.count + 1))
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
    write("{:index \(offset), :time \(event.time), :process \(event.process), :type :\(type.name)")
    write(", :f :\(event.function.name(in: history.header.model)), :value ")
    if event.key != .absent {
      write("[")
      write(value: event.key)
      write(" ")
    }
    switch event.function {
    case .get: write(value: event.value)
    case .put, .append: write(value: call.value)
    case .delete: write("nil")
    case .compareAndSet:
      write("[")
      write(value: call.value)
      write(" ")
      write(value: call.replacement)
      write("]")
    }
    if event.key != .absent { write("]") }
    if isMismatch { write(", :mismatch true") }
    if event.answer == .mismatch {
      write(", :seen ")
      write(value: event.value)
    }
    write("}\n")
  }

  private mutating func write(_ text: String) {
    output.append(contentsOf: text.utf8)
  }

  private mutating func write(value: ValueID) {
    EDNText.write(history.values[value], into: &output)
  }
}

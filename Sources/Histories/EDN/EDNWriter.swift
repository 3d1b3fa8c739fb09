extension History {
  /// The history in EDN, as Jepsen writes it: one operation's map a line, the value of a call repeated at its end, keys
  /// as jepsen.independent wraps them: `:value [k v]`. Reading it gives the same history.
  ///
  /// The header stands in a comment on the first line. A compare-and-set that answered "mismatch" is a `:fail` here, so
  /// that other checkers leave it out instead of believing that it swapped; `:mismatch true` beside it, and `:seen v`
  /// if the value is known, say what it was. `EDNText` tells how values are written.
  public func edn() -> [UInt8] { edn(with: []) }

  /// The same, and between the events what the nemesis did.
  ///
  /// - Parameter deeds: in order of time.
  package func edn(with deeds: [NemesisDeed]) -> [UInt8] {
    var writer = EDNWriter(self)
    var deeds = deeds[...]
    for offset in events.indices {
      while let deed = deeds.first, deed.time <= events[offset].time { writer.write(deeds.removeFirst()) }
      writer.writeEvent(at: offset)
    }
    for deed in deeds { writer.write(deed) }
    return writer.output.bytes
  }
}

/// Something that was done to a system beside its clients' operations, or its end: an `:info` of Jepsen's `:nemesis`.
package struct NemesisDeed: Hashable, Sendable {
  /// Nanoseconds since the start.
  package var time: Int64
  /// The name of what was done: a keyword without its colon.
  package var function: String
  /// What happened, in words; `nil` if there is nothing to say.
  package var value: String?
  /// What its begin and its end have in common, and no other deed has.
  package var fault: Int?

  package init(time: Int64, function: String, value: String?, fault: Int?) {
    (self.time, self.function, self.value, self.fault) = (time, function, value, fault)
  }
}

/// Writes EDN.
private struct EDNWriter {
  private let history: History
  private var open = OpenCalls()
  /// How many maps were written.
  private var count = 0
  private(set) var output: TextOutput

  init(_ history: History) {
    self.history = history
    var stated = history
    stated.header.isKeyed = Self.isKeyed(history)
    var header = NativeWriter(stated, capacity: 0)
    header.writeHeader()
    output = TextOutput(capacity: 128 * (history.events.count + 1))
    output.write("; ")
    output.write(header.output.bytes)
  }

  /// Whether values stand beside keys, where a value or a key could be taken for both; else `nil`.
  private static func isKeyed(_ history: History) -> Bool? {
    guard let first = history.events.first else { return nil }
    let isVector = (0..<history.values.count).contains { number in
      history.values.withBytes(of: ValueID(rawValue: UInt32(number))) { $0?.first == UInt8(ascii: "[") }
    }
    return isVector ? first.key != .absent : nil
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
    beginMap(at: event.time)
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
    case _ where event.answer == .value: write(value: event.value)
    case .get, .object: write(value: event.value)
    case .put, .append: write(value: call.value)
    case .delete: output.write("nil")
    case .compareAndSet where history.header.model?.isCell == false: write(value: event.value)
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

  mutating func write(_ deed: NemesisDeed) {
    beginMap(at: deed.time)
    output.write(":nemesis, :type :info, :f :")
    output.write(deed.function)
    output.write(", :value ")
    if let value = deed.value {
      Array(value.utf8).withUnsafeBufferPointer { output.writeQuoted($0) }
    } else {
      output.write("nil")
    }
    if let fault = deed.fault {
      output.write(", :fault ")
      output.write(fault)
    }
    output.write("}\n")
  }

  private mutating func beginMap(at time: Int64) {
    output.write("{:index ")
    output.write(count)
    output.write(", :time ")
    output.write(time)
    output.write(", :process ")
    count += 1
  }

  private mutating func write(value: ValueID) {
    EDNText.write(history.values[value], to: &output)
  }
}

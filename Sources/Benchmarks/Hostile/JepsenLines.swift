import Histories

extension History {
  /// The history as Jepsen's console shows it.
  ///
  /// - Precondition: there are only gets, puts and compare-and-sets, and every value is one character and a number.
  package func jepsenLines() -> [UInt8] {
    func number(_ id: ValueID) -> String { values[id].map { String(decoding: $0.dropFirst(), as: UTF8.self) } ?? "nil" }
    var calls: [Int32: HistoryEvent] = [:]
    var lines = ""
    for event in events {
      precondition(event.function != .append && event.function != .delete, "the console knows no such operation")
      if event.kind == .invoke { calls[event.process] = event }
      // A compare-and-set that found another value has failed there.
      let isMismatch = event.answer == .mismatch || event.answer == .unseenMismatch
      let kind = isMismatch ? "fail" : event.kind.name
      let call = calls[event.process] ?? event
      let value =
        switch (event.function, event.kind) {
        case (.get, .invoke): "nil"
        case (.get, .ok): number(event.value)
        case (.compareAndSet, .invoke), (.compareAndSet, .ok): "[\(number(call.value)) \(number(call.replacement))]"
        case (_, .invoke), (_, .ok): number(call.value)
        default: ":timed-out"
        }
      let function = event.function.name(in: .compareAndSetRegister)
      lines += "INFO  jepsen.util - \(event.process)\t:\(kind)\t:\(function)\t\(value)\n"
    }
    return Array(lines.utf8)
  }
}

/// Why a history cannot be written in a format.
public struct HistoryWritingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What stands in the way, and which operation it is.
  public let description: String
}

extension History {
  /// The history as a key-value log that Porcupine's own parser reads, in which an absent key reads as "".
  ///
  /// That parser takes the value of a put or an append from its completion too, and passes over a line without one. It
  /// knows nothing of failures, so what failed is left out; so is a get that came to nothing, which says nothing. A call
  /// that nobody knows the end of stays open. The one register of a history without keys is called `register`.
  ///
  /// - Throws: if there is anything that such a log cannot say: a compare-and-set or a delete, a value that is not printable
  ///   ASCII without quotes and backslashes, an absent value beside an empty one, a first value that is not absent.
  public func porcupineLog() throws(HistoryWritingError) -> [UInt8] {
    if let initial = header.initial, !initial.isEmpty {
      throw HistoryWritingError(description: "every key holds a value at first, which a log of Porcupine cannot say")
    }
    let operations = operations()
    var isWritten = [Bool](repeating: false, count: events.count)
    // What is absent at first and what is empty must not both be seen.
    let other: [UInt8]? = header.initial == nil ? [] : nil
    for operation in operations where operation.kind != .fail && !(operation.function == .get && operation.isUnknown) {
      try check(operation)
      isWritten[operation.call] = true
      if operation.kind == .ok, let end = operation.end { isWritten[end] = true }
      let value = operation.function == .get ? operation.seen : operation.argument
      if values[value] == other, operation.kind == .ok || operation.function != .get {
        throw HistoryWritingError(
          description:
            "\(Self.place(of: operation, in: self)) has \(other == nil ? "an absent" : "an empty") value beside "
            + "keys that are \(other == nil ? "empty" : "absent") at first, which is the same in a log of Porcupine")
      }
    }
    return porcupineLog(of: isWritten)
  }

  private func check(_ operation: Operation) throws(HistoryWritingError) {
    let name = Self.place(of: operation, in: self)
    switch operation.function {
    case .get, .put, .append: break
    case .compareAndSet, .delete, .object:
      throw HistoryWritingError(
        description: "\(name) has no name in a log of Porcupine, which knows get, put and append")
    }
    for id in [operation.key, operation.argument, operation.seen] {
      guard let bytes = values[id] else { continue }
      guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) else {
        throw HistoryWritingError(
          description: "\(name) has a key or value that is not printable ASCII without quotes and "
            + "backslashes, which a log of Porcupine cannot hold")
      }
    }
  }

  private static func place(of operation: Operation, in history: History) -> String {
    let name = operation.function.name(in: history.header.model)
    return history.callLine(of: operation).map { "the \(name) of line \($0)" }
      ?? "the \(name) of event \(operation.call)"
  }

  private func porcupineLog(of isWritten: [Bool]) -> [UInt8] {
    var output = TextOutput(capacity: 72 * events.count)
    var open = OpenCalls()
    // A client whose call stays open is another one from then on: a process of such a log has one call open.
    var renamed = OpenCalls()
    var spare = Int(events.map(\.process).max() ?? 0) + 1
    for (offset, event) in events.enumerated() {
      let call = event.kind == .invoke ? event : open[event.process].map { events[$0] } ?? event
      open[event.process] = event.kind == .invoke ? offset : nil
      let process = renamed[event.process] ?? Int(event.process)
      if event.kind == .info {
        renamed[event.process] = spare
        spare += 1
      }
      guard isWritten[offset] else { continue }
      output.write("{:process ")
      output.write(process)
      output.write(", :type :")
      output.write(event.kind.name)
      output.write(", :f :")
      output.write(event.function.name(in: .keyValue))
      output.write(", :key \"")
      output.write(values[event.key] ?? Array("register".utf8))
      output.write("\", :value ")
      let isRead = event.function == .get
      if isRead, event.kind == .invoke {
        output.write("nil}\n")
      } else {
        output.write("\"")
        output.write(values[isRead ? event.value : call.value] ?? [])
        output.write("\"}\n")
      }
    }
    return output.bytes
  }
}

import Histories

extension History {
  /// The history as a key-value log of Porcupine, in which an absent key reads as "".
  ///
  /// - Precondition: there are only gets, puts and appends, of printable ASCII without quotes: Porcupine's model knows
  ///   no others.
  package func porcupineLines() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(72 * events.count)
    for event in events {
      precondition(event.function != .compareAndSet && event.function != .delete, "Porcupine knows no such operation")
      output += "{:process \(event.process), :type :\(event.kind.name), :f :\(event.function.name(in: .keyValue))".utf8
      output += ", :key \"".utf8
      output += values[event.key] ?? []
      output += "\", :value ".utf8
      let isStated = event.function == .get ? event.kind == .ok : event.kind == .invoke
      if isStated {
        output.append(UInt8(ascii: "\""))
        output += values[event.value] ?? []
        output.append(UInt8(ascii: "\""))
      } else {
        output += "nil".utf8
      }
      output += "}\n".utf8
    }
    return output
  }
}

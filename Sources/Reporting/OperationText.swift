import Histories

/// How operations and values are called in a story.
struct OperationText {
  let history: History

  /// `c3`.
  static func client(_ process: Int) -> String { "c\(process)" }

  /// What was asked: `put x = 2`, `cas x: 1 -> 2`.
  func request(_ operation: Operation) -> String {
    let name = operation.function.name(in: history.header.model)
    let key = history.values[operation.key].map { " \(Self.show($0))" } ?? ""
    return switch history.action(of: operation) {
    case .get, .delete: name + key
    case .put(let value): "\(name)\(key) = \(Self.show(value))"
    case .append(let value): "\(name)\(key) + \(Self.show(value))"
    case .compareAndSet(let expected, let new): "\(name)\(key): \(Self.show(expected)) -> \(Self.show(new))"
    }
  }

  /// What was answered, as it follows a request; empty if there is nothing to tell.
  func answer(_ operation: Operation) -> String {
    switch history.outcome(of: operation) {
    case .fail: " failed"
    case .info, .ok(.done): ""
    case .ok(.swapped): " ok"
    case .ok(.value(let value)): " -> \(Self.show(value))"
    case .ok(.mismatch(let seen)): " found \(Self.show(seen))"
    case .ok(.unseenMismatch): " mismatch"
    }
  }

  /// Request and answer: `get x -> 1`.
  func whole(_ operation: Operation) -> String { request(operation) + answer(operation) }

  /// With its client: `c3's get x`.
  func owned(_ operation: Operation) -> String { "\(Self.client(operation.process))'s \(request(operation))" }

  /// A value: plain words as they are, others in quotes, bytes that are no text in hexadecimal.
  static func show(_ value: [UInt8]?) -> String {
    guard let value else { return "nothing" }
    let text = String(decoding: value, as: UTF8.self)
    guard Array(text.utf8) == value, value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      let digits = value.prefix(12).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      return "0x\(digits)\(value.count > 12 ? "…" : "")"
    }
    // The end of a long string of appends is what tells it from others.
    let short = text.count <= 24 ? text : "\(text.prefix(8))…\(text.suffix(14))"
    let isWord = !short.isEmpty && value.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") }
    return isWord ? short : "\"\(short)\""
  }
}

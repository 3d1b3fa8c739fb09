import Determinism
import Histories
import Hosting

/// What this program and a client say to each other: an operation and its outcome, a line of JSON each.
enum LineProtocol {
  /// The longest line of a client, in bytes.
  static let lineLimit = 1 << 20

  /// The line that asks for an operation, with its line feed.
  ///
  /// - Parameter number: no other operation of this client has it.
  static func request(
    _ action: Action, on key: [UInt8], at server: LiveServer, within patience: Duration, number: Int64
  ) -> [UInt8] {
    func text(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: bytes, as: UTF8.self)) }
    func textOrNull(_ bytes: [UInt8]?) -> JSONValue { bytes.map(text) ?? .null }
    var name = ""
    var arguments: [JSONMember] = []
    switch action {
    case .get: name = "get"
    case .put(let value): (name, arguments) = ("put", [.init("value", text(value))])
    case .append(let value): (name, arguments) = ("append", [.init("value", text(value))])
    case .delete: name = "delete"
    case .compareAndSet(let expected, let new):
      name = "cas"
      arguments = [.init("expected", textOrNull(expected)), .init("new", textOrNull(new))]
    }
    let place: [JSONMember] = [
      .init("node", .string("\(server.node)")), .init("address", .string("\(server.address)")),
      .init("timeout_ms", .integer(max(1, patience.nanoseconds / 1_000_000))), .init("id", .integer(number)),
    ]
    return JSONValue.object([.init("op", .string(name)), .init("key", text(key))] + arguments + place).bytes + [10]
  }

  /// Why a line is no outcome of an operation: a clause.
  struct Misunderstanding: Error, Hashable {
    let clause: String
  }

  /// What a client's line says of an operation.
  ///
  /// - Parameter number: that of the operation. A client need not repeat it.
  static func attempt(from line: String, of action: Action, number: Int64) throws(Misunderstanding) -> Attempt {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(reading: Array(line.utf8))
    } catch {
      throw Misunderstanding(clause: "is no line of JSON: \(error.sentence) at byte \(error.offset)")
    }
    guard case .object = value else { throw Misunderstanding(clause: "is \(value.kind); expected an object") }
    if let id = value["id"], id != .integer(number) {
      throw Misunderstanding(clause: "has another \"id\" than the operation, \(number)")
    }
    var reason: String?
    if case .string(let text)? = value["reason"] { reason = text.printable(columns: 200) }
    switch value["outcome"] {
    case .string("ok"): return Attempt(.ok(try answer(from: value, of: action)))
    case .string("fail"): return Attempt(.fail, reason)
    // Of a read nobody asks whether it took effect.
    case .string("info"): return Attempt(action == .get ? .fail : .info, reason)
    case .none: throw Misunderstanding(clause: "has no \"outcome\"")
    default: throw Misunderstanding(clause: "has an \"outcome\" that is none of \"ok\", \"fail\", \"info\"")
    }
  }

  private static func answer(from value: JSONValue, of action: Action) throws(Misunderstanding) -> Answer {
    switch action {
    case .put, .append, .delete: return .done
    case .get: return .value(try text(of: "value", in: value, after: "a get that is ok"))
    case .compareAndSet:
      guard case .bool(let isSwapped)? = value["swapped"] else {
        throw Misunderstanding(clause: "has no \"swapped\", true or false, which a cas that is ok needs")
      }
      if isSwapped { return .swapped }
      return value["seen"] == nil ? .unseenMismatch : .mismatch(seen: try text(of: "seen", in: value, after: "a cas"))
    }
  }

  private static func text(
    of name: String, in value: JSONValue, after operation: String
  ) throws(Misunderstanding) -> [UInt8]? {
    switch value[name] {
    case .string(let text): return Array(text.utf8)
    case .null: return nil
    case .none: throw Misunderstanding(clause: "has no \"\(name)\", a string or null, which \(operation) needs")
    case .some(let other):
      throw Misunderstanding(clause: "has a \"\(name)\" that is \(other.kind); expected a string or null")
    }
  }
}

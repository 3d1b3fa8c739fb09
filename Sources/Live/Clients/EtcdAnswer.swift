import Histories
import Hosting

/// What etcd's JSON gateway answered. What is false, 0 or empty is left out of it.
struct EtcdAnswer {
  /// Of gRPC: the request was wrong, and so was not carried out.
  private static let invalidArgument: JSONValue = .integer(3)

  private let status: HTTPStatus
  private let body: JSONValue?

  init(_ response: HTTPResponse) {
    status = response.status
    body = try? JSONValue(reading: response.body)
  }

  /// What it says of an action. Only two answers to a write are definite: that it was done, and that the request was wrong.
  /// After any other one it may have been proposed, and may yet be committed.
  func attempt(_ action: Action) -> Attempt {
    let isOk = status == .ok
    if isOk, let answer = answer(to: action) { return Attempt(.ok(answer)) }
    let reason = isOk ? "an answer of another form than that of etcd" : failure
    if action == .get { return Attempt(.fail, reason) }
    let isRefused = status == .badRequest && body?["code"] == Self.invalidArgument
    return Attempt(isRefused ? .fail : .info, reason)
  }

  /// Who the server is, who leads as far as it knows, and its term; `nil` if it does not say.
  var standing: (member: String, leader: String, term: UInt64)? {
    guard status == .ok, case .string(let member) = body?["header"]?["member_id"],
      case .string(let leader) = body?["leader"], case .string(let text) = body?["raftTerm"] ?? body?["raft_term"],
      let term = UInt64(text)
    else { return nil }
    return (member, leader, term)
  }

  private func answer(to action: Action) -> Answer? {
    // Every answer has a header, so that an empty object from elsewhere is none.
    guard let body, body["header"] != nil else { return nil }
    switch action {
    case .get: return Self.value(in: body).map { .value($0) }
    case .put, .delete: return .done
    case .compareAndSet:
      if body["succeeded"] == .bool(true) { return .swapped }
      guard case .array(let responses) = body["responses"], let range = responses.first?["response_range"] else {
        return .unseenMismatch
      }
      return Self.value(in: range).map { .mismatch(seen: $0) } ?? .unseenMismatch
    case .append: return nil
    }
  }

  /// The value in the answer to a range of one key: `.some(nil)` if the key is absent, `nil` if it says nothing of it.
  private static func value(in range: JSONValue) -> [UInt8]?? {
    guard let pairs = range["kvs"] else { return .some(nil) }
    guard case .array(let elements) = pairs, let first = elements.first, first["key"] != nil else { return nil }
    guard let value = first["value"] else { return .some([]) }
    guard case .string(let text) = value, let bytes = Base64.decoded(text.utf8) else { return nil }
    return bytes
  }

  private var failure: String {
    let code = if case .integer(let code) = body?["code"] { " code \(code)" } else { "" }
    let sentence = if case .string(let text) = body?["error"] ?? body?["message"] { ": \(text)" } else { "" }
    return "\(status.rawValue)\(code)\(sentence)"
  }
}

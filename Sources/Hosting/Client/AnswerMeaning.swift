import Determinism
import KeyValue
import Raft

/// What a server's answer to one attempt says of a request.
package enum AnswerMeaning: Hashable, Sendable {
  /// What came of it.
  case result(StoreResult)
  /// To `StoreRequest.openSession`.
  case opened(SessionID)
  /// The session of a write has ended.
  case sessionEnded
  /// This attempt did nothing, and another one may.
  case notNow(String)
  /// This attempt may have been carried out.
  case lost(String)
  /// Whoever answered is no server of the store, and cannot have passed it on to one.
  case stranger(String)

  /// - Parameters:
  ///   - response: the answer.
  ///   - request: what it answers.
  ///   - server: who answered, for sentences.
  package init(of response: HTTPResponse, to request: StoreRequest, from server: String) {
    let outcome = response.headers[APIHeader.outcome].flatMap { APIOutcome(rawValue: $0.text) }
    switch outcome {
    case nil: self = Self.foreign(response, server)
    case .ok: self = Self.success(response, request, server)
    case .failed: self = Self.failure(response, server)
    case .unknown where response.status == .gone: self = .sessionEnded
    case .unknown: self = .lost(Self.sentence(of: response, server))
    }
  }

  /// Who may have passed the request on says 502 or the like; these say that there is nothing of the kind here.
  private static func foreign(_ response: HTTPResponse, _ server: String) -> AnswerMeaning {
    let sentence = "\(server) answers \(response.status.rawValue), not as a server of raftkv does"
    let isRefusal = [.badRequest, .forbidden, .notFound, .methodNotAllowed, .notImplemented].contains(response.status)
    return isRefusal ? .stranger(sentence) : .lost(sentence)
  }

  private static func success(_ response: HTTPResponse, _ request: StoreRequest, _ server: String) -> AnswerMeaning {
    let unreadable = AnswerMeaning.lost("\(server) answers what this client cannot read")
    switch request {
    case .read:
      if response.status == .notFound { return .result(.value(nil)) }
      return response.status == .ok ? .result(.value(response.body)) : unreadable
    case .write, .change, .transfer: return response.status.isSuccess ? .result(.done) : unreadable
    case .openSession:
      guard case .integer(let number)? = json(of: response)?["session"], let id = UInt64(exactly: number) else {
        return unreadable
      }
      return .opened(SessionID(id))
    case .health, .members, .status, .snapshot:
      guard let facts = json(of: response), case .object = facts else { return unreadable }
      return .result(.facts(facts))
    }
  }

  private static func failure(_ response: HTTPResponse, _ server: String) -> AnswerMeaning {
    let sentence = sentence(of: response, server)
    if response.status == .serviceUnavailable || response.status == .gatewayTimeout { return .notNow(sentence) }
    if response.status == .contentTooLarge { return .result(.refused(sentence, reason: StoreResult.tooLarge)) }
    let json = json(of: response)
    if json?["swapped"] == .bool(false), let seen = seen(in: json) { return .result(.mismatch(seen: seen.value)) }
    guard case .string(let reason)? = json?["reason"] else { return .result(.refused(sentence, reason: nil)) }
    return passing.contains(reason) ? .notNow(sentence) : .result(.refused(sentence, reason: reason))
  }

  /// Refusals that may be otherwise soon.
  private static let passing = [RequestRefusal.changeUnderWay, .transferUnderWay, .nothingCommittedInTerm].map(\.name)

  /// The value that a compare-and-set found; `nil` if the answer does not tell.
  private static func seen(in json: JSONValue?) -> (value: [UInt8]?, Void)? {
    if case .string(let base64)? = json?["base64"] { return Base64.decoded(base64.utf8).map { ($0, ()) } }
    switch json?["seen"] {
    case .string(let text)?: return (Array(text.utf8), ())
    case .null?: return (nil, ())
    default: return nil
    }
  }

  private static func json(of response: HTTPResponse) -> JSONValue? { try? JSONValue(reading: response.body) }

  private static func sentence(of response: HTTPResponse, _ server: String) -> String {
    guard case .string(let sentence)? = json(of: response)?["error"] else {
      return "\(server) answers \(response.status.rawValue)"
    }
    return sentence
  }
}

import Determinism
import KeyValue
import Raft
import Replica

/// What became of a request.
package enum APIOutcome: String, Hashable, Sendable {
  /// It was carried out.
  case ok
  /// It was not and will not be.
  case failed
  /// It may have been, or may yet be.
  case unknown
}

/// What a server answers, before it is put into HTTP.
package enum APIAnswer: Hashable, Sendable {
  /// What the replica replied.
  case reply(ClientReply.Body)
  /// Nothing was done, since this server does not lead and did not reach the leader either.
  ///
  /// - Parameter http: where the leader can be reached, if that is known.
  case notLeader(http: HostAndPort?)
  /// To `APIRequest.Action.show`.
  case facts(ServerFacts)
  /// To `APIView.metrics`.
  case metrics(Metrics)
  /// This server's log is compacted up to here.
  case snapshot(LogIndex)
  /// The server did not carry it out, whatever it was.
  case refusal(HTTPRefusal)

  /// The answer in the interface of its request.
  package func response(to request: APIRequest) -> HTTPResponse {
    switch self {
    case .reply(let body): return Self.response(to: request, body)
    case .notLeader(let http):
      guard request.redirects, let http else {
        return Telling(.serviceUnavailable, Self.noLeader(http)).response(request)
      }
      return Self.redirection(to: http, request)
    case .facts(let facts): return facts.response(to: request)
    case .metrics(let metrics):
      var headers = HTTPHeaders()
      headers.append("Content-Type", Metrics.contentType)
      return HTTPResponse(.ok, outcome: .ok, headers: headers, body: Array(metrics.text.utf8))
    case .snapshot(let index):
      return Telling(.ok, [JSONMember("snapshotIndex", .count(index.rawValue))]).response(request)
    case .refusal(let refusal): return Telling(refusal).response(request)
    }
  }

  private static func response(to request: APIRequest, _ body: ClientReply.Body) -> HTTPResponse {
    switch body {
    case .opened(let session):
      return Telling(.created, [JSONMember("session", .count(session.rawValue))]).response(request)
    case .value(let value): return request.valueResponse(value)
    case .written(.done), .done: return Telling(.ok).response(request)
    case .written(.swapped): return Telling(.ok, [JSONMember("swapped", .bool(true))]).response(request)
    case .written(.mismatch(let seen)):
      var telling = Telling(.conflict, "the value is not the expected one")
      telling.members = [JSONMember("swapped", .bool(false))] + JSONMember.value(seen, named: "seen")
      return telling.response(request)
    case .written(.refused):
      let sentence =
        "the value would be longer than \(KeyValueLimits.maxValueBytes) bytes, or the store larger than "
        + "\(KeyValueLimits.maxStoreBytes) bytes"
      return Telling(.contentTooLarge, sentence).response(request)
    case .sessionExpired: return sessionExpired(request).response(request)
    case .notLeader: return Telling(.serviceUnavailable, noLeader(nil)).response(request)
    case .unknown: return unknown(request).response(request)
    case .refused(let violation): return Telling(.contentTooLarge, violation.description).response(request)
    case .turnedDown(let refusal): return turnedDown(refusal).response(request)
    }
  }

  private static func noLeader(_ http: HostAndPort?) -> String {
    guard let http else { return "no leader is known; nothing was done, try again" }
    return "the leader at \(http) was not reached; nothing was done, try again"
  }

  /// RFC 9110 §15.4.8: the client repeats the same request there.
  private static func redirection(to http: HostAndPort, _ request: APIRequest) -> HTTPResponse {
    var location = Array("http://\(http)".utf8)
    for byte in request.target {
      if byte < 0x80 { location.append(byte) } else { location.append(contentsOf: PercentCoding.encoded([byte])) }
    }
    var headers = HTTPHeaders()
    headers.append("Location", location.text)
    return HTTPResponse(.temporaryRedirect, outcome: .failed, headers: headers)
  }

  /// The replica says so of this attempt alone. In a session that a client has opened, an earlier attempt of the same number
  /// may have been carried out, and a client that believed "failed" would lose sight of it.
  private static func sessionExpired(_ request: APIRequest) -> Telling {
    guard request.session != nil else {
      return Telling(.gone, "the session of the server has ended; nothing was done, try again")
    }
    var telling = Telling(
      .gone, "the session has ended; this attempt was not carried out, of earlier ones nothing is known; open a new one"
    )
    telling.outcome = .unknown
    return telling
  }

  private static func unknown(_ request: APIRequest) -> Telling {
    // What changes nothing has no effect that could be unknown.
    guard request.changes else { return Telling(.gatewayTimeout, "there was no answer in time; try again") }
    var telling = Telling(
      .gatewayTimeout,
      "it is not known whether this was carried out; in a session, the same number can be sent again without harm")
    telling.outcome = .unknown
    return telling
  }

  private static func turnedDown(_ refusal: RequestRefusal) -> Telling {
    let sentence =
      switch refusal {
      case .changeUnderWay: "another change of members is not committed yet; try again"
      case .transferUnderWay: "leadership is being transferred; try again"
      case .nothingCommittedInTerm: "the leader has committed nothing of its term yet; try again"
      case .unknownServer: "a server that is named takes no part, or can have no part in this"
      case .lastVoter: "no voter would be left"
      case .notCaughtUp: "a server did not catch up or take over in time; if it was added, it may be a learner by now"
      }
    var telling = Telling(.conflict, sentence)
    telling.members = [JSONMember("reason", .string(refusal.name))]
    return telling
  }
}

/// An answer that says what became of a request, before its interface is known.
struct Telling {
  var status: HTTPStatus
  var outcome: APIOutcome
  /// Besides the outcome.
  var members: [JSONMember] = []
  /// A sentence, if the request was not carried out.
  var error: String?
  var allowed: [HTTPMethod] = []

  /// It was carried out.
  init(_ status: HTTPStatus, _ members: [JSONMember] = []) {
    (self.status, outcome, self.members) = (status, .ok, members)
  }

  /// It was not and will not be.
  init(_ status: HTTPStatus, _ error: String) {
    (self.status, outcome, self.error) = (status, .failed, error)
  }

  /// It was refused.
  init(_ refusal: HTTPRefusal) {
    self.init(refusal.status, refusal.sentence)
    allowed = refusal.allowed
  }

  func response(_ request: APIRequest) -> HTTPResponse {
    switch request.dialect {
    case .raftd: text
    case .goPackage, .own: json
    }
  }

  /// raftd answers what was carried out with nothing, and everything else with a sentence.
  var text: HTTPResponse {
    HTTPResponse(
      status, outcome: outcome, headers: headers("text/plain; charset=utf-8"),
      body: error.map { Array("\($0)\n".utf8) } ?? [])
  }

  /// The body that most writes are answered with.
  private static let okBody = Array("{\"outcome\":\"ok\"}\n".utf8)

  var json: HTTPResponse {
    if outcome == .ok, members.isEmpty {
      return HTTPResponse(status, outcome: .ok, headers: headers("application/json"), body: Self.okBody)
    }
    var all = [JSONMember("outcome", .string(outcome.rawValue))] + members
    if let error { all.append(JSONMember("error", .string(error))) }
    return HTTPResponse(
      status, outcome: outcome, headers: headers("application/json"), body: JSONValue.object(all).bytes + [.lineFeed])
  }

  private func headers(_ contentType: String) -> HTTPHeaders {
    var headers = HTTPHeaders()
    headers.append("Content-Type", contentType)
    if !allowed.isEmpty { headers.append("Allow", allowed.map(\.rawValue).joined(separator: ", ")) }
    return headers
  }
}

extension HTTPRefusal {
  /// The answer to a request that was refused before anybody knew what it asks for; JSON where the own interface answers so.
  ///
  /// - Parameter request: `nil` if it could not be read.
  package func response(to request: HTTPRequest?) -> HTTPResponse {
    let isOwn = request?.path.starts(with: "/v1/".utf8) ?? false
    return isOwn ? Telling(self).json : Telling(self).text
  }
}

extension HTTPResponse {
  /// A response that says in its header what became of the request.
  init(_ status: HTTPStatus, outcome: APIOutcome, headers: HTTPHeaders, body: [UInt8] = []) {
    var headers = headers
    headers.append(APIHeader.outcome, outcome.rawValue)
    self.init(status, headers: headers, body: body)
  }
}

extension JSONMember {
  /// A value as a string, or in base64 beside `null` if it is no text; `null` if it is absent.
  static func value(_ value: [UInt8]?, named name: String, base64Name: String = "base64") -> [JSONMember] {
    guard let value else { return [JSONMember(name, .null)] }
    if let text = String(validating: value, as: UTF8.self) { return [JSONMember(name, .string(text))] }
    return [JSONMember(name, .null), JSONMember(base64Name, .string(Base64.encoded(value)))]
  }
}

extension APIRequest {
  /// The answer to a read.
  func valueResponse(_ value: [UInt8]?) -> HTTPResponse {
    switch dialect {
    case .goPackage:
      guard case .read(let key, _) = action else { return Telling(.ok).json }
      let members = JSONMember.value(key, named: "Key") + JSONMember.value(value, named: "Value", base64Name: "Base64")
      return jsonResponse(.ok, members)
    case .own(wantsJSON: true):
      let members = [JSONMember("outcome", .string(APIOutcome.ok.rawValue))] + JSONMember.value(value, named: "value")
      return jsonResponse(value == nil ? .notFound : .ok, members)
    case .own(wantsJSON: false), .raftd:
      var headers = HTTPHeaders()
      headers.append("Content-Type", "application/octet-stream")
      // raftd does not tell an absent key from one with an empty value.
      let status = value == nil && dialect != .raftd ? HTTPStatus.notFound : .ok
      return HTTPResponse(status, outcome: .ok, headers: headers, body: value ?? [])
    }
  }

  private func jsonResponse(_ status: HTTPStatus, _ members: [JSONMember]) -> HTTPResponse {
    var headers = HTTPHeaders()
    headers.append("Content-Type", "application/json")
    return HTTPResponse(status, outcome: .ok, headers: headers, body: JSONValue.object(members).bytes + [.lineFeed])
  }
}

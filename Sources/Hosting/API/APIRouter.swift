import Determinism
import KeyValue
import Raft

/// Says what HTTP requests ask for. Whatever a web page may have sent is refused.
package struct APIRouter: Sendable {
  /// The hosts, besides those of loopback, under which clients know this server.
  private let ownHosts: [String]

  /// - Parameter ownHosts: where the server listens, if it does not listen on loopback only; ports do not count.
  package init(ownHosts: [HostAndPort] = []) {
    self.ownHosts = ownHosts.map(\.host)
  }

  /// What a request asks for.
  ///
  /// - Throws: why it is refused; `HTTPRefusal.response(to:)` is the answer, and the connection may stay open.
  package func request(for http: HTTPRequest) throws(HTTPRefusal) -> APIRequest {
    try guardAgainstPages(http)
    guard let (route, key) = APIRoute.of(http.path) else {
      let names = APIRoute.allCases.map(\.name).joined(separator: ", ")
      throw HTTPRefusal(.notFound, "there is no \(http.path.quoted); there are \(names)")
    }
    guard route.methods.contains(http.method) else {
      let names = route.methods.map(\.rawValue)
      throw HTTPRefusal(
        .methodNotAllowed,
        "\(route.name) does not take \(http.method.rawValue); it takes \(names.joined(separator: ", "))",
        allowed: route.methods)
    }
    var query = try QueryParameters(http.query)
    var request = APIRequest(
      action: .openSession, session: nil, redirects: false, target: [], dialect: dialect(of: route, http))
    if route.takesKey {
      request.action = try keyAction(on: key, of: http, as: route, &query)
      if route == .database, try query.flag("redirect") { (request.redirects, request.target) = (true, http.target) }
    } else {
      request.action = try action(of: route, http)
    }
    try query.refuseRest(of: route)
    if case .write = request.action { request.session = try session(of: http) }
    return request
  }

  private func dialect(of route: APIRoute, _ http: HTTPRequest) -> APIDialect {
    if route.isOfRaftd { return .raftd }
    if route == .set || route == .get { return .goPackage }
    let wantsJSON = http.headers.values(of: "accept").contains { value in
      value.listElements.contains {
        $0.prefix { $0 != UInt8(ascii: ";") }.trimmed.equalsIgnoringCase("application/json")
      }
    }
    return .own(wantsJSON: wantsJSON)
  }

  // MARK: Web pages

  /// Any web page can send requests to a server on loopback. What a browser says of them gives those away.
  private func guardAgainstPages(_ http: HTTPRequest) throws(HTTPRefusal) {
    if let origin = http.headers["origin"] {
      throw HTTPRefusal(
        .forbidden, "the request comes from a web page (Origin is \(origin.quoted)), which this server does not serve")
    }
    for site in http.headers.values(of: "sec-fetch-site")
    where !site.equalsIgnoringCase("none") && !site.equalsIgnoringCase("same-origin") {
      throw HTTPRefusal(
        .forbidden,
        "the request comes from a page of another site (Sec-Fetch-Site is \(site.quoted)), which this server does not serve"
      )
    }
    // A page's own name may have been made to point to this server (DNS rebinding).
    if let host = http.host, !host.isLoopback, !ownHosts.contains(host.host) {
      let names = (HostAndPort.loopbackHosts + ownHosts).joined(separator: ", ")
      throw HTTPRefusal(
        .forbidden, "Host is \(host.host.quoted(columns: 60)), which is not this server; it answers to \(names)")
    }
  }

  // MARK: Keys

  private func keyAction(
    on encodedKey: ArraySlice<UInt8>, of http: HTTPRequest, as route: APIRoute, _ query: inout QueryParameters
  ) throws(HTTPRefusal) -> APIRequest.Action {
    guard let key = PercentCoding.decoded(encodedKey) else { throw .malformed("the key is not percent-encoded") }
    guard !key.isEmpty else { throw .malformed("no key follows on \(route.rawValue); expected \(route.name)") }
    switch (http.method, route) {
    case (.get, _), (.head, _): return .read(key: key, isStale: try query.flag("stale"))
    case (.post, .database): return .write(.put(key: key, value: http.body))
    case (.delete, _): return .write(.delete(key: key))
    case (.post, _):
      guard try query.flag("append") else {
        throw .malformed("POST to \(route.name) appends, and says so: expected ?append (PUT replaces the value)")
      }
      return .write(.append(key: key, value: http.body))
    default:
      let (expected, isAbsent) = (try query.bytes("expected"), try query.flag("absent"))
      guard expected == nil || !isAbsent else {
        throw .malformed("there are both expected and absent; expected one of them")
      }
      guard expected != nil || isAbsent else { return .write(.put(key: key, value: http.body)) }
      return .write(.compareAndSet(key: key, expected: expected, new: http.body))
    }
  }

  private func session(of http: HTTPRequest) throws(HTTPRefusal) -> APIRequest.InSession? {
    let session = try number(in: APIHeader.session, of: http)
    let sequence = try number(in: APIHeader.sequence, of: http)
    switch (session, sequence) {
    case (nil, nil): return nil
    case (let session?, let sequence?):
      guard sequence > 0 else { throw .malformed("\(APIHeader.sequence) is 0; numbers in a session start at 1") }
      return APIRequest.InSession(session: SessionID(session), sequence: SequenceNumber(sequence))
    default:
      throw .malformed("there is only one of \(APIHeader.session) and \(APIHeader.sequence); expected both or neither")
    }
  }

  private func number(in header: String, of http: HTTPRequest) throws(HTTPRefusal) -> UInt64? {
    let values = http.headers.values(of: header)
    guard let value = values.first else { return nil }
    guard values.count == 1 else { throw .malformed("there are \(values.count) \(header) fields; expected one") }
    guard let number = value.decimalNumber else { throw .malformed("\(header) is \(value.quoted); expected a number") }
    return number
  }

  // MARK: Everything else

  private func action(of route: APIRoute, _ http: HTTPRequest) throws(HTTPRefusal) -> APIRequest.Action {
    switch route {
    case .sessions: .openSession
    case .configuration: http.method == .post ? try memberChange(in: http.body) : .show(.members)
    case .transfer: try transfer(in: http.body)
    case .snapshot: .snapshot
    case .status: .show(.status)
    case .join: try join(in: http.body)
    case .leave: try leave(in: http.body)
    case .members: .show(.members)
    case .peers: .show(.peers)
    case .leader: .show(.leader)
    case .state: .show(.state)
    case .set: try set(in: http.body)
    case .get: try get(in: http.body)
    case .health: .show(.health)
    case .metrics: .show(.metrics)
    case .value, .database: throw .malformed("no key follows on \(route.rawValue); expected \(route.name)")
    }
  }
}

/// The names of the API's own header fields.
package enum APIHeader {
  /// Of a request: the session in which it writes.
  package static let session = "Raftkv-Session"
  /// Of a request: its number in the session, from 1.
  package static let sequence = "Raftkv-Sequence"
  /// Of an answer: what became of the request.
  package static let outcome = "Raftkv-Outcome"
}

/// The parameters of a query, each of which is taken once.
struct QueryParameters {
  /// One parameter, its value still percent-encoded; `nil` without an equals sign.
  private struct Parameter {
    var name: ArraySlice<UInt8>
    var value: ArraySlice<UInt8>?
  }

  /// More than any path takes.
  private static let maxParameters = 8

  private var parameters: [Parameter] = []
  private var asked: [String] = []

  init(_ query: ArraySlice<UInt8>?) throws(HTTPRefusal) {
    guard let query else { return }
    for part in query.split(separator: UInt8(ascii: "&"), maxSplits: Self.maxParameters) {
      let name = part.prefix { $0 != UInt8(ascii: "=") }
      parameters.append(
        Parameter(name: name, value: name.endIndex < part.endIndex ? part[(name.endIndex + 1)...] : nil))
    }
    guard parameters.count <= Self.maxParameters else {
      throw .malformed("the query has more than \(Self.maxParameters) parameters")
    }
  }

  /// Whether a parameter stands there, without a value or with `true`.
  mutating func flag(_ name: String) throws(HTTPRefusal) -> Bool {
    guard let parameter = try take(name) else { return false }
    guard let value = parameter.value, !value.elementsEqual("true".utf8) else { return true }
    guard value.elementsEqual("false".utf8) else {
      throw .malformed("\(name) is \(value.quoted); expected true or false")
    }
    return false
  }

  /// The value of a parameter, decoded.
  mutating func bytes(_ name: String) throws(HTTPRefusal) -> [UInt8]? {
    guard let parameter = try take(name) else { return nil }
    guard let value = parameter.value else { throw .malformed("\(name) has no value; expected \(name)=VALUE") }
    guard let decoded = PercentCoding.decoded(value) else { throw .malformed("\(name) is not percent-encoded") }
    return decoded
  }

  private mutating func take(_ name: String) throws(HTTPRefusal) -> Parameter? {
    asked.append(name)
    let found = parameters.filter { $0.name.elementsEqual(name.utf8) }
    guard found.count <= 1 else { throw .malformed("\(name) stands in the query \(found.count) times; expected once") }
    parameters.removeAll { $0.name.elementsEqual(name.utf8) }
    return found.first
  }

  /// Refuses what nobody asked for.
  func refuseRest(of route: APIRoute) throws(HTTPRefusal) {
    guard let rest = parameters.first else { return }
    let known = asked.isEmpty ? "none" : asked.joined(separator: ", ")
    throw .malformed("\(route.name) has no parameter \(rest.name.quoted) here; known are: \(known)")
  }
}

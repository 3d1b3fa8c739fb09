import Determinism
import KeyValue
import Raft
import Replica
import System

@testable import Hosting

/// Three servers of a store that do with each request what a script says, on a clock that only they move.
struct ScriptedNetwork: ClientNetwork {
  /// What becomes of a request.
  enum Fate {
    /// It is answered.
    case answered
    /// Nobody takes the connection.
    case refused
    /// It never arrives.
    case lost
    /// It is carried out, and its answer is lost.
    case answerLost
    /// It is carried out after others that are sent later, and its answer is lost.
    case late
    /// Another client opens so many sessions that all others are forgotten; then it is answered.
    case answeredWithoutSessions
    /// It is not carried out, and this is the answer.
    case says(HTTPResponse)
  }

  private(set) var now = LocalInstant(nanoseconds: 0)
  /// Method and path of each request, behind the number of the server's port.
  private(set) var asked: [String] = []
  /// How often each request about members or leadership was carried out.
  private(set) var orders = 0
  private var store = StateMachine(sessions: SessionSettings(lifetime: .seconds(3_600), maxOpen: 1))
  private var index: UInt64 = 0
  private var late: [HTTPRequest] = []
  private let fate: (_ server: SocketAddress, _ request: HTTPRequest, _ number: Int) -> Fate

  static let servers = [8_001, 8_002, 8_003].map { SocketAddress(host: "127.0.0.1", port: $0) }
  /// How long an answer takes.
  private static let trip = Duration.milliseconds(1)

  /// - Parameter fate: of each request, with its number from 1.
  init(_ fate: @escaping (_ server: SocketAddress, _ request: HTTPRequest, _ number: Int) -> Fate) { self.fate = fate }

  mutating func pause(_ span: Duration) { now = now + span }

  mutating func exchange(
    _ request: HTTPRequest, with server: SocketAddress, within patience: Duration
  ) throws(HTTPConnection.Failure) -> HTTPResponse {
    asked.append("\(server.port % 10) \(request.method.rawValue) \(request.path.text)")
    if asked.count % 3 == 0 { doLate() }
    switch fate(server, request, asked.count) {
    case .answered: break
    case .refused: throw .notSent("cannot connect to \(server)")
    case .lost: try lose(patience, server)
    case .answerLost:
      _ = answer(request)
      try lose(patience, server)
    case .late:
      late.append(request)
      try lose(patience, server)
    case .answeredWithoutSessions: _ = apply(.openSession)
    case .says(let response):
      now = now + Self.trip
      return response
    }
    now = now + Self.trip
    return answer(request)
  }

  private mutating func lose(_ patience: Duration, _ server: SocketAddress) throws(HTTPConnection.Failure) {
    now = now + patience
    throw .noAnswer("\(server) does not answer in time")
  }

  /// Carries out what is still on its way.
  mutating func doLate() {
    for request in late { _ = answer(request) }
    late.removeAll()
  }

  /// The value of a key, as text.
  func text(of key: String) -> String? { store.value(of: Array(key.utf8)).map(\.text) }

  private mutating func apply(_ body: Command.Body) -> CommandOutcome {
    index += 1
    return store.apply(
      Command(stamp: WallInstant(nanoseconds: now.nanoseconds), body: body), at: index, clock: .epoch,
      rules: PaperSessionRules.self)
  }

  private mutating func reply(to body: Command.Body) -> ClientReply.Body {
    switch apply(body) {
    case .opened(let session): .opened(session)
    case .result(let result): .written(result)
    case .sessionExpired: .sessionExpired
    case .dropped: .unknown
    }
  }

  private mutating func answer(_ http: HTTPRequest) -> HTTPResponse {
    do throws(HTTPRefusal) {
      let request = try APIRouter().request(for: http)
      return answer(to: request).response(to: request)
    } catch {
      return error.response(to: http)
    }
  }

  private mutating func answer(to request: APIRequest) -> APIAnswer {
    switch request.action {
    case .read(let key, _): return .reply(.value(store.value(of: key)))
    case .openSession: return .reply(reply(to: .openSession))
    case .write(let operation):
      if let violation = KeyValueLimits.violation(of: operation) { return .reply(.refused(violation)) }
      guard let place = request.session else { return .refusal(HTTPRefusal(.badRequest, "there is no session")) }
      return .reply(reply(to: .change(operation, session: place.session, sequence: place.sequence)))
    case .changeMembers, .transfer, .join, .leave:
      orders += 1
      return .reply(.done)
    case .snapshot: return .snapshot(LogIndex(index))
    case .show: return .facts(.ofScript)
    }
  }
}

extension ServerFacts {
  static var ofScript: ServerFacts {
    let servers = [1, 2, 3, 4].map { (number: UInt8) in
      NamedServer(
        NodeID(number),
        ServerAddresses(
          peer: HostAndPort("127.0.0.1:700\(number)"), http: HostAndPort("127.0.0.1:800\(number)") ?? .local))
    }
    return ServerFacts(
      id: NodeID(1), cluster: ClusterID(7), role: .follower, term: Term(3), commitIndex: LogIndex(9),
      appliedIndex: LogIndex(9), lastIndex: LogIndex(9), snapshotIndex: LogIndex(0), leader: NodeID(2),
      members: Members(voters: NodeSet(servers.map(\.id))), servers: servers)
  }
}

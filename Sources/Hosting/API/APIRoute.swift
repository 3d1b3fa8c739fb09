/// The paths that a server has.
enum APIRoute: String, CaseIterable {
  case value = "/v1/kv/"
  case sessions = "/v1/sessions"
  case configuration = "/v1/members"
  case transfer = "/v1/transfer"
  case snapshot = "/v1/snapshot"
  case status = "/v1/status"
  case database = "/db/"
  case join = "/join"
  case leave = "/leave"
  case members = "/members"
  case peers = "/peers"
  case leader = "/leader"
  case state = "/state"
  case set = "/set"
  case get = "/get"
  case health = "/health"
  case metrics = "/metrics"

  private static let all = allCases

  /// The route of a path that is still percent-encoded, and the key behind it.
  static func of(_ path: ArraySlice<UInt8>) -> (route: APIRoute, key: ArraySlice<UInt8>)? {
    for route in all {
      let prefix = route.rawValue.utf8
      guard path.starts(with: prefix) else { continue }
      let key = path.dropFirst(prefix.count)
      if key.isEmpty || route.takesKey { return (route, key) }
    }
    return nil
  }

  /// Whether a key follows.
  var takesKey: Bool { rawValue.utf8.last == .slash }

  /// As a sentence names it.
  var name: String { takesKey ? rawValue + "{key}" : rawValue }

  /// What may be asked of it.
  var methods: [HTTPMethod] {
    switch self {
    case .value: [.get, .head, .put, .post, .delete]
    case .database: [.get, .head, .post]
    case .configuration: [.get, .head, .post]
    case .sessions, .transfer, .snapshot, .join, .leave, .set: [.post]
    // Its body names the key, which some clients send with a GET and some with a POST.
    case .get: [.post, .get]
    case .status, .members, .peers, .leader, .state, .health, .metrics: [.get, .head]
    }
  }

  /// The interface that it belongs to.
  var isOfRaftd: Bool {
    switch self {
    case .database, .join, .leave, .members, .peers, .leader, .state: true
    case .value, .sessions, .configuration, .transfer, .snapshot, .status, .set, .get, .health, .metrics: false
    }
  }
}

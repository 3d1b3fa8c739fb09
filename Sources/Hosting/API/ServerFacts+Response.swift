import Determinism
import KeyValue
import Raft

// What a server tells of itself and of its cluster, in the words of each interface.

extension ServerFacts {
  /// The view that a request asks for.
  func response(to request: APIRequest) -> HTTPResponse {
    guard case .show(let view) = request.action else {
      return Telling(.internalServerError, "the server has answered what was not asked").response(request)
    }
    switch view {
    case .members: return request.dialect == .raftd ? Self.json(.array(peerList)) : Telling(.ok, configuration).json
    case .peers: return Self.json(.array(roleList))
    case .leader: return Self.text(leader.map { "\($0)\n" } ?? "")
    // Spelt as goraft's users know it.
    case .state:
      return Self.text(
        "Name: \(id), State: \(role.name), Term: \(term.rawValue), CommitedIndex: \(commitIndex.rawValue)\n")
    case .status: return Telling(.ok, status).json
    case .health:
      guard let leader else { return Telling(.serviceUnavailable, "no leader is known").json }
      return Telling(.ok, [JSONMember("leader", .integer(Int64(leader.number)))]).json
    case .metrics: return Telling(.internalServerError, "the server has answered what was not asked").text
    }
  }

  private static func text(_ text: String) -> HTTPResponse {
    var headers = HTTPHeaders()
    headers.append("Content-Type", "text/plain; charset=utf-8")
    return HTTPResponse(.ok, outcome: .ok, headers: headers, body: Array(text.utf8))
  }

  private static func json(_ value: JSONValue) -> HTTPResponse {
    var headers = HTTPHeaders()
    headers.append("Content-Type", "application/json")
    return HTTPResponse(.ok, outcome: .ok, headers: headers, body: value.bytes + [.lineFeed])
  }

  /// goraft's list of peers: without this server.
  private var peerList: [JSONValue] {
    members.all.removing(id).map { .object([name(of: $0), connectionString(of: $0)]) }
  }

  private var roleList: [JSONValue] {
    members.all.map {
      .object([name(of: $0), connectionString(of: $0), JSONMember("role", .string(role(of: $0)))])
    }
  }

  private func name(of member: NodeID) -> JSONMember { JSONMember("name", .string(member.description)) }

  private func connectionString(of member: NodeID) -> JSONMember {
    JSONMember("connectionString", .string(addresses(of: member).map { "http://\($0.http)" } ?? ""))
  }

  private var leadership: [JSONMember] {
    [
      JSONMember("leader", leader.map { .integer(Int64($0.number)) } ?? .null),
      JSONMember("term", .count(term.rawValue)),
    ]
  }

  private var configuration: [JSONMember] {
    [JSONMember("cluster", .string("\(cluster)"))] + leadership + [
      JSONMember("voters", list(members.voters)), JSONMember("learners", list(members.learners)),
      JSONMember("outgoing", list(members.outgoing)),
    ]
  }

  private func list(_ nodes: NodeSet) -> JSONValue {
    .array(
      nodes.map { node in
        let addresses = addresses(of: node)
        return .object([
          JSONMember("id", .integer(Int64(node.number))),
          JSONMember("peer", addresses?.peer.map { .string($0.description) } ?? .null),
          JSONMember("http", addresses.map { .string($0.http.description) } ?? .null),
        ])
      })
  }

  private var status: [JSONMember] {
    [JSONMember("id", .integer(Int64(id.number))), JSONMember("role", .string(role.name))] + leadership + [
      JSONMember("commitIndex", .count(commitIndex.rawValue)),
      JSONMember("appliedIndex", .count(appliedIndex.rawValue)), JSONMember("lastIndex", .count(lastIndex.rawValue)),
      JSONMember("snapshotIndex", .count(snapshotIndex.rawValue)),
    ]
  }
}

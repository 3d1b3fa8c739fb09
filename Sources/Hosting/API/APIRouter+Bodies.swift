import Determinism
import KeyValue
import Raft

// What requests say in the JSON of their bodies.

extension APIRouter {
  func set(in body: [UInt8]) throws(HTTPRefusal) -> APIRequest.Action {
    var members = try BodyMembers(body, expected: #"{"Key":"x","Value":"1"}"#)
    let (key, value) = (try members.key("Key"), try members.text("Value"))
    try members.refuseRest()
    return .write(.put(key: key, value: Array(value.utf8)))
  }

  func get(in body: [UInt8]) throws(HTTPRefusal) -> APIRequest.Action {
    var members = try BodyMembers(body, expected: #"{"Key":"x"}"#)
    let key = try members.key("Key")
    try members.refuseRest()
    return .read(key: key, isStale: false)
  }

  func join(in body: [UInt8]) throws(HTTPRefusal) -> APIRequest.Action {
    var members = try BodyMembers(body, expected: #"{"name":"n4","connectionString":"http://127.0.0.1:8004"}"#)
    let (name, text) = (try members.node("name"), try members.text("connectionString"))
    try members.refuseRest()
    var address = Array(text.utf8)[...]
    if address.prefix(7).equalsIgnoringCase("http://") { address = address.dropFirst(7) }
    if address.last == .slash { address = address.dropLast() }
    return .join(name, http: try members.address(address, of: "connectionString"))
  }

  func leave(in body: [UInt8]) throws(HTTPRefusal) -> APIRequest.Action {
    var members = try BodyMembers(body, expected: #"{"name":"n4"}"#)
    let name = try members.node("name")
    try members.refuseRest()
    return .leave(name)
  }

  func transfer(in body: [UInt8]) throws(HTTPRefusal) -> APIRequest.Action {
    guard !body.isEmpty else { return .transfer(to: nil) }
    var members = try BodyMembers(body, expected: #"{"to":3} or {}"#)
    let target = members.has("to") ? try members.node("to") : nil
    try members.refuseRest()
    return .transfer(to: target)
  }

  func memberChange(in body: [UInt8]) throws(HTTPRefusal) -> APIRequest.Action {
    var members = try BodyMembers(
      body,
      expected: #"{"add":[{"id":4,"peer":"127.0.0.1:7004","http":"127.0.0.1:8004"}],"learners":[..],"promote":[2],"#
        + #""demote":[3],"remove":[1]}"#)
    let (voters, learners) = (try members.servers("add"), try members.servers("learners"))
    let (promoted, demoted) = (try members.nodes("promote"), try members.nodes("demote"))
    let removed = try members.nodes("remove")
    try members.refuseRest()
    let added = voters + learners
    var named = NodeSet()
    for node in added.map(\.id) + promoted + demoted + removed {
      guard !named.contains(node) else { throw .malformed("\(node) is named twice; expected each server once") }
      named.insert(node)
    }
    guard !named.isEmpty else { throw .malformed("the change names no server; expected \(members.expected)") }
    let change = MemberChange(
      voters: NodeSet(voters.map(\.id) + promoted), learners: NodeSet(learners.map(\.id) + demoted),
      removed: NodeSet(removed))
    return .changeMembers(change, added: added)
  }
}

/// The members of the object in a body, each of which is taken once.
private struct BodyMembers {
  /// An example of what should stand there.
  let expected: String
  private var members: [JSONMember]

  init(_ body: [UInt8], expected: String) throws(HTTPRefusal) {
    let value: JSONValue
    do {
      value = try JSONValue(reading: body)
    } catch {
      throw .malformed("the body is no JSON: \(error.sentence) at byte \(error.offset); expected \(expected)")
    }
    try self.init(value, of: "the body", expected: expected)
  }

  private init(_ value: JSONValue, of owner: String, expected: String) throws(HTTPRefusal) {
    guard case .object(let members) = value else {
      throw .malformed("\(owner) is \(value.kind); expected \(expected)")
    }
    (self.expected, self.members) = (expected, members)
  }

  func has(_ name: String) -> Bool { members.contains { $0.name == name } }

  /// Takes a member, which must be there.
  private mutating func take(_ name: String) throws(HTTPRefusal) -> JSONValue {
    guard let place = members.firstIndex(where: { $0.name == name }) else {
      throw .malformed("there is no \"\(name)\"; expected \(expected)")
    }
    return members.remove(at: place).value
  }

  mutating func text(_ name: String) throws(HTTPRefusal) -> String {
    let value = try take(name)
    guard case .string(let text) = value else {
      throw .malformed("\"\(name)\" is \(value.kind); expected a string, as in \(expected)")
    }
    return text
  }

  mutating func key(_ name: String) throws(HTTPRefusal) -> [UInt8] {
    let text = try text(name)
    guard !text.isEmpty else { throw .malformed("\"\(name)\" is empty; expected a key of at least one byte") }
    return Array(text.utf8)
  }

  mutating func node(_ name: String) throws(HTTPRefusal) -> NodeID { try node(try take(name), of: name) }

  mutating func nodes(_ name: String) throws(HTTPRefusal) -> [NodeID] {
    var nodes: [NodeID] = []
    for element in try elements(name) { nodes.append(try node(element, of: name)) }
    return nodes
  }

  mutating func servers(_ name: String) throws(HTTPRefusal) -> [NamedServer] {
    var servers: [NamedServer] = []
    for element in try elements(name) {
      var members = try BodyMembers(
        element, of: "a server in \"\(name)\"", expected: #"{"id":4,"peer":"127.0.0.1:7004","http":"127.0.0.1:8004"}"#)
      let id = try members.node("id")
      let (peer, http) = (try members.text("peer"), try members.text("http"))
      try members.refuseRest()
      let addresses = ServerAddresses(
        peer: try members.address(peer.utf8, of: "peer"), http: try members.address(http.utf8, of: "http"))
      servers.append(NamedServer(id, addresses))
    }
    return servers
  }

  private mutating func elements(_ name: String) throws(HTTPRefusal) -> [JSONValue] {
    guard has(name) else { return [] }
    let value = try take(name)
    guard case .array(let elements) = value else {
      throw .malformed("\"\(name)\" is \(value.kind); expected an array, as in \(expected)")
    }
    return elements
  }

  /// A server's number, or its name with or without the `n` at its start.
  private func node(_ value: JSONValue, of name: String) throws(HTTPRefusal) -> NodeID {
    let number: UInt64? =
      switch value {
      case .integer(let number): UInt64(exactly: number)
      case .string(let text) where text.utf8.first == UInt8(ascii: "n"): text.utf8.dropFirst().decimalNumber
      case .string(let text): text.utf8.decimalNumber
      case .null, .bool, .number, .array, .object: nil
      }
    guard let number, (1...UInt64(NodeSet.maxNodes)).contains(number) else {
      throw .malformed(
        "\"\(name)\" does not name a server; expected a number from 1 to \(NodeSet.maxNodes), or n1, n2, ..")
    }
    return NodeID(UInt8(number))
  }

  func address(_ text: some Collection<UInt8>, of name: String) throws(HTTPRefusal) -> HostAndPort {
    guard let address = HostAndPort(text), address.port != nil else {
      throw .malformed("\"\(name)\" is \(text.quoted); expected a host and a port, as in \(expected)")
    }
    return address
  }

  /// Refuses what nobody asked for.
  func refuseRest() throws(HTTPRefusal) {
    guard let rest = members.first else { return }
    throw .malformed("\(rest.name.quoted(columns: 60)) is not known; expected \(expected)")
  }
}

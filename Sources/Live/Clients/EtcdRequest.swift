import Histories
import Hosting

/// A request to etcd's JSON gateway. Keys and values are in base64, and numbers of 64 bits are strings.
struct EtcdRequest: Equatable {
  let path: String
  let body: JSONValue

  /// What an action on a key asks for; `nil` for an append, which etcd does not have.
  init?(_ action: Action, on key: [UInt8], reads: EtcdClient.Reads) {
    switch action {
    case .get:
      let isLocal = [JSONMember("serializable", .bool(true))]
      (path, body) = ("/v3/kv/range", .object([Self.key(key)] + (reads == .serializable ? isLocal : [])))
    case .put(let value): (path, body) = ("/v3/kv/put", Self.put(value, at: key))
    case .delete: (path, body) = ("/v3/kv/deleterange", .object([Self.key(key)]))
    case .compareAndSet(let expected, let new):
      let change =
        new.map { JSONMember("requestPut", Self.put($0, at: key)) }
        ?? JSONMember("requestDeleteRange", .object([Self.key(key)]))
      let look = JSONMember("requestRange", .object([Self.key(key)]))
      path = "/v3/kv/txn"
      body = .object([
        JSONMember("compare", .array([.object(Self.comparison(of: key, with: expected))])),
        JSONMember("success", .array([.object([change])])),
        JSONMember("failure", .array([.object([look])])),
      ])
    case .append: return nil
    }
  }

  /// What a server knows of itself and of its leader.
  static let status = EtcdRequest(path: "/v3/maintenance/status", body: .object([]))

  /// What asks the leader to hand on to another server.
  static func transfer(to member: String) -> EtcdRequest {
    EtcdRequest(
      path: "/v3/maintenance/transfer-leadership", body: .object([JSONMember("targetID", .string(member))]))
  }

  private init(path: String, body: JSONValue) { (self.path, self.body) = (path, body) }

  func request(to host: HostAndPort) -> HTTPRequest { HTTPRequest(.post, path, to: host, body: body.bytes) }

  private static func key(_ key: [UInt8]) -> JSONMember { JSONMember("key", .string(Base64.encoded(key))) }

  private static func put(_ value: [UInt8], at key: [UInt8]) -> JSONValue {
    .object([Self.key(key), JSONMember("value", .string(Base64.encoded(value)))])
  }

  private static func comparison(of key: [UInt8], with expected: [UInt8]?) -> [JSONMember] {
    // What is absent was never modified since it was deleted: a comparison of values fails for it, whatever the value.
    let (target, operand) =
      expected.map { ("VALUE", JSONMember("value", .string(Base64.encoded($0)))) }
      ?? ("MOD", JSONMember("modRevision", .string("0")))
    return [JSONMember("target", .string(target)), JSONMember("result", .string("EQUAL")), Self.key(key), operand]
  }
}

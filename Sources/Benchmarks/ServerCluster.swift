import Determinism
import KeyValue
import Raft
import Replica

/// Three whole servers that talk in bytes, and as many clients as proposals are open, each in a session of its own.
struct ServerCluster: LoadedCluster {
  private struct MessageInFlight {
    let from: NodeID
    let to: NodeID
    let bytes: [UInt8]
  }

  private struct Client {
    var session = SessionID(0)
    var sequence = SequenceNumber.first
  }

  private static let keys = (0..<1_000).map { Array("key-\($0 + 1_000)".utf8) }
  private static let value = [UInt8](repeating: 7, count: 32)

  private let now = LocalInstant(nanoseconds: 0)
  private var replicas: [Replica]
  private var isFlushing = [false, false, false]
  private var inFlight = Waiting<MessageInFlight>()
  private var commands: [ReplicaCommand] = []
  private var clients: [Client]
  /// The clients that wait for nothing.
  private var idle = Waiting<Int>()
  private var nextKey = 0
  private(set) var answered = 0
  private(set) var traffic = RaftTraffic()

  init(_ load: RaftLoad) {
    let thresholds = load.snapshotEntries.map { SnapshotThresholds(entries: $0) }
    replicas = RaftLoad.members.map {
      Replica(
        load.configuration(of: $0), snapshots: thresholds ?? SnapshotThresholds(entries: .max, bytes: .max))
    }
    clients = Array(repeating: Client(), count: load.open)
  }

  var underWay: Int { inFlight.count }
  var appliedIndices: [LogIndex] { replicas.map(\.appliedIndex) }

  mutating func prepare(_ load: RaftLoad) {
    for id in RaftLoad.members {
      replicas[id.offset].start(at: now, into: &commands)
      carryOut(of: id)
    }
    settle()
    handle(RaftLoad.leader, .timer(.election))
    settle()
    for client in clients.indices {
      ask(ClientRequest(sequence: .first, body: .openSession), from: client)
    }
    settle()
  }

  mutating func propose(_ count: Int) {
    for _ in 0..<count {
      let client = idle.removeFirst()
      let (session, sequence) = (clients[client].session, clients[client].sequence)
      nextKey = (nextKey + 1) % Self.keys.count
      let operation = KeyValueOperation.put(key: Self.keys[nextKey], value: Self.value)
      ask(ClientRequest(sequence: sequence, body: .write(operation, session: session)), from: client)
    }
  }

  mutating func deliverOne() {
    let sent = inFlight.removeFirst()
    guard let message = try? Wire.decodeRaftMessage(sent.bytes) else {
      preconditionFailure("a message does not decode")
    }
    handle(sent.to, .peerMessage(message, from: sent.from))
  }

  mutating func sync() {
    for id in RaftLoad.members where isFlushing[id.offset] {
      isFlushing[id.offset] = false
      handle(id, .flushed(.done(freeBytes: .max)))
    }
  }

  mutating func heartbeat() { handle(RaftLoad.leader, .timer(.heartbeat)) }

  private mutating func ask(_ request: ClientRequest, from client: Int) {
    guard let request = try? Wire.decodeClientRequest(Wire.encode(request)) else {
      preconditionFailure("a request does not decode")
    }
    handle(RaftLoad.leader, .clientRequest(request, from: ClientID(UInt32(client))))
  }

  private mutating func handle(_ id: NodeID, _ event: ReplicaEvent) {
    replicas[id.offset].handle(event, at: now, wall: WallInstant(nanoseconds: 0), into: &commands)
    carryOut(of: id)
  }

  private mutating func carryOut(of id: NodeID) {
    for command in commands {
      switch command {
      case .send(let message, let recipient):
        let bytes = Wire.encode(message)
        traffic.messages += 1
        traffic.messageBytes += bytes.count
        if case .appendEntries(let request) = message, !request.entries.isEmpty {
          traffic.appends += 1
          traffic.appendedEntries += request.entries.count
        }
        inFlight.append(MessageInFlight(from: id, to: recipient, bytes: bytes))
      case .answer(let reply, let client, _): hear(Wire.encode(reply), client: Int(client.rawValue))
      case .file(.append(_, let bytes)): traffic.diskBytes += bytes.count
      case .file(.rename): traffic.snapshots += 1
      case .file, .setTimer: break
      case .flush: isFlushing[id.offset] = true
      case .stop(let reason): preconditionFailure("\(id) stopped: \(reason)")
      }
    }
    commands.removeAll(keepingCapacity: true)
  }

  private mutating func hear(_ bytes: [UInt8], client: Int) {
    guard let reply = try? Wire.decodeClientReply(bytes) else { preconditionFailure("an answer does not decode") }
    switch reply.body {
    case .opened(let session): clients[client].session = session
    case .written(.done): answered += 1
    default: preconditionFailure("client \(client) was answered \(reply.body)")
    }
    clients[client].sequence = reply.sequence.next
    idle.append(client)
  }
}

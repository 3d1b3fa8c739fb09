import Determinism
import KeyValue
import Raft
import Replica

/// Three whole servers that talk in bytes, and as many clients as proposals are open, each in a session of its own.
struct ServerCluster: LoadedCluster {
  private struct FrameInFlight {
    let to: NodeID
    let bytes: [UInt8]
    /// When it arrives, where time passes.
    let at: LocalInstant
  }

  /// A flush under way, where time passes.
  private struct FlushUnderWay {
    let id: NodeID
    let lane: FileLane
    let end: LocalInstant
  }

  private struct Client {
    var session = SessionID(0)
    var sequence = SequenceNumber.first
  }

  private static let cluster = ClusterID(1)
  private static let keys = (0..<1_000).map { Array("key-\($0 + 1_000)".utf8) }
  private static let value = [UInt8](repeating: 7, count: 32)

  private var now = LocalInstant(nanoseconds: 0)
  private var delays: RaftDelays?
  private var replicas: [Replica]
  /// By server, the queues of its disk of which a flush is under way.
  private var flushing: [[FileLane]] = [[], [], []]
  private var inFlight = Waiting<FrameInFlight>()
  /// What clients have asked, where time passes: it takes longer than what servers send, for the answer before it took its
  /// time as well.
  private var requests = Waiting<FrameInFlight>()
  private var flushes = Waiting<FlushUnderWay>()
  /// The syncs that a server has asked for since its last flush.
  private var syncs = [0, 0, 0]
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
        load.configuration(of: $0), of: Self.cluster,
        snapshots: thresholds ?? SnapshotThresholds(entries: .max, bytes: .max))
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
    handle(sent.to, .frame(sent.bytes))
  }

  mutating func sync() {
    for id in RaftLoad.members {
      let lanes = flushing[id.offset]
      flushing[id.offset].removeAll(keepingCapacity: true)
      for lane in lanes { handle(id, .flushed(lane, .done(freeBytes: .max))) }
    }
  }

  mutating func heartbeat() { handle(RaftLoad.leader, .timer(.heartbeat)) }

  private mutating func ask(_ request: ClientRequest, from client: Int) {
    let address = FrameAddress(Self.cluster, from: .client(ClientID(UInt32(client))), to: .server(RaftLoad.leader))
    let bytes = Wire.encode(Frame(.request(request), address))
    guard let delays else { return handle(RaftLoad.leader, .frame(bytes)) }
    requests.append(FrameInFlight(to: RaftLoad.leader, bytes: bytes, at: now + delays.message * 2))
  }

  private mutating func handle(_ id: NodeID, _ event: ReplicaEvent) {
    replicas[id.offset].handle(event, at: now, wall: WallInstant(nanoseconds: 0), into: &commands)
    precondition(replicas[id.offset].refusedFrames.all == 0, "\(id) has dropped a frame")
    carryOut(of: id)
  }

  private mutating func carryOut(of id: NodeID) {
    for command in commands {
      switch command {
      case .send(let message, let recipient):
        let bytes = Wire.encode(Frame(.message(message), FrameAddress(Self.cluster, from: id, to: recipient)))
        traffic.messages += 1
        traffic.messageBytes += bytes.count
        if case .appendEntries(let request) = message, !request.entries.isEmpty {
          traffic.appends += 1
          traffic.appendedEntries += request.entries.count
        }
        inFlight.append(FrameInFlight(to: recipient, bytes: bytes, at: now + (delays?.message ?? .zero)))
      case .answer(let reply, let client, _):
        let address = FrameAddress(Self.cluster, from: .server(id), to: .client(client))
        hear(Wire.encode(Frame(.reply(reply), address)), client: client)
      case .file(.append(_, let bytes), _): traffic.diskBytes += bytes.count
      case .file(.sync, _), .file(.syncDirectory, _): noteSync(of: id)
      case .file(.rename, _): traffic.snapshots += 1
      case .file, .setTimer: break
      case .flush(let lane): beginFlush(of: id, lane)
      case .stop(let reason): preconditionFailure("\(id) stopped: \(reason)")
      }
    }
    commands.removeAll(keepingCapacity: true)
  }

  private mutating func hear(_ bytes: [UInt8], client id: ClientID) {
    guard
      case .reply(let reply)? = try? Wire.open(
        bytes, as: .client(id), of: Self.cluster, rules: PaperWireRules.self
      ).content
    else { preconditionFailure("an answer does not decode") }
    let client = Int(id.rawValue)
    switch reply.body {
    case .opened(let session): clients[client].session = session
    case .written(.done): answered += 1
    default: preconditionFailure("client \(client) was answered \(reply.body)")
    }
    clients[client].sequence = reply.sequence.next
    idle.append(client)
  }
}

// MARK: - Where time passes

extension ServerCluster {
  /// How often the leader says that it is there.
  private static let heartbeatInterval = Duration.milliseconds(20)

  /// Brings so many proposals to all servers' state machines. A client proposes again as soon as it is answered.
  mutating func measure(
    _ load: RaftLoad, proposals: Int, with delays: RaftDelays, clock: () -> Duration
  ) -> RaftFigures {
    prepare(load)
    self.delays = delays
    let before = (answered: answered, traffic: traffic)
    let (start, began) = (clock(), now)
    var (proposed, heartbeatAt) = (0, now + Self.heartbeatInterval)
    while answered - before.answered < proposals {
      let count = min(idle.count, proposals - proposed)
      propose(count)
      proposed += count
      let isUnderWay = letNextHappen()
      precondition(isUnderWay, "nothing is under way with \(answered - before.answered) of \(proposals) answered")
      if now >= heartbeatAt {
        heartbeat()
        heartbeatAt = now + Self.heartbeatInterval
      }
    }
    let (ended, after) = (now, traffic)
    while letNextHappen() {}
    heartbeat()
    while letNextHappen() {}
    let (end, applied) = (clock(), appliedIndices)
    precondition(applied.allSatisfy { $0 == applied[0] }, "the servers have come to \(applied)")
    return RaftFigures(
      proposals: proposals, processorNanoseconds: (end - start).nanoseconds,
      simulatedNanoseconds: (ended - began).nanoseconds, traffic: after - before.traffic)
  }

  /// Lets the next message arrive, or the next flush end.
  ///
  /// - Returns: whether anything was under way.
  private mutating func letNextHappen() -> Bool {
    let ends = [inFlight.next?.at, requests.next?.at, flushes.next?.end]
    guard let next = ends.compactMap(\.self).min() else { return false }
    now = next
    if ends[0] == next {
      deliverOne()
    } else if ends[1] == next {
      let request = requests.removeFirst()
      handle(request.to, .frame(request.bytes))
    } else {
      let flush = flushes.removeFirst()
      handle(flush.id, .flushed(flush.lane, .done(freeBytes: .max)))
    }
    return true
  }

  private mutating func noteSync(of id: NodeID) {
    syncs[id.offset] += 1
    if id == RaftLoad.leader { traffic.leaderSyncs += 1 }
  }

  private mutating func beginFlush(of id: NodeID, _ lane: FileLane) {
    if let delays {
      // All but the few that begin a file have one sync, so that they end in the order in which they began.
      flushes.append(FlushUnderWay(id: id, lane: lane, end: now + delays.sync * Int64(syncs[id.offset])))
    } else {
      flushing[id.offset].append(lane)
    }
    syncs[id.offset] = 0
  }
}

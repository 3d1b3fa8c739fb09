import Determinism
import Histories
import Invariants
import Raft
import Replica
import Scenarios
import Traces

/// What clients do while the cluster heals, and what that demands of its leader.
extension Simulation {
  /// For how long clients begin operations in each phase in which the cluster heals.
  var workTime: Duration {
    scenario.cluster.electionTimeoutMax * Int64(scenario.calm.work?.timeouts ?? 0)
  }

  /// How long a client waits before its next operation, if the cluster heals now and there is one. A leader without room
  /// makes way only when somebody writes.
  var healingPause: Duration? {
    guard calm.phase == .settling || calm.phase == .rejoining else { return nil }
    let patience = scenario.cluster.electionTimeoutMax * Int64(scenario.calm.settleTimeouts)
    if isLedWithoutRoom, now - calm.since < patience {
      return scenario.calm.work?.pause ?? scenario.workload.retryPause
    }
    return now - calm.since < workTime ? scenario.calm.work?.pause : nil
  }

  /// Whether the quorum waits for a leader whose disk has room.
  var isLedWithoutRoom: Bool {
    calm.phase == .settling
      && members.contains {
        calm.fates[$0.offset] == .full && cluster.running.contains($0)
          && cluster.replicas[$0.offset].status.role == .leader
      }
  }

  /// Of so many operations one is a read.
  private static let readShare = 4

  /// A client writes a key of its own, again and again, and now and then reads one that all share. To write to that would
  /// hide that an earlier write was lost.
  mutating func heal(_ client: Int) {
    let number = clients[client].countHealing()
    let (keys, deadline) = (scenario.workload.keys, now + scenario.workload.operationTimeout)
    if number % Self.readShare == Self.readShare - 1, !keys.isEmpty {
      return call(client, .get, key: keys[(client + number) % keys.count], in: .healing, until: deadline)
    }
    let value = Array("\(client).h\(number)".utf8)
    let filling = max(0, (scenario.calm.work?.valueBytes ?? 0) - value.count)
    let filled = value + Array(repeating: UInt8(ascii: "."), count: filling)
    call(client, .put(filled), key: "heal-\(client)", in: .healing, until: deadline)
  }

  /// Of so many answers to a first attempt one is lost with its connection while the cluster heals.
  private static let brokenShare: UInt32 = 8

  /// Whether a client's connection breaks before an answer comes through. It asks again, and the retry must be answered.
  func breaksConnection(of client: ClientID, answering content: UInt64) -> Bool {
    guard scenario.network.clientLoss != .zero,
      calm.phase == .settling || calm.phase == .steady || calm.phase == .rejoining,
      clients[number(of: client)].id == client, clients[number(of: client)].attempts.count == 1
    else { return false }
    return dice.draw(.brokenConnection, content ^ UInt64(client.rawValue) << 32).happens(Ratio(1, Self.brokenShare))
  }

  /// Looks at how far the leader has brought its followers up.
  mutating func lookAtFollowers() {
    guard scenario.calm.work != nil else { return }
    let isHealing = calm.phase == .settling || calm.phase == .steady
    let nodes = isHealing ? calm.fates.nodes { $0.hears && $0.isHeard } : members
    let growing = nodes.filter { node in
      // Where it takes long to write a snapshot, its end is waited for.
      let isWriting = scenario.disk.syncPerByte > .zero && cluster.replicas[node.offset].status.isWritingSnapshot
      return !isWriting && (!isHealing || calm.fates[node.offset] != .full)
    }
    let finding = calm.followers.look(
      at: nodes, growing: growing, replicas: cluster.replicas, running: cluster.running, within: progressBounds, at: now
    )
    if let finding { fail(finding, accounts: accounts) }
  }

  /// Within how many election timeouts, and round trips more, something must get further.
  private static let movingTimeouts: Int64 = 3
  private static let movingRoundTrips: Int64 = 8
  /// Within how many heartbeat intervals by the leader's clock, and round trips more, a follower must answer.
  private static let answeringHeartbeats: Int64 = 2
  private static let answeringRoundTrips: Int64 = 3

  /// There and back, and to the disk at both ends.
  var roundTrip: Duration { (scenario.calm.longestDelay + scenario.calm.longestSync * 2) * 2 }

  /// See ARCHITECTURE.md, "The storm and the calm".
  private var progressBounds: FollowerProgress.Bounds {
    let slowest = Int64(1_000_000 - scenario.clocks.driftBoundPartsPerMillion)
    let heartbeat = scenario.cluster.heartbeatInterval * 1_000_000 / max(1, slowest)
    return FollowerProgress.Bounds(
      moving: scenario.cluster.electionTimeoutMax * Self.movingTimeouts + roundTrip * Self.movingRoundTrips,
      answering: heartbeat * Self.answeringHeartbeats + roundTrip * Self.answeringRoundTrips,
      piece: roundTrip + scenario.cluster.heartbeatInterval,
      pieceBytes: scenario.protocols.snapshotChunkBytes)
  }

  // MARK: Room

  /// More than a client's turn adds to the log and to the state.
  private static let bytesOfTurn = 1_000

  /// Fills the disks that the calm keeps full.
  mutating func fillDisks() {
    for node in calm.fates.nodes(where: { $0 == .full }) { limitRoom(of: node, to: CalmPlan.roomWithoutEntries) }
  }

  /// Leaves hardly any room on those disks of the quorum on which a snapshot would make enough for all that clients are
  /// going to write, what they have under way included: that stands in the log, and then in the state.
  mutating func nearlyFillDisks() {
    // Where each byte of a snapshot takes its time, the room that it makes comes too late to be waited for.
    guard let room = scenario.calm.diskRoom, scenario.disk.syncPerByte == .zero else { return }
    let underWay = clients.reduce(0) { $0 + ($1.open?.action.valueBytes ?? 0) }
    for node in calm.fates.nodes(where: { $0 == .member }) where cluster.running.contains(node) {
      let (replica, disk) = (cluster.replicas[node.offset], hosts[node.offset].disk)
      let stateBytes = replica.stateMachine.snapshot(rules: rules.session).count
      guard disk.usedBytes >= (stateBytes + underWay) * 2 + clients.count * Self.bytesOfTurn else { continue }
      limitRoom(of: node, to: StorageConfiguration().reserveBytes + room)
    }
  }

  private mutating func limitRoom(of node: NodeID, to bytes: Int) {
    hosts[node.offset].disk.capacity = hosts[node.offset].disk.usedBytes + bytes
    tellRoom(to: node)
  }

  /// Takes that back.
  mutating func makeRoom() {
    for node in members where hosts[node.offset].disk.capacity != .max {
      hosts[node.offset].disk.capacity = .max
      tellRoom(to: node)
    }
  }
}

extension Action {
  /// The bytes of the values that it names.
  fileprivate var valueBytes: Int {
    switch self {
    case .get, .delete: 0
    case .put(let value), .append(let value): value.count
    case .compareAndSet(let expected, let new): (expected?.count ?? 0) + (new?.count ?? 0)
    }
  }
}

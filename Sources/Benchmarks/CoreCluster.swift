import Determinism
import Raft

/// Three consensus modules without anything around them: a disk is a list of messages that wait, a state machine is the
/// index up to which it was told to apply.
struct CoreCluster: LoadedCluster {
  private struct MessageInFlight {
    let from: NodeID
    let to: NodeID
    let message: RaftMessage
  }

  private struct Host {
    var node: RaftNode
    var held: [Ready.Envelope] = []
    var applied = LogIndex.zero
    var snapshotAt = LogIndex.zero
    var snapshot: Snapshot?
  }

  private let snapshotEntries: UInt64
  private let command = [UInt8](repeating: 7, count: 72)
  private let state = [UInt8](repeating: 7, count: 64 << 10)
  private let now = LocalInstant(nanoseconds: 0)
  private var hosts: [Host]
  private var inFlight = Waiting<MessageInFlight>()
  private var ready = Ready()
  private(set) var traffic = RaftTraffic()

  init(_ load: RaftLoad) {
    hosts = RaftLoad.members.map { Host(node: RaftNode(load.configuration(of: $0))) }
    snapshotEntries = load.snapshotEntries.map(UInt64.init) ?? .max
  }

  var answered: Int { Int(hosts[RaftLoad.leader.offset].applied.rawValue) }
  var underWay: Int { inFlight.count }
  var appliedIndices: [LogIndex] { hosts.map(\.applied) }

  mutating func prepare(_ load: RaftLoad) {
    for id in RaftLoad.members {
      hosts[id.offset].node.start(at: now, into: &ready)
      carryOut(of: id)
    }
    step(RaftLoad.leader, .timer(.election))
    settle()
  }

  mutating func propose(_ count: Int) {
    step(RaftLoad.leader, .propose(Array(repeating: command, count: count)))
  }

  mutating func deliverOne() {
    let message = inFlight.removeFirst()
    step(message.to, .message(message.message, from: message.from))
  }

  mutating func sync() {
    for id in RaftLoad.members {
      if let snapshot = hosts[id.offset].snapshot {
        hosts[id.offset].snapshot = nil
        step(id, .snapshotDurable(snapshot))
      }
      let released = hosts[id.offset].held
      hosts[id.offset].held.removeAll(keepingCapacity: true)
      for envelope in released { post(envelope, from: id) }
      takeSnapshot(of: id)
    }
  }

  mutating func heartbeat() { step(RaftLoad.leader, .timer(.heartbeat)) }

  private mutating func takeSnapshot(of id: NodeID) {
    let applied = hosts[id.offset].applied
    guard applied.rawValue - hosts[id.offset].snapshotAt.rawValue >= snapshotEntries else { return }
    hosts[id.offset].snapshotAt = applied
    hosts[id.offset].snapshot = hosts[id.offset].node.describeSnapshot(at: applied, bytes: state)
    traffic.snapshots += 1
  }

  private mutating func step(_ id: NodeID, _ event: RaftEvent) {
    hosts[id.offset].node.step(event, at: now, into: &ready)
    carryOut(of: id)
  }

  private mutating func carryOut(of id: NodeID) {
    if let reason = ready.stopped { preconditionFailure("\(id) stopped: \(reason)") }
    precondition(ready.proposal != .refused, "the leader refuses what fits into its limits")
    hosts[id.offset].held += ready.messagesAfterSync
    if let arrived = ready.arrived { hosts[id.offset].snapshot = arrived }
    if let snapshot = ready.snapshot { hosts[id.offset].applied = snapshot.position.index }
    if let committed = ready.committed { hosts[id.offset].applied = committed.upperBound }
    // A message to the node itself steps it, which fills `ready` anew.
    let messages = ready.messages
    for envelope in messages { post(envelope, from: id) }
  }

  private mutating func post(_ envelope: Ready.Envelope, from id: NodeID) {
    guard envelope.to != id else { return step(id, .message(envelope.message, from: id)) }
    traffic.messages += 1
    if case .appendEntries(let append) = envelope.message, !append.entries.isEmpty {
      traffic.appends += 1
      traffic.appendedEntries += append.entries.count
    }
    inFlight.append(MessageInFlight(from: id, to: envelope.to, message: envelope.message))
  }
}

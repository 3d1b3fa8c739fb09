import Determinism
import Raft
import Replica
import Scenarios
import Traces

/// Writes down every event of a run for whoever asks to be told, with what brought it about and what it did.
///
/// It sees all and touches nothing: a run that is traced is the same run.
struct TraceRecorder: Sendable {
  /// What was last seen of a server.
  private struct Sight: Sendable {
    var status: ReplicaStatus
    var vote: NodeID?
    var log: RaftLog

    init(of replica: Replica) {
      (status, vote, log) = (replica.status, replica.raft.hardState.votedFor, replica.raft.log)
    }
  }

  private(set) var events: [TracedEvent] = []
  /// What the servers decide.
  let log = DecisionLog()
  /// The messages that were sent, each at its number.
  private(set) var sentMessages: [TracedMessage] = []
  /// By alarm, and by node: the event that set it, or began the sync under way.
  private(set) var alarmCauses: [Int?]
  private(set) var syncCauses: [Int?]
  /// By slot of the queue: the event that scheduled what stands there.
  private var origins: [Int?] = []
  private var effects: [TracedEffect] = []
  private var touched = NodeSet()
  private var sights: [Sight]
  /// Which links were last seen cut, sender by sender.
  private var cuts: [Bool]
  /// By client: the place among all calls of each of its own.
  private var calls: [[Int]]
  private var callCount = 0

  init(replicas: [Replica], clients: Int, alarms: Int) {
    alarmCauses = Array(repeating: nil, count: alarms)
    syncCauses = Array(repeating: nil, count: replicas.count)
    sights = replicas.map { Sight(of: $0) }
    cuts = Array(repeating: false, count: replicas.count * replicas.count)
    calls = Array(repeating: [], count: clients)
  }

  /// The place of the event that happens now; `nil` before the first.
  var place: Int? { events.isEmpty ? nil : events.count - 1 }

  // MARK: Events

  mutating func begin(_ event: TracedEvent) {
    events.append(event)
    // What was decided when the servers started belongs to no event.
    if events.count == 1 { _ = log.take() }
    effects.removeAll()
    touched = NodeSet()
  }

  /// Ends the event: `state` tells how a server stands now.
  mutating func end(members: [NodeID], state: (NodeID) -> NodeState) {
    guard let place else { return }
    events[place].effects = effects
    events[place].decisions = log.take()
    events[place].states = members.filter(touched.contains).map(state)
  }

  // MARK: Causes

  /// Something is scheduled; by the event that happens now, if no other is named.
  mutating func noteSchedule(in slot: Int, because cause: Int?) {
    if slot >= origins.count { origins += Array(repeating: nil, count: slot + 1 - origins.count) }
    origins[slot] = cause ?? place
  }

  mutating func noteAlarm(_ alarm: Int) { alarmCauses[alarm] = place }

  mutating func noteSync(of node: NodeID) { syncCauses[node.offset] = place }

  /// The event that scheduled what stood in a slot.
  func origin(of slot: Int?) -> Int? { slot.flatMap { origins.indices.contains($0) ? origins[$0] : nil } }

  // MARK: Effects

  mutating func note(_ what: TracedEffect.What, at node: NodeID? = nil) {
    effects.append(TracedEffect(what, at: node))
  }

  /// A server has been stepped, started or taken down.
  mutating func touch(_ node: NodeID) { touched.insert(node) }

  mutating func noteSent(_ key: MessageKey, _ content: RaftMessage, at time: Duration) {
    let message = TracedMessage(key: key, sentIn: place, sentAt: time, content: content)
    sentMessages.append(message)
    note(.sent(message), at: key.sender)
  }

  mutating func noteLost(_ number: UInt32, at node: NodeID) { note(.lost(sentMessages[Int(number)]), at: node) }

  mutating func noteCall(by client: Int) {
    calls[client].append(callCount)
    note(.called(operation: callCount))
    callCount += 1
  }

  mutating func noteReturn(to client: Int) {
    if let call = calls[client].last { note(.returned(operation: call)) }
  }

  /// The place among all calls of a client's own, counted from 1.
  func operation(_ number: UInt64, of client: Int) -> Int? {
    let place = Int(clamping: number) - 1
    return calls[client].indices.contains(place) ? calls[client][place] : nil
  }

  /// Looks at the links.
  mutating func look(at network: SimulatedNetwork, members: [NodeID]) {
    for node in members {
      var (cut, healed): ([NodeID], [NodeID]) = ([], [])
      for other in members where other != node {
        let link = node.offset * members.count + other.offset
        let isCut = network.isCut(from: node, to: other)
        guard isCut != cuts[link] else { continue }
        cuts[link] = isCut
        if isCut { cut.append(other) } else { healed.append(other) }
      }
      if !cut.isEmpty { note(.cut(to: cut), at: node) }
      if !healed.isEmpty { note(.healed(to: healed), at: node) }
    }
  }

  // MARK: Servers

  /// Looks at a server after its step.
  mutating func look(at replica: Replica) {
    let node = replica.raft.id
    var isInstalling = false
    if case .message(let message)? = events.last?.kind { isInstalling = message.key.kind == .installSnapshot }
    let (before, now) = (sights[node.offset], Sight(of: replica))
    let term = now.status.term
    if now.status.term > before.status.term { note(.term(term), at: node) }
    let isNewTerm = now.status.term != before.status.term
    if now.status.role != before.status.role || isNewTerm && now.status.role != .follower {
      note(.role(now.status.role, term: term), at: node)
    }
    if let vote = now.vote, isNewTerm || vote != before.vote { note(.voted(for: vote, term: term), at: node) }
    let snapshot = now.status.snapshotIndex > before.status.snapshotIndex ? replica.raft.snapshot?.position : nil
    if let snapshot, isInstalling { note(.installedSnapshot(snapshot), at: node) }
    noteLog(before.log, now.log, at: node)
    if now.status.commitIndex > before.status.commitIndex {
      note(.committed(through: now.status.commitIndex), at: node)
    }
    if let snapshot, !isInstalling { note(.tookSnapshot(snapshot), at: node) }
    see(now, of: node)
  }

  /// Looks at a server that has started: what it once knew it may have lost.
  mutating func lookAtStart(of replica: Replica) {
    let node = replica.raft.id
    let now = Sight(of: replica)
    note(.started, at: node)
    noteLog(sights[node.offset].log, now.log, at: node)
    see(now, of: node)
  }

  private mutating func see(_ sight: Sight, of node: NodeID) {
    sights[node.offset] = sight
    touch(node)
  }

  private mutating func noteLog(_ before: RaftLog, _ now: RaftLog, at node: NodeID) {
    guard before.lastIndex != now.lastIndex || before.digest(at: before.lastIndex) != now.digest(at: now.lastIndex)
    else { return }
    // What the log begins behind stands in a snapshot, whose entries are not told one by one.
    let base = now.start.index
    var common = max(base, min(before.lastIndex, now.lastIndex))
    while common > base, before.digest(at: common) != now.digest(at: common) { common = common.previous }
    if before.lastIndex > common { note(.truncated(from: common.next), at: node) }
    let entries = now.entries(from: common.next)
    guard !entries.isEmpty else { return }
    let appended = entries.enumerated().map { place, entry in
      TracedEntry(
        index: LogIndex(common.rawValue + 1 + UInt64(place)), term: entry.term, content: .init(entry.payload))
    }
    note(.appended(appended), at: node)
  }
}

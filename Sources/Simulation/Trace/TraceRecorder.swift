import Determinism
import Raft
import Replica
import Scenarios
import Traces

/// Writes down every event of a run for whoever asks to be told, with what brought it about and what it did.
///
/// It sees all and touches nothing: a run that is traced is the same run. Before its window it only keeps the messages
/// under way and counts calls.
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

  let window: TraceWindow
  /// A message as it was sent.
  private struct SentMessage: Sendable {
    var key: MessageKey
    var sentIn: Int?
    var sentAt: Duration
    var content: RaftMessage
  }

  private(set) var events: [TracedEvent] = []
  /// Whether the event that happens now is in the window, with which the run ends.
  private(set) var isRecording = false
  /// What the servers decide.
  let log = DecisionLog()
  /// The messages that were sent and may still arrive, by their numbers.
  private var sentMessages = LookupTable<UInt32, SentMessage>()
  private var sentCount: UInt32 = 0
  /// How many messages were sent since the arrived ones were forgotten.
  private var unsifted = 0
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

  init(window: TraceWindow, replicas: [Replica], clients: Int, alarms: Int) {
    self.window = window
    // The servers' starts belong to the first event.
    isRecording = window.first == 1
    alarmCauses = Array(repeating: nil, count: alarms)
    syncCauses = Array(repeating: nil, count: replicas.count)
    sights = replicas.map { Sight(of: $0) }
    cuts = Array(repeating: false, count: replicas.count * replicas.count)
    calls = Array(repeating: [], count: clients)
  }

  /// The place of the event that happens now; `nil` before the first.
  var place: Int? { events.isEmpty || !isRecording ? nil : events.count - 1 }

  // MARK: Events

  /// Whether the window begins with the event of this number, and not with the run.
  func beginsLate(with number: Int) -> Bool { number == window.first && number > 1 }

  /// Begins to record, behind so many events.
  mutating func begin(behind count: Int, hash: UInt64, at time: Duration, _ replicas: [Replica]) {
    isRecording = true
    begin(TracedEvent(hash: hash, at: time, kind: .earlier(events: count)))
    for replica in replicas {
      let node = replica.raft.id
      let sight = Sight(of: replica)
      noteLog(RaftLog(), sight.log, at: node)
      if sight.status.commitIndex > .zero { note(.committed(through: sight.status.commitIndex), at: node) }
      see(sight, of: node)
    }
  }

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
    guard isRecording else { return }
    effects.append(TracedEffect(what, at: node))
  }

  /// A server has been stepped, started or taken down.
  mutating func touch(_ node: NodeID) { touched.insert(node) }

  /// - Returns: the message's number.
  mutating func noteSent(_ key: MessageKey, _ content: RaftMessage, at time: Duration) -> UInt32 {
    sentMessages[sentCount] = SentMessage(key: key, sentIn: place, sentAt: time, content: content)
    if isRecording { note(.sent(message(sentCount)), at: key.sender) }
    unsifted += 1
    defer { sentCount += 1 }
    return sentCount
  }

  mutating func noteLost(_ number: UInt32, at node: NodeID) {
    guard isRecording else { return }
    note(.lost(message(number)), at: node)
  }

  /// A message that may still arrive.
  func message(_ number: UInt32) -> TracedMessage {
    guard let message = sentMessages[number] else { preconditionFailure("message \(number) was forgotten too early") }
    return TracedMessage(
      key: message.key, sentIn: message.sentIn, sentAt: message.sentAt,
      content: message.content)
  }

  /// So many messages are kept, though some have arrived or never will.
  private static let maxUnsifted = 50_000

  /// Whether it is time to forget messages.
  var wantsSifting: Bool { unsifted >= Self.maxUnsifted }

  /// Forgets the messages of other numbers.
  mutating func keepMessages(_ numbers: [UInt32]) {
    var kept = LookupTable<UInt32, SentMessage>()
    for number in numbers { kept[number] = sentMessages[number] }
    sentMessages = kept
    unsifted = 0
  }

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
    guard isRecording else { return }
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
    guard isRecording else { return }
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
    guard isRecording else { return }
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

import Determinism
import Histories
import Invariants
import Raft
import Replica
import Scenarios
import Traces

/// How far a run has come since the storm.
struct CalmProgress: Sendable {
  enum Phase: Sendable {
    /// There is no calm yet.
    case storm
    /// The quorum finds its leader and its last entry.
    case settling
    /// The leader lasts, and each client in its turn writes and reads.
    case steady
    /// Everything has healed, and everybody catches up.
    case rejoining
    /// An operator changes the members, and another one transfers leadership.
    case changing
    /// Every client reads every key.
    case reading
    case over
  }

  var phase = Phase.storm
  /// What becomes of each node while only a quorum heals.
  var fates: [CalmFate]
  /// Whether the last change is over, and the last transfer of leadership is waited for.
  var isTransferring = false
  /// When the phase began.
  var since = VirtualInstant.start
  /// Under whom the cluster has settled, and who must last while it is steady.
  var leader: NodeID?
  var term = Term.zero
  /// The client whose turn it is, whether it has written, and when it must have done so, or have read.
  var turn = 0
  var hasWritten = false
  var deadline: VirtualInstant?
  /// How many clients have not read everything yet.
  var readers = 0
  /// How far the cluster has caught up.
  var catchingUp = CatchingUp()
  /// How far the leader has brought its followers up.
  var followers: FollowerProgress
}

/// How far servers have come on their way to the end of the log that the storm has left, and when they last got on: a long
/// log takes its time where an append carries one entry, and a large snapshot where a piece carries a few bytes.
struct CatchingUp: Sendable {
  /// The furthest that a server has come. Nothing beyond the end counts, or leaders that follow each other for ever, each
  /// with an entry of its own, would be progress.
  private struct Reached: Comparable, Sendable {
    var applied = LogIndex.zero
    /// The end of a snapshot that arrives, and how many bytes of it are there.
    var snapshot = LogIndex.zero
    var bytes = 0

    static func < (one: Reached, other: Reached) -> Bool {
      (one.applied, one.snapshot, one.bytes) < (other.applied, other.snapshot, other.bytes)
    }
  }

  private var end = LogIndex.zero
  /// By node.
  private var reached: [Reached] = []
  private(set) var lastProgress = VirtualInstant.start

  /// Looks at the servers that run.
  ///
  /// - Parameter isGrowing: whether clients still add to the log.
  mutating func look(at replicas: [Replica], _ nodes: [NodeID], isGrowing: Bool, at now: VirtualInstant) {
    if reached.isEmpty { reached = Array(repeating: Reached(), count: replicas.count) }
    if isGrowing || end == .zero { end = replicas.map(\.status.lastIndex).max() ?? .zero }
    for node in nodes {
      // Field by field: copies of replicas are dear.
      let snapshot = replicas[node.offset].raft.incoming?.position.index ?? .zero
      let present = Reached(
        applied: min(replicas[node.offset].status.appliedIndex, end), snapshot: min(snapshot, end.next),
        bytes: replicas[node.offset].raft.incoming?.bytes.count ?? 0)
      guard reached[node.offset] < present else { continue }
      reached[node.offset] = present
      lastProgress = now
    }
  }
}

/// The calm behind the storm: a quorum heals and must get on with its work, then everything heals.
extension Simulation {
  /// Ends every fault, but for what keeps outsiders away from the quorum.
  mutating func endStorm() {
    if scenario.overrides?.leavesOutCalm ?? false { return enter(.over) }
    let plan = scenario.calm
    enter(.settling)
    network.calmDown(plan)
    if let membership = scenario.membership {
      for node in firstToHeal(membership) { calm.fates[node.offset] = .member }
    }
    for node in calm.fates.nodes(where: { $0 == .down }) { takeDown(node, because: .max, by: .process) }
    for position in nemesis.targets.indices { end(position) }
    changeOutsidersCuts(by: 1)
    for node in members { resetClock(of: node) }
    freeElections()
    endDelays()
    fillDisks()
    for client in clients.indices { startIfIdle(client) }
    lookAtCalm()
  }

  /// Lets what was under way in the storm be no slower than what begins in the calm.
  private mutating func endDelays() {
    // What was sent in the storm does not come down in the calm: an old candidate's request deposes any leader that
    // check-quorum does not protect. A client's connection breaks.
    let lastArrival = now + scenario.calm.longestDelay
    var lost: [SimulationEvent] = []
    _ = queue.removeAll(after: lastArrival) { event in
      guard event.number != nil else { return false }
      lost.append(event)
      return true
    }
    for event in lost {
      switch event {
      case .peerMessage(_, let sender, _, let number): lose(number, at: sender)
      case .frame(_, let sender, _, let number, _): noteLost(number, at: sender)
      default: break
      }
    }
    _ = queue.removeAll(after: lastArrival, where: \.isOnClientLink)
    let lastSync = now + scenario.calm.longestSync
    var syncs: [SimulationEvent] = []
    _ = queue.removeAll(after: lastSync) { event in
      guard case .synced = event else { return false }
      syncs.append(event)
      return true
    }
    for sync in syncs { schedule(sync, at: lastSync) }
  }

  private mutating func changeOutsidersCuts(by change: Int) {
    let fates = calm.fates
    for sender in members {
      for recipient in members where !fates[sender.offset].isHeard || !fates[recipient.offset].hears {
        network.changeCuts(from: [sender], to: [recipient], by: change)
      }
    }
  }

  private mutating func enter(_ phase: CalmProgress.Phase) {
    calm.phase = phase
    calm.since = now
    calm.catchingUp = CatchingUp()
  }

  /// Of whom progress is demanded now: once everything has healed, of all whose disks are not lost.
  private var demanded: [NodeID] {
    let participants = participants
    guard calm.phase == .settling || calm.phase == .steady else {
      return members.filter { !ruined.contains($0) && participants.contains($0) }
    }
    return calm.fates.nodes { $0 == .member || $0 == .free }.filter {
      participants.contains($0) && (calm.fates[$0.offset] == .member || cluster.running.contains($0))
    }
  }

  // MARK: Looking

  private var electionTimeouts: Duration { scenario.cluster.electionTimeoutMax }

  /// When its time is up, a cluster that still catches up is given more, as long as it gets on within this part of it.
  private static let stuckShare: Int64 = 10

  /// How long it takes at least until one can say that the quorum has settled: what candidates of the storm ask for must
  /// have come to an end.
  private var leastSettling: Duration { electionTimeouts * 2 }

  mutating func lookAtCalm() {
    switch calm.phase {
    case .settling, .rejoining: lookForSettlement()
    case .steady: lookForSteadyEnd()
    case .changing: lookForLastRequests()
    case .storm, .reading, .over: return
    }
    if calm.phase != .changing { lookAtFollowers() }
    if calm.phase != .reading, calm.phase != .over { schedule(.calmLook, at: now + electionTimeouts / 8) }
  }

  private mutating func lookForSettlement() {
    let nodes = demanded
    let settlement = Settlement(of: nodes, replicas: cluster.replicas, running: cluster.running)
    let elapsed = now - calm.since
    let isLong = elapsed >= workTime && (calm.phase == .rejoining || elapsed >= leastSettling)
    if case .settled(let leader, let term) = settlement, isLong, areMembersSettled {
      return settle(under: leader, in: term)
    }
    if isLedWithoutRoom { for client in clients.indices { startIfIdle(client) } }
    lookAtCatchingUp(of: nodes)
    guard isTimeUp(after: Int64(scenario.calm.settleTimeouts)) else { return }
    fail(
      .notSettled(
        Unsettled(
          nodes: nodes, isLed: settlement.isLed,
          electionTimeouts: Int(elapsed.nanoseconds / max(1, electionTimeouts.nanoseconds)),
          after: calm.phase == .settling ? .quorum : .everything)), accounts: accounts)
    settle(under: nil, in: .zero)
  }

  /// Takes note of how far those have come who must catch up.
  mutating func lookAtCatchingUp(of nodes: [NodeID]) {
    calm.catchingUp.look(
      at: cluster.replicas, nodes.filter(cluster.running.contains), isGrowing: clients.contains { $0.open != nil },
      at: now)
  }

  /// Whether so many election timeouts of this phase are over, and the cluster stands still.
  func isTimeUp(after patience: Int64) -> Bool {
    let isStuck = now - calm.catchingUp.lastProgress >= electionTimeouts * (patience / Self.stuckShare)
    return now - calm.since >= electionTimeouts * patience && isStuck
  }

  private mutating func settle(under leader: NodeID?, in term: Term) {
    let elapsed = now - calm.since
    statistics.slowestSettling = max(
      statistics.slowestSettling, Int(elapsed.nanoseconds * 10 / max(1, electionTimeouts.nanoseconds)))
    (calm.leader, calm.term) = (leader, term)
    guard calm.phase == .settling else { return settleForGood(isLed: leader != nil) }
    enter(.steady)
    if leader != nil { nearlyFillDisks() }
    if leader == nil { calm.turn = clients.count }
    if clients.indices.contains(calm.turn) { startIfIdle(calm.turn) }
  }

  /// Sees whether somebody has taken the leader's place, or left its term.
  mutating func watchLeader(by node: NodeID) {
    guard let leader = calm.leader, cluster.running.contains(node) else { return }
    let status = cluster.replicas[node.offset].status
    if status.term == calm.term, (status.role == .leader) == (node == leader) { return }
    guard demanded.contains(node) else { return }
    calm.leader = nil
    fail(
      .leaderDeposed(leader: leader, term: calm.term, by: node, into: status.term, quorum: demanded), accounts: accounts
    )
  }

  private mutating func lookForSteadyEnd() {
    let isLong = now - calm.since >= electionTimeouts * Int64(scenario.calm.steadyTimeouts)
    guard calm.turn >= clients.count, isLong else { return }
    enter(.rejoining)
    changeOutsidersCuts(by: -1)
    for node in calm.fates.nodes(where: { $0 == .down }) { release(node) }
    makeRoom()
  }

  private mutating func settleForGood(isLed: Bool) {
    guard isLed, let plan = scenario.membership else { return startReading() }
    enter(.changing)
    beginLastChange(plan)
  }

  /// Goes on behind the last change and the last transfer.
  mutating func endLastRequests() {
    // Whoever leads now has done so for long enough, or no client would be turned away for it.
    calm.leader = nil
    startReading()
  }

  private mutating func startReading() {
    enter(.reading)
    calm.readers = clients.count
    statistics.finalReadsExpected = clients.reduce(0) { $0 + $1.finalKeys.count }
    if clients.isEmpty { enter(.over) }
    for client in clients.indices { startIfIdle(client) }
  }

  // MARK: Clients

  /// How long an operation may take while a leader leads: a client may ask every outsider first, each in vain.
  private var operationBound: Duration {
    let round = (scenario.workload.attemptTimeout + scenario.workload.retryPause) * Int64(members.count + 1)
    return round * 2 + electionTimeouts * Int64(scenario.calm.settleTimeouts)
  }

  /// How long a client tries to read in the end.
  private static let finalReadTimeout = Duration.seconds(10)

  /// Starts a client's next work of the calm, unless it is busy.
  private mutating func startIfIdle(_ client: Int) {
    if clients[client].isIdle { startCalmWork(client) }
  }

  /// Lets a client that has nothing to do begin with what the calm wants of it.
  mutating func startCalmWork(_ client: Int) {
    switch calm.phase {
    case .steady: if client == calm.turn { work(client) }
    case .reading:
      guard let key = clients[client].finalKeys.popLast() else {
        calm.readers -= 1
        if calm.readers == 0 { enter(.over) }
        return
      }
      // Where followers answer reads, one after the other is asked.
      let readers = demanded
      let turn = (client + clients[client].finalKeys.count) % max(1, readers.count)
      let node = scenario.protocols.reads == .follower && !readers.isEmpty ? readers[turn] : nil
      call(client, .get, key: key, of: node, in: .final, until: now + max(Self.finalReadTimeout, operationBound))
    case .settling, .rejoining: if healingPause != nil { heal(client) }
    case .storm, .changing, .over: break
    }
  }

  /// A client writes a key of its own, for a write to another would hide that an earlier one was lost; then it reads one
  /// of those that all share.
  private mutating func work(_ client: Int) {
    let deadline = calm.deadline ?? now + operationBound
    calm.deadline = deadline
    let own = "calm-\(client)"
    if calm.hasWritten {
      let keys = scenario.workload.keys
      call(client, .get, key: keys.isEmpty ? own : keys[client % keys.count], in: .steady, until: deadline)
    } else {
      call(client, .put(Array(own.utf8)), key: own, in: .steady, until: deadline)
    }
  }

  /// Takes note of how an operation of the calm has ended.
  mutating func takeNote(_ operation: SimulatedClient.OpenOperation, of client: Int, _ outcome: Outcome) {
    if case .ok = outcome {
      if operation.part == .final { statistics.finalReads += 1 } else { advanceTurn() }
      return
    }
    // A session may have expired for the benefit of others: it asks again, as long as there is time.
    let attempts = clients[client].attempts
    guard now + scenario.workload.retryPause >= attempts.deadline else {
      if operation.part == .final { clients[client].finalKeys.append(operation.key) }
      return
    }
    let isFinal = operation.part == .final
    fail(
      .notAnswered(
        client: client, key: Array(operation.key.utf8), isRead: isFinal, since: operation.start - .start,
        last: attempts.target), accounts: accounts)
    // Where nobody looks, the others' turns would only take as long again.
    if !isFinal { calm.turn = clients.count }
  }

  private mutating func advanceTurn() {
    calm.deadline = nil
    guard calm.hasWritten else { return calm.hasWritten = true }
    calm.hasWritten = false
    calm.turn += 1
    if clients.indices.contains(calm.turn) { startIfIdle(calm.turn) }
  }

  // MARK: Failing

  /// What a node's disk is syncing: of two files the log's, for which more waits.
  private func fileInSync(of node: NodeID) -> String? {
    let disk = hosts[node.offset].disk
    return disk.fileInSync(.log) ?? disk.fileInSync(.snapshots)
  }

  /// Where each server stands and what it waits for.
  var accounts: [NodeAccount] {
    members.map { node in
      let isHealing = calm.phase == .settling || calm.phase == .steady
      let isRunning = cluster.running.contains(node)
      return NodeAccount(
        node: node, fate: isHealing ? calm.fates[node.offset] : nil,
        running: isRunning
          ? NodeAccount.Running(of: cluster.replicas[node.offset], syncing: fileInSync(of: node)) : nil)
    }
  }
}

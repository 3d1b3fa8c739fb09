import Determinism
import Raft
import Replica
import Scenarios
import Traces

/// The faults: how each begins and ends. What they do to disks and clocks stands in files of its own.
extension Simulation {
  mutating func begin(_ position: Int, subject: NodeID?) {
    let fault = scenario.faults[position]
    guard isStorm(at: now), let nodes = nodes(hitBy: fault.action, subject: subject) else { return }
    nemesis.targets[position] = nodes
    begunFaults.append(BegunFault(id: fault.id, at: now - .start, nodes: nodes))
    if case .moment(let moment, _, _) = fault.trigger { statistics[moment: moment] += 1 }
    var isCounted = true
    switch fault.action {
    case .partition, .clog: changeLinks(of: fault.action, nodes, by: 1)
    case .clientPartition, .clientClog: changeClientLinks(by: fault.action, nodes, by: 1)
    case .loss, .delay, .duplicate, .reorder, .replay, .slowNode, .corrupt, .foreign, .misdeliver, .clientDelay:
      network.begin(fault, targets: nodes)
    case .kill(_, let tearing):
      for node in nodes { takeDown(node, because: UInt64(fault.id), by: .kill(tearing: tearing)) }
    case .powerLoss(let tearing):
      for node in nodes { takeDown(node, because: UInt64(fault.id), by: .powerCut(tearing: tearing)) }
    case .crashLoop, .clockStrobe: turn(position)
    case .pause: for node in nodes { pause(node) }
    case .snapshot:
      for node in nodes { schedule(.snapshotRequested(node), at: now) }
      isCounted = false
    case .syncError, .writeError, .diskFull, .slowDisk:
      beginDiskFault(fault.action, nodes)
      isCounted = !fault.action.failsRequests
    case .bitFlip, .unreadableSector:
      for node in nodes { damageDisk(of: node, by: fault) }
      isCounted = false
    case .diskLost:
      for node in nodes { loseDisk(of: node, by: fault) }
      isCounted = false
    case .clockDrift, .clockFreeze: for node in nodes { resetClock(of: node) }
    case .clockJump(_, let span): for node in nodes { hosts[node.offset].clock.jumpWall(by: span) }
    case .clockLeap(_, let span): for node in nodes { leapClock(of: node, by: span) }
    case .changeMembers, .transferLeadership:
      beginRequest(position, nodes)
      isCounted = false
    }
    if isCounted { statistics[kind: fault.action.kind(hitting: nodes.count, of: members.count)] += 1 }
    schedule(.faultEnds(position), at: now + fault.duration)
  }

  /// Gives a fault that comes again and again its next turn.
  mutating func turn(_ position: Int) {
    guard let nodes = nemesis.targets[position] else { return }
    let fault = scenario.faults[position]
    let isOdd = nemesis.turns[position] % 2 == 0
    nemesis.turns[position] += 1
    switch fault.action {
    case .crashLoop(_, let every, let tearing):
      for node in nodes {
        if isOdd { takeDown(node, because: UInt64(fault.id), by: .kill(tearing: tearing)) } else { release(node) }
      }
      schedule(.faultGoesOn(position), at: now + every)
    case .clockStrobe(_, let span, let every):
      for node in nodes { hosts[node.offset].clock.jumpWall(by: isOdd ? span : .zero - span) }
      schedule(.faultGoesOn(position), at: now + every)
    default: break
    }
  }

  mutating func end(_ position: Int) {
    // The end of the storm may have ended it before.
    guard let nodes = nemesis.targets[position] else { return }
    let fault = scenario.faults[position]
    let isOdd = nemesis.turns[position] % 2 == 1
    nemesis.targets[position] = nil
    switch fault.action {
    case .partition, .clog: changeLinks(of: fault.action, nodes, by: -1)
    case .clientPartition, .clientClog: changeClientLinks(by: fault.action, nodes, by: -1)
    case .loss, .delay, .duplicate, .reorder, .replay, .slowNode, .corrupt, .foreign, .misdeliver, .clientDelay:
      network.end(fault)
    case .kill, .powerLoss, .bitFlip, .unreadableSector, .diskLost: for node in nodes { release(node) }
    case .crashLoop: if isOdd { for node in nodes { release(node) } }
    case .pause: for node in nodes { resume(node) }
    case .syncError, .writeError, .diskFull, .slowDisk: for node in nodes { endDiskFault(fault, at: node) }
    case .clockDrift, .clockFreeze: for node in nodes { resetClock(of: node) }
    case .clockStrobe(_, let span, _):
      if isOdd { for node in nodes { hosts[node.offset].clock.jumpWall(by: .zero - span) } }
    case .snapshot, .clockJump, .clockLeap: break
    case .changeMembers, .transferLeadership: end(position, with: .unknown)
    }
  }

  /// Whether some fault in force that has hold of a node is such a one.
  func isInForce(at node: NodeID, _ isSuch: (FaultAction) -> Bool) -> Bool {
    nemesis.targets.indices.contains { position in
      guard let nodes = nemesis.targets[position] else { return false }
      return nodes.contains(node) && isSuch(scenario.faults[position].action)
    }
  }

  /// Whom a fault hits now; `nil` if there is nobody to hit.
  private func nodes(hitBy action: FaultAction, subject: NodeID?) -> [NodeID]? {
    let specification = action.specification
    var chosen: [NodeID]
    switch (action, specification.target) {
    case (.powerLoss, _): chosen = members
    case (_, nil): return []
    case (_, .nodes(let nodes)?): chosen = nodes
    case (_, .subject?): chosen = subject.map { [$0] } ?? []
    case (_, .leader?): chosen = leader().map { [$0] } ?? []
    }
    if specification.kind.needsWeakDisk, !maySpareWeakDisks { return nil }
    if specification.kind.needsWeakDisk { chosen = chosen.filter(scenario.disk.weak.contains) }
    switch action {
    case .kill, .powerLoss, .crashLoop, .pause, .snapshot, .diskLost: chosen = chosen.filter(cluster.running.contains)
    case .bitFlip, .unreadableSector:
      chosen = chosen.filter { cluster.running.contains($0) && hosts[$0.offset].disk.isDamageable }
    case .changeMembers(_, _, let removed, _):
      return removed == .leader && chosen.isEmpty ? nil : chosen
    default: break
    }
    return chosen.isEmpty ? nil : chosen
  }

  /// Whoever leads the latest term.
  func leader() -> NodeID? {
    members.filter { cluster.running.contains($0) && cluster.replicas[$0.offset].status.role == .leader }
      .max { cluster.replicas[$0.offset].status.term < cluster.replicas[$1.offset].status.term }
  }

  // MARK: Links

  private mutating func changeLinks(of action: FaultAction, _ nodes: [NodeID], by change: Int) {
    switch action {
    case .partition(let shape, _, let direction):
      for cut in shape.cuts(side: nodes, of: members, direction: direction) {
        network.changeCuts(from: cut.senders, to: cut.recipients, by: change)
      }
    case .clog(_, let direction):
      for cut in PartitionShape.one.cuts(side: nodes, of: members, direction: direction) {
        network.changeClogs(from: cut.senders, to: cut.recipients, by: change)
      }
      guard change < 0 else { return }
      for held in network.releaseHeld() { schedule(held.arrival, at: now + scenario.network.delayMin) }
    default: break
    }
  }

  // MARK: Processes

  /// Crashes a node, if it runs, and keeps it down until `release`.
  mutating func takeDown(_ node: NodeID, because cause: UInt64, by end: NodeEnd) {
    hosts[node.offset].holds += 1
    guard cluster.running.contains(node) else { return }
    let damage = crash(node, because: cause, by: end)
    // What the calm keeps down is no fault.
    guard calm.phase == .storm else { return }
    if damage.hitUnsyncedLog { statistics.crashesBeforeSync += 1 }
    if damage.isLossy { statistics[kind: .lostWrite] += 1 }
    if damage.isTorn { statistics[kind: .tornWrite] += 1 }
    if cluster.running.count == 0 { statistics.wholeClusterCrashes += 1 }
  }

  /// Takes back what `takeDown` did: a node that nothing else keeps down starts again.
  mutating func release(_ node: NodeID) {
    hosts[node.offset].holds -= 1
    if hosts[node.offset].holds == 0, !cluster.running.contains(node), !ruined.contains(node), arrived.contains(node) {
      start(node)
    }
  }

  /// Ends a node's process and, with the power, takes from it what is not durable.
  ///
  /// - Parameter cause: tells apart the crashes of one incarnation; its fault's identity.
  /// - Returns: what became of it.
  @discardableResult
  mutating func crash(_ node: NodeID, because cause: UInt64, by end: NodeEnd) -> SimulatedDisk.CrashDamage {
    let offset = node.offset
    // The next process would sync what a failed sync has lost, and be told that it is durable: nothing is promised there.
    let keepsDisk = end == .process && !hosts[offset].disk.showsLostBytes
    let damage = keepsDisk ? hosts[offset].disk.endProcess() : takeFromDisk(of: node, because: cause, by: end)
    if isTraced { traceCrash(of: node, damage) }
    cluster.running.remove(node)
    hosts[offset].incarnation += 1
    hosts[offset].inbox.removeAll()
    hosts[offset].keptElection = nil
    for timer in RaftTimer.allCases {
      hosts[offset].deadlines[timer] = nil
      queue.setAlarm(alarm(of: timer, node), at: nil)
    }
    hosts[offset].seenRole = .follower
    hosts[offset].seenCommitIndex = .zero
    observe(crashOf: node, keepsDisk: keepsDisk)
    return damage
  }

  private mutating func takeFromDisk(
    of node: NodeID, because cause: UInt64, by end: NodeEnd
  ) -> SimulatedDisk.CrashDamage {
    let offset = node.offset
    let (dice, incarnation) = (dice, UInt64(hosts[offset].incarnation))
    return hosts[offset].disk.crash(tearing: end == .powerCut(tearing: true)) { name in
      var key = StableDigest(start: UInt64(node.number))
      key.combine(cause)
      key.combine(Array(name.utf8))
      return dice.draw(.crashCut, key.value, occurrence: incarnation)
    }
  }

  private mutating func pause(_ node: NodeID) {
    hosts[node.offset].pauses += 1
    pauses += 1
    if tracer != nil, hosts[node.offset].pauses == 1 { tracer?.note(.paused, at: node) }
  }

  /// Whether a node runs and does nothing.
  func isStandingStill(_ node: NodeID) -> Bool { hosts[node.offset].pauses > 0 && cluster.running.contains(node) }

  /// Keeps what comes to a node that stands still, as long as there is room.
  mutating func keep(_ event: SimulationEvent, for node: NodeID) {
    if case .timer(.election, _) = event { hosts[node.offset].keptElection = hosts[node.offset].keptElection ?? now }
    // Only what comes over the network may be lost: a timer or a sync that never came would leave the node stuck.
    if !event.isMessage || hosts[node.offset].inbox.count < Self.maxInbox {
      hosts[node.offset].inbox.append((event, tracer?.events.last?.cause))
    } else if tracer != nil, let number = event.number {
      tracer?.noteLost(number, at: node)
    }
  }

  private mutating func resume(_ node: NodeID) {
    hosts[node.offset].pauses -= 1
    pauses -= 1
    guard hosts[node.offset].pauses == 0 else { return }
    if isTraced { tracer?.note(.resumed, at: node) }
    let inbox = hosts[node.offset].inbox
    hosts[node.offset].inbox = []
    for waiting in inbox { schedule(waiting.event, at: now, because: waiting.cause) }
  }

  mutating func requestSnapshot(of node: NodeID) {
    guard cluster.running.contains(node) else { return }
    let wasWriting = cluster.replicas[node.offset].status.isWritingSnapshot
    step(node, .snapshotRequested)
    if !wasWriting, cluster.replicas[node.offset].status.isWritingSnapshot { statistics[kind: .snapshot] += 1 }
  }
}

/// How a node goes down.
enum NodeEnd: Equatable {
  /// Its process ends, and what it wrote can still be read.
  case process
  /// Its machine loses power: what was not synced may be gone; if it tears, any sectors of it.
  case powerCut(tearing: Bool)

  /// What a `kill` does: one that tears takes the machine with the process.
  static func kill(tearing: Bool) -> NodeEnd { tearing ? .powerCut(tearing: true) : .process }
}

import Determinism
import Raft
import Replica
import Scenarios

/// The faults: how each begins and ends.
extension Simulation {
  mutating func begin(_ position: Int, subject: NodeID?) {
    let fault = scenario.faults[position]
    guard isStorm(at: now), let nodes = nodes(hitBy: fault.action, subject: subject) else { return }
    nemesis.grips[position] = nodes
    let others = members.filter { !nodes.contains($0) }
    switch fault.action {
    case .partition:
      network.changeCuts(from: nodes, to: others, by: 1)
      network.changeCuts(from: others, to: nodes, by: 1)
    case .oneWay(_, let isInbound):
      network.changeCuts(from: isInbound ? others : nodes, to: isInbound ? nodes : others, by: 1)
    case .kill(_, let tearing): for node in nodes { crash(node, because: UInt64(fault.id), tearing: tearing) }
    case .pause: for node in nodes { hosts[node.offset].pauses += 1 }
    case .loss, .delay, .duplicate, .reorder: network.begin(fault)
    case .clockDrift(_, let rate):
      for node in nodes { hosts[node.offset].clock.setDrift(partsPerMillion: rate, at: now) }
    case .clockJump(_, let span): for node in nodes { hosts[node.offset].clock.jumpWall(by: span) }
    }
    statistics[kind: fault.action.kind(hitting: nodes.count, of: members.count)] += 1
    queue.schedule(.faultEnds(position), at: now + fault.duration)
  }

  mutating func end(_ position: Int) {
    // The end of the storm may have ended it before.
    guard let nodes = nemesis.grips[position] else { return }
    nemesis.grips[position] = nil
    let fault = scenario.faults[position]
    let others = members.filter { !nodes.contains($0) }
    switch fault.action {
    case .partition:
      network.changeCuts(from: nodes, to: others, by: -1)
      network.changeCuts(from: others, to: nodes, by: -1)
    case .oneWay(_, let isInbound):
      network.changeCuts(from: isInbound ? others : nodes, to: isInbound ? nodes : others, by: -1)
    case .kill: for node in nodes { restart(node) }
    case .pause: for node in nodes { resume(node) }
    case .loss, .delay, .duplicate, .reorder: network.end(fault)
    case .clockDrift:
      for node in nodes {
        hosts[node.offset].clock.setDrift(
          partsPerMillion: scenario.clocks.driftPartsPerMillion[node.offset], at: now)
      }
    case .clockJump: break
    }
  }

  /// Whom a fault hits now; `nil` if there is nobody to hit.
  private func nodes(hitBy action: FaultAction, subject: NodeID?) -> [NodeID]? {
    let chosen: [NodeID]
    switch action.target {
    case nil: return []
    case .nodes(let nodes)?: chosen = nodes
    case .subject?: chosen = subject.map { [$0] } ?? []
    case .leader?: chosen = leader().map { [$0] } ?? []
    }
    if case .kill = action {
      let running = chosen.filter(running.contains)
      return running.isEmpty ? nil : running
    }
    return chosen.isEmpty ? nil : chosen
  }

  /// Whoever leads the latest term.
  private func leader() -> NodeID? {
    members.filter { running.contains($0) && replicas[$0.offset].status.role == .leader }
      .max { replicas[$0.offset].status.term < replicas[$1.offset].status.term }
  }

  /// Stops a node without warning.
  ///
  /// - Parameter cause: tells apart the crashes of one node; its fault's identity.
  mutating func crash(_ node: NodeID, because cause: UInt64, tearing: Bool) {
    let offset = node.offset
    let dice = dice
    let damage = hosts[offset].disk.crash(tearing: tearing) { name in
      var key = StableDigest(start: UInt64(node.number))
      key.combine(cause)
      key.combine(Array(name.utf8))
      return dice.draw(.crashCut, key.value)
    }
    if damage.hadUnsyncedWrites { statistics.crashesBeforeSync += 1 }
    if damage.isLossy { statistics[kind: .lostWrite] += 1 }
    if damage.isTorn { statistics[kind: .tornWrite] += 1 }
    running.remove(node)
    hosts[offset].incarnation += 1
    hosts[offset].inbox.removeAll()
    hosts[offset].deadlines = hosts[offset].deadlines.map { _ in nil }
    hosts[offset].lookups = hosts[offset].lookups.map { _ in nil }
    hosts[offset].seenRole = .follower
    hosts[offset].seenCommitIndex = .zero
  }

  mutating func restart(_ node: NodeID) {
    if !running.contains(node), !staysDown(node) { start(node) }
  }

  private mutating func resume(_ node: NodeID) {
    hosts[node.offset].pauses -= 1
    guard hosts[node.offset].pauses == 0 else { return }
    let inbox = hosts[node.offset].inbox
    hosts[node.offset].inbox = []
    for event in inbox { queue.schedule(event, at: now) }
  }
}

import Determinism
import Raft
import Replica
import Scenarios
import Traces

/// What goes wrong with disks, and what becomes of a server that stops for it.
extension Simulation {
  mutating func beginDiskFault(_ action: FaultAction, _ nodes: [NodeID]) {
    for node in nodes {
      if case .diskFull(_, let room) = action {
        let disk = hosts[node.offset].disk
        hosts[node.offset].disk.capacity = min(disk.capacity, disk.usedBytes + room)
      }
      resetDisk(of: node)
    }
  }

  /// Ends what a fault did to a node's disk. A server that stopped for it starts again, with the machine.
  mutating func endDiskFault(_ fault: Fault, at node: NodeID) {
    let offset = node.offset
    resetDisk(of: node)
    if hosts[offset].isStoppedForDisk {
      guard !isInForce(at: node, \.stopsServers) else { return }
      hosts[offset].isStoppedForDisk = false
      crash(node, because: UInt64(fault.id), by: .powerCut(tearing: false))
      release(node)
    } else if case .diskFull = fault.action {
      tellRoom(to: node)
    } else if case .syncError = fault.action, cluster.running.contains(node) {
      // Who mends a disk turns the machine off: what a server took for synced shows now.
      crash(node, because: UInt64(fault.id), by: .powerCut(tearing: false))
      start(node)
    }
  }

  /// A server that goes by what it last heard would stop, or refuse what it could take.
  mutating func tellRoom(to node: NodeID) {
    let offset = node.offset
    if isStandingStill(node) {
      hosts[offset].inbox.insert((.roomChanged(node), tracer?.place), at: 0)
    } else {
      let (before, isBusy) = (cluster.replicas[offset].freeBytes, hosts[offset].disk.busyLanes != 0)
      step(node, .roomChanged(freeBytes: hosts[offset].disk.freeBytes))
      // While a flush is under way a server may wait for what its end will say, and count what it asks for meanwhile.
      if !isBusy || cluster.replicas[offset].freeBytes > before { observe(roomAt: node) }
    }
  }

  /// Sets up a node's disk by the faults that are in force, and no others.
  private mutating func resetDisk(of node: NodeID) {
    let offset = node.offset
    hosts[offset].disk.failsSyncs = isInForce(at: node) { if case .syncError = $0 { true } else { false } }
    hosts[offset].disk.failsWrites = isInForce(at: node) { if case .writeError = $0 { true } else { false } }
    if !isInForce(at: node, { if case .diskFull = $0 { true } else { false } }) { hosts[offset].disk.capacity = .max }
    hosts[offset].diskSlowness = nemesis.targets.indices.reduce(.zero) { sum, position in
      guard case .slowDisk(_, let mean) = scenario.faults[position].action,
        nemesis.targets[position]?.contains(node) ?? false
      else { return sum }
      return sum + mean
    }
  }

  /// Takes note that a server has stopped for what its disk did: until that is over it stays down.
  mutating func stopForDisk(_ node: NodeID, _ failure: DiskFailure) {
    let offset = node.offset
    cluster.running.remove(node)
    guard isInForce(at: node, \.stopsServers) else {
      return fail(.stoppedForSoundDisk(node, failure))
    }
    switch failure {
    case .sync: statistics[kind: .syncError] += 1
    case .write: statistics[kind: .writeError] += 1
    case .full: break
    }
    hosts[offset].isStoppedForDisk = true
    hosts[offset].holds += 1
  }

  /// Crashes a node, and damages what its disk had kept.
  mutating func damageDisk(of node: NodeID, by fault: Fault) {
    takeDown(node, because: UInt64(fault.id), by: .powerCut(tearing: false))
    var key = StableDigest(start: UInt64(node.number))
    key.combine(UInt64(fault.id))
    let isSector = if case .unreadableSector = fault.action { true } else { false }
    guard hosts[node.offset].disk.damage(by: dice.draw(.diskDamage, key.value), losingSector: isSector) else { return }
    hosts[node.offset].isDamaged = true
    statistics[kind: isSector ? .unreadableSector : .bitFlip] += 1
  }

  /// Crashes a node, and puts another disk in the place of its own: it has forgotten its vote, and stays away.
  mutating func loseDisk(of node: NodeID, by fault: Fault) {
    takeDown(node, because: UInt64(fault.id), by: .powerCut(tearing: false))
    hosts[node.offset].disk.lose()
    hosts[node.offset].isDamaged = true
    hosts[node.offset].hasOtherDisk = true
    statistics[kind: .diskLost] += 1
  }
}

extension FaultAction {
  /// Whether it does nothing until a server asks something of its disk: then it counts.
  var failsRequests: Bool {
    switch self {
    case .syncError, .writeError: true
    default: false
    }
  }

  /// Whether a server whose disk does this may have to stop.
  fileprivate var stopsServers: Bool {
    if case .diskFull = self { true } else { failsRequests }
  }
}

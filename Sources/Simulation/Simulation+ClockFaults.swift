import Determinism
import Raft
import Scenarios

/// What goes wrong with clocks.
extension Simulation {
  /// Lets a node's clocks run as the faults in force will have it; of several drifts the latest fault's counts. In the calm
  /// none runs beyond what the servers assume.
  mutating func resetClock(of node: NodeID) {
    let offset = node.offset
    var rate = scenario.clocks.driftPartsPerMillion[offset]
    var isFrozen = false
    for position in nemesis.targets.indices where nemesis.targets[position]?.contains(node) ?? false {
      switch scenario.faults[position].action {
      case .clockDrift(_, let drift): rate = drift
      case .clockFreeze: isFrozen = true
      default: break
      }
    }
    if calm.phase != .storm {
      // Nothing promises progress where timeouts run as odd clocks do.
      let bound = scenario.protocols.assumedDriftPartsPerMillion
      rate = min(bound, max(-bound, rate))
    }
    hosts[offset].clock.freezeWall(isFrozen, at: now)
    hosts[offset].clock.setDrift(
      partsPerMillion: isFrozen && scenario.driftsBeyondBound ? -1_000_000 : rate, at: now)
    setAlarms(of: node)
  }

  mutating func leapClock(of node: NodeID, by span: Duration) {
    hosts[node.offset].clock.leap(by: span)
    setAlarms(of: node)
  }

  /// Looks for the deadlines where the clock will meet them now.
  private mutating func setAlarms(of node: NodeID) {
    for timer in RaftTimer.allCases { setAlarm(of: timer, node) }
  }
}

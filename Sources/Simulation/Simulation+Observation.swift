import Determinism
import Histories
import Invariants
import Raft
import Replica
import Scenarios

/// What an observer sees of the nodes: protocol moments, figures, broken invariants.
extension Simulation {
  /// Looks at a node from outside after its step.
  mutating func observe(_ node: NodeID) {
    let role = replicas[node.offset].status.role
    if role != hosts[node.offset].seenRole {
      hosts[node.offset].seenRole = role
      if role == .leader {
        statistics.leaderChanges += 1
        if clients.contains(where: { $0.open != nil }) { statistics.leaderChangesWithOpenOperations += 1 }
        note(.leadership, at: node)
      }
    }
    let commitIndex = replicas[node.offset].status.commitIndex
    if commitIndex > hosts[node.offset].seenCommitIndex {
      hosts[node.offset].seenCommitIndex = commitIndex
      note(.commitAdvance, at: node)
    }
    if calm.phase == .steady { watchLeader(by: node) }
    guard options.checksInvariants else { return }
    do {
      try invariants.check(ClusterView(replicas: replicas, running: running, changed: node))
    } catch {
      fail(.invariant(error.invariant), error.detail)
    }
  }

  func isStorm(at instant: VirtualInstant) -> Bool { instant - .start < scenario.stormEnd }

  /// Counts a protocol moment and springs the faults that waited for it.
  mutating func note(_ moment: Moment, at node: NodeID) {
    for (fault, after) in nemesis.count(moment) where isStorm(at: now + after) {
      queue.schedule(.faultBegins(fault, subject: node), at: now + after)
    }
  }
}

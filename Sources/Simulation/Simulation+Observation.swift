import Determinism
import Histories
import Invariants
import Raft
import Replica
import Scenarios
import Traces

/// What an observer sees of the nodes: protocol moments, figures, broken invariants.
extension Simulation {
  /// Looks at a node from outside after its step.
  mutating func observe(_ node: NodeID) {
    count(at: node)
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
    show(node) { watch, cluster throws(InvariantViolation) in try watch.check(cluster) }
  }

  func isStorm(at instant: VirtualInstant) -> Bool { instant - .start < scenario.stormEnd }

  /// Counts a protocol moment and springs the faults that waited for it.
  mutating func note(_ moment: Moment, at node: NodeID) {
    for (fault, after) in nemesis.count(moment) where isStorm(at: now + after) {
      schedule(.faultBegins(fault, subject: node), at: now + after)
    }
  }

  // MARK: Invariants

  /// Shows a message as it leaves.
  mutating func observe(_ label: MessageLabel, from node: NodeID, to recipient: NodeID) {
    let message = SentMessage(label, from: node, to: recipient)
    show(node) { watch, cluster throws(InvariantViolation) in try watch.check(message, in: cluster) }
  }

  /// Shows that a client is told what became of a command.
  mutating func observe(answerAbout position: LogPosition, by node: NodeID) {
    show(node) { watch, cluster throws(InvariantViolation) in try watch.check(answerAbout: position, in: cluster) }
  }

  /// Shows that a disk has finished a sync of a file or, with an empty name, of the names.
  mutating func observe(syncOf file: String, by node: NodeID) {
    guard watch != nil else { return }
    let disk = hosts[node.offset].disk
    show(node) { watch, cluster throws(InvariantViolation) in try watch.check(syncOf: file, on: disk, in: cluster) }
  }

  /// Shows what a crash has left.
  mutating func observe(crashOf node: NodeID) {
    guard watch != nil else { return }
    let disk = hosts[node.offset].disk
    show(node) { watch, cluster throws(InvariantViolation) in try watch.check(crashLeaving: disk, in: cluster) }
  }

  /// Lets whoever checks invariants look, if anyone does; what is broken ends the run.
  private mutating func show(
    _ node: NodeID, _ look: (inout any ClusterWatch, ClusterView) throws(InvariantViolation) -> Void
  ) {
    guard var watch = watch.take() else { return }
    if restsOnClocks {
      for host in hosts.indices { clockReadings[host] = hosts[host].clock.local(at: now) }
    }
    do throws(InvariantViolation) {
      try look(
        &watch, ClusterView(replicas: replicas, running: running, changed: node, clocks: clockReadings))
    } catch {
      fail(error.finding)
    }
    self.watch = watch
  }
}

extension SimulatedDisk: DurableFiles {}

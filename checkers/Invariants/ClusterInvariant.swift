import Determinism
import Raft
import Replica
import Traces

/// All servers at one moment, as only an omniscient observer sees them.
package struct ClusterView: Sendable {
  /// In the order of the nodes, with the last state of those that are down.
  package var replicas: [Replica]
  package var running: NodeSet
  /// The node that took a step, or of which this is about.
  package var changed: NodeID
  /// What the nodes' monotonic clocks show; empty where nothing may rest on them.
  package var clocks: [LocalInstant]

  package init(replicas: [Replica], running: NodeSet, changed: NodeID, clocks: [LocalInstant] = []) {
    self.replicas = replicas
    self.running = running
    self.changed = changed
    self.clocks = clocks
  }

  /// Where the node stands that took a step.
  ///
  /// Read where it lies: in debug builds to ask the array for a server copies all of it, at every step of every run.
  var status: ReplicaStatus { replicas.withUnsafeBufferPointer { $0[changed.offset].status } }

  /// The log of the node that took a step. Looked at only where the status shows a change: reaching it costs more than
  /// most checks.
  var log: RaftLog { replicas[changed.offset].raft.log }

  /// What a leader knows a member to hold; nothing of one that it does not keep in mind. Reached by way of fields alone: a
  /// copy of the leader costs more than the check.
  package func match(of member: NodeID, at leader: NodeID) -> LogIndex {
    guard tracks(member, leader) else { return .zero }
    return replicas.withUnsafeBufferPointer {
      $0[leader.offset].raft.lastLeadership?.progress.slots[member.offset].match ?? .zero
    }
  }

  /// Whether a leader keeps a server in mind.
  func tracks(_ member: NodeID, _ leader: NodeID) -> Bool {
    replicas.withUnsafeBufferPointer {
      $0[leader.offset].raft.lastLeadership?.progress.tracked.contains(member) ?? false
    }
  }

  /// The last of its rounds that a leader knows a member to have heard.
  func round(heardBy member: NodeID, at leader: NodeID) -> UInt64 {
    guard tracks(member, leader) else { return 0 }
    return replicas[leader.offset].raft.lastLeadership?.progress.slots[member.offset].acknowledgedRound ?? 0
  }

  /// All nodes.
  var nodes: some Collection<NodeID> { replicas.indices.lazy.map { NodeID(UInt8($0 + 1)) } }
}

/// A property that must hold in every state of a run.
package protocol ClusterInvariant: Sendable {
  /// Checks what a step, or a change on a disk, may have broken. Called after every step of every node, in order.
  ///
  /// - Parameter past: what was seen so far, this step included.
  /// - Throws: when the property does not hold.
  mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation)
}

/// A property that does not hold.
package struct InvariantViolation: Error, Hashable, Sendable {
  /// What was seen, which says the property, too.
  package let finding: Finding

  package init(_ finding: Finding) { self.finding = finding }
}

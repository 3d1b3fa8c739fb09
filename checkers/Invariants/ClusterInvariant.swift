import Determinism
import Raft
import Replica

/// All servers at one moment, as only an omniscient observer sees them, after a step of one of them.
package struct ClusterView: Sendable {
  /// In the order of the nodes, with the last state of those that are down.
  package let replicas: [Replica]
  package let running: NodeSet
  /// The node that took a step.
  package let changed: NodeID

  package init(replicas: [Replica], running: NodeSet, changed: NodeID) {
    self.replicas = replicas
    self.running = running
    self.changed = changed
  }

  /// The node that took a step. Lent, for a copy of a whole node would cost more than the checks.
  var node: RaftNode {
    _read { yield replicas[changed.offset].raft }
  }
}

/// A property that must hold in every state of a run.
package protocol ClusterInvariant: Sendable {
  /// The property's name in the paper.
  static var name: String { get }

  /// Checks what a step may have broken. Called after every step of every node, in order.
  ///
  /// - Throws: when the property does not hold.
  mutating func check(_ cluster: ClusterView) throws(InvariantViolation)
}

/// A property that does not hold.
package struct InvariantViolation: Error, Hashable, Sendable {
  /// The property's name.
  package let invariant: String
  /// What was seen, in one sentence.
  package let detail: String
}

extension InvariantViolation: CustomStringConvertible {
  package var description: String { "\(invariant): \(detail)" }
}

extension ClusterInvariant {
  /// What to throw.
  static func violation(_ detail: String) -> InvariantViolation {
    InvariantViolation(invariant: name, detail: detail)
  }
}

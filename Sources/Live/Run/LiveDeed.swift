import Determinism
import Scenarios

/// What was done to servers: a fault that took hold.
package struct LiveDeed: Sendable {
  package let fault: Fault
  /// Those of whom it took hold; none if it touches all links.
  package let nodes: [NodeID]
  /// Since the start.
  package let at: Duration
  /// If it killed them, when they are started again, counted from the end of the fault.
  package let restarts: [(node: NodeID, delay: Duration)]
}

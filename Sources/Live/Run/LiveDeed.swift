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

  /// When all that it did is over, the storm's end aside.
  package var end: Duration { at + fault.duration + (restarts.map(\.delay).max() ?? .zero) }
}

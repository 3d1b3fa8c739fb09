import Determinism
import Scenarios

/// The election timers that a scenario lets run out in the storm, node by node.
struct ForcedElections: Sendable {
  /// By node, the next one last.
  private var pending: [[VirtualInstant]]

  init(_ elections: [ForcedElection], nodes: Int) {
    pending = Array(repeating: [], count: nodes)
    for election in elections.reversed() { pending[election.node.offset].append(.start + election.at) }
  }

  /// Before when a node's timer does not run out; `nil` if it does no more.
  func next(of node: NodeID) -> VirtualInstant? { pending[node.offset].last }

  /// Takes note that a node's timer has run out.
  mutating func takeNext(of node: NodeID) { _ = pending[node.offset].popLast() }
}

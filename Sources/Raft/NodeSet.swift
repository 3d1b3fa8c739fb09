import Determinism

/// A set of nodes with numbers up to 64, walked in order of number.
package struct NodeSet: Hashable, Sendable {
  private var bits: UInt64 = 0

  package init() {}

  /// How many nodes are in the set.
  package var count: Int { bits.nonzeroBitCount }

  package func contains(_ node: NodeID) -> Bool { bits & Self.bit(of: node) != 0 }

  package mutating func insert(_ node: NodeID) { bits |= Self.bit(of: node) }

  package mutating func remove(_ node: NodeID) { bits &= ~Self.bit(of: node) }

  private static func bit(of node: NodeID) -> UInt64 {
    precondition(node.offset < 64, "\(node) is beyond the 64 nodes that a set can hold")
    return 1 << UInt64(node.offset)
  }
}

import Determinism

/// A set of nodes with numbers up to 64, walked in order of number.
@frozen
public struct NodeSet: Hashable, Sendable {
  @usableFromInline var bits: UInt64 = 0

  /// The empty set.
  @inlinable
  public init() {}

  /// How many nodes are in the set.
  @inlinable
  public var count: Int { bits.nonzeroBitCount }

  /// Whether a node is in the set.
  @inlinable
  @inline(__always)
  public func contains(_ node: NodeID) -> Bool { bits >> UInt64(node.number &- 1) & 1 != 0 }

  /// Puts a node into the set.
  @inlinable
  public mutating func insert(_ node: NodeID) { bits |= Self.bit(of: node) }

  /// Takes a node out of the set.
  @inlinable
  public mutating func remove(_ node: NodeID) { bits &= ~Self.bit(of: node) }

  @inlinable
  static func bit(of node: NodeID) -> UInt64 {
    precondition(node.offset < 64, "\(node) is beyond the 64 nodes that a set can hold")
    return 1 << UInt64(node.offset)
  }
}

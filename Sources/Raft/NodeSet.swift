import Determinism

/// A set of nodes with numbers up to 64, walked in order of number.
@frozen
public struct NodeSet: Hashable, Sendable {
  @usableFromInline var bits: UInt64 = 0

  /// The most nodes that a set can hold, and the highest number of one.
  public static let maxNodes = 64

  /// The empty set.
  @inlinable
  public init() {}

  /// The set of these nodes.
  @inlinable
  public init(_ nodes: some Sequence<NodeID>) {
    for node in nodes { insert(node) }
  }

  /// The nodes `n1` to `n<count>`.
  public static func first(_ count: Int) -> NodeSet { NodeSet(NodeID.first(count)) }

  /// The set as bits: that of `n1` is the lowest.
  @inlinable public var rawValue: UInt64 { bits }

  /// The set of these bits.
  @inlinable
  public init(rawValue: UInt64) { bits = rawValue }

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

  /// The nodes of this set but one.
  @inlinable
  public func removing(_ node: NodeID) -> NodeSet { NodeSet(rawValue: bits & ~Self.bit(of: node)) }

  /// The nodes of this set and one more.
  @inlinable
  public func inserting(_ node: NodeID) -> NodeSet { NodeSet(rawValue: bits | Self.bit(of: node)) }

  /// Whether no node is in the set.
  @inlinable
  public var isEmpty: Bool { bits == 0 }

  /// The nodes of either set.
  @inlinable
  public func union(_ other: NodeSet) -> NodeSet { NodeSet(rawValue: bits | other.bits) }

  /// The nodes of both sets.
  @inlinable
  public func intersection(_ other: NodeSet) -> NodeSet { NodeSet(rawValue: bits & other.bits) }

  /// The nodes of this set that are not in the other.
  @inlinable
  public func subtracting(_ other: NodeSet) -> NodeSet { NodeSet(rawValue: bits & ~other.bits) }

  /// The nodes that are in one of the sets only.
  @inlinable
  public func symmetricDifference(_ other: NodeSet) -> NodeSet { NodeSet(rawValue: bits ^ other.bits) }

  /// Whether the other set has all nodes of this one.
  @inlinable
  public func isSubset(of other: NodeSet) -> Bool { bits & ~other.bits == 0 }

  @inlinable
  static func bit(of node: NodeID) -> UInt64 {
    precondition(node.offset < 64, "\(node) is beyond the 64 nodes that a set can hold")
    return 1 << UInt64(node.offset)
  }
}

extension NodeSet: Sequence {
  /// Walks the nodes in order of number.
  @frozen
  public struct Iterator: IteratorProtocol {
    @usableFromInline var bits: UInt64

    @inlinable
    init(bits: UInt64) { self.bits = bits }

    /// The next node.
    @inlinable
    public mutating func next() -> NodeID? {
      guard bits != 0 else { return nil }
      let offset = bits.trailingZeroBitCount
      bits &= bits &- 1
      return NodeID(UInt8(truncatingIfNeeded: offset &+ 1))
    }
  }

  /// Begins at the node with the lowest number.
  @inlinable
  public func makeIterator() -> Iterator { Iterator(bits: bits) }

  /// How many nodes there are: all that need be known to make room for them.
  @inlinable
  public var underestimatedCount: Int { count }
}

extension NodeSet: CustomStringConvertible {
  /// The names in order: `n1, n2`.
  public var description: String { map(\.description).joined(separator: ", ") }
}

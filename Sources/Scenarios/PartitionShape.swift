import Determinism

/// In which directions a link is affected.
package enum LinkDirection: String, CodedAsWord, Hashable, Sendable {
  case both
  /// What the nodes of the fault send.
  case outbound
  /// What is sent to them.
  case inbound
}

/// Which clients a fault of their links hits.
package enum ClientSide: String, CodedAsWord, Hashable, Sendable {
  case all
  /// The first, the third, and so on.
  case even
  /// The second, the fourth, and so on.
  case odd
}

/// How a partition divides the cluster, by the field's names.
package enum PartitionShape: String, CodedAsWord, Hashable, Sendable {
  /// One node alone.
  case one
  /// Two halves, as equal as can be.
  case halves
  /// A majority and a minority.
  case majority
  /// Less than a third of the nodes, but at least one, and the others.
  case minorityThird = "minority-third"
  /// Every node hears a majority, and no two hear the same one. The side names all nodes in the order of the ring.
  case majoritiesRing = "majorities-ring"
  /// Two parts that are joined by one node only. The side names it first, and then one of the parts.
  case bridge
  /// The leader alone.
  case primaries
}

extension PartitionShape {
  /// The links that it cuts, as groups of senders and of recipients that do not hear them.
  ///
  /// - Parameters:
  ///   - side: the nodes that the fault took hold of.
  ///   - direction: of what the side sends and is sent; in a ring, of what goes on and back along it.
  package func cuts(
    side: [NodeID], of members: [NodeID], direction: LinkDirection
  ) -> [(senders: [NodeID], recipients: [NodeID])] {
    let others = members.filter { !side.contains($0) }
    let oneWay: [(senders: [NodeID], recipients: [NodeID])] =
      switch self {
      case .one, .halves, .majority, .minorityThird, .primaries: [(side, others)]
      case .bridge: [(Array(side.dropFirst()), others)]
      case .majoritiesRing: Self.distantPairs(side)
      }
    let back = oneWay.map { (senders: $0.recipients, recipients: $0.senders) }
    return switch direction {
    case .both: oneWay + back
    case .outbound: oneWay
    case .inbound: back
    }
  }

  /// Each node of a ring, with those later in it that are out of its hearing: what lies within reach to both sides is a
  /// majority.
  private static func distantPairs(_ ring: [NodeID]) -> [(senders: [NodeID], recipients: [NodeID])] {
    let reach = (ring.count / 2 + 1) / 2
    return ring.indices.map { place in
      (
        senders: [ring[place]],
        recipients: ring.indices.filter { $0 - place > reach && place + ring.count - $0 > reach }.map { ring[$0] }
      )
    }
  }
}

extension FaultAction {
  /// One node alone, whichever it is.
  static func partitionsOfOne(_ members: [NodeID]) -> [FaultAction] {
    members.map { .partition(shape: .one, side: .nodes([$0]), direction: .both) }
  }
}

extension PartitionShape {
  /// What can be wrong with a partition of this shape.
  func parameters(side: FaultTarget) -> [FaultParameter] {
    switch self {
    case .majoritiesRing: [.allNodes("side", side)]
    case .bridge: [.namedNodes("side", side)]
    case .one, .halves, .majority, .minorityThird, .primaries: []
    }
  }

  /// How far a partition of this shape is from one node alone, both ways.
  func complexity(side: FaultTarget, direction: LinkDirection) -> Int {
    let ofShape =
      switch self {
      case .one: 0
      case .halves, .majority: if case .nodes(let nodes) = side, nodes.count > 1 { 0 } else { 1 }
      case .minorityThird, .primaries: 1
      case .bridge, .majoritiesRing: 2
      }
    return ofShape + (direction == .both ? 0 : 1)
  }

  /// Partitions that are easier to tell: two parts of any size, both ways, then one node alone.
  func simpler(side target: FaultTarget, direction: LinkDirection, members: [NodeID]) -> [FaultAction] {
    guard case .nodes(let side) = target else { return [] }
    let others = members.filter { !side.contains($0) }
    let smaller = side.count <= others.count || others.isEmpty ? side : others
    let natural: PartitionShape = smaller.count == 1 ? .one : smaller.count * 2 == members.count ? .halves : .majority
    let turned: LinkDirection =
      smaller == side || direction == .both ? direction : direction == .inbound ? .outbound : .inbound
    var actions: [FaultAction] = []
    if direction != .both { actions.append(.partition(shape: natural, side: .nodes(smaller), direction: .both)) }
    if self != natural || smaller != side {
      actions.append(.partition(shape: natural, side: .nodes(smaller), direction: turned))
    }
    if smaller.count > 1 || self == .bridge || self == .majoritiesRing {
      actions += FaultAction.partitionsOfOne(members)
    }
    return actions
  }
}

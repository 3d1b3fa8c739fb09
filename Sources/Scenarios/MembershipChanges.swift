import Determinism

extension FaultTarget {
  /// Whether it names nobody.
  package var isEmpty: Bool { self == .nodes([]) }

  /// How many it names.
  var count: Int { if case .nodes(let nodes) = self { nodes.count } else { 1 } }
}

extension FaultKind {
  /// The kind of a change of members.
  init(changing voters: [NodeID], _ learners: [NodeID], _ removed: FaultTarget) {
    self =
      switch (voters.isEmpty, learners.isEmpty, removed.isEmpty) {
      case (false, _, false), (true, false, false): .replaceServers
      case (false, _, true): .addServers
      case (true, false, true): .demote
      case (true, true, _): .removeServers
      }
  }
}

extension FaultAction {
  /// Whether an operator asks for another leader.
  var isTransfer: Bool { if case .transferLeadership = self { true } else { false } }

  /// Whether an operator asks the cluster for something.
  package var isOfOperators: Bool {
    switch self {
    case .changeMembers, .transferLeadership: true
    default: false
    }
  }

  /// The same change for one server less.
  static func simpler(
    _ voters: [NodeID], _ learners: [NodeID], _ removed: FaultTarget, neverCome: Bool
  ) -> [FaultAction] {
    func change(_ voters: [NodeID], _ learners: [NodeID], _ removed: FaultTarget) -> [FaultAction] {
      guard !(voters.isEmpty && learners.isEmpty && removed.isEmpty) else { return [] }
      return [.changeMembers(voters: voters, learners: learners, removed: removed, neverCome: neverCome)]
    }
    func without(_ node: NodeID, _ nodes: [NodeID]) -> [NodeID] { nodes.filter { $0 != node } }
    var simpler = removed.isEmpty ? [] : change(voters, learners, .nodes([]))
    if case .nodes(let nodes) = removed, nodes.count > 1 {
      simpler += nodes.flatMap { change(voters, learners, .nodes(without($0, nodes))) }
    }
    simpler += voters.flatMap { change(without($0, voters), learners, removed) }
    simpler += learners.flatMap { change(voters, without($0, learners), removed) }
    return simpler
  }
}

import Determinism
import Scenarios

// A scenario without one thing or another.
extension Scenario {
  /// The same with what is fixed of its run changed.
  func fixing(_ change: (inout Overrides) -> Void) -> Scenario {
    var scenario = self
    var overrides = scenario.overrides ?? Overrides()
    change(&overrides)
    scenario.overrides = overrides == Overrides() ? nil : overrides
    return scenario
  }

  /// The same without some faults, by their places.
  func withoutFaults(_ places: Range<Int>) -> Scenario {
    var scenario = self
    scenario.faults.removeSubrange(places)
    return scenario
  }

  /// The same with only such faults.
  func keepingFaults(_ isKept: (Fault) -> Bool) -> Scenario {
    var scenario = self
    scenario.faults = scenario.faults.filter(isKept)
    return scenario
  }

  /// The same without some forced elections, by their places.
  func withoutElections(_ places: Range<Int>) -> Scenario {
    fixing { $0.elections?.removeSubrange(places) }
  }

  /// The same with one fault changed.
  func changingFault(at place: Int, _ change: (inout Fault) -> Void) -> Scenario {
    var scenario = self
    change(&scenario.faults[place])
    return scenario
  }

  /// Where each planned operation stands: the client, and its place among the client's own; by time.
  var operationPlaces: [(client: Int, place: Int)] {
    let all = workload.clients.indices.flatMap { client in
      workload.clients[client].operations.indices.map { (client: client, place: $0) }
    }
    return all.sorted { one, other in
      let (mine, others) = (self[one].at, self[other].at)
      return (mine, one.client, one.place) < (others, other.client, other.place)
    }
  }

  subscript(place: (client: Int, place: Int)) -> PlannedOperation {
    get { workload.clients[place.client].operations[place.place] }
    set { workload.clients[place.client].operations[place.place] = newValue }
  }

  /// The same without some operations, by their places among all of them in the order of time.
  func withoutOperations(_ places: Range<Int>) -> Scenario {
    let removed = operationPlaces[places]
    return keepingOperations { client, place in !removed.contains { $0 == (client, place) } }
  }

  /// The same with only such operations. Clients stay, for their numbers say whom they ask first.
  func keepingOperations(_ isKept: (_ client: Int, _ place: Int) -> Bool) -> Scenario {
    var scenario = self
    for client in scenario.workload.clients.indices {
      let operations = workload.clients[client].operations
      scenario.workload.clients[client].operations = operations.indices.filter { isKept(client, $0) }
        .map { operations[$0] }
    }
    return scenario
  }

  /// The same with a client less; whom the others ask first stays as it was.
  func withoutClient(_ client: Int) -> Scenario {
    var scenario = namingFirstNodes { $0 > client }
    scenario.workload.clients.remove(at: client)
    return scenario
  }

  /// The same with the first operation of such clients saying whom it asks, if it does not.
  private func namingFirstNodes(of isMeant: (Int) -> Bool) -> Scenario {
    var scenario = self
    for client in workload.clients.indices where isMeant(client) {
      guard let first = workload.clients[client].operations.first, first.firstNode == nil else { continue }
      scenario.workload.clients[client].operations[0].firstNode = NodeID(UInt8(client % cluster.nodes + 1))
    }
    return scenario
  }

  /// The same without the keys that nobody asks for.
  var withoutIdleKeys: Scenario {
    var scenario = self
    let used = workload.clients.flatMap(\.operations).map(\.key)
    scenario.workload.keys = workload.keys.filter(used.contains)
    return scenario
  }

  // MARK: Nodes

  /// The same in a cluster without these nodes, the others numbered anew.
  func withoutNodes(_ removed: [NodeID]) -> Scenario? {
    let kept = NodeID.first(cluster.nodes).filter { !removed.contains($0) }
    guard !kept.isEmpty else { return nil }
    func renamed(_ node: NodeID) -> NodeID? { kept.firstIndex(of: node).map { NodeID(UInt8($0 + 1)) } }
    var scenario = namingFirstNodes { _ in true }
    scenario.cluster.nodes = kept.count
    if let founders = cluster.founders {
      let founding = kept.count { $0.offset < founders }
      guard founding > 0 else { return nil }
      scenario.cluster.founders = founding
    }
    if let membership {
      scenario.membership?.healing = membership.healing.compactMap(renamed)
      scenario.membership?.lastChange = renamed(membership.lastChange) ?? NodeID(1)
    }
    scenario.clocks.driftPartsPerMillion = kept.map { clocks.driftPartsPerMillion[$0.offset] }
    scenario.clocks.wallOffset = kept.map { clocks.wallOffset[$0.offset] }
    scenario.disk.weak = Array(disk.weak.compactMap(renamed).prefix((kept.count - 1) / 2))
    scenario.calm.fates = kept.map { calm.fates[$0.offset] }
    scenario.healMajority()
    scenario.faults = scenario.faults.compactMap { fault in
      var fault = fault
      guard let action = fault.action.renaming(renamed) else { return nil }
      fault.action = action
      return fault
    }
    for place in scenario.operationPlaces {
      scenario[place].firstNode = scenario[place].firstNode.flatMap(renamed)
    }
    return scenario.fixing { overrides in
      overrides.elections = overrides.elections?.compactMap { election in
        renamed(election.node).map { ForcedElection(node: $0, at: election.at) }
      }
      overrides.messages = overrides.messages.compactMap { message in
        guard let sender = renamed(message.message.sender), let recipient = renamed(message.message.recipient)
        else { return nil }
        var message = message
        (message.message.sender, message.message.recipient) = (sender, recipient)
        return message
      }
    }
  }

  /// Lets as many nodes more be members of the quorum that heals first as it takes.
  private mutating func healMajority() {
    for node in NodeID.first(cluster.nodes) where calm.members.count < cluster.nodes / 2 + 1 {
      if !disk.weak.contains(node) { calm.fates[node.offset] = .member }
    }
    for node in disk.weak where calm.fates[node.offset] == .member { calm.fates[node.offset] = .free }
  }
}

extension FaultAction {
  /// The same with nodes renamed; `nil` if none is left that it could hit.
  fileprivate func renaming(_ renamed: (NodeID) -> NodeID?) -> FaultAction? {
    switch self {
    case .changeMembers(let voters, let learners, let removed, let neverCome):
      var target = removed
      if case .nodes(let nodes) = removed { target = .nodes(nodes.compactMap(renamed)) }
      let (voters, learners) = (voters.compactMap(renamed), learners.compactMap(renamed))
      guard !voters.isEmpty || !learners.isEmpty || !target.isEmpty else { return nil }
      return .changeMembers(voters: voters, learners: learners, removed: target, neverCome: neverCome)
    case .transferLeadership(.node(let node)): return renamed(node).map { .transferLeadership(to: .node($0)) }
    default: break
    }
    guard case .nodes(let nodes)? = target else { return self }
    let left = nodes.compactMap(renamed)
    return left.isEmpty ? nil : aiming(at: .nodes(left))
  }
}

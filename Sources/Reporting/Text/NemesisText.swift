import Determinism
import Histories
import Raft
import Replica
import Scenarios
import Traces

extension RunOutcome {
  /// What was done to the cluster and asked of it beside its clients' operations, as Jepsen's nemesis tells it: the begin
  /// and the end of each fault that took hold, and of each request of an operator, in order of time.
  ///
  /// - Parameter scenario: the one that was run.
  package func nemesisDeeds(in scenario: Scenario) -> [NemesisDeed] {
    let members = NodeID.first(scenario.cluster.nodes)
    // With the storm all faults end, unless the run does.
    let lastEnd = scenario.overrides?.leavesOutCalm ?? false ? nil : scenario.stormEnd
    var deeds: [NemesisDeed] = []
    func fault(_ id: Int?) -> Fault? { scenario.faults.first { $0.id == id } }
    func tell(_ fault: Fault, _ begun: BegunFault, id: Int?, until end: Duration?, _ outcome: String?) {
      let text = FaultText(fault: fault, nodes: begun.nodes, members: members)
      let function = fault.action.kind(hitting: begun.nodes.count, of: members.count).rawValue
      deeds.append(NemesisDeed(time: begun.at.nanoseconds, function: function, value: text.begin, fault: id))
      guard let end, end <= statistics.virtualTime else { return }
      deeds.append(NemesisDeed(time: end.nanoseconds, function: function, value: outcome ?? text.end, fault: id))
    }
    for begun in faults {
      guard let fault = fault(begun.id), !fault.action.isOfOperators else { continue }
      let end = begun.at + fault.duration
      tell(fault, begun, id: begun.id, until: end < scenario.stormEnd ? end : lastEnd, nil)
    }
    for request in requests {
      let asked = request.asked
      guard let fault = fault(request.fault) ?? asked.fault else { continue }
      tell(fault, asked.begun, id: request.fault, until: request.endedAt, request.outcomeText)
    }
    return deeds.sorted { $0.time < $1.time }
  }
}

extension BegunRequest {
  /// It as a fault, and of whom that takes hold: nobody but those who are to be removed.
  fileprivate var asked: (fault: Fault?, begun: BegunFault) {
    var action: FaultAction?
    var nodes: [NodeID] = []
    switch body {
    case .change(let change):
      nodes = Array(change.removed)
      action = .changeMembers(
        voters: Array(change.voters), learners: Array(change.learners), removed: .nodes(nodes), neverCome: false)
    case .transfer(let target): action = .transferLeadership(to: target.map { .node($0) } ?? .best)
    case .openSession, .read, .write: break
    }
    return (
      action.map { Fault(id: 0, trigger: .time(at: at), duration: .zero, action: $0) },
      BegunFault(id: 0, at: at, nodes: nodes)
    )
  }

  /// What its operator knows of it in the end.
  fileprivate var outcomeText: String? {
    guard let outcome else { return nil }
    let text = MessageText.of(outcome)
    guard case .unknown = outcome, let refusal else { return text }
    return "\(text); before, \(MessageText.of(ClientReply.Body.turnedDown(refusal)))"
  }
}

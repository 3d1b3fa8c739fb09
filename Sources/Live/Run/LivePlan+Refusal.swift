import Scenarios

extension LivePlan {
  /// The kinds of its faults, as long as each hits whom it says.
  package var kinds: [FaultKind] { scenario.faults.map(kind) }

  private func kind(of fault: Fault) -> FaultKind {
    var nodes = 1
    if case .nodes(let named)? = fault.action.target { nodes = named.count }
    return fault.action.kind(hitting: nodes, of: scenario.cluster.nodes)
  }

  /// Refuses faults that would not be carried out: a run without them would show less than its plan says.
  ///
  /// - Parameters:
  ///   - system: the name of the system that it is for.
  ///   - allowed: what that may be put through on this machine.
  ///   - path: where the plan was read.
  package func check(for system: String, allowing allowed: [FaultKind], at path: String) throws(LiveProblem) {
    for (place, fault) in scenario.faults.enumerated() {
      guard let objection = objection(to: fault, of: system, allowing: allowed) else { continue }
      throw LiveProblem(.content, "\(path): scenario.faults[\(place)]: \(objection)")
    }
  }

  private func objection(to fault: Fault, of system: String, allowing allowed: [FaultKind]) -> String? {
    let kind = kind(of: fault)
    guard allowed.contains(kind) else {
      let list = allowed.isEmpty ? "no fault at all" : "some of " + allowed.map(\.rawValue).joined(separator: ", ")
      return "\(system) is not put through \(kind.rawValue) here; expected \(list)"
    }
    guard case .time = fault.trigger else {
      return "it begins at a moment of the protocol, which only simulated servers tell; expected a time"
    }
    switch fault.action {
    case .kill(_, tearing: true), .powerLoss(tearing: true), .crashLoop(_, _, tearing: true):
      return "only simulated disks tear writes; expected \"tearing\" to be false"
    default: return nil
    }
  }
}

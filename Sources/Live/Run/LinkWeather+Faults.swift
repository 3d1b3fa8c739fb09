import Determinism
import Scenarios

extension LinkWeather {
  /// What faults that are in force make of the links.
  ///
  /// - Parameter faults: each with those of whom it has taken hold.
  init(_ members: [NodeID], under faults: [(action: FaultAction, nodes: [NodeID])]) {
    self.init(members)
    for (action, nodes) in faults {
      switch action {
      case .partition(let shape, _, let direction):
        for cut in shape.cuts(side: nodes, of: members, direction: direction) {
          change(from: cut.senders, to: cut.recipients) { $0.isCut = true }
        }
      case .clog(_, let direction):
        let others = members.filter { !nodes.contains($0) }
        if direction != .inbound { change(from: nodes, to: others) { $0.isClogged = true } }
        if direction != .outbound { change(from: others, to: nodes) { $0.isClogged = true } }
      case .loss(let chance): change { $0.loss = $0.loss.or(chance) }
      case .duplicate(let chance): change { $0.duplication = $0.duplication.or(chance) }
      case .reorder(let chance, let hold):
        change { state in
          (state.reordering, state.hold) = (state.reordering.or(chance), max(state.hold, hold))
        }
      case .delay(let mean, let shape): change { $0.slow(by: mean, shape) }
      case .slowNode(_, let mean):
        change(from: nodes, to: members) { $0.slow(by: mean, .exponential) }
        change(from: members.filter { !nodes.contains($0) }, to: nodes) { $0.slow(by: mean, .exponential) }
      default: break
      }
    }
  }

  private mutating func change(
    from senders: [NodeID]? = nil, to recipients: [NodeID]? = nil, _ change: (inout LinkState) -> Void
  ) {
    for sender in senders ?? nodes {
      for recipient in recipients ?? nodes where recipient != sender { change(&self[from: sender, to: recipient]) }
    }
  }
}

extension LinkState {
  fileprivate mutating func slow(by mean: Duration, _ shape: DelayShape) {
    if mean > delay { delayShape = shape }
    delay = delay + mean
  }
}

extension Ratio {
  /// The greater one.
  fileprivate func or(_ other: Ratio) -> Ratio {
    UInt64(numerator) * UInt64(other.denominator) < UInt64(other.numerator) * UInt64(denominator) ? other : self
  }
}

extension FaultAction {
  /// Whether it is about what servers send each other.
  var isOfLinks: Bool {
    switch self {
    case .partition, .clog, .loss, .delay, .duplicate, .reorder, .slowNode: true
    default: false
    }
  }
}

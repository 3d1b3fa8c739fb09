import Determinism

extension Scenario {
  /// Checks what is fixed of the run: it must be something that could have happened all the same.
  func validateOverrides() throws(ScenarioError) {
    guard let overrides else { return }
    if let elections = overrides.elections { try validate(elections) }
    try requireOrder(overrides.messages.map(\.message), "overrides.messages", "message, in the order of their keys")
    for (place, message) in overrides.messages.map(\.message).enumerated() {
      let name = "overrides.messages[\(place)].message"
      try require(message.sender, "\(name).sender")
      try require(message.recipient, "\(name).recipient")
      guard message.sender != message.recipient else {
        throw ScenarioError("\(name).recipient is \(message.recipient), its sender; expected another node")
      }
    }
  }

  private func validate(_ elections: [ForcedElection]) throws(ScenarioError) {
    try require(elections.count, in: 0...ScenarioLimits.maxForcedElections, "overrides.elections' length")
    try requireOrder(elections, "overrides.elections", "election, in the order of time, then of nodes")
    for (place, election) in elections.enumerated() {
      let name = "overrides.elections[\(place)]"
      try require(election.node, "\(name).node")
      try require(election.at, from: .zero, "\(name).at")
      guard election.at <= stormEnd else {
        throw ScenarioError("\(name).at is \(election.at); expected no later than stormEnd, \(stormEnd)")
      }
    }
  }

  private func requireOrder<Element: Comparable>(
    _ elements: [Element], _ name: String, _ expected: String
  ) throws(ScenarioError) {
    for place in elements.indices.dropFirst() where elements[place - 1] >= elements[place] {
      let flaw = elements[place - 1] == elements[place] ? "the same as" : "out of order behind"
      throw ScenarioError("\(name)[\(place)] is \(flaw) the one before it; expected each \(expected)")
    }
  }
}

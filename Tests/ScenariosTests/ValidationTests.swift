import Determinism
import Testing

@testable import Scenarios

/// One thing wrong with a scenario, and the field that the refusal must name.
private struct Flaw: CustomTestStringConvertible {
  let field: String
  let make: @Sendable (inout Scenario) -> Void

  init(_ field: String, _ make: @escaping @Sendable (inout Scenario) -> Void) {
    self.field = field
    self.make = make
  }

  /// A flaw of a fault that is the scenario's only one.
  static func fault(
    _ field: String, _ action: FaultAction = .pause(target: .leader), trigger: FaultTrigger = .time(at: .zero),
    duration: Duration = .zero
  ) -> Flaw {
    Flaw("fault 7: \(field)") { $0.faults = [Fault(id: 7, trigger: trigger, duration: duration, action: action)] }
  }

  /// A flaw of an operation that is the scenario's only one.
  static func operation(_ field: String, _ make: @escaping @Sendable (inout PlannedOperation) -> Void) -> Flaw {
    Flaw("operation 3: \(field)") {
      var operation = PlannedOperation(id: 3, at: .zero, think: .zero, key: "k", request: .get, firstNode: nil)
      make(&operation)
      $0.workload.clients = [ClientPlan(operations: [operation])]
    }
  }

  /// A flaw of what is fixed of a run that leaves out the calm.
  static func overrides(_ field: String, _ make: @escaping @Sendable (inout Overrides) -> Void) -> Flaw {
    Flaw("overrides.\(field)") {
      var overrides = Overrides(elections: [], leavesOutCalm: true)
      make(&overrides)
      $0.overrides = overrides
    }
  }

  var testDescription: String { field }
}

@Suite("A scenario that cannot be run is refused with a sentence that names the field")
struct ValidationTests {
  private static let tooLong = Duration.seconds(3_601)
  private static let longText = String(repeating: "x", count: ScenarioLimits.maxTextBytes + 1)

  private static let ofParts = [
    Flaw("scenarioVersion") { $0.scenarioVersion += 1 },
    Flaw("cluster.nodes") { $0.cluster.nodes = 0 },
    Flaw("cluster.nodes") { $0.cluster.nodes = 10 },
    Flaw("cluster.maxEntriesPerAppend") { $0.cluster.maxEntriesPerAppend = 0 },
    Flaw("cluster.electionTimeoutMin") { $0.cluster.electionTimeoutMin = .zero },
    Flaw("cluster.electionTimeoutMax") { $0.cluster.electionTimeoutMax = .milliseconds(2) },
    Flaw("cluster.heartbeatInterval") { $0.cluster.heartbeatInterval = .microseconds(1) },
    Flaw("cluster.heartbeatInterval") { $0.cluster.heartbeatInterval = $0.cluster.electionTimeoutMin },
    Flaw("network.delayMin") { $0.network.delayMin = .nanoseconds(-1) },
    Flaw("network.delayMean") { $0.network.delayMean = tooLong },
    Flaw("network.clientDelayMin") { $0.network.clientDelayMin = .nanoseconds(-1) },
    Flaw("network.clientDelayMean") { $0.network.clientDelayMean = .nanoseconds(-1) },
    Flaw("disk.syncMin") { $0.disk.syncMin = .nanoseconds(-1) },
    Flaw("disk.syncMean") { $0.disk.syncMean = tooLong },
    Flaw("disk.sectorBytes") { $0.disk.sectorBytes = 0 },
    Flaw("disk.weak") { $0.disk.weak = [NodeID(100)] },
    Flaw("disk.weak") { $0.disk.weak = NodeID.first($0.cluster.nodes / 2 + 1) },
    Flaw("disk.weak") { ($0.cluster.nodes, $0.disk.weak) = (5, [NodeID(2), NodeID(2)]) },
    Flaw("sessions.lifetime") { $0.sessions.lifetime = .zero },
    Flaw("sessions.lifetime") { $0.sessions.lifetime = tooLong },
    Flaw("sessions.maxOpen") { $0.sessions.maxOpen = 0 },
    Flaw("sessions.maxOpen") { $0.sessions.maxOpen = ScenarioLimits.maxSessions + 1 },
    Flaw("stormEnd") { $0.stormEnd = tooLong },
    Flaw("cluster.founders") { $0.cluster.founders = 0 },
    Flaw("cluster.founders") { $0.cluster.founders = 2 },
    Flaw("fault 7") {
      $0.faults = [
        Fault(id: 7, trigger: .time(at: .zero), duration: .zero, action: .transferLeadership(to: .best))
      ]
    },
    Flaw("membership.healing") {
      $0.membership = MembershipPlan(aims: [], healing: [NodeID(1)], lastChange: NodeID(1))
    },
    Flaw("membership.aims' length") {
      let aims = [MembershipAim](repeating: .grow, count: MembershipAim.allCases.count + 1)
      $0.membership = MembershipPlan(aims: aims, healing: NodeID.first($0.cluster.nodes), lastChange: NodeID(1))
    },
    Flaw("membership.lastChange") {
      $0.membership = MembershipPlan(aims: [], healing: NodeID.first($0.cluster.nodes), lastChange: NodeID(64))
    },
    Flaw("calm.fates' length") { $0.calm.fates.append(.cut) },
    Flaw("calm.fates' count of members") { $0.calm.fates = $0.calm.fates.map { _ in .cut } },
    Flaw("calm.settleTimeouts") { $0.calm.settleTimeouts = 0 },
    Flaw("calm.steadyTimeouts") { $0.calm.steadyTimeouts = -1 },
    Flaw("calm.longestDelay") { $0.calm.longestDelay = .zero },
    Flaw("calm.longestSync") { $0.calm.longestSync = tooLong },
    Flaw("clocks.driftBoundPartsPerMillion") { $0.clocks.driftBoundPartsPerMillion = 500_001 },
    Flaw("clocks.driftPartsPerMillion's length") { $0.clocks.driftPartsPerMillion.removeLast() },
    Flaw("clocks.driftPartsPerMillion") { $0.clocks.driftPartsPerMillion[0] = $0.clocks.driftBoundPartsPerMillion + 1 },
    Flaw("clocks.wallOffset's length") { $0.clocks.wallOffset.append(.zero) },
    Flaw("clocks.wallOffset") { $0.clocks.wallOffset[0] = tooLong },
  ]

  private static let ofWorkload = [
    Flaw("workload.attemptTimeout") { $0.workload.attemptTimeout = .zero },
    Flaw("workload.operationTimeout") { $0.workload.operationTimeout = .zero },
    Flaw("workload.retryPause") { $0.workload.retryPause = .zero },
    Flaw("workload.clients' length") { $0.workload.clients = Array(repeating: ClientPlan(operations: []), count: 65) },
    Flaw("workload.keys' length") { $0.workload.keys = Array(repeating: "k", count: 257) },
    Flaw("workload.keys[1]'s length in bytes") { $0.workload.keys = ["k", longText] },
    Flaw("operation -1: id") { $0.workload.clients[0].operations[0].id = -1 },
    Flaw("operation \(Int.max): id") { $0.workload.clients[0].operations[0].id = .max },
    Flaw("operation 1: id") { for place in 0..<2 { $0.workload.clients[0].operations[place].id = 1 } },
    Flaw.operation("at") { $0.at = .nanoseconds(-1) },
    Flaw.operation("think") { $0.think = tooLong },
    Flaw.operation("patience") { $0.patience = .zero },
    Flaw.operation("awaitsChange") { $0.awaitsChange = .zero }, Flaw.operation("fill") { $0.fill = -1 },
    Flaw.operation("fill") { $0.fill = (1 << 16) + 1 },
    Flaw.operation("firstNode") { $0.firstNode = NodeID(200) },
    Flaw.operation("the length") { $0.key = longText },
    Flaw.operation("the length") { $0.request = .put(value: longText) },
    Flaw.operation("the length") { $0.request = .append(value: longText) },
    Flaw.operation("the length") { $0.request = .cas(new: longText, guess: nil) },
    Flaw.operation("the length") { $0.request = .cas(new: "", guess: longText) },
  ]

  private static let ofFaults = [
    Flaw("fault -1: id") { $0.faults[0].id = -1 },
    Flaw("fault \(Int.max): id") { $0.faults[0].id = .max },
    Flaw("fault 1: id") { $0.faults[0].id = 1 },
    Flaw.fault("duration", duration: .nanoseconds(-1)),
    Flaw.fault("at", trigger: .time(at: tooLong)),
    Flaw.fault("ordinal", trigger: .moment(kind: .leadership, ordinal: 0, after: .zero)),
    Flaw.fault("after", trigger: .moment(kind: .leadership, ordinal: 1, after: .nanoseconds(-1))),
    Flaw.fault("target", .kill(target: .nodes([NodeID(100)]), tearing: false)),
    Flaw.fault("target", .partition(shape: .one, side: .nodes([NodeID(100)]), direction: .both)),
    Flaw.fault("mean", .delay(mean: .nanoseconds(-1), shape: .uniform)),
    Flaw.fault("target", .bitFlip(target: .nodes([NodeID(100)]))),
    Flaw.fault("side", .partition(shape: .majoritiesRing, side: .nodes([NodeID(1), NodeID(1)]), direction: .both)),
    Flaw.fault("side", .partition(shape: .majoritiesRing, side: .leader, direction: .both)),
    Flaw.fault("side", .partition(shape: .bridge, side: .subject, direction: .outbound)),
    Flaw.fault("mean", .slowNode(target: .leader, mean: tooLong)),
    Flaw.fault("mean", .slowDisk(target: .leader, mean: .nanoseconds(-1))),
    Flaw.fault("after", .replay(chance: Ratio(1, 2), after: tooLong)),
    Flaw.fault("every", .crashLoop(target: .leader, every: .zero, tearing: false)),
    Flaw.fault("every", .clockStrobe(target: .leader, by: .zero, every: .zero)),
    Flaw.fault("by", .clockStrobe(target: .leader, by: tooLong, every: .seconds(1))),
    Flaw.fault("room", .diskFull(target: .leader, room: -1)),
    Flaw.fault("by", .clockLeap(target: .leader, by: .nanoseconds(-1))),
    Flaw.fault("action", .clockLeap(target: .leader, by: .seconds(1))),
    Flaw.fault("hold", .reorder(chance: Ratio(1, 2), hold: tooLong)),
    Flaw.fault("partsPerMillion", .clockDrift(target: .leader, partsPerMillion: 500_001)),
    Flaw.fault("by", .clockJump(target: .leader, by: tooLong)),
    Flaw.fault("by", .clockJump(target: .leader, by: .zero - tooLong)),
  ]

  private static func election(_ node: UInt8, at milliseconds: Int64) -> ForcedElection {
    ForcedElection(node: NodeID(node), at: .milliseconds(milliseconds))
  }

  private static func message(_ sender: UInt8, _ recipient: UInt8, occurrence: UInt64 = 0) -> MessageOverride {
    let key = MessageKey(
      from: NodeID(sender), to: NodeID(recipient), .appendEntries, term: 1, index: 0, occurrence: occurrence)
    return MessageOverride(message: key, fate: .lost)
  }

  private static let ofOverrides = [
    Flaw.overrides("elections[1]") { $0.elections = [election(1, at: 20), election(1, at: 10)] },
    Flaw.overrides("elections[1]") { $0.elections = [election(2, at: 20), election(1, at: 20)] },
    Flaw.overrides("elections[1]") { $0.elections = [election(2, at: 20), election(2, at: 20)] },
    Flaw.overrides("elections[0].node") { $0.elections = [election(100, at: 20)] },
    Flaw.overrides("elections[0].at") { $0.elections = [election(1, at: -1)] },
    Flaw.overrides("elections[0].at") { $0.elections = [election(1, at: 3_600_000)] },
    Flaw.overrides("messages[1]") { $0.messages = [message(1, 2), message(1, 2)] },
    Flaw.overrides("messages[1]") { $0.messages = [message(2, 1), message(1, 2)] },
    Flaw.overrides("messages[0].message.sender") { $0.messages = [message(100, 1)] },
    Flaw.overrides("messages[0].message.recipient") { $0.messages = [message(1, 100)] },
    Flaw.overrides("messages[0].message.recipient") { $0.messages = [message(2, 2)] },
  ]

  @Test("What is fixed of a run and can happen is not refused")
  func possibleOverrides() throws {
    var scenario = Scenario(seed: 1, knobs: .fixedMembers)
    scenario.overrides = Overrides(messages: [Self.message(1, 2), Self.message(1, 2, occurrence: 1)])
    try scenario.validate()
    scenario.overrides = Overrides(
      elections: [Self.election(1, at: 0), Self.election(2, at: 0), Self.election(1, at: 20)], leavesOutCalm: true)
    try scenario.validate()
  }

  @Test("Every flaw", arguments: ofParts + ofWorkload + ofFaults + ofOverrides)
  private func refused(flaw: Flaw) throws {
    var scenario = Scenario(seed: 1, knobs: .fixedMembers)
    try scenario.validate()
    flaw.make(&scenario)
    let error = try #require(throws: ScenarioError.self) { try scenario.validate() }
    #expect(error.description.hasPrefix("\(flaw.field) "), "\(error)")
  }

  @Test("More operations and faults than the limits allow are refused")
  func tooMany() throws {
    var scenario = Scenario(seed: 1, knobs: .fixedMembers)
    let operation = PlannedOperation(id: 0, at: .zero, think: .zero, key: "k", request: .get, firstNode: nil)
    let fault = scenario.faults[0]
    scenario.faults = Array(repeating: fault, count: ScenarioLimits.maxFaults + 1)
    var error = try #require(throws: ScenarioError.self) { try scenario.validate() }
    #expect(error.description.hasPrefix("faults' length is 10001"))
    scenario.workload.clients = [
      ClientPlan(operations: Array(repeating: operation, count: ScenarioLimits.maxOperations + 1))
    ]
    error = try #require(throws: ScenarioError.self) { try scenario.validate() }
    #expect(error.description.hasPrefix("the number of operations is 100001"))
  }
}

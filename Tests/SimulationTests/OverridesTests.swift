import Raft
import Determinism
import Histories
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// Runs a scenario and tells which messages arrived.
private func tell(_ scenario: Scenario) -> RunOutcome {
  var simulation = Simulation(scenario, options: SimulationOptions(tellsDeliveries: true))
  return simulation.run()
}

/// A small scenario that ends with the storm, with these timers and messages fixed.
private func scenario(
  _ seed: UInt64, elections: [ForcedElection]? = nil, messages: [MessageOverride] = []
) -> Scenario {
  var scenario = smallScenario(seed)
  scenario.overrides = Overrides(elections: elections, messages: messages, leavesOutCalm: true)
  return scenario
}

@Suite("What a scenario fixes happens so, and nothing else changes")
struct OverridesTests {
  @Test("A run without its calm is over when the storm is, and is not cut", arguments: 0..<4 as Range<UInt64>)
  func withoutCalm(seed: UInt64) {
    let (whole, storm) = (run(smallScenario(seed)), run(scenario(seed)))
    let end = smallScenario(seed).stormEnd
    #expect(storm.failure == nil && !storm.isCut)
    #expect(storm.statistics.virtualTime == end)
    #expect(storm.statistics.finalReadsExpected == 0 && storm.statistics.slowestSettling == 0)
    #expect(storm.history.events == Array(whole.history.events.prefix { $0.time < end.nanoseconds }))
    #expect(storm.statistics.operations == storm.history.operations().count)
    #expect(storm.faults == whole.faults)
  }

  // A clock that changes its rate has an alarm go off too early now and then, which no forced timer does.
  @Test("The timers of a run, forced, make the same run", arguments: 1..<5 as Range<UInt64>)
  func sameElections(seed: UInt64) {
    let storm = run(scenario(seed))
    #expect(!storm.elections.isEmpty)
    let again = run(scenario(seed, elections: storm.elections))
    #expect(again.elections == storm.elections)
    #expect(again.eventHash == storm.eventHash)
  }

  @Test("Where no timer is to run out none does, and nobody ever leads")
  func noElections() {
    let outcome = run(scenario(1, elections: []))
    #expect(outcome.elections.isEmpty && outcome.statistics.leaderChanges == 0)
    #expect(outcome.statistics.operationsOK == 0)
  }

  @Test("In the calm timers run out by themselves, whatever was fixed of the storm", arguments: 0..<4 as Range<UInt64>)
  func electionsOfCalm(seed: UInt64) {
    var scenario = smallScenario(seed)
    scenario.overrides = Overrides(elections: [])
    let outcome = run(scenario)
    #expect(outcome.failure == nil && !outcome.isCut)
    #expect(outcome.statistics.leaderChanges > 0)
    let least = scenario.cluster.electionTimeoutMin / 2
    #expect(outcome.elections.allSatisfy { $0.at > scenario.stormEnd + least })
    #expect(Set(outcome.elections.map(\.at)).count > 1, "each is drawn by itself")
  }

  @Test("A timer runs out no earlier than the least timeout after it was set, and one after the other")
  func leastTimeout() {
    var early = scenario(
      1, elections: [1, 2, 3].map { ForcedElection(node: NodeID(2), at: .milliseconds(Int64($0))) })
    early.faults = []
    early.clocks.driftPartsPerMillion = [0, 0, 0]
    early.protocols.checksQuorum = true
    let least = early.cluster.electionTimeoutMin
    let elections = run(early).elections
    #expect(elections.first == ForcedElection(node: NodeID(2), at: least))
    #expect(elections.count > 1 && elections.allSatisfy { $0.node == NodeID(2) })
    #expect(zip(elections, elections.dropFirst()).allSatisfy { $1.at - $0.at >= least })
  }

  @Test("A timer that shall run out while its node is down runs out the least timeout after its restart")
  func whileDown() {
    let node = NodeID(3)
    var down = scenario(1, elections: [ForcedElection(node: node, at: .milliseconds(700))])
    down.clocks.driftPartsPerMillion = [0, 0, 0]
    down.faults = [
      Fault(
        id: 0, trigger: .time(at: .milliseconds(600)), duration: .milliseconds(200),
        action: .kill(target: .nodes([node]), tearing: false))
    ]
    let outcome = run(down)
    #expect(outcome.elections == [ForcedElection(node: node, at: .milliseconds(800) + down.cluster.electionTimeoutMin)])
    #expect(outcome.faults == [BegunFault(id: 0, at: .milliseconds(600), nodes: [node])])
  }

  @Test("What arrives is counted and told by keys that tell messages apart", arguments: 0..<4 as Range<UInt64>)
  func deliveries(seed: UInt64) {
    var calm = scenario(seed)
    calm.faults = []
    let outcome = tell(calm)
    let keys = outcome.deliveries.sorted()
    #expect(keys.count == outcome.statistics.messagesDelivered && keys.count > 100)
    #expect(zip(keys, keys.dropFirst()).allSatisfy(<), "nothing arrives twice")
    #expect(outcome.eventHash == run(calm).eventHash && run(calm).deliveries.isEmpty)
  }

  @Test("A message that shall be lost does not arrive, and all before it does as before")
  func lost() throws {
    let before = tell(scenario(2)).deliveries
    let place = before.count / 2
    let key = before[place]
    let after = tell(scenario(2, messages: [MessageOverride(message: key, fate: .lost)])).deliveries
    #expect(Array(after.prefix(place)) == Array(before.prefix(place)))
    #expect(!after.contains(key))
    #expect(before.count { $0 == key } == 1)
  }

  @Test("A message that shall come at once takes the least time, whatever faults are in force")
  func atOnce() throws {
    var stormy = scenario(3)
    stormy.faults = [
      Fault(id: 0, trigger: .time(at: .zero), duration: stormy.stormEnd, action: .loss(chance: Ratio(1, 1)))
    ]
    #expect(tell(stormy).deliveries.isEmpty)
    let first = try #require(run(stormy).elections.first)
    let kind = stormy.protocols.usesPreVote ? RaftMessage.Kind.preVote : .requestVote
    let peer = NodeID(first.node == NodeID(1) ? 2 : 1)
    let key = MessageKey(
      from: first.node, to: peer, kind, term: kind == .preVote ? 0 : 1, index: 0, occurrence: 0)
    stormy.overrides?.messages = [MessageOverride(message: key, fate: .atOnce)]
    #expect(tell(stormy).deliveries == [key])
  }

  @Test("What is fixed of messages holds in the storm alone")
  func calmMessages() {
    let whole = smallScenario(4)
    let outcome = tell(whole)
    let stormy = tell(scenario(4)).deliveries
    var fixed = whole
    let last = outcome.deliveries.suffix(200).filter { !stormy.contains($0) }
    fixed.overrides = Overrides(messages: Set(last).sorted().map { MessageOverride(message: $0, fate: .lost) })
    #expect(last.count > 50)
    #expect(tell(fixed).eventHash == outcome.eventHash)
  }
}

import Determinism
import Histories
import Invariants
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

@Suite("The end of the storm")
struct CalmTests {
  /// Three servers without a fault, of which the third may be an outsider in the calm.
  private func scenario(_ seed: UInt64 = 1, third: CalmFate = .member) -> Scenario {
    var scenario = smallScenario(seed) { $0.faults = [] }
    scenario.protocols.reads = .readIndex
    scenario.calm.fates = [.member, .member, third]
    return scenario
  }

  @Test("Messages and syncs of the storm do not outlast what they may take in the calm; messages are lost, syncs end")
  func underWay() {
    var simulation = Simulation(scenario())
    let plan = simulation.scenario.calm
    let late = VirtualInstant.start + .seconds(3_600)
    let client = simulation.clients[0].id
    let vote = RaftMessage.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: false))
    let request = ClientRequest(sequence: .first, body: .openSession)
    let answer = ClientReply(sequence: .first, body: .unknown)
    for event in [
      .peerMessage(vote, from: NodeID(1), to: NodeID(2)), .clientRequest(request, from: client, to: NodeID(1)),
      .clientReply(answer, from: NodeID(1), to: client), .connectionRefused(by: NodeID(1), to: client, attempt: 1),
      .synced(NodeID(1), .log, incarnation: 0),
    ] as [SimulationEvent] {
      simulation.queue.schedule(event, at: .start)
      simulation.queue.schedule(event, at: late)
    }
    simulation.endStorm()
    #expect(simulation.statistics.messagesLost == 1, "of those between servers")
    var (messages, syncs) = (0, [VirtualInstant]())
    while let (instant, event) = simulation.queue.next() {
      if event.number != nil || event.isOnClientLink {
        #expect(instant <= .start + plan.longestDelay)
        messages += 1
      } else if case .synced = event {
        syncs.append(instant)
      }
    }
    #expect(messages == 4 && syncs == [.start, .start + plan.longestSync])
  }

  /// What would keep any cluster from making progress if it went on in the calm.
  private static let obstacles: [@Sendable (inout Scenario) -> Void] = [
    { $0.network.delayMin = ScenarioLimits.maxDuration }, { $0.network.clientDelayMin = ScenarioLimits.maxDuration },
    { $0.network.clientLoss = Ratio(1, 1) }, { $0.disk.syncMin = ScenarioLimits.maxDuration },
  ]

  @Test("Whatever the ordinary delays and losses, in the calm there is progress", arguments: obstacles.indices)
  func ordinaryDelays(obstacle: Int) {
    var scenario = scenario()
    Self.obstacles[obstacle](&scenario)
    let outcome = run(scenario)
    #expect(outcome.failure == nil && !outcome.isCut)
    #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
  }

  @Test("A clock far from what servers assume comes near to true time, and timers go by it", arguments: [-1, 1])
  func clocks(sign: Int) throws {
    var scenario = scenario()
    scenario.clocks.driftBoundPartsPerMillion = 500_000
    scenario.protocols.assumedDriftPartsPerMillion = 10_000
    scenario.clocks.driftPartsPerMillion = [500_000 * sign, 0, 0]
    var simulation = Simulation(scenario)
    for node in simulation.members { simulation.start(node) }
    simulation.now = .start + .milliseconds(10)
    simulation.endStorm()
    let clock = simulation.hosts[0].clock
    let end = simulation.now + .seconds(1)
    #expect(clock.local(at: end) - clock.local(at: simulation.now) == .milliseconds(Int64(1_000 + 10 * sign)))
    let deadline = try #require(simulation.hosts[0].deadlines[.election])
    var firing: VirtualInstant?
    while firing == nil, let (instant, event) = simulation.queue.next() {
      if case .timer(.election, let node) = event, node == NodeID(1) { firing = instant }
    }
    #expect(firing == simulation.now + clock.trueTime(for: deadline - clock.local(at: simulation.now)))
  }

  @Test("A server that has not heard its leader for a while campaigns when the storm has ended; nobody else is blamed")
  func lateCampaigns() {
    for seed in stride(from: 0, to: 40, by: 2) as StrideTo<UInt64> {
      var scenario = smallScenario(seed) { ($0.faults, $0.operations, $0.duration) = ([], 0, .seconds(1)) }
      (scenario.protocols.usesPreVote, scenario.protocols.checksQuorum) = (false, false)
      scenario.protocols.reads = .readIndex
      (scenario.cluster.electionTimeoutMin, scenario.cluster.electionTimeoutMax) = (
        .milliseconds(100), .milliseconds(200)
      )
      scenario.cluster.heartbeatInterval = .milliseconds(30)
      scenario.calm.fates = [.member, .member, .member]
      let silence = Duration.milliseconds(Int64(80 + seed))
      scenario.faults = [
        Fault(
          id: 0, trigger: .time(at: scenario.stormEnd - silence), duration: silence,
          action: .partition(shape: .primaries, side: .leader, direction: .outbound))
      ]
      let outcome = run(scenario)
      #expect(outcome.failure == nil, "seed \(seed): \(String(describing: outcome.failure))")
    }
  }

  @Test("A server that is left down though its disk is well is missed when everything has healed")
  func leftDown() {
    var scenario = scenario(third: .down)
    scenario.calm.settleTimeouts = 20
    var simulation = Simulation(scenario)
    // Nobody ever takes this hold back.
    simulation.hosts[2].holds = 1
    let failure = simulation.run().failure
    #expect(failure?.signature == .liveness(.noLeader))
    let unsettled = Unsettled(nodes: NodeID.first(3), isLed: false, electionTimeouts: 20, after: .everything)
    #expect(failure?.finding == .notSettled(unsettled))
    #expect(failure?.accounts.last == NodeAccount(node: NodeID(3), fate: nil, running: nil))
  }

  @Test("The shortest session that a scenario may have is long enough for the calm", arguments: 0..<4 as Range<UInt64>)
  func shortSessions(seed: UInt64) throws {
    var scenario = smallScenario(seed) { $0.faults = [] }
    scenario.sessions.lifetime = scenario.cluster.electionTimeoutMin / 2
    try scenario.validate()
    #expect(run(scenario).failure == nil)
    scenario.sessions.lifetime = .milliseconds(1)
    #expect(throws: ScenarioError.self) { try scenario.validate() }
  }
}

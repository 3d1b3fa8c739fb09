import Determinism
import Histories
import Judging
import KeyValue
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

@Suite("Links between clients and servers")
struct ClientLinkTests {
  private static let n1 = NodeID(1)

  private func way(_ client: UInt32, _ node: NodeID = n1, isReply: Bool = false) -> ClientLinks.Way {
    .init(client: ClientID(client), node: node, isReply: isReply)
  }

  @Test("A partition cuts the ways of its direction, servers and clients, and no others")
  func cuts() {
    for side in ClientSide.allCases {
      for direction in LinkDirection.allCases {
        var links = ClientLinks(nodes: 3, clients: 4)
        links.changeCuts(side, from: [Self.n1, NodeID(3)], direction, by: 1)
        for client in 0..<12 as Range<UInt32> {
          for node in NodeID.first(3) {
            for isReply in [false, true] {
              let isHit =
                node != NodeID(2) && (side == .all || (client % 2 == 1) == (side == .odd))
                && (direction == .both || isReply == (direction == .outbound))
              #expect(links.isCut(way(client, node, isReply: isReply)) == isHit)
            }
          }
        }
        #expect(!links.areSound)
        links.changeCuts(side, from: [Self.n1, NodeID(3)], direction, by: -1)
        #expect(links.areSound && !links.isCut(way(0)) && !links.isCut(way(1)))
      }
    }
  }

  @Test("With an odd number of clients each keeps its side, whatever its identity")
  func identities() {
    var links = ClientLinks(nodes: 1, clients: 3)
    links.changeCuts(.even, from: [Self.n1], .both, by: 1)
    // Client 0 under its second identity, and client 1 under its second.
    #expect(links.isCut(way(3)) && !links.isCut(way(4)) && links.isCut(way(5)))
  }

  @Test("A clog holds messages in order until all that clog a link are over, and a cut loses them")
  func clogs() {
    var links = ClientLinks(nodes: 2, clients: 2)
    links.changeClogs(.all, from: [Self.n1], .both, by: 1)
    links.changeClogs(.odd, from: [Self.n1], .both, by: 1)
    for client in [0, 1, 2, 3] as [UInt32] {
      #expect(links.isClogged(way(client)))
      links.hold(.init(event: .clientTimer(client: Int(client)), way: way(client), arrival: .start))
    }
    func released() -> [UInt32] { links.releaseHeld().map(\.way.client.rawValue) }
    #expect(released().isEmpty)
    links.changeClogs(.all, from: [Self.n1], .both, by: -1)
    #expect(released() == [0, 2])
    links.changeCuts(.all, from: [NodeID(2)], .both, by: 1)
    links.hold(.init(event: .clientTimer(client: 5), way: way(5), arrival: .start))
    links.changeCuts(.all, from: [Self.n1], .inbound, by: 1)
    links.changeClogs(.odd, from: [Self.n1], .both, by: -1)
    #expect(released().isEmpty)
  }

  @Test("Clogged links hold so many messages, and lose more")
  func room() {
    var links = ClientLinks(nodes: 1, clients: 1)
    links.changeClogs(.all, from: [Self.n1], .both, by: 1)
    for _ in 0..<ClientLinks.maxHeld + 5 {
      links.hold(.init(event: .clientTimer(client: 0), way: way(0), arrival: .start))
    }
    links.changeClogs(.all, from: [Self.n1], .both, by: -1)
    #expect(links.releaseHeld().count == ClientLinks.maxHeld)
  }

  /// Three servers, clients whose every operation may take a second, and one fault from 500 ms on.
  private func scenario(_ action: FaultAction, lasting: Duration = .seconds(1)) -> Scenario {
    var scenario = smallScenario(5) { ($0.faults, $0.operations) = ([], 120) }
    scenario.network.clientLoss = .zero
    (scenario.workload.attemptTimeout, scenario.workload.operationTimeout) = (.milliseconds(80), .seconds(1))
    for client in scenario.workload.clients.indices {
      for place in scenario.workload.clients[client].operations.indices {
        scenario.workload.clients[client].operations[place].patience = nil
      }
    }
    scenario.faults = [
      Fault(id: 0, trigger: .time(at: .milliseconds(500)), duration: lasting, action: action)
    ]
    return scenario
  }

  /// What came to servers from clients, or the other way round, in a span, by server.
  private func traffic(_ outcome: RunOutcome, _ span: ClosedRange<Duration>, isReply: Bool) -> [Int] {
    var counts = [0, 0, 0]
    for event in outcome.trace where span.contains(event.at) {
      switch event.kind {
      case .clientRequest where !isReply: counts[event.node?.offset ?? 0] += 1
      case .clientReply(_, _, let node) where isReply: counts[node.offset] += 1
      default: break
      }
    }
    return counts
  }

  private func traced(_ scenario: Scenario) -> RunOutcome {
    var simulation = Simulation(scenario, options: SimulationOptions(tracing: .start))
    let outcome = simulation.run()
    #expect(outcome.failure == nil && outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
    #expect(Judge().judge(outcome.history).verdict.name == "linearizable")
    return outcome
  }

  @Test("Nothing gets through a partition, what was under way is lost, and clients go on to other servers")
  func partition() {
    let span = Duration.milliseconds(500)...(.milliseconds(1_499))
    for node in NodeID.first(3) {
      let outcome = traced(scenario(.clientPartition(side: .nodes([node]), clients: .all, direction: .both)))
      #expect(outcome.statistics[kind: .clientPartition] == 1)
      let (requests, replies) = (traffic(outcome, span, isReply: false), traffic(outcome, span, isReply: true))
      // One that arrives in the very instant of the cut has arrived.
      #expect(requests[node.offset] <= 1 && replies[node.offset] <= 1)
      for other in NodeID.first(3) where other != node {
        #expect(requests[other.offset] > 5 && replies[other.offset] > 5, "\(node) \(requests) \(replies)")
      }
    }
  }

  @Test("In one direction requests arrive and answers do not: operations are done, and their clients do not know")
  func oneWay() {
    let everybody = FaultTarget.nodes(NodeID.first(3))
    let outcome = traced(scenario(.clientPartition(side: everybody, clients: .all, direction: .outbound)))
    let span = Duration.milliseconds(501)...(.milliseconds(1_499))
    #expect(traffic(outcome, span, isReply: false).reduce(0, +) > 10)
    #expect(traffic(outcome, span, isReply: true) == [0, 0, 0])
    #expect(outcome.statistics.operationsUnknown > 0)
  }

  @Test("A clog loses nothing, and what it held arrives in its order when it ends")
  func clog() {
    var clogged = scenario(.clientClog(side: .nodes(NodeID.first(3)), clients: .all, direction: .inbound))
    clogged.network.clientLoss = .zero
    // Nothing of the storm is lost where the calm begins.
    clogged.calm.fates = [.member, .member, .member]
    clogged.calm.longestDelay = .seconds(1)
    clogged.workload.attemptTimeout = .seconds(3)
    clogged.workload.operationTimeout = .seconds(3)
    let outcome = traced(clogged)
    #expect(outcome.statistics[kind: .clientClog] == 1)
    #expect(outcome.statistics.operationsUnknown == 0)
    let held = traffic(outcome, .milliseconds(600)...(.milliseconds(1_499)), isReply: false)
    #expect(held == [0, 0, 0])
    #expect(traffic(outcome, .milliseconds(1_500)...(.milliseconds(1_600)), isReply: false).reduce(0, +) >= 3)
  }

  @Test("Where clients' messages take longer all operations do, and streams keep their order")
  func delay() {
    func longest(_ outcome: RunOutcome) -> Duration {
      let history = outcome.history
      return history.operations().compactMap { operation -> Duration? in
        let call = history.events[operation.call].time
        guard let end = operation.end, call > 500_000_000, call < 1_400_000_000 else { return nil }
        return .nanoseconds(history.events[end].time - call)
      }.max() ?? .zero
    }
    let usual = traced(scenario(.clientDelay(mean: .zero, shape: .constant)))
    var slow = scenario(.clientDelay(mean: .milliseconds(100), shape: .constant))
    slow.workload.attemptTimeout = .milliseconds(700)
    let delayed = traced(slow)
    #expect(delayed.statistics[kind: .clientDelay] == 1)
    #expect(longest(usual) < .milliseconds(200) && longest(delayed) >= .milliseconds(200))
  }
}

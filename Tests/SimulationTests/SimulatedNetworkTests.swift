import Determinism
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

@Suite("The simulated network")
struct SimulatedNetworkTests {
  /// All faults that hit single messages, at once.
  private static let messageFaults: [Fault] = [
    .loss(chance: Ratio(1, 4)), .delay(mean: .milliseconds(5), shape: .exponential), .duplicate(chance: Ratio(1, 4)),
    .reorder(chance: Ratio(1, 4), hold: .milliseconds(20)),
  ].enumerated().map { Fault(id: $0.offset, trigger: .time(at: .zero), duration: .zero, action: $0.element) }

  private func network(_ faults: [Fault] = Self.messageFaults) -> SimulatedNetwork {
    var knobs = ScenarioKnobs()
    knobs.nodes = 3
    var scenario = Scenario(seed: 5, knobs: knobs)
    scenario.network.clientLoss = Ratio(1, 4)
    scenario.network.clientDelayMean = .milliseconds(5)
    var network = SimulatedNetwork(scenario: scenario)
    for fault in faults { network.begin(fault) }
    return network
  }

  private func label(term: UInt64) -> MessageLabel {
    MessageLabel(.requestVote(RequestVote(term: Term(term), lastPosition: .zero)))
  }

  @Test("A message's fate hangs on its content: others sent before it, or not, change nothing")
  func contentDecides() throws {
    let labels = (1...40).map { label(term: $0) }
    var all = network()
    let fates = labels.map { all.fate(of: $0, from: NodeID(1), to: NodeID(2)).delays }
    var some = network()
    for place in stride(from: 39, through: 0, by: -2) {
      #expect(some.fate(of: labels[place], from: NodeID(1), to: NodeID(2)).delays == fates[place])
    }
    #expect(fates.contains([]) && fates.contains { $0.count == 2 }, "some are lost, some are doubled")
    #expect(Set(fates).count > 20)
  }

  @Test("The same content once more is another occurrence, with a fate of its own; so it is on another link")
  func occurrences() throws {
    var network = network([])
    let label = label(term: 1)
    let first = network.fate(of: label, from: NodeID(1), to: NodeID(2)).delays
    #expect(network.fate(of: label, from: NodeID(1), to: NodeID(2)).delays != first)
    #expect(network.fate(of: label, from: NodeID(1), to: NodeID(3)).delays != first)
    #expect(network.fate(of: label, from: NodeID(2), to: NodeID(1)).delays != first)
  }

  @Test("Once all message faults have ended, every message arrives once, without an extra delay")
  func faultsEnd() throws {
    var calm = network([])
    var ended = network()
    for fault in Self.messageFaults { ended.end(fault) }
    for term in 1...20 as ClosedRange<UInt64> {
      let label = label(term: term)
      let fate = calm.fate(of: label, from: NodeID(1), to: NodeID(2))
      #expect(fate.delays.count == 1 && !fate.isHeldBack)
      #expect(ended.fate(of: label, from: NodeID(1), to: NodeID(2)).delays == fate.delays)
    }
  }

  @Test("Removing one fault leaves what the others do to a message")
  func removedFault() throws {
    var all = network()
    var withoutDelay = network(Self.messageFaults.filter { $0.id != 1 })
    for term in 1...40 as ClosedRange<UInt64> {
      let label = label(term: term)
      let one = all.fate(of: label, from: NodeID(1), to: NodeID(2))
      let other = withoutDelay.fate(of: label, from: NodeID(1), to: NodeID(2))
      #expect(one.delays.count == other.delays.count && one.isHeldBack == other.isHeldBack)
    }
  }

  @Test("A delay comes on top of what a message takes anyway; a reordered one is held back for a while, not all are")
  func addedDelay() throws {
    func fates(_ action: FaultAction?) throws -> [SimulatedNetwork.Fate] {
      var network = network(
        action.map { [Fault(id: 0, trigger: .time(at: .zero), duration: .zero, action: $0)] } ?? [])
      return (1...60).map { network.fate(of: label(term: $0), from: NodeID(1), to: NodeID(2)) }
    }
    let usual = try fates(nil).map { $0.delays[0] }
    let delayed = try fates(.delay(mean: .seconds(1), shape: .constant))
    #expect(delayed.map { $0.delays[0] } == usual.map { $0 + .seconds(1) } && !delayed.contains(where: \.isHeldBack))
    let hold = Duration.seconds(2)
    let reordered = try fates(.reorder(chance: Ratio(1, 2), hold: hold))
    for (fate, usual) in zip(reordered, usual) {
      #expect(fate.isHeldBack ? fate.delays[0] > usual : fate.delays[0] == usual)
      #expect(fate.delays[0] <= usual + hold)
    }
    let held = reordered.count(where: \.isHeldBack)
    #expect(held > 15 && held < 45)
  }

  @Test("In the calm no message takes longer than it may, nor is a client's lost, and streams keep their order")
  func calm() throws {
    let bound = Duration.microseconds(500)
    let fault = Fault(
      id: 0, trigger: .time(at: .zero), duration: .zero,
      action: .slowNode(target: .nodes([NodeID(1)]), mean: .seconds(50)))
    var network = network([])
    var plan = Scenario(seed: 1).calm
    (plan.longestDelay, plan.leastDelay) = (bound, nil)
    network.begin(fault, targets: [NodeID(1)])
    var last = VirtualInstant.start
    for content in 0..<40 as Range<UInt64> {
      if content == 20 { network.calmDown(plan) }
      let sent = VirtualInstant.start + .milliseconds(Int64(content))
      let arrival = network.arrival(at: sent, client: ClientID(3), node: NodeID(1), content: content, isReply: false)
      let fate = network.fate(of: label(term: content + 1), from: NodeID(1), to: NodeID(2))
      if content < 20 {
        #expect(fate.delays[0] > bound)
      } else {
        let arrival = try #require(arrival)
        #expect(fate.delays[0] <= bound && arrival <= sent + bound && arrival > last)
        last = arrival
      }
    }
  }

  @Test("A replayed message arrives as ever, and once more, long after or soon; not all are")
  func replays() throws {
    let after = Duration.seconds(2)
    let action = FaultAction.replay(chance: Ratio(1, 2), after: after)
    var network = network([Fault(id: 0, trigger: .time(at: .zero), duration: .zero, action: action)])
    let fates = (1...60).map { network.fate(of: label(term: $0), from: NodeID(1), to: NodeID(2)) }
    let replays = fates.compactMap(\.replay)
    #expect(fates.allSatisfy { $0.delays.count == 1 })
    #expect(replays.count > 15 && replays.count < 45 && replays.allSatisfy { $0 >= .zero && $0 <= after })
    #expect(replays.contains { $0 > .seconds(1) })
  }

  @Test("A slow node's messages take longer in both directions, its clients' too, and nobody else's do")
  func slowNode() throws {
    let action = FaultAction.slowNode(target: .nodes([NodeID(2)]), mean: .milliseconds(500))
    let fault = Fault(id: 0, trigger: .time(at: .zero), duration: .zero, action: action)
    let (fast, between) = (network([]), [(1, 2), (2, 3), (1, 3)] as [(UInt8, UInt8)])
    var slow = fast
    slow.begin(fault, targets: [NodeID(2)])
    for (sender, recipient) in between {
      var (one, other) = (fast, slow)
      for term in 1...10 as ClosedRange<UInt64> {
        let label = label(term: term)
        let usual = one.fate(of: label, from: NodeID(sender), to: NodeID(recipient)).delays[0]
        let present = other.fate(of: label, from: NodeID(sender), to: NodeID(recipient)).delays[0]
        #expect(sender == 1 && recipient == 3 ? present == usual : present > usual)
      }
    }
    for node in NodeID.first(3) {
      var (one, other) = (fast, slow)
      for content in 0..<20 as Range<UInt64> {
        let usual = one.arrival(at: .start, client: ClientID(1), node: node, content: content, isReply: false)
        let present = other.arrival(at: .start, client: ClientID(1), node: node, content: content, isReply: false)
        guard let usual, let present else { continue }
        #expect(node == NodeID(2) ? present > usual : present == usual)
      }
    }
  }

  @Test("Cuts add up, and hold for one direction")
  func cuts() {
    var network = network([])
    network.changeCuts(from: [NodeID(1)], to: [NodeID(2), NodeID(3)], by: 1)
    network.changeCuts(from: NodeID.first(3), to: [NodeID(2)], by: 1)
    network.changeCuts(from: [NodeID(1)], to: [NodeID(2), NodeID(3)], by: -1)
    #expect(network.isCut(from: NodeID(1), to: NodeID(2)) && network.isCut(from: NodeID(3), to: NodeID(2)))
    #expect(!network.isCut(from: NodeID(1), to: NodeID(3)) && !network.isCut(from: NodeID(2), to: NodeID(1)))
  }

  @Test("A client's messages keep their order on each stream, and some are lost")
  func streams() {
    var network = network()
    var last = VirtualInstant.start
    var lost = 0
    for content in 0..<200 as Range<UInt64> {
      let sent = VirtualInstant.start + .microseconds(Int64(content) * 100)
      let arrival = network.arrival(at: sent, client: ClientID(3), node: NodeID(1), content: content, isReply: false)
      guard let arrival else {
        lost += 1
        continue
      }
      #expect(arrival >= last && arrival > sent)
      last = arrival
    }
    #expect(lost > 20 && lost < 80)
    let other = network.arrival(at: .start, client: ClientID(3), node: NodeID(1), content: 1, isReply: true)
    #expect(other.map { $0 < last } ?? true, "the other direction is another stream")
  }
}

extension SimulatedNetwork.Fate {
  /// How long each copy takes.
  fileprivate var delays: [Duration] { [delay, duplicate].compactMap { $0 } }
}

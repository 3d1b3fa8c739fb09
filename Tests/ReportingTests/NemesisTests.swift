import Determinism
import Histories
import Raft
import Replica
import Scenarios
import Testing
import Traces

@testable import Reporting

@Suite("What the nemesis did, as a history tells it")
struct NemesisTests {
  private let removal = FaultAction.changeMembers(
    voters: [], learners: [], removed: .nodes([NodeID(2)]), neverCome: false)

  private func deeds(
    _ actions: [FaultAction], _ faults: [BegunFault], _ requests: [BegunRequest] = [],
    until end: Duration = .seconds(2)
  ) -> [String] {
    var scenario = Scenario(seed: 1)
    (scenario.cluster.nodes, scenario.stormEnd) = (3, .seconds(1))
    scenario.faults = actions.enumerated().map {
      Fault(id: $0.offset, trigger: .time(at: .zero), duration: .milliseconds(800), action: $0.element)
    }
    var statistics = RunStatistics()
    statistics.virtualTime = end
    let outcome = RunOutcome(
      eventHash: 0, history: HistoryRecorder(header: HistoryHeader(model: .keyValue)).finish(), statistics: statistics,
      failure: nil, isCut: false, faults: faults, requests: requests)
    return outcome.nemesisDeeds(in: scenario).map {
      "\($0.time / 1_000_000) \($0.function) \($0.fault.map(String.init) ?? "-"): \($0.value ?? "-")"
    }
  }

  @Test("A fault begins when it took hold, and ends when its time is up, or with the storm")
  func faults() {
    let kill = FaultAction.kill(target: .leader, tearing: false)
    let loss = FaultAction.loss(chance: Ratio(1, 2))
    let begun = [
      BegunFault(id: 0, at: .milliseconds(100), nodes: [NodeID(1), NodeID(3)]),
      BegunFault(id: 1, at: .milliseconds(400), nodes: []),
    ]
    #expect(
      deeds([kill, loss], begun) == [
        "100 kill-majority 0: n1 and n3 crash",
        "400 loss 1: messages between servers are lost, 50% of them, for 800 ms",
        "900 kill-majority 0: -", "1000 loss 1: messages between servers are no longer lost",
      ])
    #expect(deeds([kill, loss], begun, until: .milliseconds(950)).count == 3)
  }

  @Test("A request ends with what its operator knows of it, and not with its fault")
  func requests() {
    let change = MemberChange(removed: NodeSet([NodeID(2)]))
    func deeds(_ outcome: ClientReply.Body?, _ refusal: RequestRefusal? = nil) -> [String] {
      let request = BegunRequest(
        fault: 0, body: .change(change), at: .milliseconds(100),
        endedAt: outcome == nil ? nil : .milliseconds(300), outcome: outcome, refusal: refusal)
      return self.deeds([removal], [BegunFault(id: 0, at: .milliseconds(100), nodes: [NodeID(2)])], [request])
    }
    let begin = "100 remove-servers 0: an operator asks for other members: remove n2"
    #expect(deeds(.done) == [begin, "300 remove-servers 0: done"])
    #expect(
      deeds(.turnedDown(.lastVoter), .lastVoter) == [begin, "300 remove-servers 0: refused: no voter would be left"])
    #expect(deeds(.unknown) == [begin, "300 remove-servers 0: the outcome is unknown"])
    #expect(
      deeds(.unknown, .transferUnderWay) == [
        begin, "300 remove-servers 0: the outcome is unknown; before, refused: leadership is being transferred",
      ])
    #expect(deeds(nil) == [begin])
  }

  @Test("What is asked when everything has healed is told, too, though no fault says it")
  func lastRequests() {
    let requests: [BegunRequest] = [
      BegunRequest(
        fault: nil, body: .change(MemberChange(voters: NodeSet([NodeID(3)]))), at: .milliseconds(1_500),
        endedAt: .milliseconds(1_600), outcome: .done),
      BegunRequest(fault: nil, body: .transfer(to: NodeID(3)), at: .milliseconds(1_700)),
    ]
    #expect(
      deeds([], [], requests) == [
        "1500 add-servers -: an operator asks for other members: make n3 a voter", "1600 add-servers -: done",
        "1700 transfer -: an operator asks the leader to hand on to n3",
      ])
  }
}

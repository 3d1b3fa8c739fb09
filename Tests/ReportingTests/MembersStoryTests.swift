import Determinism
import Raft
import Replica
import Testing
import Traces

@testable import Reporting

@Suite("What is told of members and of transfers")
struct MembersStoryTests {
  private typealias Samples = PageSamples

  /// The story of a run that ends with the last event.
  private func story(of run: TraceBuilder, _ finding: Finding) throws -> Story {
    let last = try #require(run.trace.last)
    var failing = Samples.failing(
      run, seed: 1, bug: nil, fault: nil, nodes: [],
      failure: RunFailure(finding, at: last.at, event: run.trace.count), certificate: [])
    failing.sequel = nil
    return Story(of: failing)
  }

  private static let two = Members(voters: [1, 2])
  private static let one = Members(voters: [2])

  /// An entry that holds a configuration.
  private func configuration(_ index: UInt64, _ term: UInt64, _ members: Members) -> TracedEntry {
    TracedEntry(index: LogIndex(index), term: Term(term), content: .configuration(members))
  }

  private func leader(in run: inout TraceBuilder) {
    run.event(10_000, node: 1, .role(.leader, term: 1), .appended([Samples.entry(1, 1)]))
  }

  private static let twoUncommitted = Finding.changesUncommitted(
    NodeID(1), term: 1, LoggedMembers(index: 2, members: two), LoggedMembers(index: 3, members: one))

  @Test("Two decisions of one moment that read alike are one step of the argument")
  func sameDecision() throws {
    let follows = RuleDecision(
      by: .mayFollow,
      .members(
        .mayFollow(
          latest: LoggedMembers(index: 2, members: Self.two), commitIndex: 1, isPromotion: false,
          .init(inForce: true, published: false))), differs: true)
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    run.decide(follows, in: run.event(20_000, node: 1, .appended([configuration(2, 1, Self.two)])))
    run.decide(follows, in: run.event(20_100, node: 1, .appended([configuration(3, 1, Self.one)])))
    let steps = try story(of: run, Self.twoUncommitted).reasons
    #expect(steps.count { $0.contains("the published rule decides otherwise") } == 1, "\(steps)")
  }

  @Test("A leader that is removed steps down for what it commits, not for whoever acknowledged it")
  func removal() throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    let appends = run.event(20_000, node: 1, .appended([configuration(2, 1, Self.one)]))
    let acknowledges = run.message(
      .append(configuration(2, 1, Self.one)), sentIn: appends, to: 2, 21_000, .term(1),
      .appended([configuration(2, 1, Self.one)]))
    let end = run.message(
      .matches(2), sentIn: acknowledges, to: 1, 22_000, .role(.follower, term: 1), .committed(through: 2))
    run.decide(
      RuleDecision(
        by: .leadsOn,
        .members(
          .leadsOn(
            leader: NodeID(1), members: LoggedMembers(index: 2, members: Self.one), commitIndex: 2,
            .init(inForce: false, published: false))), differs: false), in: end)
    let line = try story(of: run, .commitWentBack(NodeID(1), from: 1, to: 0)).narrative.last?.text
    #expect(
      line
        == "receives n2's \"matches through 2\" of term 1; commits entries 1 and 2 (no-op; voter n2); steps down: it is no voter "
        + "any more, for voter n2 (entry 2) is committed")
  }

  @Test("A leader that steps down by itself does so for its quorum or for its disk", arguments: [true, false])
  func withoutHigherTerm(isForQuorum: Bool) throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    let end = run.event(900_000, node: 1, .role(.follower, term: 1))
    run.decide(
      RuleDecision(
        by: .remainsLeader,
        .remainsLeader(
          quorumHeardAt: LocalInstant(nanoseconds: 0), now: LocalInstant(nanoseconds: 900_000_000),
          electionTimeout: .milliseconds(150)...(.milliseconds(300)),
          .init(inForce: !isForQuorum, published: !isForQuorum)), differs: false), in: end)
    let line = try story(of: run, .commitWentBack(NodeID(1), from: 1, to: 0)).narrative.last?.text
    #expect(
      line == "steps down: \(isForQuorum ? "no quorum has answered it" : "its disk takes no writes, or not in time")")
  }

  @Test("A log that a leader's snapshot replaces is gone, and nothing of it is committed")
  func installation() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(10_000, node: 2, .role(.leader, term: 2), .appended([Samples.entry(1, 2)]), .committed(through: 1))
    run.event(20_000, node: 1, .role(.leader, term: 1), .appended([configuration(1, 1, Self.one)]))
    run.event(30_000, node: 1, .role(.follower, term: 2), .installedSnapshot(LogPosition(1, 2)), .committed(through: 1))
    let story = try story(of: run, .commitWentBack(NodeID(1), from: 1, to: 0))
    let line = story.narrative.last?.text ?? ""
    #expect(
      line.contains("installs a snapshot up to entry 1 of term 2") && line.contains("learns that entry 1"), "\(line)")
    #expect(!line.contains("commits") && !story.text().contains("1: voter n2 [1]"), "\(story.text())")
  }

  @Test("A server that campaigns because it is told to says by whom")
  func order() throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    let orders = run.event(20_000, node: 1, kind: .heartbeatTimer)
    run.message(
      .campaignNow, sentIn: orders, to: 2, 21_000, .term(2), .role(.candidate, term: 2), .voted(for: NodeID(2), term: 2)
    )
    let lines = try story(of: run, .campaignsWithoutOrder(NodeID(2), term: 2)).narrative
    #expect(
      lines.map(\.text).suffix(2) == ["tells n2 to campaign", "is told by n1 to campaign; asks for votes in term 2"])
  }

  @Test("What an operator asks again and again is told once")
  func recurrence() throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    for time in 1...5 {
      run.event(
        100_000 * time, node: 1, kind: .operatorRequest(.transfer(to: NodeID(2)), fault: nil), .term(Term(UInt64(time)))
      )
    }
    run.event(900_000, node: 1, .term(9))
    let lines = try story(of: run, .commitWentBack(NodeID(1), from: 1, to: 0)).narrative.map(\.text)
    #expect(
      lines.filter { $0.contains("an operator asks") } == [
        "an operator asks the leader to hand on to n2, 5 times until 0.500 s"
      ])
  }

  @Test("What an operator was turned down for before is said where it is done at last")
  func turnedDown() throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    run.event(15_000, kind: .operatorReply(.notLeader(hint: nil), fault: 7, from: NodeID(2)))
    run.event(16_000, kind: .operatorReply(.notLeader(hint: nil), fault: 8, from: NodeID(2)))
    let change = MemberChange(voters: [], learners: [], removed: [1])
    run.event(
      20_000, node: 1, kind: .operatorRequest(.change(change), fault: 7), .appended([configuration(2, 1, Self.one)]))
    let lines = try story(of: run, .commitWentBack(NodeID(1), from: 1, to: 0)).narrative.map(\.text)
    #expect(
      lines.last == "appends entry 2 (voter n2) for an operator, which was turned down before (by n2: not the leader)")
  }

  @Test("What ends joint consensus is for nobody who asks for something else then")
  func endOfJoint() throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    let joint = Members(voters: [2], outgoing: [1, 2])
    run.event(20_000, node: 1, .appended([configuration(2, 1, joint)]))
    let change = MemberChange(voters: [1], learners: [], removed: [])
    for (place, body) in [ClientRequest.Body.change(change), .transfer(to: NodeID(2))].enumerated() {
      var run = run
      run.event(
        30_000 + place, node: 1, kind: .operatorRequest(body, fault: 7), .appended([configuration(3, 1, Self.one)]))
      let line = try story(of: run, .commitWentBack(NodeID(1), from: 1, to: 0)).narrative.last?.text
      #expect(line == "appends entry 3 (voter n2)")
    }
  }

  @Test("Of several entries that are committed the one is named where another one had been")
  func collision() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(10_000, node: 1, .role(.leader, term: 1), .appended([Samples.entry(1, 1)]), .committed(through: 1))
    run.event(
      20_000, node: 2, .role(.leader, term: 2), .appended([Samples.entry(1, 2), configuration(2, 2, Self.one)]),
      .committed(through: 2))
    let line = try story(of: run, .commitWentBack(NodeID(2), from: 1, to: 0)).narrative.last?.text ?? ""
    #expect(line.hasSuffix("commits entry 1 (no-op), where n1 had committed entry 1 of term 1 (no-op)"), "\(line)")
  }

  @Test("A vote that was asked for in an earlier term is denied for that")
  func lateRequest() throws {
    var run = TraceBuilder(nodes: 2)
    let asks = run.event(10_000, node: 1, .role(.candidate, term: 1), .voted(for: NodeID(1), term: 1))
    run.event(11_000, node: 2, .role(.candidate, term: 2), .voted(for: NodeID(2), term: 2))
    let denies = run.message(.requestVote, sentIn: asks, to: 2, 12_000)
    let place = run.message(.voteDenied, sentIn: denies, to: 1, 13_000)
    var arrived: TracedMessage?
    if case .message(let message) = run.trace[place].kind { arrived = message }
    let refusal = Refusal(try #require(arrived), arrivingIn: run.trace[place], Chronicle(run.trace))
    #expect(refusal?.sentence == "n2 denies n1 its vote in term 1: n2 is in term 2 by then.")
    #expect(refusal?.isPassing == true)
  }

  @Test("A server that joins a cluster starts for the first time, and did not restart")
  func newcomer() throws {
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    let fault = run.event(20_000)
    run.start(2, in: fault)
    run.event(30_000, node: 2, .term(1))
    let lines = try story(of: run, .commitWentBack(NodeID(2), from: 1, to: 0)).narrative
    #expect(lines.contains { $0.node == NodeID(2) && $0.text == "starts for the first time" }, "\(lines.map(\.text))")
  }
}

extension NodeSet: ExpressibleByArrayLiteral {
  /// The servers of these numbers.
  public init(arrayLiteral numbers: UInt8...) { self.init(numbers.map { NodeID($0) }) }
}

import Determinism
import Histories
import Raft
import Testing
import Traces

@testable import Replica
@testable import Reporting
@testable import Scenarios

@Suite("What is told of servers")
struct NarratorTests {
  private typealias Samples = PageSamples

  /// The story of a run that ends with the last event.
  private func story(
    of run: TraceBuilder, _ finding: Finding, fault: String? = nil, nodes: [NodeID] = []
  ) throws -> Story {
    let last = try #require(run.trace.last)
    let failure = RunFailure(finding, at: last.at, event: run.trace.count)
    var failing = Samples.failing(
      run, seed: 1, bug: nil, fault: fault, nodes: nodes, failure: failure, certificate: [])
    failing.sequel = nil
    return Story(of: failing)
  }

  private func campaign(_ run: inout TraceBuilder, _ at: Int, _ node: UInt8, term: Term) -> Int {
    run.event(
      at, node: node, kind: .electionTimer, .term(term), .role(.candidate, term: term),
      .voted(for: NodeID(node), term: term))
  }

  @Test("An election that somebody wins is not among those that nobody wins, though others come between")
  func won() throws {
    var run = TraceBuilder(nodes: 3)
    for term in 1...3 { _ = campaign(&run, term * 100_000, 1, term: Term(UInt64(term))) }
    let asks = campaign(&run, 400_000, 2, term: 4)
    run.event(450_000, kind: .faultBegins(0, subject: nil), .cut(to: []))
    let votes = run.message(.requestVote, sentIn: asks, to: 3, 460_000, .voted(for: NodeID(2), term: 4))
    run.message(.voteGranted, sentIn: votes, to: 2, 470_000, .role(.leader, term: 4))
    let partition =
      #"{"action":{"partition":{"direction":"both","shape":"one","side":"n1"}},"duration":"400ms","id":0,"trigger":{"time":{"at":"450ms"}}}"#
    let lines = try story(
      of: run, .twoLeaders(NodeID(1), NodeID(2), term: 4), fault: partition,
      nodes: [NodeID(1)]
    ).narrative.map(\.text)
    #expect(lines.first == "n1 asks for votes 3 times until 0.300 s, in terms 1 to 3, and nobody wins")
    #expect(lines.dropFirst().first == "election timeout; asks for votes in term 4")
    #expect(lines.last?.contains("becomes leader of term 4") ?? false)
  }

  @Test("A vote for a log that is older than the voter's own says so")
  func olderLog() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(50_000, node: 1, .appended([Samples.entry(1, 1)]))
    let asks = campaign(&run, 100_000, 2, term: 2)
    run.message(.requestVote, sentIn: asks, to: 1, 101_000, .voted(for: NodeID(2), term: 2))
    let line = try story(of: run, .twoLeaders(NodeID(1), NodeID(2), term: 2)).narrative.last
    #expect(line?.text == "votes for n2 in term 2, whose log is empty, though its own ends with entry 1 of term 1")
  }

  @Test("The last step tells what brought it about, and a commit index that goes back")
  func lastStep() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(50_000, node: 1, .role(.leader, term: 1), .appended([Samples.entry(1, 1)]))
    run.event(60_000, node: 2, .term(1), .appended([Samples.entry(1, 1)]), .committed(through: 1))
    let beats = run.event(70_000, node: 1, kind: .heartbeatTimer)
    let end = run.message(.heartbeat, sentIn: beats, to: 2, 71_000)
    run.setCommitIndex(0, in: end)
    let line = try story(of: run, .commitWentBack(NodeID(2), from: 1, to: 0)).narrative.last
    #expect(
      line?.text
        == "receives n1's \"heartbeat behind 0/0, commit 0\" of term 1; its commit index goes back from 1 to 0")
  }

  private static let early = Finding.voteNotDurable(
    voter: NodeID(1), candidate: NodeID(2), term: 1, durable: HardState(term: 0, votedFor: nil))

  /// n1 votes while its disk fails, and says so when the sync has ended.
  private var failedSync: (run: TraceBuilder, fault: String) {
    var run = TraceBuilder(nodes: 2)
    let asks = campaign(&run, 100_000, 2, term: 1)
    run.event(100_000, kind: .faultBegins(42, subject: nil))
    let votes = run.message(.requestVote, sentIn: asks, to: 1, 101_000, .voted(for: NodeID(2), term: 1))
    let syncs = run.event(
      101_500, node: 1, kind: .diskSync(file: "log-1", fails: true), cause: votes)
    run.lose(.voteGranted, sentIn: syncs, to: 2)
    return (
      run,
      #"{"action":{"syncError":{"target":"n1"}},"duration":"10ms","id":42,"trigger":{"time":{"at":"100ms"}}}"#
    )
  }

  @Test("A sync that fails is told as one, and that its server goes on all the same")
  func failedSyncs() throws {
    let (run, fault) = failedSync
    let line = try story(
      of: run, Self.early, fault: fault, nodes: [NodeID(1)]
    ).narrative.last
    #expect(line?.text.hasPrefix("its disk fails to sync log-1") ?? false)
    #expect(line?.text.hasSuffix("tells n2 \"vote granted\" all the same") ?? false)
  }

  @Test("A vote that leaves at once is told to be earlier than its sync")
  func early() throws {
    var run = TraceBuilder(nodes: 2)
    let asks = campaign(&run, 100_000, 2, term: 1)
    let votes = run.message(.requestVote, sentIn: asks, to: 1, 101_000, .voted(for: NodeID(2), term: 1))
    run.lose(.voteGranted, sentIn: votes, to: 2)
    let line = try story(of: run, Self.early).narrative.last
    #expect(line?.text.contains("tells n2 \"vote granted\" before its disk has synced that") ?? false)
  }

  @Test("A server that cannot read its disk has restarted, and what it held before is told as such")
  func unreadable() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(50_000, node: 1, .appended([Samples.entry(1, 1)]))
    run.event(51_000, node: 2, .term(1))
    run.event(60_000, node: 1, .crashed(lossy: false))
    let damage = StorageDamage(file: "log-1", offset: 0, reason: .notALog)
    run.event(70_000, node: 1, .stopped(.damage(damage)))
    let story = try story(of: run, .cannotRecover(NodeID(1), damage))
    #expect(
      story.narrative.last?.text
        == "restarts, and cannot read what it finds on its disk: \(damage)")
    #expect(story.text().contains("log, when it last ran, 1: no-op [1]"))
  }

  @Test("Those whom the calm leaves out at first are told to heal when they do")
  func secondHealing() throws {
    var run = TraceBuilder(nodes: 3)
    for node in [UInt8(1), 2, 3] { run.event(1_000, node: node, .term(1)) }
    run.event(10_000, node: 3, .crashed(lossy: false))
    let end = run.event(40_000_000)
    run.start(3, in: end)
    var failing = Samples.failing(
      run, seed: 1, bug: nil, fault: nil, nodes: [],
      failure: RunFailure(
        .notSettled(Unsettled(nodes: [NodeID(1)], isLed: false, electionTimeouts: 200, after: .quorum)),
        at: .seconds(40), event: end + 1),
      certificate: [])
    failing.sequel = nil
    failing.outcome.fates = [.member, .member, .down]
    failing.scenario.stormEnd = .seconds(1)
    let lines = Story(of: failing).narrative
    #expect(lines.contains { $0.text == "n3 is no longer kept down" && $0.node == nil })
    failing.scenario.stormEnd = .seconds(50)
    #expect(!Story(of: failing).narrative.contains { $0.text.contains("no longer") })
  }

  @Test("Where the logs are equal the law is that of equal states", arguments: [true, false])
  func laws(_ areEqual: Bool) throws {
    var run = TraceBuilder(nodes: 2)
    for node in [UInt8(1), 2] {
      let term = areEqual ? 1 : UInt64(node)
      let place = run.event(
        50_000 + Int(node), node: node, .appended([Samples.entry(1, term)]), .committed(through: 1))
      run.setAppliedIndex(1, in: place)
    }
    let text = try story(of: run, .statesDiffer(NodeID(1), after: 1, from: NodeID(2), nil)).text()
    #expect(text.contains("servers that have applied the same entries") == areEqual)
    #expect(text.contains("no two servers apply different entries") != areEqual)
    #expect(text.contains("Here (seen at 0.050 s) n1's state"))
  }
}

import Determinism
import Histories
import Testing

@testable import Reporting
@testable import Scenarios

@Suite("What is told of servers")
struct NarratorTests {
  private typealias Samples = PageSamples

  /// The story of a run that ends with the last event.
  private func story(
    of run: TraceBuilder, _ signature: FailureSignature, _ detail: String, fault: String? = nil, nodes: [NodeID] = []
  ) throws -> Story {
    let last = try #require(run.trace.last)
    let failure = RunFailure(signature: signature, detail: detail, at: last.at, event: run.trace.count)
    var failing = Samples.failing(
      run, seed: 1, bug: nil, fault: fault, nodes: nodes, failure: failure, certificate: [])
    failing.sequel = nil
    return Story(of: failing)
  }

  private func campaign(_ run: inout TraceBuilder, _ at: Int, _ node: UInt8, term: UInt64) -> Int {
    run.event(
      at, node: node, kind: .electionTimer, .term(term), .role(.candidate, term: term),
      .voted(for: NodeID(node), term: term))
  }

  @Test("An election that somebody wins is not among those that nobody wins, though others come between")
  func won() throws {
    var run = TraceBuilder(nodes: 3)
    for term in 1...3 { _ = campaign(&run, term * 100_000, 1, term: UInt64(term)) }
    let asks = campaign(&run, 400_000, 2, term: 4)
    run.event(450_000, kind: .faultBegins(0), .cut(to: []))
    let votes = run.message("request vote", sentIn: asks, to: 3, 460_000, .voted(for: NodeID(2), term: 4))
    run.message("vote granted", sentIn: votes, to: 2, 470_000, .role(.leader, term: 4))
    let partition =
      #"{"action":{"partition":{"direction":"both","shape":"one","side":"n1"}},"duration":"400ms","id":0,"trigger":{"time":{"at":"450ms"}}}"#
    let lines = try story(
      of: run, .invariant("ElectionSafety"), "n1 and n2 both became leader of term 4", fault: partition,
      nodes: [NodeID(1)]
    ).narrative.map(\.text)
    #expect(lines.first == "n1 asks for votes 3 times, in terms 1 to 3, and nobody wins")
    #expect(lines.dropFirst().first == "election timeout; asks for votes in term 4")
    #expect(lines.last?.hasPrefix("becomes leader of term 4") ?? false)
  }

  @Test("A vote for a log that is older than the voter's own says so")
  func olderLog() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(50_000, node: 1, .appended([Samples.entry(1, 1, "no-op")]))
    let asks = campaign(&run, 100_000, 2, term: 2)
    run.message("request vote", sentIn: asks, to: 1, 101_000, .voted(for: NodeID(2), term: 2))
    let line = try story(of: run, .invariant("ElectionSafety"), "n1 and n2").narrative.last
    #expect(line?.text == "votes for n2 in term 2, whose log is empty, though its own ends with entry 1 of term 1")
  }

  @Test("The last step tells what brought it about, and a commit index that goes back")
  func lastStep() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(50_000, node: 1, .role(.leader, term: 1), .appended([Samples.entry(1, 1, "no-op")]))
    run.event(60_000, node: 2, .term(1), .appended([Samples.entry(1, 1, "no-op")]), .committed(through: 1))
    let beats = run.event(70_000, node: 1, kind: .heartbeatTimer)
    let end = run.message("heartbeat behind 0/0, commit 0", sentIn: beats, to: 2, 71_000)
    run.setCommitIndex(0, in: end)
    let line = try story(of: run, .invariant("CommitMonotonicity"), "n2's commit index went back").narrative.last
    #expect(
      line?.text
        == "receives n1's \"heartbeat behind 0/0, commit 0\" of term 1; its commit index goes back from 1 to 0")
  }

  /// n1 votes while its disk fails, and says so when the sync has ended.
  private var failedSync: (run: TraceBuilder, fault: String) {
    var run = TraceBuilder(nodes: 2)
    let asks = campaign(&run, 100_000, 2, term: 1)
    run.event(100_000, kind: .faultBegins(42), what: "fault 42 begins")
    let votes = run.message("request vote", sentIn: asks, to: 1, 101_000, .voted(for: NodeID(2), term: 1))
    let syncs = run.event(
      101_500, node: 1, kind: .diskSync(fails: true), cause: votes, what: "n1's disk fails to sync log-1")
    run.lose("vote granted", sentIn: syncs, to: 2)
    return (
      run,
      #"{"action":{"syncError":{"target":"n1"}},"duration":"10ms","id":42,"trigger":{"time":{"at":"100ms"}}}"#
    )
  }

  @Test("A sync that fails is told as one, and that its server goes on all the same")
  func failedSyncs() throws {
    let (run, fault) = failedSync
    let line = try story(
      of: run, .invariant("DurableBeforePromised"), "n1's vote for n2 in term 1 left", fault: fault,
      nodes: [NodeID(1)]
    ).narrative.last
    #expect(line?.text.hasPrefix("its disk fails to sync log-1") ?? false)
    #expect(line?.text.hasSuffix("tells n2 \"vote granted\" all the same") ?? false)
  }

  @Test("A vote that leaves at once is told to be earlier than its sync")
  func early() throws {
    var run = TraceBuilder(nodes: 2)
    let asks = campaign(&run, 100_000, 2, term: 1)
    let votes = run.message("request vote", sentIn: asks, to: 1, 101_000, .voted(for: NodeID(2), term: 1))
    run.lose("vote granted", sentIn: votes, to: 2)
    let line = try story(of: run, .invariant("DurableBeforePromised"), "n1's vote for n2 in term 1 left").narrative.last
    #expect(line?.text.contains("tells n2 \"vote granted\" before its disk has synced that") ?? false)
  }

  @Test("A server that cannot read its disk has restarted, and what it held before is told as such")
  func unreadable() throws {
    var run = TraceBuilder(nodes: 2)
    run.event(50_000, node: 1, .appended([Samples.entry(1, 1, "no-op")]))
    run.event(51_000, node: 2, .term(1))
    run.event(60_000, node: 1, .crashed(lossy: false))
    run.event(70_000, node: 1, .stopped(reason: "log-1, byte 0: expected a record"))
    let story = try story(of: run, .stopped("log-damaged"), "n1 cannot recover: log-1, byte 0: expected a record")
    #expect(
      story.narrative.last?.text
        == "restarts, and cannot read what it finds on its disk: log-1, byte 0: expected a record")
    #expect(story.text().contains("log, when it last ran, 1: no-op [1]"))
  }

  @Test("Those whom the calm leaves out at first are told to heal when they do")
  func secondHealing() throws {
    var run = TraceBuilder(nodes: 3)
    for node in [UInt8(1), 2, 3] { run.event(1_000, node: node, .term(1)) }
    run.event(10_000, node: 3, .crashed(lossy: false))
    let end = run.event(40_000_000, what: "the calm is looked at")
    run.start(3, in: end)
    var failing = Samples.failing(
      run, seed: 1, bug: nil, fault: nil, nodes: [],
      failure: RunFailure(signature: .liveness("NoLeader"), detail: "nobody leads", at: .seconds(40), event: end + 1),
      certificate: [])
    failing.sequel = nil
    failing.scenario.calm.fates = [.member, .member, .down]
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
      let term: UInt64 = areEqual ? 1 : UInt64(node)
      let place = run.event(
        50_000 + Int(node), node: node, .appended([Samples.entry(1, term, "no-op")]), .committed(through: 1))
      run.setAppliedIndex(1, in: place)
    }
    let text = try story(of: run, .invariant("StateMachineSafety"), "n1's state after entry 1 differs").text()
    #expect(text.contains("servers that have applied the same entries") == areEqual)
    #expect(text.contains("no two servers apply different entries") != areEqual)
    #expect(text.contains("Here (seen at 0.050 s) n1's state"))
  }
}

import Determinism
import Foundation
import Histories
import KeyValue
import Linearizability
import Raft
import Shrinking
import Traces

@testable import Reporting
@testable import Scenarios

/// Failing runs written by hand, so that the page can be looked at without a simulator.
enum PageSamples {
  static var all: [FailingRun] { [staleRead, figureEight] }

  /// A leader that is cut off answers a read from its own state.
  static var staleRead: FailingRun {
    var run = TraceBuilder(nodes: 3)
    let first = run.event(
      110_000, node: 1, kind: .electionTimer, .role(.candidate, term: 1), .voted(for: NodeID(1), term: 1))
    let vote2 = run.message(.requestVote, sentIn: first, to: 2, 111_000, .voted(for: NodeID(1), term: 1))
    let vote3 = run.message(.requestVote, sentIn: first, to: 3, 111_400, .voted(for: NodeID(1), term: 1))
    let leads = run.message(
      .voteGranted, sentIn: vote2, to: 1, 112_100, .role(.leader, term: 1), .appended([entry(1, 1)]))
    run.message(.voteGranted, sentIn: vote3, to: 1, 112_600)
    let beat2 = run.message(.append(entry(1, 1)), sentIn: leads, to: 2, 113_200, .appended([entry(1, 1)]))
    let beat3 = run.message(.append(entry(1, 1)), sentIn: leads, to: 3, 113_500, .appended([entry(1, 1)]))
    run.message(.matches(1), sentIn: beat2, to: 1, 114_300, .committed(through: 1))
    run.message(.matches(1), sentIn: beat3, to: 1, 114_700)
    let put1 = run.call(118_000, 0, .put(Array("1".utf8)))
    let takes = run.request(119_000, 0, calledIn: put1, node: 1, .appended([entry(2, 1, put: "1")]))
    let copies = run.message(
      .append([entry(2, 1, put: "1")], behind: LogPosition(1, 1), commit: 1), sentIn: takes, to: 2, 120_000,
      .appended([entry(2, 1, put: "1")])
    )
    run.message(
      .append([entry(2, 1, put: "1")], behind: LogPosition(1, 1), commit: 1), sentIn: takes, to: 3, 120_200,
      .appended([entry(2, 1, put: "1")])
    )
    let done = run.message(.matches(2), sentIn: copies, to: 1, 121_000, .committed(through: 2))
    run.answer(122_000, 0, from: 1, sentIn: done, .ok(.done))
    run.event(150_000, kind: .faultBegins(0, subject: nil))
    for beat in [160_000, 210_000] {
      let lonely = run.event(beat, node: 1, kind: .heartbeatTimer)
      run.lose(.append([], behind: LogPosition(2, 1), commit: 2), sentIn: lonely, to: 2)
      run.lose(.append([], behind: LogPosition(2, 1), commit: 2), sentIn: lonely, to: 3)
    }
    // All that n2 says to n3 is lost at once.
    let chatter = run.event(220_000, node: 2)
    run.lose([.matches(1), .matches(2), .matches(3)], sentIn: chatter, to: 3, later: 221_000)
    let second = run.event(
      295_000, node: 2, kind: .electionTimer, .role(.candidate, term: 2), .voted(for: NodeID(2), term: 2))
    run.lose(.requestVote(log: LogPosition(2, 1)), sentIn: second, to: 1)
    let agrees = run.message(
      .requestVote(log: LogPosition(2, 1)), sentIn: second, to: 3, 296_100, .voted(for: NodeID(2), term: 2),
      .committed(through: 2))
    let next = run.message(
      .voteGranted, sentIn: agrees, to: 2, 297_000, .role(.leader, term: 2), .appended([entry(3, 2)]))
    run.lose(.append([entry(3, 2)], behind: LogPosition(2, 1), commit: 0), sentIn: next, to: 1)
    let noop = run.message(
      .append([entry(3, 2)], behind: LogPosition(2, 1), commit: 0), sentIn: next, to: 3, 298_200,
      .appended([entry(3, 2)]))
    run.message(.matches(3), sentIn: noop, to: 2, 299_000, .committed(through: 3))
    let put2 = run.call(300_000, 1, .put(Array("2".utf8)))
    let takes2 = run.request(301_000, 1, calledIn: put2, node: 2, .appended([entry(4, 2, put: "2")]))
    run.lose(.append([entry(4, 2, put: "2")], behind: LogPosition(3, 2), commit: 3), sentIn: takes2, to: 1)
    let copy2 = run.message(
      .append([entry(4, 2, put: "2")], behind: LogPosition(3, 2), commit: 3), sentIn: takes2, to: 3, 302_000,
      .appended([entry(4, 2, put: "2")]))
    let done2 = run.message(.matches(4), sentIn: copy2, to: 2, 303_000, .committed(through: 4))
    run.answer(304_000, 1, from: 2, sentIn: done2, .ok(.done))
    let get = run.call(345_000, 3, .get)
    let stale = run.request(346_000, 3, calledIn: get, node: 1)
    run.answer(347_000, 3, from: 1, sentIn: stale, .ok(.value(Array("1".utf8))))
    return failing(
      run, seed: 8814,
      bug: ("reads-leader-without-quorum", "A leader answers reads without asking a quorum whether it still leads."),
      fault:
        #"{"action":{"partition":{"direction":"both","shape":"primaries","side":"n1"}},"duration":"400ms","id":0,"trigger":{"time":{"at":"150ms"}}}"#,
      nodes: [NodeID(1)],
      certificate: [
        CertificateLine(
          .node, thing: "n3", without: "refused: a partition needs three nodes", isReplaceable: false),
        CertificateLine(.fault, thing: "the partition at 150 ms", without: "linearizable", isReplaceable: false),
        CertificateLine(.operation, thing: "c0's put x = 1", without: "linearizable", isReplaceable: false),
        CertificateLine(.operation, thing: "c1's put x = 2", without: "linearizable", isReplaceable: false),
        CertificateLine(.operation, thing: "c3's get x", without: "linearizable", isReplaceable: false),
      ])
  }

  static func entry(_ index: UInt64, _ term: UInt64, put value: String? = nil) -> TracedEntry {
    let operation = value.map { KeyValueOperation.put(key: Array("x".utf8), value: Array($0.utf8)) }
    return TracedEntry(
      index: LogIndex(index), term: Term(term),
      content: operation.map {
        .command(
          Command(
            stamp: WallInstant(nanoseconds: 0),
            body: .change($0, session: SessionID(1), sequence: SequenceNumber(index))))
      } ?? .noOp)
  }

  static func failing(
    _ builder: TraceBuilder, seed: UInt64, bug: (name: String, mistake: String)?, fault: String?, nodes: [NodeID],
    failure: RunFailure? = nil, certificate: [CertificateLine]
  ) -> FailingRun {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.faults) = (Set(builder.trace.compactMap(\.node)).count, [])
    var scenario = Scenario(seed: seed, knobs: knobs)
    var begun: [BegunFault] = []
    if let fault, let decoded = try? JSONDecoder().decode(Fault.self, from: Data(fault.utf8)) {
      scenario.faults = [decoded]
      begun = [BegunFault(id: decoded.id, at: .zero, nodes: nodes)]
    }
    var counterexample: Counterexample?
    var essence: Essence?
    if case .notLinearizable(let found) = LinearizabilityChecker(model: Model(of: builder.history)).check(
      builder.history)
    {
      counterexample = found
      essence = HistoryShrinker(model: Model(of: builder.history)).shrink(builder.history, from: [found])
    }
    var whole = RunOutcome(
      eventHash: 0, history: builder.history, statistics: RunStatistics(), failure: failure, isCut: false,
      faults: begun, fates: scenario.calm.fates, trace: builder.trace)
    var outcome = whole
    outcome.trace = Array(builder.trace.prefix(failure?.event ?? builder.trace.count))
    whole.failure = nil
    return FailingRun(
      scenario: scenario, outcome: outcome, signature: failure?.signature ?? .linearizability,
      counterexample: counterexample, essence: essence, bug: bug,
      shrinking: ShrinkingSummary(
        before: RunSize(nodes: 5, operations: 412, faults: 37, deliveries: 5_120),
        after: RunSize(
          nodes: knobs.nodes ?? 0, operations: builder.history.operations().count, faults: begun.count, deliveries: 24),
        trials: 1_204, time: .milliseconds(913)),
      certificate: certificate, sequel: failure.map { (scenario, whole, $0.event) }, program: "raftcheck 0.7",
      replay: "raftcheck replay out/\(seed)/case.json")
  }
}

import Determinism
import Histories
import Raft
import Scenarios
import Traces

@testable import Reporting

extension PageSamples {
  /// Figure 8 of the paper: an entry of an earlier term is committed by counting, and then overwritten.
  static var figureEight: FailingRun {
    var run = TraceBuilder(nodes: 5)
    let noop = entry(1, 1)
    for (node, at) in zip(UInt8(1)...5, [1_000, 1_200, 1_300, 1_500, 1_600]) {
      run.event(at, node: node, .term(1), .appended([noop]), .committed(through: 1))
    }

    // (a) n1 leads term 2, and its entry reaches n2 alone.
    run.event(150_000, node: 1, kind: .electionTimer, .role(.leader, term: 2))
    let own = run.event(152_000, node: 1, .appended([entry(2, 2, put: "1")]))
    run.message(
      .append(entry(2, 2, put: "1")), sentIn: own, to: 2, 153_100, .term(2), .appended([entry(2, 2, put: "1")]))
    for node in UInt8(3)...5 { run.lose(.append(entry(2, 2, put: "1")), sentIn: own, to: node) }

    // (b) n5 leads term 3, with another entry in the same place.
    run.event(160_000, node: 1, .crashed(lossy: false))
    let asks = run.event(
      300_000, node: 5, kind: .electionTimer, .role(.candidate, term: 3), .voted(for: NodeID(5), term: 3))
    let third = run.message(.requestVote, sentIn: asks, to: 3, 301_000, .voted(for: NodeID(5), term: 3))
    let fourth = run.message(.requestVote, sentIn: asks, to: 4, 301_300, .voted(for: NodeID(5), term: 3))
    run.message(.voteGranted, sentIn: third, to: 5, 302_000)
    let leads = run.message(
      .voteGranted, sentIn: fourth, to: 5, 302_400, .role(.leader, term: 3), .appended([entry(2, 3, put: "2")]))
    for node in UInt8(2)...4 { run.lose(.append(entry(2, 3, put: "2")), sentIn: leads, to: node) }
    run.event(310_000, node: 5, .crashed(lossy: false))

    // (c) n1 leads term 4 and goes on with its old entry.
    run.event(320_000, node: 1, .started)
    let again = run.event(
      480_000, node: 1, kind: .electionTimer, .role(.candidate, term: 4), .voted(for: NodeID(1), term: 4))
    let second = run.message(.requestVote, sentIn: again, to: 2, 481_000, .voted(for: NodeID(1), term: 4))
    let other = run.message(.requestVote, sentIn: again, to: 3, 481_200, .voted(for: NodeID(1), term: 4))
    run.message(.voteGranted, sentIn: second, to: 1, 482_000)
    let back = run.message(.voteGranted, sentIn: other, to: 1, 482_600, .role(.leader, term: 4))
    let copy = run.message(
      .append(entry(2, 2, put: "1")), sentIn: back, to: 3, 484_000, .appended([entry(2, 2, put: "1")]))
    let counted = run.message(.matches(2), sentIn: copy, to: 1, 485_000, .committed(through: 2))

    // (d) What that leads to: n5 leads term 5 and overwrites it.
    run.event(490_000, node: 1, .crashed(lossy: true))
    run.event(495_000, node: 5, .started)
    let last = run.event(
      640_000, node: 5, kind: .electionTimer, .role(.candidate, term: 5), .voted(for: NodeID(5), term: 5))
    var votes: [Int] = []
    for (node, at) in zip(UInt8(2)...4, [641_000, 641_200, 641_300]) {
      votes.append(run.message(.requestVote, sentIn: last, to: node, at, .voted(for: NodeID(5), term: 5)))
    }
    run.message(.voteGranted, sentIn: votes[0], to: 5, 642_000)
    let fifth = run.message(.voteGranted, sentIn: votes[1], to: 5, 642_100, .role(.leader, term: 5))
    run.message(
      .append(entry(2, 3, put: "2")), sentIn: fifth, to: 2, 644_000, .truncated(from: 2),
      .appended([entry(2, 3, put: "2")]))
    let failure = RunFailure(
      .electableLacksCommitted(NodeID(5), index: 2, voters: [2, 3, 4, 5].map { NodeID($0) }, members: 5),
      at: run.trace[counted].at, event: counted + 1)
    return failing(
      run, seed: 4_711, bug: ("commits-earlier-terms", "An earlier term's entry is committed by counting replicas."),
      fault: nil, nodes: [], failure: failure, certificate: [])
  }
}

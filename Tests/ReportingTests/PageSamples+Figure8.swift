import Determinism
import Histories
import Scenarios

@testable import Reporting

extension PageSamples {
  /// Figure 8 of the paper: an entry of an earlier term is committed by counting, and then overwritten.
  static var figureEight: Sample {
    var run = TraceBuilder(nodes: 5)
    var lines: [NarrativeLine] = []
    func tell(_ place: Int, _ text: String, role: NodeRole?, term: UInt64?) {
      lines.append(
        NarrativeLine(
          number: lines.count + 1, at: run.trace[place].at, node: run.trace[place].node, role: role, term: term,
          text: text, event: place))
    }
    let noop = entry(1, 1, "no-op")
    for (node, at) in zip(UInt8(1)...5, [1_000, 1_200, 1_300, 1_500, 1_600]) {
      run.event(at, node: node, .term(1), .appended([noop]), .committed(through: 1))
    }

    // (a) n1 leads term 2, and its entry reaches n2 alone.
    let first = run.event(150_000, node: 1, kind: .electionTimer, .role(.leader, term: 2))
    tell(first, "becomes leader of term 2", role: .leader, term: 2)
    let own = run.event(152_000, node: 1, .appended([entry(2, 2, "put x = 1")]))
    let copied = run.message(
      "append 2/2 put x = 1", sentIn: own, to: 2, 153_100, .term(2), .appended([entry(2, 2, "put x = 1")]))
    tell(copied, "appends entry 2 of term 2; n3, n4 and n5 do not get it", role: .follower, term: 2)
    for node in UInt8(3)...5 { run.lose("append 2/2 put x = 1", sentIn: own, to: node) }

    // (b) n5 leads term 3, with another entry in the same place.
    let gone = run.event(160_000, node: 1, .crashed(lossy: false))
    tell(gone, "crashes", role: nil, term: nil)
    let asks = run.event(
      300_000, node: 5, kind: .electionTimer, .role(.candidate, term: 3), .voted(for: NodeID(5), term: 3))
    let third = run.message("request vote", sentIn: asks, to: 3, 301_000, .voted(for: NodeID(5), term: 3))
    let fourth = run.message("request vote", sentIn: asks, to: 4, 301_300, .voted(for: NodeID(5), term: 3))
    run.message("vote granted", sentIn: third, to: 5, 302_000)
    let leads = run.message(
      "vote granted", sentIn: fourth, to: 5, 302_400, .role(.leader, term: 3), .appended([entry(2, 3, "put x = 2")]))
    tell(leads, "becomes leader of term 3 (votes: n3, n4, n5) and appends entry 2 of term 3", role: .leader, term: 3)
    for node in UInt8(2)...4 { run.lose("append 2/3 put x = 2", sentIn: leads, to: node) }
    tell(run.event(310_000, node: 5, .crashed(lossy: false)), "crashes", role: nil, term: nil)

    // (c) n1 leads term 4 and goes on with its old entry.
    tell(run.event(320_000, node: 1, .started), "restarts", role: .follower, term: 2)
    let again = run.event(
      480_000, node: 1, kind: .electionTimer, .role(.candidate, term: 4), .voted(for: NodeID(1), term: 4))
    let second = run.message("request vote", sentIn: again, to: 2, 481_000, .voted(for: NodeID(1), term: 4))
    let other = run.message("request vote", sentIn: again, to: 3, 481_200, .voted(for: NodeID(1), term: 4))
    run.message("vote granted", sentIn: second, to: 1, 482_000)
    let back = run.message("vote granted", sentIn: other, to: 1, 482_600, .role(.leader, term: 4))
    tell(back, "becomes leader of term 4 (votes: n1, n2, n3)", role: .leader, term: 4)
    let copy = run.message("append 2/2 put x = 1", sentIn: back, to: 3, 484_000, .appended([entry(2, 2, "put x = 1")]))
    let counted = run.message("matches through 2", sentIn: copy, to: 1, 485_000, .committed(through: 2))
    tell(counted, "commits entry 2 of term 2 by counting copies: n1, n2, n3", role: .leader, term: 4)

    // (d) n5 leads term 5 and overwrites it.
    tell(run.event(490_000, node: 1, .crashed(lossy: true)), "crashes", role: nil, term: nil)
    run.event(495_000, node: 5, .started)
    let last = run.event(
      640_000, node: 5, kind: .electionTimer, .role(.candidate, term: 5), .voted(for: NodeID(5), term: 5))
    var votes: [Int] = []
    for (node, at) in zip(UInt8(2)...4, [641_000, 641_200, 641_300]) {
      votes.append(run.message("request vote", sentIn: last, to: node, at, .voted(for: NodeID(5), term: 5)))
    }
    run.message("vote granted", sentIn: votes[0], to: 5, 642_000)
    let fifth = run.message("vote granted", sentIn: votes[1], to: 5, 642_100, .role(.leader, term: 5))
    tell(fifth, "becomes leader of term 5 (votes: n2, n3, n5)", role: .leader, term: 5)
    let over = run.message(
      "append 2/3 put x = 2", sentIn: fifth, to: 2, 644_000, .truncated(from: 2), .appended([entry(2, 3, "put x = 2")]))
    tell(over, "drops entry 2 of term 2, which was committed, and appends entry 2 of term 3", role: .follower, term: 5)
    let failure = RunFailure(
      signature: .invariant("LeaderCompleteness"),
      detail: "n5 leads term 5 without entry 2 of term 2, which is committed",
      at: run.trace[over].at, event: over + 1)
    return Sample(
      run: failing(
        run, seed: 4_711, bug: ("commits-earlier-terms", "An earlier term's entry is committed by counting replicas."),
        fault: nil, nodes: [], failure: failure, certificate: []),
      words: Page.Words(
        verdict: "n5 became leader of term 5 without entry 2 of term 2, which was committed", narrative: lines))
  }
}

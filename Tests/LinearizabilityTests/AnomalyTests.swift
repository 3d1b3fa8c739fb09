import Histories
import Testing

@testable import Linearizability

@Suite("What kind of wrong answer it is")
struct AnomalyTests {
  private func anomaly(_ drawing: String) -> Anomaly? {
    guard
      case .notLinearizable(let counterexample) = LinearizabilityChecker(model: Model(.keyValue)).check(
        Drawing.history(drawing))
    else { return nil }
    let kind = counterexample.anomaly.sentence.split(separator: ":").last.map(String.init) ?? "?"
    #expect(counterexample.explanation.contains(":\(kind)"))
    return counterexample.anomaly
  }

  @Test("An earlier state is seen once, and the key goes on as it should: a stale read")
  func staleRead() {
    #expect(anomaly("c0 |- write 1 -| |- write 2 -| |- read 1 -| |- read 2 -|") == .staleRead)
    #expect(anomaly("c0 |- append a -| |- append b -| |- cas ab c no a -| |- read ab -|") == .staleRead)
    // Nobody looks again, so nothing more is known.
    #expect(anomaly("c0 |- write 1 -| |- write 2 -| |- read 1 -|") == .staleRead)
  }

  @Test("What was answered has not stayed: a lost write")
  func lostWrite() {
    #expect(anomaly("c0 |- write 1 -| |- write 2 -| |- read 1 -| |- read 1 -|") == .lostWrite)
    #expect(anomaly("c0 |- append a -| |- append b -| |- append c -| |- read ac -| |- read ac -|") == .lostWrite)
    #expect(anomaly("c0 |- write 1 -| |- read nil -| |- read nil -|") == .lostWrite)
    // Two who replaced the same value: one of them is gone.
    let both = """
      c0 |- write 1 -| |- cas 1 2 ok -|
      c1               |- cas 1 3 ok -|
      """
    #expect(anomaly(both) == .lostWrite)
  }

  @Test("A cas that was told that it changed nothing is to blame only where its effect would explain what was seen")
  func denied() {
    #expect(anomaly("c0 |- cas nil 2 no -| |- read 2 -|") == .duplicateApply)
    let overwritten = """
      c0 |- cas nil 2 no -----|
      c1    |- write 1 -|
      c2                       |- read 2 -|
      """
    #expect(anomaly(overwritten) == .phantomValue)
    #expect(anomaly("c0 |- cas 7 2 no -| |- read 2 -|") == .phantomValue)
    // It can have left what it saw only where what it replaces was there.
    #expect(anomaly("c0 |- write 1 -| |- cas 1 2 no 2 -|") == .duplicateApply)
    #expect(anomaly("c0 |- write 1 -| |- cas 3 2 no 2 -|") == .phantomValue)
  }

  @Test("A later read of what nobody writes does not make a lost write of a stale read")
  func phantomLater() {
    #expect(anomaly("c0 |- write 1 -| |- write 2 -| |- read 1 -| |- read 7 -|") == .staleRead)
  }

  @Test("A value that nothing can have made by then: a phantom value")
  func phantomValue() {
    #expect(anomaly("c0 |- write 1 -| |- read 7 -|") == .phantomValue)
    #expect(anomaly("c0 |- append a -| |- read ax -|") == .phantomValue)
    #expect(anomaly("c0 |- read 1 -| |- write 1 -|") == .phantomValue)
  }

  @Test("One append is seen twice, or a cas that was told that it changed nothing has: a duplicate application")
  func duplicateApply() {
    #expect(anomaly("c0 |- append a -| |- append b -| |- read aba -|") == .duplicateApply)
    #expect(anomaly("c0 |- write 1 -| |- cas 1 2 no 2 -| |- read 2 -|") == .duplicateApply)
    let unknown = """
      c0 |- append a ->
      c1 |- append b -|  |- read baa -|
      """
    #expect(anomaly(unknown) == .duplicateApply)
  }

  @Test("Of many equal appends one that took effect twice is seen, and so is one of several lengths")
  func manyAppends() {
    func drawing(_ appended: [String], seen: String) -> String {
      "c0 " + appended.map { "|- append \($0) -| " }.joined() + "|- read \(seen) -|"
    }
    for count in [1, 9, 30, 200] {
      let equal = [String](repeating: "a", count: count)
      #expect(anomaly(drawing(equal, seen: String(repeating: "a", count: count + 1))) == .duplicateApply)
      #expect(anomaly(drawing(equal + ["b"], seen: equal.joined() + "bb")) == .duplicateApply)
      // The last one read was the last one but one.
      #expect(anomaly(drawing(equal + ["b"], seen: equal.joined())) == .staleRead)
      let lengths = equal + equal.map { $0 + $0 }
      #expect(anomaly(drawing(lengths, seen: String(repeating: "a", count: 3 * count + 1))) == .duplicateApply)
    }
  }

  @Test("A long value that one short append would have made again and again is no deep recursion")
  func longValue() {
    let value = String(repeating: "a", count: 100_000)
    #expect(anomaly("c0 |- append a -| |- read \(value) -|") == .duplicateApply)
    #expect(anomaly("c0 |- append a -| |- read \(value)b -|") == .phantomValue)
  }

  @Test("Where the limit is reached the kind is not known, and none is made up")
  func unclassified() {
    let history = Drawing.history("c0 |- write 1 -| |- write 2 -| |- read 1 -| |- read 1 -|")
    let part = Subhistory.parts(of: history)[0]
    let culprit = part.operations[2]
    func kind(_ budget: Budget, isStopped: Bool = false) -> Anomaly {
      var reader = AnomalyReader(part: part, model: Model(.keyValue), within: budget)
      return reader.anomaly(culprit: culprit, suspects: [culprit], shouldStop: { isStopped })
    }
    #expect(kind(Budget()) == .lostWrite)
    #expect(kind(Budget(), isStopped: true) == .unclassified)
    #expect(kind(Budget(expansions: 0, bytes: 0)) == .unclassified)
  }
}

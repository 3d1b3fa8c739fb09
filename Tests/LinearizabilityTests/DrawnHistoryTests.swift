import Histories
import Testing

@testable import Linearizability

@Suite("Drawn histories")
struct DrawnHistoryTests {
  private func verdict(_ drawing: String, initial: String? = nil, budget: Budget = Budget()) -> Verdict {
    let model = Model(.keyValue, initial: initial.map { Array($0.utf8) })
    return LinearizabilityChecker(model: model, budget: budget).check(Drawing.history(drawing))
  }

  @Test("A read may see a write that has not returned")
  func earlyRead() {
    let drawing = """
      c0 |--------- write 200 ---------|
      c1    |- read 200 -|
      c2                    |- read 200 -|
      """
    #expect(verdict(drawing, initial: "0").name == "linearizable")
  }

  @Test("After one client has read a write, no client reads the value before it")
  func readGoesBack() {
    let drawing = """
      c0 |--------- write 200 ---------|
      c1    |- read 200 -|
      c2                    |- read 0 -|
      """
    #expect(verdict(drawing, initial: "0").name == "not-linearizable")
  }

  @Test("An unknown write may take effect long after its call, but only once")
  func unknownWrite() {
    let late = """
      c0 |- write 1 ->
      c1   |- write 2 -| |- read 2 -| |- read 1 -|
      """
    #expect(verdict(late).name == "linearizable")
    let twice = """
      c0 |- write 1 ->
      c1   |- write 2 -| |- read 1 -| |- write 3 -| |- read 1 -|
      """
    #expect(verdict(twice).name == "not-linearizable")
  }

  @Test("The values possible before an end are those that open and unknown writes may have left, too")
  func possibleValues() {
    let drawing = """
      c0 |- write 1 -| |- read 7 -|
      c1    |------- write 2 ----------|
      c2      |- cas 2 3 ->
      c3                              |- read 1 -| |- read 2 -| |- read 3 -| |- write 7 -|
      """
    let checker = LinearizabilityChecker(model: Model(.keyValue), algorithm: .slots)
    guard case .notLinearizable(let counterexample) = checker.check(Drawing.history(drawing)) else {
      Issue.record("7 was not written before it was read")
      return
    }
    let values = counterexample.possibleValues.map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "nil" }
    #expect(values.sorted() == ["1", "2", "3"])
  }

  @Test("A cas that succeeded saw its old value; two cannot replace the same one")
  func compareAndSet() {
    let chain = """
      c0 |- cas nil 1 ok -|
      c1   |------ cas 1 2 ok ------|
      c2                    |- read 2 -|
      """
    #expect(verdict(chain).name == "linearizable")
    let both = """
      c0 |- cas nil 1 ok -|
      c1   |- cas nil 2 ok -|
      """
    #expect(verdict(both).name == "not-linearizable")
  }

  @Test("A mismatch is an observation")
  func mismatch() {
    #expect(verdict("c0 |- write 1 -| |- cas 1 2 no -|").name == "not-linearizable")
    #expect(verdict("c0 |- write 1 -| |- cas 2 3 no 1 -|").name == "linearizable")
    #expect(verdict("c0 |- write 1 -| |- cas 2 3 no 4 -|").name == "not-linearizable")
    #expect(verdict("c0 |- write 1 -| |- cas 1 3 no 1 -|").name == "not-linearizable")
    // The unknown write is needed although nobody reads it: it is what the mismatch saw.
    let unseen = """
      c0 |- write 1 -|              |- cas 1 2 no -|
      c1               |- write 9 ->
      """
    #expect(verdict(unseen).name == "linearizable")
  }

  @Test("Appends add up, on nothing as on an empty value")
  func append() {
    let drawing = """
      c0 |- append a -| |- read ab -|
      c1 |--- append b ---|
      """
    #expect(verdict(drawing).name == "linearizable")
    #expect(verdict(drawing, initial: "").name == "linearizable")
    #expect(verdict("c0 |- append a -| |- delete -| |- append b -| |- read ab -|").name == "not-linearizable")
  }

  @Test("The account of a stale read names it, what overwrote its value, and since when")
  func account() throws {
    let drawing = """
      c0 |- write 1 -| |- write 2 -|
      c1                             |- read 1 -|
      """
    guard case .notLinearizable(let counterexample) = verdict(drawing) else {
      Issue.record("it was found linearizable")
      return
    }
    #expect(counterexample.key == Array("x".utf8))
    #expect(counterexample.prefix.count == 2)
    #expect(counterexample.value == Array("2".utf8))
    #expect(
      counterexample.explanation == """
        Key x: no order of the operations explains what the clients saw.
        Everything before history event 5 has an order. With history event 5, the end of c100's get x -> 1 (history events 4-5), there is none.
        c100 read 1 (history events 4-5), but 1 had been overwritten by history event 3, when c1's put x = 2 (history events 2-3) had returned.
        Right before history event 5 the value was 2 in every order.
        c100 saw an earlier state: a stale read. Without this get all else on key x has an order.
        """)
  }

  @Test("The account of a value from nowhere says that nobody wrote it, or whose write had failed")
  func valueFromNowhere() throws {
    guard case .notLinearizable(let counterexample) = verdict("c0 |- write 1 -| |- read 7 -|") else {
      Issue.record("it was found linearizable")
      return
    }
    #expect(counterexample.blocked.map(\.reason).first?.hasSuffix("no operation writes 7") == true)
  }

  @Test("A budget that is spent ends as unknown, never as a pass")
  func budgets() {
    let drawing = """
      c0 |- write 1 -| |- write 2 -| |- write 1 -|
      c1                                           |- read 2 -|
      """
    guard case .unknown(.expansions(0)) = verdict(drawing, budget: Budget(expansions: 0)) else {
      Issue.record("the limit of expansions was not kept")
      return
    }
    let checker = LinearizabilityChecker(model: Model(.keyValue))
    guard case .unknown(.stopped) = checker.check(Drawing.history(drawing), shouldStop: { true }) else {
      Issue.record("it did not stop when told to")
      return
    }
  }
}

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
    #expect(counterexample.explanation.hasSuffix(counterexample.anomaly.sentence))
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
}

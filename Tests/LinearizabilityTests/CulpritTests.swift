import Histories
import Testing

@testable import Linearizability

@Suite("What the explanation says of the operation whose end leaves no order")
struct CulpritTests {
  private func counterexample(_ history: History) -> Counterexample? {
    let checker = LinearizabilityChecker(model: Model(.keyValue))
    guard case .notLinearizable(let counterexample) = checker.check(history) else {
      Issue.record("it was found linearizable")
      return nil
    }
    return counterexample
  }

  private func lines(_ drawing: String) -> [String] {
    counterexample(Drawing.history(drawing))?.explanation.split(separator: "\n").map(String.init) ?? []
  }

  @Test("A write of unknown result that a read has used up is named, with that read")
  func usedUp() {
    let lines = lines(
      """
      c0 |- write 4 ->
      c1   |- write 1 -| |- read 4 -| |- write 2 -| |- read 4 -|
      c2   |- write 9 ->
      """)
    #expect(
      lines.contains {
        $0.hasPrefix("c0's put x = 4 -> unknown") && $0.contains("cannot help: it had taken effect by history event")
          && $0.hasSuffix("has no order, and a write takes effect once.")
      }, "\(lines)")
    #expect(lines.contains("No other operation called by then that may have taken effect writes 4."))
    #expect(
      lines.contains {
        $0.hasPrefix("One other operation that may change the value was open or of unknown result then, and it ")
          && $0.contains("c200's put x = 9")
      }, "\(lines)")
  }

  @Test("Of two writes of unknown result neither is said to be used up by one read, but by when each took effect")
  func bothNeeded() {
    let lines = lines(
      """
      c0 |- write 4 ->
      c1   |- write 4 ->
      c2     |- write 1 -| |- read 4 -| |- write 2 -| |- read 4 -| |- write 3 -| |- read 4 -|
      """)
    #expect(lines.count { $0.contains("cannot help: it had taken effect by") } == 2, "\(lines)")
    #expect(!lines.contains { $0.contains("takes effect once") })
  }

  @Test("Of a write that returned when its value was gone it is told by whom it had been seen before")
  func returnedLate() {
    let lines = lines(
      """
      c0 |- write 1 -----------------------------| |- read 1 -|
      c1    |- read 1 -| |- write 2 -|
      """)
    #expect(
      lines.contains {
        $0.hasPrefix("c0's put x = 1 (history events 0-5) cannot help: it had taken effect by history event 2, for ")
          && $0.hasSuffix("without it c100's get x -> 1 (history events 1-2) has no order.")
      }, "\(lines)")
  }

  @Test("A cas of unknown result cannot help where no order has the value that it replaces")
  func nothingToReplace() {
    let lines = lines(
      """
      c0          |- cas 7 4 ->
      c1 |- write 4 -| |- write 2 -| |- read 4 -|
      """)
    #expect(
      lines.contains {
        $0.contains("cannot help: in every order in which it has not taken effect yet, the value is another")
          && $0.hasSuffix("than 7.")
      }, "\(lines)")
  }

  @Test("Operations of unknown result are counted whether the longest order uses them or not")
  func trueCount() {
    let lines = lines(
      """
      c0 |- write 1 ->
      c1 |- write 2 ->
      c2   |- read 1 -| |- read 2 -| |- read 5 -|
      c3   |- cas 3 3 ->
      """)
    #expect(
      lines.contains {
        $0.hasPrefix("2 operations that may change the value were open or of unknown result then, and none of them")
      }, "\(lines)")
  }

  @Test("Whether the rest has an order is judged, and where it fails next is told")
  func rest() {
    let fine = lines("c0 |- write 1 -| |- write 2 -| |- read 1 -| |- read 2 -|")
    #expect(fine.contains("c2 saw an earlier state: a stale read. Without this get all else on key x has an order."))
    let again = lines(
      """
      c0 |- write 1 -| |- write 2 -| |- read 1 -| |- write 3 -| |- read 2 -| |- read 3 -|
      """)
    #expect(
      again.contains {
        $0.hasPrefix("c2 saw an earlier state: a stale read.")
          && $0.contains("Without this get the history fails next at history event 9, the end of c4's get")
      }, "\(again)")
  }

  @Test("A value that is gone is told by who saw another one after it was written, and whose write that was")
  func goneByWitness() {
    let lines = lines(
      """
      c0 |- write 3 ->
      c1   |- write 0 -| |- read 3 -| |- read 0 -|
      """)
    #expect(
      lines.contains {
        $0.hasPrefix("c102 read 0 (history events 6-7), but 0 was gone by history event 5, when c101's get")
          && $0.contains("after that only c0's put x = 3 -> unknown") && $0.hasSuffix("can have written 3.")
      }, "\(lines)")
  }

  @Test("The kind is that of the culprit; of another operation's fault it is told where it is")
  func twoFaults() throws {
    let history = Drawing.history(
      """
      c0 |- write 1 -| |- write 2 -|    |- read 7 -|
      c1                             |- read 1 -|
      """)
    let counterexample = try #require(self.counterexample(history))
    #expect(counterexample.culprit.process == 100)
    #expect(counterexample.anomaly == .staleRead)
    #expect(counterexample.explanation.contains("c100 saw an earlier state: a stale read."))
    #expect(
      counterexample.explanation.contains("fails next at history event 7, the end of c2's get x -> 7"),
      "\(counterexample)")
  }

  @Test("A value that only a cas makes whose old value was never there is a phantom")
  func impossible() throws {
    let history = Drawing.history(
      """
      c0 |- write 1 -| |- read 5 -|
      c1 |- cas 9 5 ->
      """)
    let counterexample = try #require(self.counterexample(history))
    #expect(counterexample.anomaly == .phantomValue)
    #expect(counterexample.explanation.contains(#"but no order of the operations called by then leaves 5"#))
  }

  @Test("Several possible values are listed, one is said to be there in every order")
  func values() {
    let several = lines(
      """
      c0 |- write 1 -| |- write 2 -| |- read 1 -|
      c1                 |- write 3 ->
      """)
    #expect(several.contains { $0.hasSuffix("the value could be 2 or 3, never 1.") }, "\(several)")
    let one = lines("c0 |- write 1 -| |- write 2 -| |- read 1 -|")
    #expect(one.contains { $0.hasSuffix("the value was 2 in every order.") }, "\(one)")
    let appended = lines("c0 |- append ab -| |- append cd -| |- read ab -|")
    #expect(appended.contains { $0.contains("but more had been appended to that by history event 3") }, "\(appended)")
    #expect(appended.contains { $0.hasSuffix("the value was that and cd behind it, in every order.") }, "\(appended)")
  }

  @Test("A value that begins another one was overwritten, not appended to")
  func beginnings() {
    let lines = lines("c0 |- write 1 -| |- write 12 -| |- read 1 -|")
    #expect(lines.contains { $0.contains("but 1 had been overwritten by history event 3") }, "\(lines)")
    #expect(lines.contains { $0.hasSuffix("the value was 12 in every order.") }, "\(lines)")
  }

  @Test("What was put over a value is not taken for appended to it")
  func putOver() {
    let lines = lines("c0 |- write a -| |- append z -| |- write a -| |- write ab -| |- read a -|")
    #expect(lines.contains { $0.contains("but a was gone by history event 7, when c3") }, "\(lines)")
    #expect(!lines.contains { $0.contains("appended") }, "\(lines)")
  }

  @Test("That a value was there before is said only where some order has it")
  func neverThere() {
    let drawings = [
      """
      c0 |- cas nil 2 ->
      c1   |- cas nil 1 ok -| |- read 2 -|
      """,
      """
      c0 |- cas nil 3 ok -| |- read 2 -|
      c1   |- append 2 -|
      """,
    ]
    for drawing in drawings {
      let lines = lines(drawing)
      #expect(lines.contains { $0.contains("but in no order is the value 2 once ") }, "\(lines)")
      #expect(!lines.contains { $0.contains("earlier state") || $0.contains("was gone") }, "\(lines)")
    }
    let known = lines("c0 |- write 2 -| |- write 3 -| |- read 2 -|")
    #expect(known.contains { $0.contains("saw an earlier state: a stale read.") }, "\(known)")
  }

  @Test("Of a cas that succeeded twice it is said what it found, not what the value was while it was open")
  func doubleCompareAndSet() {
    let lines = lines(
      """
      c0 |- cas nil 1 ok -|
      c1   |- cas nil 2 ok -|
      """)
    #expect(lines.contains { $0.hasSuffix("no order is left in which this one found nothing.") }, "\(lines)")
  }

  @Test("What is known only from a later answer is said")
  func laterAnswers() {
    let lines = lines(
      """
      c0 |- cas nil 2 no -----------------------|
      c1   |- write 1 -| |- read 2 -|
      """)
    #expect(lines.contains { $0.hasPrefix("That c0's cas x nothing to 2") }, "\(lines)")
    #expect(lines.contains { $0.hasSuffix(" changed nothing is known from its later answer.") }, "\(lines)")
  }

  @Test("A culprit does not count among those that failed to write what it found")
  func notItself() {
    let lines = lines("c0 |- cas 2 2 no -| |- cas 3 2 no 2 -|")
    #expect(lines.contains { $0.hasSuffix(", but no other operation called by then writes 2.") }, "\(lines)")
    #expect(!lines.contains { $0.contains("was told that it changed nothing") }, "\(lines)")
  }

  @Test("An append that failed counts among those that might have made what was found")
  func failedAppend() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    let key = Array("x".utf8)
    recorder.invoke(process: 0, at: 0, key: key, .append(Array("y".utf8)))
    recorder.complete(process: 0, at: 0, .fail)
    recorder.invoke(process: 1, at: 0, key: key, .get)
    recorder.complete(process: 1, at: 0, .ok(.value(Array("y".utf8))))
    let text = counterexample(recorder.finish())?.explanation ?? ""
    #expect(text.contains("but the only operation called by then that writes y failed: c0's append x y"), "\(text)")
  }

  @Test("The values that are told in sentences are those that are told as data")
  func possibleValuesAsData() throws {
    let drawing = """
      c0 |- write 1 -| |- write 2 -| |- read 1 -|
      c1                 |- write 3 ->
      """
    let values = try #require(counterexample(Drawing.history(drawing))).possibleValues
    #expect(values == ["2", "3"].map { Array($0.utf8) })
  }

  @Test("Where the slots find no order, one of all that had returned is told, and what becomes of the rest")
  func orderOfTheSlots() throws {
    // So many operations of unknown result that the orders cannot be followed one by one.
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    func run(_ process: Int, _ action: Action, _ outcome: Outcome) {
      recorder.invoke(process: process, at: 0, key: Array("x".utf8), action)
      recorder.complete(process: process, at: 0, outcome)
    }
    func put(_ text: String) -> Action { .put(Array(text.utf8)) }
    for number in 0..<90 { run(100 + number, put("\(number % 9)"), .info) }
    for number in 0..<20 { run(0, put("\(number % 9)"), .ok(.done)) }
    run(0, .get, .ok(.value(Array("9".utf8))))
    run(0, put("5"), .ok(.done))
    run(0, .get, .ok(.value(Array("5".utf8))))
    let history = recorder.finish()
    let found = try #require(counterexample(history))
    #expect(found.prefix.count { $0.kind == .ok } == 20)
    #expect(found.explanation.contains("Without this get all else on key x has an order."), "\(found.explanation)")
  }

  @Test("That nobody writes a value is said only where nobody tries to, however late")
  func neverWritten() {
    #expect(lines("c0 |- write 1 -| |- read 7 -|").contains { $0.hasSuffix("but no operation writes 7.") })
    for late in ["append 7", "cas 3 7 no"] {
      let lines = lines("c0 |- write 1 -| |- read 7 -| |- \(late) -|")
      #expect(lines.contains { $0.contains("but no operation called by then writes 7") }, "\(lines)")
    }
  }

  @Test("How failed cas are taken is said: as never having run, or as having found another value")
  func failures() throws {
    let lines = lines("c0 |- write 1 -| |- cas 7 8 no -| |- write 2 -| |- read 1 -|")
    #expect(
      lines.contains("1 failed cas called by then is taken as having found another value than expected."), "\(lines)")
    var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
    func run(_ process: Int, _ action: Action, _ outcome: Outcome) {
      recorder.invoke(process: process, at: 0, key: nil as [UInt8]?, action)
      recorder.complete(process: process, at: 0, outcome)
    }
    run(0, .put(Array("1".utf8)), .ok(.done))
    run(1, .compareAndSet(expected: Array("1".utf8), new: Array("3".utf8)), .fail)
    run(2, .compareAndSet(expected: Array("1".utf8), new: Array("3".utf8)), .fail)
    run(0, .get, .ok(.value(Array("3".utf8))))
    let checker = LinearizabilityChecker(model: Model(.register))
    guard case .notLinearizable(let counterexample) = checker.check(recorder.finish()) else {
      Issue.record("it was found linearizable")
      return
    }
    #expect(counterexample.explanation.contains("\n2 failed cas called by then are taken as never having run.\n"))
    #expect(
      counterexample.explanation.contains(
        "but all 2 operations called by then that write 3 failed, such as c1's cas 1 to 3 -> failed"),
      "\(counterexample)")
  }
}

import Histories
import Judging
import Linearizability
import Testing

@Suite("An order is replayed before one is searched")
struct GivenOrderTests {
  /// Sixty swaps at once: a walk between seven values that visits each many times.
  private func walk(order: (Int) -> Int64?) -> History {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue, initial: [0]))
    var values: [UInt8] = [0]
    for step in 1...60 {
      // Never the same value twice in a row.
      let stride = 1 + UInt8(step * step % 5)
      values.append((values[step - 1] + stride) % 7)
    }
    for step in 0..<60 {
      recorder.invoke(
        process: step, at: 0, key: [0], .compareAndSet(expected: [values[step]], new: [values[step + 1]]))
    }
    for step in 0..<60 { recorder.complete(process: step, at: 0, .ok(.swapped), place: order(step)) }
    return recorder.finish()
  }

  private func judge(_ history: History, algorithm: Algorithm = .auto) -> Judgement {
    Judge(limits: JudgingLimits(expansions: 20), algorithm: algorithm).judge(history)
  }

  @Test("What no search decides within its limit is decided by the right order, without one")
  func decides() {
    #expect(judge(walk { _ in nil }).verdict.name == "unknown")
    let judgement = judge(walk { Int64($0) })
    #expect(judgement.verdict.name == "linearizable")
    #expect(judgement.keysInGivenOrder == 1 && judgement.expansions == 0)
  }

  @Test("Whoever names an engine hears that engine")
  func namedEngine() {
    #expect(judge(walk { Int64($0) }, algorithm: .slots).verdict.name == "unknown")
  }

  @Test("An order that is wrong, or leaves out what took effect, is as good as none")
  func wrong() {
    for order in [{ Int64(59 - $0) }, { $0 == 30 ? 0 : Int64($0) }, { $0 == 30 ? nil : Int64($0) }] as [(Int) -> Int64?]
    {
      let judgement = judge(walk(order: order))
      #expect(judgement.verdict.name == "unknown")
      #expect(judgement.keysInGivenOrder == 0 && judgement.expansions > 0)
    }
  }

  @Test("An order that explains every answer and contradicts real time does not hold")
  func realTime() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
    recorder.invoke(process: 0, at: 0, key: nil, .put([1]))
    recorder.complete(process: 0, at: 1, .ok(.done), place: 1)
    recorder.invoke(process: 1, at: 2, key: nil, .get)
    recorder.complete(process: 1, at: 3, .ok(.value(nil)), place: 0)
    let judgement = Judge().judge(recorder.finish())
    #expect(judgement.verdict.name == "not-linearizable")
    #expect(judgement.keysInGivenOrder == 0)
  }

  @Test("At one place those that change something come first, and a mismatch changes nothing")
  func samePlace() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .compareAndSetRegister))
    recorder.invoke(process: 0, at: 0, key: nil, .get)
    recorder.invoke(process: 1, at: 0, key: nil, .compareAndSet(expected: [9], new: [3]))
    recorder.invoke(process: 2, at: 0, key: nil, .put([1]))
    recorder.complete(process: 0, at: 1, .ok(.value([1])), place: 5)
    recorder.complete(process: 1, at: 1, .ok(.mismatch(seen: [1])), place: 5)
    recorder.complete(process: 2, at: 1, .ok(.done), place: 5)
    #expect(Judge().judge(recorder.finish()).keysInGivenOrder == 1)
  }

  @Test("What may have happened takes its place if it has one, and else is left out")
  func unknown() {
    func history(seen: UInt8?, place: Int64?) -> History {
      var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
      recorder.invoke(process: 0, at: 0, key: nil, .put([1]))
      recorder.complete(process: 0, at: 1, .info, place: place)
      recorder.invoke(process: 1, at: 2, key: nil, .get)
      recorder.complete(process: 1, at: 3, .ok(.value(seen.map { [$0] })), place: 2)
      return recorder.finish()
    }
    #expect(Judge().judge(history(seen: 1, place: 1)).keysInGivenOrder == 1)
    #expect(Judge().judge(history(seen: nil, place: nil)).keysInGivenOrder == 1)
    // A place that is wrong says nothing of the history.
    let judgement = Judge().judge(history(seen: nil, place: 1))
    #expect(judgement.keysInGivenOrder == 0 && judgement.verdict.name == "linearizable")
  }
}

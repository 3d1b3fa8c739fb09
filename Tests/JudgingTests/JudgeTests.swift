import Histories
import Judging
import Linearizability
import Testing

@Suite("The judge")
struct JudgeTests {
  /// Adds to key `key` a stale read if it is to be broken.
  private func record(_ recorder: inout HistoryRecorder, key: String, isBroken: Bool) {
    let steps: [(Action, Answer)] = [
      (.put([1]), .done), (.put([2]), .done), (.get, .value(isBroken ? [1] : [2])),
    ]
    for (action, answer) in steps {
      recorder.invoke(process: 0, at: 0, key: Array(key.utf8), action)
      recorder.complete(process: 0, at: 0, .ok(answer))
    }
  }

  /// Adds to key `key` a cas from each of seven values to each other, all at once, but for two of those from the first
  /// value: no way leads along all of them, which only trying them all shows.
  private func recordHard(_ recorder: inout HistoryRecorder, key: String) {
    let key = Array(key.utf8)
    let pairs = (0..<49 as Range<UInt8>).map { ($0 / 7, $0 % 7) }.filter { $0.0 != $0.1 }.dropFirst(2)
    recorder.invoke(process: 100, at: 0, key: key, .put([0]))
    for (place, (old, new)) in pairs.enumerated() {
      recorder.invoke(process: place, at: 0, key: key, .compareAndSet(expected: [old], new: [new]))
    }
    for place in 0..<pairs.count { recorder.complete(process: place, at: 0, .ok(.swapped)) }
    recorder.complete(process: 100, at: 0, .ok(.done))
  }

  @Test("One broken key outweighs those that hold, and each has its own verdict")
  func worstKey() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    record(&recorder, key: "a", isBroken: false)
    record(&recorder, key: "b", isBroken: true)
    record(&recorder, key: "c", isBroken: false)
    let judgement = Judge().judge(recorder.finish())
    #expect(judgement.verdict.name == "not-linearizable")
    #expect(judgement.keys.map(\.verdict.name) == ["linearizable", "not-linearizable", "linearizable"])
    #expect(judgement.keys.map(\.key) == ["a", "b", "c"].map { Array($0.utf8) })
    #expect(judgement.operations == 9)
  }

  @Test("A hard key does not keep the judge from an easy one that is broken")
  func hardKeyFirst() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    recordHard(&recorder, key: "hard")
    record(&recorder, key: "easy", isBroken: true)
    let judgement = Judge(limits: JudgingLimits(expansions: 640)).judge(recorder.finish())
    #expect(judgement.keys.map(\.verdict.name) == ["unknown", "not-linearizable"])
    #expect(judgement.verdict.name == "not-linearizable")
  }

  @Test("Every limit ends as unknown")
  func limits() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    recordHard(&recorder, key: "hard")
    record(&recorder, key: "easy", isBroken: false)
    let history = recorder.finish()
    func limit(_ limits: JudgingLimits, _ shouldStop: Bool = false) -> Limit? {
      guard case .unknown(let limit) = Judge(limits: limits).judge(history, shouldStop: { shouldStop }).verdict else {
        return nil
      }
      return limit
    }
    #expect(limit(JudgingLimits(expansions: 1_000)) == .expansions(1_000))
    #expect(limit(JudgingLimits(bytes: 10_000)) == .bytes(10_000))
    #expect(limit(JudgingLimits(time: .zero)) == .stopped)
    #expect(limit(JudgingLimits(expansions: .max, bytes: .max, time: .milliseconds(50))) == .stopped)
    #expect(limit(JudgingLimits(), true) == .stopped)
  }

  @Test("A history without operations is linearizable")
  func empty() {
    let judgement = Judge().judge(HistoryRecorder(header: HistoryHeader()).finish())
    #expect(judgement.verdict.name == "linearizable")
    #expect(judgement.keys.isEmpty)
  }

  @Test("The header's initial value counts, and the caller's model above it")
  func initialValue() {
    var header = HistoryHeader(model: .register)
    header.initial = [7]
    var recorder = HistoryRecorder(header: header)
    recorder.invoke(process: 0, at: 0, key: [], .get)
    recorder.complete(process: 0, at: 0, .ok(.value([7])))
    let history = recorder.finish()
    #expect(Judge().judge(history).verdict.name == "linearizable")
    #expect(Judge(model: Model(.register)).judge(history).verdict.name == "not-linearizable")
  }
}

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
    #expect(limit(JudgingLimits(residentBytes: 4_096)) == .bytes(4_096))
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

  /// Twelve keys: easy ones, hard ones and, perhaps, one that is broken.
  private func manyKeys(isBroken: Bool) -> History {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    for number in 0..<12 {
      if number % 6 == 1 { recordHard(&recorder, key: "\(number)") }
      for _ in 0..<200 where number % 6 != 1 { record(&recorder, key: "\(number)", isBroken: false) }
      if number == 8, isBroken { record(&recorder, key: "\(number)", isBroken: true) }
    }
    return recorder.finish()
  }

  @Test("The judgement is the same on any number of threads", arguments: [false, true])
  func threads(isBroken: Bool) {
    let history = manyKeys(isBroken: isBroken)
    // Enough for two rounds, not enough for the hard keys.
    let limits = JudgingLimits(expansions: 22_000)
    let alone = Judge(limits: limits, algorithm: .wingGong, threads: 1).judge(history)
    #expect(alone.verdict.name == (isBroken ? "not-linearizable" : "unknown"))
    let together = Judge(limits: limits, algorithm: .wingGong, threads: 3).judge(history)
    #expect(together.keys.map(\.verdict.name) == alone.keys.map(\.verdict.name))
    #expect(together.keys.map(\.expansions) == alone.keys.map(\.expansions))
    #expect(together.keys.map(\.key) == alone.keys.map(\.key))
  }

  @Test("No round follows one that found a broken key, and every key has had its turn by then")
  func rounds() {
    let unbroken = Judge(limits: JudgingLimits(expansions: 30_000), algorithm: .wingGong).judge(
      manyKeys(isBroken: false))
    let broken = Judge(limits: JudgingLimits(expansions: 30_000), algorithm: .wingGong).judge(manyKeys(isBroken: true))
    for (key, other) in zip(broken.keys, unbroken.keys) where key.verdict.name == "unknown" {
      #expect(key.expansions > 10_000)
      #expect(key.expansions < other.expansions)
    }
    #expect(broken.keys.count { $0.verdict.name == "linearizable" } == 9)
  }

  @Test("A limit of memory that the history alone exceeds decides nothing; a wide one changes nothing")
  func memory() {
    let history = manyKeys(isBroken: true)
    let narrow = Judge(limits: JudgingLimits(residentBytes: 4_096)).judge(history)
    #expect(narrow.verdict.name == "unknown" && !narrow.ranOutOfTime)
    // It did not even tell the keys apart, for that takes memory, too.
    #expect(narrow.keys.isEmpty && narrow.operations == history.operations().count)
    #expect(narrow.expansions == 0)
    let wide = Judge(limits: JudgingLimits(expansions: 30_000, residentBytes: 8 << 30), algorithm: .wingGong).judge(
      history)
    #expect(wide.verdict.name == "not-linearizable")
    #expect(wide.peakBytes > 1 << 20)
  }

  @Test("Every key has its own verdict, however many there are; of the broken ones the first are explained")
  func manyBrokenKeys() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    for number in 0..<3_000 { record(&recorder, key: "\(number)", isBroken: number % 100 == 7) }
    let judgement = Judge().judge(recorder.finish())
    let broken = judgement.keys.filter { $0.verdict == .notLinearizable }.compactMap(\.key)
    #expect(broken.count == 30 && judgement.keys.count == 3_000)
    #expect(judgement.keys.allSatisfy { $0.operations == 3 })
    #expect(judgement.counterexamples.count > 1)
    #expect(judgement.counterexamples.map(\.key) == broken.prefix(judgement.counterexamples.count).map { $0 })
    guard case .notLinearizable(let worst) = judgement.verdict else { return #expect(Bool(false)) }
    #expect(worst.key == broken.first)
  }

  @Test("The order of many keys holds each one's, and each explains the answers of its key")
  func manyOrders() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    for number in 0..<3_000 { record(&recorder, key: "\(number * number % 700)", isBroken: false) }
    let history = recorder.finish()
    guard case .linearizable(let witness) = Judge().judge(history).verdict else {
      return #expect(Bool(false))
    }
    var place = witness.order.startIndex
    for part in Subhistory.parts(of: history) {
      let calls = part.operations.map(\.call)
      let order = witness.order[place...].prefix { $0.key == part.key }
      place = order.endIndex
      let offsets = order.compactMap { operation in calls.firstIndex(of: operation.call).map { Int32($0) } }
      #expect(part.isConfirmed(by: offsets, Model(of: history).specification))
    }
    #expect(place == witness.order.endIndex)
  }

  @Test("A caller that says stop is heard on every thread")
  func cancelling() {
    let judgement = Judge(limits: JudgingLimits(expansions: .max), threads: 4).judge(
      manyKeys(isBroken: false), shouldStop: { true })
    #expect(judgement.verdict.name == "unknown")
    #expect(!judgement.ranOutOfTime)
  }

  @Test("Time that is up is told apart from a caller that says stop")
  func time() {
    let judgement = Judge(
      limits: JudgingLimits(expansions: .max, bytes: .max, time: .milliseconds(1_500)), algorithm: .wingGong
    ).judge(
      manyKeys(isBroken: false))
    #expect(judgement.ranOutOfTime)
    // A share of work that was used up is not the limit: another round would have followed.
    let limits = judgement.keys.compactMap { key in
      if case .unknown(let limit) = key.verdict { limit } else { nil }
    }
    #expect(!limits.isEmpty && limits.allSatisfy { $0 == .stopped })
  }
}

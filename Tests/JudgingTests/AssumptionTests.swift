import Histories
import Judging
import Linearizability
import Testing

@Suite("What a history without an order would be if it were taken otherwise")
struct AssumptionTests {
  private func trials(_ history: History, initial: [UInt8]? = nil) -> [AssumptionTrial] {
    let model = Model(Model(of: history).name, initial: initial)
    let judgement = Judge(model: model, threads: 1).judge(history)
    return Judge.assumptions(behind: judgement, of: history, JudgingLimits())
  }

  /// Operations one after the other: client, key, what was asked, how it ended.
  private func history(
    _ model: ModelName, _ operations: [(process: Int, key: String?, action: Action, outcome: Outcome)]
  ) -> History {
    var recorder = HistoryRecorder(header: HistoryHeader(model: model))
    for (number, one) in operations.enumerated() {
      recorder.invoke(process: one.process, at: Int64(2 * number), key: one.key.map { Array($0.utf8) }, one.action)
      recorder.complete(process: one.process, at: Int64(2 * number + 1), one.outcome)
    }
    return recorder.finish()
  }

  private func put(_ text: String) -> Action { .put(Array(text.utf8)) }
  private func read(_ text: String?) -> Outcome { .ok(.value(text.map { Array($0.utf8) })) }
  private func cas(_ expected: String, _ new: String) -> Action {
    .compareAndSet(expected: Array(expected.utf8), new: Array(new.utf8))
  }

  @Test("A value that is read before anybody wrote may have been there at first")
  func initial() throws {
    let found = trials(
      history(
        .keyValue,
        [
          (1, "x", .get, read("0")), (1, "x", put("1"), .ok(.done)), (2, "y", .get, read("0")),
          (2, "z", put("5"), .ok(.done)),
        ]))
    let trial = try #require(found.first)
    #expect(found.count == 1 && trial.assumption == .initial(Array("0".utf8)) && trial.isLinearizable == true)
    #expect(trial.operations.map(\.call) == [0, 4])
  }

  @Test("Two keys that began with different values have no initial value in common")
  func differentInitials() {
    let found = trials(history(.keyValue, [(1, "x", .get, read("0")), (2, "y", .get, read("1"))]))
    #expect(found.isEmpty)
  }

  @Test("An initial value that breaks another key is not suggested")
  func otherKey() {
    let found = trials(history(.keyValue, [(1, "x", .get, read("0")), (2, "y", .get, read(nil))]))
    #expect(found.isEmpty)
  }

  @Test("Reads of nothing may say nothing in a register, and not where keys can be absent")
  func nothing() {
    let operations = [(1, nil, put("1"), .ok(.done)), (2, nil, .get, read(nil))] as [(Int, String?, Action, Outcome)]
    #expect(trials(history(.register, operations)).map(\.assumption) == [.nothingIsUnknown])
    #expect(trials(history(.keyValue, operations)).isEmpty)
  }

  @Test("Of the failed writes those are named that must have taken effect")
  func failures() throws {
    let found = trials(
      history(
        .register,
        [
          (1, nil, put("1"), .ok(.done)), (2, nil, put("1"), .fail), (3, nil, put("7"), .fail),
          (4, nil, .get, read("7")), (5, nil, put("9"), .fail),
        ]))
    #expect(found.map(\.assumption) == [.failureIsUnknown])
    #expect(found.first?.operations.map(\.process) == [3])
  }

  @Test("Of many failed operations a single one is named where it is enough")
  func oneFailure() throws {
    var operations: [(process: Int, key: String?, action: Action, outcome: Outcome)] = [
      (0, nil, put("0"), .ok(.done)), (1, nil, .get, read("0")),
    ]
    for number in 2..<14 { operations.append((number, nil, cas("0", number < 12 ? "0" : "3"), .fail)) }
    operations += [(20, nil, .get, read("3")), (21, nil, cas("3", "4"), .fail), (22, nil, .get, read("3"))]
    let found = trials(history(.compareAndSetRegister, operations))
    let trial = try #require(found.first)
    #expect(found.count == 1 && trial.assumption == .failureIsUnknown)
    #expect(trial.operations.map(\.process) == [13])
  }

  @Test("Where no single one is enough, as few are named as are found")
  func fewFailures() throws {
    var operations: [(process: Int, key: String?, action: Action, outcome: Outcome)] = [
      (0, nil, put("0"), .ok(.done))
    ]
    for number in 1..<12 { operations.append((number, nil, put("5"), .fail)) }
    operations += [
      (20, nil, .get, read("5")), (21, nil, put("0"), .ok(.done)), (22, nil, .get, read("5")),
    ]
    let trial = try #require(trials(history(.register, operations)).first { $0.assumption == .failureIsUnknown })
    #expect(trial.operations.count == 2)
  }

  @Test("How many keys have no order is counted, and how many are undecided")
  func keys() {
    let judgement = Judge(model: Model(.keyValue), threads: 1).judge(
      history(
        .keyValue,
        [
          (1, "x", put("1"), .ok(.done)), (1, "x", .get, read("2")), (1, "y", put("1"), .ok(.done)),
          (1, "z", .get, read("3")), (1, "y", .get, read("1")),
        ]))
    #expect(judgement.keys.countWithoutOrder == 2 && judgement.keys.countUndecided == 0)
  }

  @Test("A compare-and-set that only failed may never have happened")
  func mismatches() {
    let found = trials(
      history(
        .compareAndSetRegister,
        [
          (1, nil, put("1"), .ok(.done)), (2, nil, cas("1", "2"), .ok(.unseenMismatch)),
          (3, nil, cas("5", "6"), .ok(.unseenMismatch)),
        ]))
    #expect(found.map(\.assumption) == [.mismatchNeverHappened])
    #expect(found.first?.operations.map(\.process) == [2])
  }

  @Test("Values of two types may have been one", arguments: [("4", "\"4\""), ("7", "7.0")])
  func types(_ written: String, _ seen: String) throws {
    let found = trials(history(.register, [(1, nil, put(written), .ok(.done)), (2, nil, .get, read(seen))]))
    // It may also have been there at first, as far as anybody can tell: but the write returned before.
    let trial = try #require(found.first)
    guard found.count == 1, case .typesAreOne(let mixture) = trial.assumption else {
      Issue.record("\(found)")
      return
    }
    #expect(mixture.written.bytes == Array(written.utf8) && mixture.seen.bytes == Array(seen.utf8))
    #expect(mixture.writer?.process == 1 && mixture.reader.process == 2)
  }

  @Test("A stale read stays one, whatever is assumed")
  func staleRead() {
    let found = trials(
      history(
        .register, [(1, nil, put("1"), .ok(.done)), (1, nil, put("2"), .ok(.done)), (2, nil, .get, read("1"))]))
    #expect(found.isEmpty)
  }

  @Test("The order of times is decided anew")
  func orderOfTimes() throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
    recorder.invoke(process: 1, at: 10, key: nil, put("1"))
    recorder.complete(process: 1, at: 20, .ok(.done))
    recorder.invoke(process: 2, at: 1, key: nil, .get)
    recorder.complete(process: 2, at: 2, read(nil))
    let history = recorder.finish()
    let judgement = Judge(threads: 1).judge(history)
    #expect(judgement.verdict.name == "not-linearizable")
    let trial = try #require(Judge.orderOfTimes(insteadOf: judgement, of: history, JudgingLimits()))
    #expect(trial.isLinearizable == true)
  }
}

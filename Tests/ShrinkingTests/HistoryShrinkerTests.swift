import Benchmarks
import Foundation
import Histories
import Judging
import Linearizability
import Shrinking
import Testing

/// Histories recorded by others lie beside the project on some machines. Where they do not, their test is skipped.
private let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()
private let corpus = top.appending(path: "../shared/corpus").standardizedFileURL
private let hasCorpus = FileManager.default.fileExists(atPath: corpus.appending(path: "verdicts.tsv").path)

/// Says stop once it was asked so often.
private final class Patience: ShrinkingWatch {
  private(set) var left: Int
  let freeBytes: Int
  private let hasTimeToTell: Bool

  init(askings: Int, freeBytes: Int = .max, hasTimeToTell: Bool = true) {
    (left, self.freeBytes, self.hasTimeToTell) = (askings, freeBytes, hasTimeToTell)
  }

  func isOver() -> Bool {
    left -= 1
    return left < 0
  }

  func hasTime(toTell operations: Int) -> Bool { hasTimeToTell }
}

@Suite("Histories are made small")
struct HistoryShrinkerTests {
  /// What the judge says of the keys that have no order.
  private func counterexamples(_ history: History, _ model: Model) -> [Counterexample] {
    Judge(model: model, threads: 1).judge(history).counterexamples
  }

  private func essence(_ history: History) throws -> Essence {
    let model = Model(of: history)
    return try #require(HistoryShrinker(model: model).shrink(history, from: counterexamples(history, model)))
  }

  @Test("It keeps to the first end after which there is no order, or to the fewest operations, as it is told")
  func goals() throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
    func text(_ number: Int) -> [UInt8] { Array("\(number)".utf8) }
    func write(_ number: Int, by process: Int) {
      recorder.invoke(process: process, at: 0, key: nil, .put(text(number)))
      recorder.complete(process: process, at: 0, .ok(.done))
    }
    func read(_ number: Int, by process: Int) {
      recorder.invoke(process: process, at: 0, key: nil, .get)
      recorder.complete(process: process, at: 0, .ok(.value(text(number))))
    }
    write(1, by: 1)
    write(2, by: 2)
    read(1, by: 3)
    for number in 3..<20 { write(number, by: 1) }
    read(1, by: 4)
    let history = recorder.finish()
    let model = Model(of: history)
    let found = counterexamples(history, model)
    let first = HistoryShrinker(model: model, goal: .firstEnd).shrink(history, from: found)
    let essence = try #require(first)
    #expect(essence.members[essence.culprit].origin == found.first?.culprit)
    #expect(essence.members[essence.culprit].origin.process == 3)
    #expect(fault(essence) == nil)
    #expect(try self.essence(history).members.count <= essence.members.count)
  }

  /// Whether there is an order: as brute force has it where that is done in no time, else as all the engines do.
  private func answer(_ part: Subhistory, _ model: Model) -> Bool? {
    if part.operations.count <= 7 { return BruteForce.isLinearizable(part, model.specification) }
    let answers = Algorithm.allCases.map { part.decide(model.specification, by: $0).decision.answer }
    // The zones are not made for every key.
    let known = answers.compactMap(\.self)
    guard known.count >= answers.count - 1, let first = known.first else { return nil }
    return known.allSatisfy { $0 == first } ? first : nil
  }

  /// What is wrong with an essence; `nil` if it has no order, and every weakening of it has one.
  private func fault(_ essence: Essence) -> String? {
    guard let part = Subhistory.parts(of: essence.history).first else { return "it is empty" }
    if answer(part, essence.model) != false { return "it has an order" }
    if let shortfall = essence.shortfall { return shortfall }
    if let trial = essence.trials.first(where: { $0.isLinearizable != true }) { return "\(trial)" }
    let weaker = WeakerHistories.all(of: essence.history)
    if let least = weaker.first(where: { answer($0.part, essence.model) != true }) { return "no order \(least.what)" }
    return nil
  }

  @Test(
    "Small random histories of every model: the rest has no order, and with any weakening it has one",
    arguments: [
      [.get, .get, .put], [.get, .put, .compareAndSet, .compareAndSet], [.get, .append, .append],
      [.get, .get, .put, .append, .delete, .compareAndSet, .compareAndSet],
    ] as [[Function]])
  func random(_ functions: [Function]) throws {
    var random = RandomHistories(seed: 7, functions: functions)
    var count = 0
    var (before, after) = (0, 0)
    while count < 200 {
      let history = random.next()
      guard let part = Subhistory.parts(of: history).first,
        !BruteForce.isLinearizable(part, Model(.keyValue).specification)
      else { continue }
      count += 1
      let essence = try essence(history)
      before += part.operations.count
      after += essence.members.count
      guard let fault = fault(essence) else { continue }
      print(String(decoding: history.jsonLines(), as: UTF8.self))
      Issue.record("\(fault):\n\(String(decoding: essence.history.jsonLines(), as: UTF8.self))")
      return
    }
    #expect(after * 2 < before)
  }

  @Test("The recorded bad histories")
  func recorded() throws {
    let folder = top.appending(path: "histories/bad")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jsonl") }
    #expect(files.count > 20)
    for file in files.sorted() {
      let history = try History(reading: [UInt8](Data(contentsOf: folder.appending(path: file))))
      let essence = try essence(history)
      #expect(fault(essence) == nil, "\(file)")
      #expect(essence.essentialCount <= 3, "\(file)")
      try expectTold(essence, of: history)
    }
  }

  @Test("The bad histories recorded by others", .enabled(if: hasCorpus, "no ../shared/corpus beside the project"))
  func others() throws {
    let table = try String(contentsOf: corpus.appending(path: "verdicts.tsv"), encoding: .utf8)
    var count = 0
    for line in table.split(separator: "\n").dropFirst() {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard cells.count >= 5, cells[4] == "not-linearizable", let model = ModelName(rawValue: cells[1]) else {
        continue
      }
      let bytes = [UInt8](try Data(contentsOf: corpus.appending(path: cells[0])))
      let history = try History(reading: bytes, model: model)
      let essence = try essence(history)
      count += 1
      #expect(fault(essence) == nil, "\(cells[0])")
      #expect(essence.members.count <= 9, "\(cells[0])")
      try expectTold(essence, of: history)
    }
    #expect(count == 47)
  }

  /// Each member says where it comes from, the small history reads back, and the account speaks.
  private func expectTold(_ essence: Essence, of history: History) throws {
    let operations = history.operations()
    for member in essence.members {
      #expect(operations[member.place] == member.origin)
      #expect(history.action(of: member.origin) == essence.history.action(of: member.operation))
      #expect(history.callLine(of: member.origin) == member.callLine)
    }
    let lines = essence.history.jsonLines()
    #expect(try History(reading: lines).jsonLines() == lines)
    #expect(essence.members[essence.culprit].isEssential)
    // One for each, and one more where a write was used up or where two ways are told.
    #expect([0, 1].contains(essence.account.steps.count - essence.essentialCount))
    #expect(!essence.account.sentence.contains("no order explains"))
    #expect(essence.account.possibleValues?.isEmpty == false)
  }

  @Test("The same every time")
  func determinism() throws {
    var random = RandomHistories(seed: 12)
    for _ in 0..<100 {
      let history = random.next()
      let found = counterexamples(history, Model(of: history))
      let twice = (0..<2).map { _ in HistoryShrinker(model: Model(of: history)).shrink(history, from: found) }
      #expect(twice[0]?.history.jsonLines() == twice[1]?.history.jsonLines())
      #expect(twice[0]?.account.steps == twice[1]?.account.steps)
    }
  }

  /// A register that is written again and again by several clients, and read as it should be but for the end.
  private func longHistory(count: Int) -> History {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
    func write(_ number: Int, by process: Int, around body: () -> Void = {}) {
      recorder.invoke(process: process, at: 0, key: nil, .put([UInt8(ascii: "0") + UInt8(number % 5)]))
      body()
      recorder.complete(process: process, at: 0, .ok(.done))
    }
    for number in 0..<count {
      write(number, by: number % 3)
      recorder.invoke(process: 5, at: 0, key: nil, .get)
      recorder.complete(process: 5, at: 0, .ok(.value([UInt8(ascii: "0") + UInt8(number % 5)])))
    }
    recorder.invoke(process: 6, at: 0, key: nil, .get)
    recorder.complete(process: 6, at: 0, .ok(.value([UInt8(ascii: "0") + UInt8((count + 1) % 5)])))
    return recorder.finish()
  }

  @Test("Of a long history with few values the last writes are left")
  func long() throws {
    let essence = try essence(longHistory(count: 3_000))
    #expect(essence.members.map(\.place) == [5_992, 5_998, 6_000])
    #expect(fault(essence) == nil)
    #expect(essence.account.sentence == "c6 read 1 after c2's write 4 had returned")
  }

  @Test("Stopped, it keeps what it has, which has no order, and says that it was stopped")
  func interruption() throws {
    let history = longHistory(count: 200)
    let model = Model(of: history)
    let found = counterexamples(history, model)
    var sizes: [Int] = []
    for patience in [0, 1, 3, 10, 20] {
      let shrinker = HistoryShrinker(model: model, watch: Patience(askings: patience * 4))
      let essence = try #require(shrinker.shrink(history, from: found))
      #expect(essence.shortfall == "it was stopped")
      sizes.append(essence.members.count)
      let part = Subhistory.parts(of: essence.history)[0]
      #expect(part.decide(model.specification).decision.answer == false)
    }
    #expect(sizes == sizes.sorted(by: >))
    #expect(sizes[0] == 401)
  }

  @Test("Once stopped it asks a few times more and does no more work, however much is left")
  func soonOver() throws {
    let history = longHistory(count: 1_000)
    let model = Model(of: history)
    let found = counterexamples(history, model)
    for askings in [40, 60, 200] {
      let patience = Patience(askings: askings)
      var reports = 0
      let shrinker = HistoryShrinker(
        model: model, watch: patience, report: { _ in reports += patience.left < 0 ? 1 : 0 })
      #expect(shrinker.shrink(history, from: found)?.shortfall == "it was stopped")
      #expect(patience.left > -100, "\(-patience.left) times more")
      #expect(reports == 0)
    }
  }

  @Test("Where there is no time to tell of what is left, or no memory to go on, nothing is told")
  func noRoom() throws {
    let history = longHistory(count: 200)
    let model = Model(of: history)
    let found = counterexamples(history, model)
    let hurried = HistoryShrinker(model: model, watch: Patience(askings: .max, hasTimeToTell: false))
    #expect(hurried.shrink(history, from: found) == nil)
    for freeBytes in [0, 20_000, 60_000] {
      let narrow = HistoryShrinker(model: model, watch: Patience(askings: .max, freeBytes: freeBytes))
      #expect(narrow.shrink(history, from: found) == nil)
    }
    let wide = HistoryShrinker(model: model, watch: Patience(askings: .max, freeBytes: 64 << 20))
    #expect(wide.shrink(history, from: found)?.shortfall == nil)
  }

  @Test("Without work left it says so, and takes nothing that is undecided for a failure")
  func work() throws {
    let history = longHistory(count: 200)
    let model = Model(of: history)
    let shrinker = HistoryShrinker(model: model, work: 20)
    let essence = try #require(shrinker.shrink(history, from: counterexamples(history, model)))
    #expect(essence.shortfall == "the limit of work was reached")
    let part = Subhistory.parts(of: essence.history)[0]
    #expect(part.decide(model.specification).decision.answer == false)
  }

  @Test("Of several broken keys the smallest explanation is given")
  func keys() throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    func add(_ key: String, _ action: Action, _ answer: Answer) {
      recorder.invoke(process: 1, at: 0, key: Array(key.utf8), action)
      recorder.complete(process: 1, at: 0, .ok(answer))
    }
    for key in ["a", "b"] { add(key, .put([0x31]), .done) }
    add("a", .put([0x32]), .done)
    add("a", .get, .value([0x31]))
    add("b", .get, .value(nil))
    let essence = try essence(recorder.finish())
    #expect(essence.account.sentence == "c1 found b without a value after c1's put b = 1 had returned")
  }
}

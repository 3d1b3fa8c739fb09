import Benchmarks
import Histories
import Testing

@testable import Linearizability

@Suite("What may be taken away")
struct SoundWeakeningTests {
  /// The functions of each model.
  static let models: [[Function]] = [
    [.get, .get, .put], [.get, .put, .compareAndSet, .compareAndSet], [.get, .append, .append],
    [.get, .get, .put, .append, .delete, .compareAndSet, .compareAndSet],
  ]

  private struct Key {
    let part: Subhistory
    let weakening: Weakening
    let operations: [Operation]
    let specification = SequentialSpecification(initial: nil)

    init(_ part: Subhistory) {
      self.part = part
      let weakening = Weakening(part, specification)
      self.weakening = weakening
      operations = part.operations.filter { !weakening.isIdle($0) }
    }

    func isLinearizable(_ operations: [Operation]) -> Bool {
      BruteForce.isLinearizable(
        Subhistory(history: part.history, key: part.key, operations: operations), specification)
    }
  }

  /// Random keys of a model, each with a number that differs.
  private func keys(_ functions: [Function], count: Int) -> [(Key, Int)] {
    var random = RandomHistories(seed: 91, functions: functions, operationLimit: 7)
    return (0..<count).flatMap { number in Subhistory.parts(of: random.next()).map { (Key($0), number) } }
  }

  @Test("Where there was an order, there is one without writes that nobody can have observed", arguments: models)
  func observed(_ functions: [Function]) {
    var removed = 0
    var lost = 0
    for (key, number) in keys(functions, count: 3_000) {
      // Every second time all may go, else those of some calls.
      let left = key.weakening.clearing(key.operations) { number % 2 == 0 || ($0.call + number) % 3 == 0 }
      guard left.count < key.operations.count else { continue }
      removed += 1
      let (before, after) = (key.isLinearizable(key.operations), key.isLinearizable(left))
      if before && !after { lost += 1 }
    }
    #expect(lost == 0)
    #expect(removed > 300)
  }

  @Test("Without writes of unknown result that nobody can have observed the verdict is the same", arguments: models)
  func unknown(_ functions: [Function]) {
    var removed = 0
    var changed = 0
    for (key, _) in keys(functions, count: 3_000) {
      let left = key.weakening.clearing(key.operations) { $0.isUnknown }
      guard left.count < key.operations.count else { continue }
      removed += 1
      if key.isLinearizable(key.operations) != key.isLinearizable(left) { changed += 1 }
    }
    #expect(changed == 0)
    #expect(removed > 100)
  }

  @Test("Where there was an order, there is one without an operation that only observed")
  func pure() {
    var removed = 0
    for (key, number) in keys(Self.models[3], count: 3_000) where key.isLinearizable(key.operations) {
      let pure = key.operations.filter { key.weakening.isPure($0) }
      guard !pure.isEmpty else { continue }
      removed += 1
      let gone = pure[number % pure.count]
      #expect(key.isLinearizable(key.operations.filter { $0 != gone }))
    }
    #expect(removed > 500)
  }

  @Test("The last write of a value that somebody saw stays, though another one came between")
  func source() {
    let part = Subhistory.parts(
      of: Drawing.history(
        """
        c0 |- write 1 -| |- write 1 -| |- write 2 -|
        c1                                            |- read 1 -|
        """))[0]
    let left = Weakening(part, SequentialSpecification(initial: nil)).clearing(part.operations) { $0.call < 4 }
    #expect(left.map { part.history.action(of: $0) } == [.put([0x31]), .put([0x32]), .get])
  }

  @Test("Compare-and-sets that saw only each other go together")
  func block() {
    let part = Subhistory.parts(
      of: Drawing.history(
        """
        c0 |- write 4 -|
        c1               |---- cas 4 0 ok ----|
        c2                   |-- cas 0 4 ok --|
        c3                                      |- write 2 -|
        c4                                                    |- read 4 -|
        """))[0]
    let weakening = Weakening(part, SequentialSpecification(initial: nil))
    let block = weakening.block(of: part.operations[1].call, in: part.operations)
    #expect(block == [part.operations[1].call, part.operations[2].call])
    #expect(weakening.clearing(part.operations) { block.contains($0.call) }.count == 3)
  }
}

import Testing

@testable import Linearizability

@Suite("Special objects, decided without a search")
struct FastObjectsTests {
  /// A queue or stack with its definition, its fast way, and which of its values it gives away first.
  struct Collection: CustomTestStringConvertible, Sendable {
    let name: String
    let object: SequentialObject<CollectionCall, [Int32]>
    let decide: @Sendable ([CollectionCall]) -> FastDecision
    let pick: @Sendable (Int, inout RandomObjects) -> Int

    var testDescription: String { name }

    func random(_ draws: inout RandomObjects, upTo limit: Int = 6) -> [CollectionCall] {
      let isAnyOrder = draws.below(4) == 0
      let repeats = draws.below(10) == 0
      return draws.collection(upTo: limit, repeats: repeats) { count, draws in
        isAnyOrder ? draws.below(count) : pick(count, &draws)
      }
    }
  }

  static let unorderedQueue = Collection(
    name: "unordered queue", object: SequentialObjects.unorderedQueue, decide: { FastObjects.unorderedQueue($0) },
    pick: { count, draws in draws.below(count) })
  static let queue = Collection(
    name: "queue", object: SequentialObjects.fifoQueue, decide: { FastObjects.fifoQueue($0) }, pick: { _, _ in 0 })
  static let stack = Collection(
    name: "stack", object: SequentialObjects.stack, decide: { FastObjects.stack($0) },
    pick: { count, _ in count - 1 })

  /// What is wrong with a decision; `nil` if brute force says the same and the order or the named calls show it.
  static func fault<Call, State>(
    _ decision: FastDecision, _ calls: [Call], _ object: SequentialObject<Call, State>, mayPass: Bool = false
  ) -> String? {
    switch decision {
    case .linearizable(let order):
      return object.replays(order, of: calls) ? nil : "the order \(order) does not fit"
    case .notLinearizable(let violation):
      if object.isLinearizable(calls) { return "\(violation.rule) is not broken" }
      let needsAll = violation.rule == .wrongAnswer || violation.calls.count > 4
      let named = violation.calls.map { calls[Int($0)] }
      return needsAll || !object.isLinearizable(named) ? nil : "\(violation) needs more calls"
    case .notApplicable:
      return mayPass ? nil : "it was not decided"
    }
  }

  /// Whether the fast way may leave a queue or stack to a search.
  static func mayPass(_ calls: [CollectionCall]) -> Bool {
    let added = calls.filter { $0.kind == .add }
    if Set(added.map(\.value)).count < added.count { return true }
    let taken = calls.filter { $0.kind == .take && !$0.isUnknown }.map(\.value)
    return calls.contains { $0.kind != .add && $0.isUnknown }
      && added.contains { !$0.isUnknown && !taken.contains($0.value) }
  }

  // MARK: Brute force

  @Test("Queues and stacks are judged as brute force judges them", arguments: [unorderedQueue, queue, stack])
  func collectionsAgree(_ collection: Collection) {
    var draws = RandomObjects(seed: 1)
    for number in 0..<2000 {
      let calls = collection.random(&draws)
      let fault = Self.fault(
        collection.decide(calls), calls, collection.object, mayPass: Self.mayPass(calls))
      #expect(fault == nil, "history \(number) of seed 1: \(calls)")
    }
  }

  @Test("Growing sets are judged as brute force judges them")
  func setsAgree() {
    var draws = RandomObjects(seed: 2)
    for number in 0..<2000 {
      let (calls, elements) = draws.set(upTo: 6)
      let decision = FastObjects.growOnlySet(calls, elements: elements)
      let fault = Self.fault(decision, calls, SequentialObjects.growOnlySet(elements))
      #expect(fault == nil, "history \(number) of seed 2: \(calls), \(elements)")
    }
  }

  @Test("Identifiers are judged as brute force judges them")
  func identifiersAgree() {
    var draws = RandomObjects(seed: 3)
    for number in 0..<1000 {
      let calls = draws.identifiers()
      let fault = Self.fault(FastObjects.uniqueIDs(calls), calls, SequentialObjects.uniqueIDs)
      #expect(fault == nil, "history \(number) of seed 3: \(calls)")
    }
  }

  @Test("Stores with revisions are judged as brute force judges them, with and without evidence")
  func revisionsAgree() {
    var draws = RandomObjects(seed: 4)
    for number in 0..<2000 {
      let calls = draws.revisions(upTo: 6)
      var store = RevisionedKeys(calls, hasEvidence: number % 2 == 0)
      let decision = FastObjects.revisions(calls.map(\.abstract), initial: 1, store: &store)
      let fault = Self.fault(decision, calls, SequentialObjects.revisionedKeys)
      #expect(fault == nil, "history \(number) of seed 4: \(calls)")
    }
  }

  // MARK: Long histories

  @Test("Histories in a row have an order if each of them has", arguments: [unorderedQueue, queue, stack])
  func rows(_ collection: Collection) {
    var draws = RandomObjects(seed: 5)
    for number in 0..<40 {
      let isLegal = number % 2 == 0
      // A queue gives a value that was there throughout away first, so nothing is put around its histories.
      let row = draws.row(of: 30, isNested: collection.name != "queue", oneIllegal: !isLegal) { draws in
        let calls = collection.random(&draws, upTo: 5)
        return (calls, collection.object.isLinearizable(calls))
      }
      switch collection.decide(row) {
      case .linearizable(let order):
        #expect(isLegal && collection.object.replays(order, of: row), "history \(number) of seed 5")
      case .notLinearizable: #expect(!isLegal, "history \(number) of seed 5")
      case .notApplicable: Issue.record("history \(number) of seed 5 was not decided")
      }
    }
  }

  @Test("The tables of the stack answer as plain rows of numbers do")
  func tables() {
    var draws = RandomObjects(seed: 6)
    for count in [1, 2, 40, 150, 700] {
      var free = Array(0..<2 * count)
      var steps = Array(repeating: Int8(0), count: 2 * count)
      var lives: [(Int, Int)] = []
      for _ in 0..<count {
        let one = free.remove(at: draws.below(min(free.count, 5)))
        let other = free.remove(at: draws.below(min(free.count, draws.below(4) == 0 ? 200 : 5)))
        lives.append((min(one, other), max(one, other)))
        (steps[min(one, other)], steps[max(one, other)]) = (1, -1)
      }
      var buffer = FlatBuffer<Int8>(capacity: steps.count)
      for step in steps { buffer.append(step) }
      var presence = PresenceTable(buffer)
      var largest = LargestTable(count: steps.count)
      var numbers = Array(repeating: Int32(-1), count: steps.count)
      while let lifetime = lives.popLast() {
        let start = steps.firstIndex { $0 != 0 } ?? 0
        var present = 0
        let end = steps.indices.first { place in
          present += Int(steps[place])
          return place >= start && present == 0
        }
        #expect(presence.firstLeft(from: 0) == Int32(start))
        #expect(presence.firstFree(from: Int32(start)) == Int32(end ?? -1))
        presence.remove(Int32(lifetime.0))
        presence.remove(Int32(lifetime.1))
        (steps[lifetime.0], steps[lifetime.1]) = (0, 0)
        let number = Int32(draws.below(1000))
        largest.set(Int32(lifetime.0), to: number)
        numbers[lifetime.0] = number
        if draws.below(2) == 0 {
          largest.set(Int32(lifetime.1), to: -1)
          numbers[lifetime.1] = -1
        }
        let bound = draws.below(steps.count)
        let floor = Int32(900 + draws.below(100))
        let last = numbers[...bound].lastIndex { $0 > floor } ?? -1
        #expect(largest.last(upTo: Int32(bound)) { $0 > floor } == Int32(last))
      }
    }
  }
}

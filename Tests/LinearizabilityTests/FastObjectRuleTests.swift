import Testing

@testable import Linearizability

@Suite("The rules of special objects")
struct FastObjectRuleTests {
  typealias Decide = @Sendable ([CollectionCall]) -> FastDecision

  /// A rule that is not what it should be, and how many random histories it may take to notice.
  struct Weakened: CustomTestStringConvertible, Sendable {
    let name: String
    let isNoticed: @Sendable () -> Bool

    var testDescription: String { name }

    /// A rule of queues and stacks, at the object that cannot do without it.
    init<Rules: CollectionRules & SendableMetatype>(_ rules: Rules.Type, _ collection: FastObjectsTests.Collection) {
      name = "\(collection.name): \(rules)"
      let decide: Decide
      switch collection.name {
      case "queue": decide = { FastCollections<Rules>.queue($0) }
      case "stack": decide = { FastCollections<Rules>.stack($0) }
      default: decide = { FastCollections<Rules>.unorderedQueue($0) }
      }
      isNoticed = {
        Self.isNoticed { draws in
          let calls = collection.random(&draws, upTo: 7)
          return (calls, collection.object, decide(calls), FastObjectsTests.mayPass(calls))
        }
      }
    }

    init<Rules: SetRules & SendableMetatype>(_ rules: Rules.Type) {
      name = "set: \(rules)"
      isNoticed = {
        Self.isNoticed { draws in
          let (calls, elements) = draws.set()
          let decision = GrowOnlySet<Rules>.decide(calls, elements: elements)
          return (calls, SequentialObjects.growOnlySet(elements), decision, false)
        }
      }
    }

    init<Rules: IdentifierRules & SendableMetatype>(_ rules: Rules.Type) {
      name = "identifiers: \(rules)"
      isNoticed = {
        Self.isNoticed { draws in
          let calls = draws.identifiers()
          return (calls, SequentialObjects.uniqueIDs, UniqueIDs<Rules>.decide(calls), false)
        }
      }
    }

    init<Rules: RevisionRules & SendableMetatype>(_ rules: Rules.Type) {
      name = "revisions: \(rules)"
      isNoticed = {
        Self.isNoticed { draws in
          let calls = draws.revisions()
          var store = RevisionedKeys(calls)
          let decision = RevisionWalk<Rules>.decide(calls.map(\.abstract), initial: 1, &store, limit: 10_000)
          return (calls, SequentialObjects.revisionedKeys, decision, false)
        }
      }
    }

    private static func isNoticed<Call, State>(
      _ next: (inout RandomObjects) -> ([Call], SequentialObject<Call, State>, FastDecision, Bool)
    ) -> Bool {
      var draws = RandomObjects(seed: 7)
      return (0..<4000).contains { _ in
        let (calls, object, decision, mayPass) = next(&draws)
        return FastObjectsTests.fault(decision, calls, object, mayPass: mayPass) != nil
      }
    }
  }

  static let unorderedQueue = FastObjectsTests.unorderedQueue
  static let queue = FastObjectsTests.queue
  static let stack = FastObjectsTests.stack

  static let weakened = [
    Weakened(ForgetsUnknownAdditions.self, unorderedQueue), Weakened(ForgetsUntaken.self, queue),
    Weakened(ForgetsUnknownTakes.self, queue), Weakened(TakesTwice.self, unorderedQueue),
    Weakened(TakesTooEarly.self, unorderedQueue), Weakened(DoesNotNarrowAdditions.self, queue),
    Weakened(DoesNotNarrowTakes.self, stack), Weakened(NeedsNobody.self, stack),
    Weakened(FindsRoomBehindTheEnd.self, unorderedQueue), Weakened(LetsNeighboursOvertake.self, queue),
    Weakened(PushesFirstTooLate.self, stack), Weakened(PopsLastTooEarly.self, stack),
    Weakened(ForgetsUnknownElements.self), Weakened(ForgetsAddedElements.self), Weakened(ForgetsSeenElements.self),
    Weakened(ForgetsMissedElements.self), Weakened(FitsTooLate.self), Weakened(MissesElements.self),
    Weakened(EntersBeforeReads.self), Weakened(GivesOutTwice.self), Weakened(FollowsTooEarly.self),
    Weakened(FillsTooLate.self), Weakened(WritesTwice.self), Weakened(UsesTwice.self), Weakened(TriesNoOther.self),
    Weakened(TakesAllForTheSame.self), Weakened(BlamesNobody.self),
  ]

  @Test("Brute force notices every rule that is not what it should be", arguments: weakened)
  func isNoticed(_ weakened: Weakened) {
    #expect(weakened.isNoticed())
  }

  // MARK: One history each

  private func add(_ value: Int32, _ call: Int32, _ end: Int32) -> CollectionCall {
    CollectionCall(call: call, end: end, kind: .add, value: value)
  }

  private func take(_ value: Int32, _ call: Int32, _ end: Int32) -> CollectionCall {
    CollectionCall(call: call, end: end, kind: .take, value: value)
  }

  private func empty(_ call: Int32, _ end: Int32) -> CollectionCall {
    CollectionCall(call: call, end: end, kind: .sawEmpty)
  }

  private func broken(_ rule: FastRule, _ calls: [Int32]) -> FastDecision {
    .notLinearizable(FastViolation(rule, calls))
  }

  @Test("A value that nobody added, one taken twice, one taken too early")
  func sources() {
    for decide in [FastObjects.fifoQueue, FastObjects.unorderedQueue, FastObjects.stack] {
      #expect(decide([take(0, 0, 1)]) == broken(.valueFromNowhere, [0]))
      #expect(decide([add(0, 0, 1), take(0, 2, 3), take(0, 4, 5)]) == broken(.twice, [1, 2]))
      #expect(decide([take(0, 0, 1), add(0, 2, 3)]) == broken(.tooEarly, [0, 1]))
      #expect(decide([add(0, 0, .max), take(0, 1, 2)]) == .linearizable([0, 1]))
      #expect(decide([add(0, 0, .max)]) == .linearizable([]))
      #expect(decide([]) == .linearizable([]))
    }
  }

  @Test("A queue hands out the second value first, a stack the first one first")
  func orders() {
    let secondFirst = [add(0, 0, 1), add(1, 2, 3), take(1, 4, 5), take(0, 6, 7)]
    #expect(FastObjects.fifoQueue(secondFirst) == broken(.overtaken, [0, 1, 2, 3]))
    #expect(FastObjects.stack(secondFirst) == .linearizable([0, 1, 2, 3]))
    let firstFirst = [add(0, 0, 1), add(1, 2, 3), take(0, 4, 5), take(1, 6, 7)]
    #expect(FastObjects.fifoQueue(firstFirst) == .linearizable([0, 1, 2, 3]))
    #expect(FastObjects.stack(firstFirst) == broken(.noLowest, [0, 1, 2, 3]))
    #expect(FastObjects.unorderedQueue(firstFirst) == .linearizable([0, 1, 2, 3]))
  }

  @Test("A queue loses a value that entered before one that left")
  func lost() {
    #expect(FastObjects.fifoQueue([add(0, 0, 1), add(1, 2, 3), take(1, 4, 5)]) == broken(.overtaken, [0, 1, 2]))
  }

  @Test("Two values, one behind the other, are there while a call sees nothing")
  func neverEmpty() {
    let calls = [add(0, 0, 1), empty(2, 7), add(1, 3, 4), take(0, 5, 6), take(1, 8, 9)]
    for decide in [FastObjects.fifoQueue, FastObjects.unorderedQueue, FastObjects.stack] {
      #expect(decide(calls) == broken(.neverEmpty, [0, 1, 2, 3, 4]))
    }
  }

  @Test("Three values of a stack of which each two fit have no order together")
  func noLowest() {
    // Value 1 must lie below 0, which leaves before it, and above 2, which leaves behind it and came behind 0.
    let calls = [add(0, 1, 2), take(0, 5, 6), add(1, 0, 4), take(1, 8, 9), add(2, 3, 7), take(2, 10, 11)]
    #expect(FastObjects.stack(calls) == broken(.noLowest, [0, 1, 2, 3, 4, 5]))
    for value: Int32 in 0..<3 {
      guard case .linearizable = FastObjects.stack(calls.filter { $0.value != value }) else {
        Issue.record("without value \(value) there is an order")
        continue
      }
    }
  }

  @Test("What is outside the fast ways is left to a search")
  func passes() {
    let unknownTake = CollectionCall(call: 2, end: .max, kind: .take)
    let lossy = [add(0, 0, 1), unknownTake, empty(3, 4)]
    for decide in [FastObjects.fifoQueue, FastObjects.unorderedQueue, FastObjects.stack] {
      #expect(decide([add(0, 0, 1), add(0, 2, 3)]) == .notApplicable)
      #expect(decide(lossy) == .notApplicable)
      // Whether or not it took anything, nothing was seen to be missing.
      #expect(decide([add(0, 0, 1), unknownTake]) == .linearizable([0]))
      let lateTake = CollectionCall(call: 4, end: .max, kind: .take)
      #expect(decide([add(0, 0, 1), empty(2, 3), lateTake]) == broken(.neverEmpty, [0, 1]))
    }
    #expect(FastObjects.growOnlySet([SetCall(call: 0, end: 1, kind: .remove, value: 0)]) == .notApplicable)
    let calls = [
      KeyCall(call: 0, end: .max, function: .put, key: 0, value: 1),
      KeyCall(call: 1, end: .max, function: .put, key: 0, value: 2),
      KeyCall(call: 2, end: 3, function: .read, key: 0, revision: 2, seen: 2, seenRevision: 2),
    ]
    var store = RevisionedKeys(calls, hasEvidence: false)
    #expect(FastObjects.revisions(calls.map(\.abstract), initial: 1, store: &store, limit: -6) == .notApplicable)
    store = RevisionedKeys(calls)
    #expect(FastObjects.revisions(calls.map(\.abstract), initial: 1, store: &store) == .linearizable([1, 2]))
  }

  @Test("A set misses an element that was there, and two reads miss each other's")
  func sets() {
    let added = SetCall(call: 0, end: 1, kind: .add, value: 0)
    let missed = SetCall(call: 2, end: 3, kind: .sawAbsent, value: 0)
    #expect(FastObjects.growOnlySet([added, missed]) == broken(.lost, [0, 1]))
    let other = SetCall(call: 4, end: 9, kind: .add, value: 1)
    let reads = [
      SetCall(call: 5, end: 6, kind: .read, value: 0, count: 1),
      SetCall(call: 7, end: 8, kind: .read, value: 1, count: 1),
    ]
    #expect(FastObjects.growOnlySet([added, other] + reads, elements: [0, 1]) == broken(.incomparable, [2, 3]))
    #expect(FastObjects.growOnlySet([added, other] + reads, elements: [0, 0]) == .linearizable([0, 2, 3, 1]))
  }

  @Test("Revisions: answered backwards, twice, and without a writer")
  func revisions() {
    let write = KeyCall(call: 0, end: 1, function: .put, key: 0, value: 1, revision: 2, hasWritten: true)
    let old = KeyCall(call: 2, end: 3, function: .read, key: 0, revision: 1)
    let again = KeyCall(call: 2, end: 3, function: .put, key: 0, value: 1, revision: 2, hasWritten: true)
    let ahead = KeyCall(call: 2, end: 3, function: .read, key: 1, revision: 3)
    let wrong = KeyCall(call: 2, end: 3, function: .read, key: 0, revision: 2, seen: 2, seenRevision: 2)
    for (second, expected) in [
      (old, broken(.backwards, [0, 1])), (again, broken(.twice, [0, 1])), (ahead, broken(.valueFromNowhere, [1])),
      (wrong, broken(.wrongAnswer, [1])),
    ] {
      var store = RevisionedKeys([write, second], hasEvidence: false)
      #expect(FastObjects.revisions([write, second].map(\.abstract), initial: 1, store: &store) == expected)
    }
  }
}

extension FastCollections {
  /// A queue.
  ///
  /// Value a goes before b where a's addition ends before b's begins, or a's take ends before b's begins. Each of the
  /// two is an interval order, in which of two pairs (a before b, c before d) a is before d or c before b. So a shortest
  /// cycle through both consists of two values, one of which overtook the other; without any there is an order of the
  /// values, and each addition and each take can wait for those before it. With narrowed lifetimes no take of one value
  /// and addition of another one say more than that. Calls that saw nothing cut the order: a value goes behind the last
  /// of them that comes before the end of its addition, which no rule of the order contradicts.
  ///
  /// - Complexity: O(n) time and memory.
  static func queue(_ calls: [CollectionCall]) -> FastDecision {
    decide(calls) { lifetimes, gaps in
      var line = QueueOrder<Rules>(lifetimes, calls)
      line.run(lifetimes, calls)
      if let violation = line.violation { return .notLinearizable(violation) }
      return .linearizable(line.witness(lifetimes, gaps))
    }
  }
}

/// The order in which the values of a queue enter and leave it.
struct QueueOrder<Rules: CollectionRules>: ~Copyable {
  /// The values, first those before which nothing goes.
  private(set) var order: FlatBuffer<Int32>
  /// The two values one of which overtook the other.
  private(set) var violation: FastViolation?
  /// By value: whether no addition of another value is known to go first, whether no take is, and whether it is absent.
  private var ready: FlatBuffer<Ready>
  private var count = 0
  /// Ranks up to which the ends of additions and takes belong to values that are in order, and calls were looked at.
  private var addFront: Int32 = 0
  private var takeFront: Int32 = 0
  private var addCalls: Int32 = 0
  private var takeCalls: Int32 = 0

  struct Ready: OptionSet, BitwiseCopyable {
    let rawValue: UInt8
    static var add: Ready { Ready(rawValue: 1) }
    static var take: Ready { Ready(rawValue: 2) }
    static var both: Ready { Ready(rawValue: 3) }
  }

  init(_ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]) {
    ready = FlatBuffer(repeating: [], count: lifetimes.values.count)
    for value in 0..<lifetimes.values.count {
      if lifetimes.values[value].add >= 0 { count += 1 } else { ready[value] = .both }
    }
    order = FlatBuffer(capacity: count)
  }

  /// Takes the values one by one before which no other one goes.
  mutating func run(_ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]) {
    let last = Int32(truncatingIfNeeded: lifetimes.events.count)
    while order.count < count {
      let known = order.count
      addFront = front(addFront, last) { self.value(addedUntil: $0, lifetimes, calls) }
      takeFront = front(takeFront, last) { self.value(takenUntil: $0, lifetimes, calls) }
      while addCalls < last, !Rules.precedes(end: addFront, call: addCalls) {
        let value = Self.value(addedFrom: addCalls, lifetimes, calls)
        if value >= 0 { mark(value, .add) }
        addCalls += 1
      }
      while takeCalls < last, !Rules.precedes(end: takeFront, call: takeCalls) {
        let value = Self.value(takenFrom: takeCalls, lifetimes, calls)
        if value >= 0 { mark(value, .take) }
        takeCalls += 1
      }
      if order.count == known {
        violation = overtaking(lifetimes, calls)
        return
      }
    }
  }

  private func front(_ start: Int32, _ last: Int32, _ value: (Int32) -> Int) -> Int32 {
    var rank = start
    while rank < last {
      let value = value(rank)
      if value >= 0, ready[value] != .both { break }
      rank += 1
    }
    return rank
  }

  private mutating func mark(_ value: Int, _ mark: Ready) {
    guard ready[value] != .both else { return }
    ready[value].formUnion(mark)
    if ready[value] == .both { order.append(Int32(truncatingIfNeeded: value)) }
  }

  /// The value whose addition ends first was added before the one whose take ends first, which left before it.
  private func overtaking(_ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]) -> FastViolation {
    let first = value(addedUntil: addFront, lifetimes, calls)
    let second = value(takenUntil: takeFront, lifetimes, calls)
    guard first >= 0, second >= 0 else { return FastViolation(.overtaken, []) }
    let (one, other) = (lifetimes.values[first], lifetimes.values[second])
    return FastViolation(.overtaken, [one.add, one.take, other.add, other.take])
  }
}

// MARK: What happens at a rank

extension QueueOrder {
  /// The value whose addition is called at `rank`, −1 for none.
  @inline(__always)
  private static func value(
    addedFrom rank: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]
  ) -> Int {
    let event = lifetimes.events[Int(rank)]
    guard event >= 0, event & 1 == 0 else { return -1 }
    let call = calls[Int(event >> 1)]
    return call.kind == .add ? Int(call.value) : -1
  }

  /// The value that can leave from `rank` on, −1 for none.
  @inline(__always)
  private static func value(
    takenFrom rank: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]
  ) -> Int {
    let event = lifetimes.events[Int(rank)]
    var value = Int(-1 - event)
    if event >= 0 {
      let call = calls[Int(event >> 1)]
      guard event & 1 == 0, call.kind != .sawEmpty else { return -1 }
      value = Int(call.value)
    }
    return lifetimes.values[value].takeCall == rank ? value : -1
  }

  /// The value that must have entered by `rank`, −1 for none.
  @inline(__always)
  private func value(
    addedUntil rank: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]
  ) -> Int {
    guard rank < lifetimes.events.count else { return -1 }
    let event = lifetimes.events[Int(rank)]
    guard event >= 0, event & 1 == 1, calls[Int(event >> 1)].kind != .sawEmpty else { return -1 }
    let value = Int(calls[Int(event >> 1)].value)
    return lifetimes.values[value].addEnd == rank ? value : -1
  }

  /// The value that must have left by `rank`, −1 for none.
  @inline(__always)
  private func value(
    takenUntil rank: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]
  ) -> Int {
    guard rank < lifetimes.events.count else { return -1 }
    let event = lifetimes.events[Int(rank)]
    guard event >= 0, event & 1 == 1, calls[Int(event >> 1)].kind == .take else { return -1 }
    return Int(calls[Int(event >> 1)].value)
  }
}

// MARK: The order of the calls

extension QueueOrder {
  /// All calls in order: each addition and each take as early as its own call and those before it allow.
  func witness(_ lifetimes: borrowing Lifetimes<Rules>, _ gaps: borrowing FreeGaps<Rules>) -> [Int32] {
    let sightings = PositionOrder.sorted(gaps.gaps)
    // By rank: how many of those that saw nothing stand before it.
    var passed = FlatBuffer<Int32>(repeating: 0, count: gaps.gaps.isEmpty ? 0 : lifetimes.events.count + 1)
    for number in 0..<gaps.gaps.count { passed[Int(gaps.gaps[number]) + 1] += 1 }
    for rank in 0..<max(passed.count - 1, 0) { passed[rank + 1] += passed[rank] }
    let line = cut(lifetimes, passed)
    var calls: [Int32] = []
    calls.reserveCapacity(2 * line.count + sightings.count)
    var (entering, leaving, seen) = (0, 0, 0)
    var (addGap, takeGap): (Int32, Int32) = (-1, -1)
    while entering < line.count || leaving < line.count {
      if entering < line.count {
        let lifetime = lifetimes.values[Int(line[entering])]
        let before = passed.isEmpty ? 0 : Int(passed[Int(lifetime.addEnd)])
        let cut = before == 0 ? -1 : gaps.gaps[Int(sightings[before - 1])]
        addGap = max(addGap, lifetime.addCall, cut)
        if leaving == entering || addGap < max(takeGap, lifetimes.values[Int(line[leaving])].takeCall) {
          while seen < before {
            calls.append(lifetimes.empties[Int(sightings[seen])].place)
            seen += 1
          }
          calls.append(lifetime.add)
          entering += 1
          continue
        }
      }
      let lifetime = lifetimes.values[Int(line[leaving])]
      takeGap = max(takeGap, lifetime.takeCall)
      if lifetime.take >= 0 { calls.append(lifetime.take) }
      leaving += 1
    }
    while seen < sightings.count {
      calls.append(lifetimes.empties[Int(sightings[seen])].place)
      seen += 1
    }
    return calls
  }

  /// The values in order, cut where something saw nothing.
  private func cut(
    _ lifetimes: borrowing Lifetimes<Rules>, _ passed: borrowing FlatBuffer<Int32>
  ) -> FlatBuffer<Int32> {
    var line = FlatBuffer<Int32>(capacity: order.count)
    var keys = FlatBuffer<Int32>(capacity: order.count)
    for place in 0..<order.count {
      keys.append(passed.isEmpty ? 0 : passed[Int(lifetimes.values[Int(order[place])].addEnd)])
    }
    let sorted = PositionOrder.sorted(keys)
    for place in 0..<sorted.count { line.append(order[Int(sorted[place])]) }
    return line
  }
}

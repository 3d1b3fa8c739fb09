extension FastCollections {
  /// A stack.
  ///
  /// A value that need not be there at any time is pushed and popped at once, which no other value notices. The others
  /// are taken apart. Let values cover a time together, from rank `start`, where the first of them must be there, to rank
  /// `end`, behind which none must be: then the stack is not empty in between, so one value lies lowest all the time. It
  /// was pushed before `start` and popped behind `end`; where no value can have been, there is no order. Every value
  /// that can have been can be taken away: all others fit between `start` and `end`, because where no value must be
  /// there the stack can be empty (see `FreeGaps`), so it can be put around every order of them. What is left falls into
  /// pieces, from each of which the lowest is taken in turn.
  ///
  /// Values that can be taken away until nothing is left are the idea of Lee & Mathur, "Efficient decrease-and-conquer
  /// linearizability monitoring" (arXiv 2410.04581).
  ///
  /// - Complexity: O(n log n) time, O(n) memory.
  static func stack(_ calls: [CollectionCall]) -> FastDecision {
    decide(calls) { lifetimes, gaps in
      var moments = Moments(capacity: calls.count)
      for number in 0..<gaps.gaps.count {
        moments.append(lifetimes.empties[number].place, gap: gaps.gaps[number], .empty)
      }
      var nest = StackNest<Rules>(lifetimes)
      nest.run(lifetimes, calls, &moments)
      if let violation = nest.violation { return .notLinearizable(violation) }
      return .linearizable(moments.ordered())
    }
  }
}

/// Takes a stack's values apart, the lowest of a time first.
///
/// Times are visited from left to right, each before those within it. So nothing is left before the current start, and a
/// value can be pushed first from when its addition's call was passed on.
struct StackNest<Rules: CollectionRules>: ~Copyable {
  private(set) var violation: FastViolation?
  private var presence: PresenceTable
  /// By the rank from which on a value can leave: when it must have left, if its addition's call was passed.
  private var ends: LargestTable
  /// How many ranks were passed.
  private var passed: Int32 = 0
  /// The values that lie below, the lowest first.
  private var below = FlatBuffer<Int32>()
  private var times = FlatBuffer<Time>()

  /// A time that is taken apart.
  struct Time: BitwiseCopyable {
    /// What lies before this is done.
    var done: Int32
    let end: Int32
    /// How many values lie below those that lie lowest in it.
    let depth: Int32
  }

  init(_ lifetimes: borrowing Lifetimes<Rules>) {
    var steps = FlatBuffer<Int8>(repeating: 0, count: lifetimes.events.count)
    for value in 0..<lifetimes.values.count where Self.isPresent(lifetimes.values[value]) {
      steps[Int(lifetimes.values[value].addEnd)] = 1
      steps[Int(lifetimes.values[value].takeCall)] = -1
    }
    presence = PresenceTable(steps)
    ends = LargestTable(count: lifetimes.events.count)
  }

  /// Takes everything apart and writes down when each value is pushed and popped.
  mutating func run(_ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall], _ moments: inout Moments) {
    for value in 0..<lifetimes.values.count {
      let lifetime = lifetimes.values[value]
      guard lifetime.add >= 0, !Self.isPresent(lifetime) else { continue }
      moments.append(lifetime.add, gap: lifetime.takeCall, .passing)
      moments.append(lifetime.take, gap: lifetime.takeCall, .passing)
    }
    times.append(Time(done: 0, end: Int32(truncatingIfNeeded: lifetimes.events.count), depth: 0))
    while !times.isEmpty {
      let time = times[times.count - 1]
      let start = presence.firstLeft(from: time.done)
      guard start < time.end else {
        finish(time, lifetimes, &moments)
        continue
      }
      let end = presence.firstFree(from: start)
      times[times.count - 1].done = end
      times.append(Time(done: start, end: end, depth: Int32(truncatingIfNeeded: below.count)))
      guard takeLowest(start, end, lifetimes, calls, &moments) else {
        violation = violation(start, end, lifetimes, calls)
        return
      }
    }
  }

  /// Takes away all values that can lie lowest from `start` to `end`, if there are any.
  private mutating func takeLowest(
    _ start: Int32, _ end: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall],
    _ moments: inout Moments
  ) -> Bool {
    while passed < lifetimes.events.count, Rules.mayBePushedFirst(addCall: passed, start: start) {
      pass(lifetimes, calls)
    }
    let depth = below.count
    while true {
      let rank = ends.last(upTo: end) { Rules.mayBePoppedLast(takeEnd: $0, end: end) }
      guard rank >= 0 else { return below.count > depth }
      let value = Self.value(takenFrom: rank, lifetimes, calls)
      let lifetime = lifetimes.values[value]
      ends.set(rank, to: -1)
      presence.remove(lifetime.addEnd)
      presence.remove(rank)
      below.append(Int32(truncatingIfNeeded: value))
      moments.append(lifetime.add, gap: start - 1, .entering)
    }
  }

  /// The value whose addition is called at the next rank can be pushed first from now on.
  private mutating func pass(_ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]) {
    let event = lifetimes.events[Int(passed)]
    passed += 1
    guard event >= 0, event & 1 == 0, calls[Int(event >> 1)].kind == .add else { return }
    let lifetime = lifetimes.values[Int(calls[Int(event >> 1)].value)]
    if Self.isPresent(lifetime) { ends.set(lifetime.takeCall, to: lifetime.takeEnd) }
  }

  /// Pops the values that lie lowest in a time of which all is done.
  private mutating func finish(_ time: Time, _ lifetimes: borrowing Lifetimes<Rules>, _ moments: inout Moments) {
    times.truncate(to: times.count - 1)
    while below.count > Int(time.depth) {
      moments.append(lifetimes.values[Int(below[below.count - 1])].take, gap: time.end, .leaving)
      below.truncate(to: below.count - 1)
    }
  }

  @inline(__always)
  private static func isPresent(_ lifetime: Lifetimes<Rules>.Lifetime) -> Bool {
    lifetime.add >= 0 && Rules.mustBeThere(addEnd: lifetime.addEnd, takeCall: lifetime.takeCall)
  }

  @inline(__always)
  private static func value(
    takenFrom rank: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]
  ) -> Int {
    let event = lifetimes.events[Int(rank)]
    return event < 0 ? Int(-1 - event) : Int(calls[Int(event >> 1)].value)
  }

  /// The values that, one behind the other, are there from `start` to `end`, as many as six calls can name. Already
  /// these have no lowest one.
  private func violation(
    _ start: Int32, _ end: Int32, _ lifetimes: borrowing Lifetimes<Rules>, _ calls: [CollectionCall]
  ) -> FastViolation {
    let first = lifetimes.values[Int(calls[Int(lifetimes.events[Int(start)] >> 1)].value)]
    let last = lifetimes.values[Self.value(takenFrom: end, lifetimes, calls)]
    var named = [first.add, first.take, last.add, last.take].filter { $0 >= 0 }
    var reach = first.takeCall
    while reach < last.addEnd, named.count <= 4 {
      var longest = -1
      for value in 0..<lifetimes.values.count {
        let lifetime = lifetimes.values[value]
        guard Self.isPresent(lifetime), start <= lifetime.addEnd, lifetime.addEnd < reach, lifetime.takeCall <= end,
          presence.isLeft(lifetime.addEnd)
        else { continue }
        if longest < 0 || lifetimes.values[longest].takeCall < lifetime.takeCall { longest = value }
      }
      guard longest >= 0 else { break }
      named += [lifetimes.values[longest].add, lifetimes.values[longest].take]
      reach = lifetimes.values[longest].takeCall
    }
    return FastViolation(.noLowest, named)
  }
}

import Determinism

@testable import Linearizability

/// Small histories of special objects, most of them linearizable or nearly so.
struct RandomObjects {
  private var draws: DiceSequence

  init(seed: UInt64) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 33))
  }

  mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

  /// The positions of `count` calls, which take effect one after the other where `overlap` allows it.
  mutating func intervals(_ count: Int) -> [(call: Int32, end: Int32)] {
    let overlap = 1 + below(30)
    let stretch = below(8) == 0 ? 1000 : 1
    var events: [(time: Int, place: Int)] = []
    for place in 0..<count {
      events.append((10 * place - below(overlap), 2 * place))
      events.append((10 * place + 1 + below(overlap), 2 * place + 1))
    }
    events.sort { ($0.time, $0.place) < ($1.time, $1.place) }
    var intervals = Array(repeating: (call: Int32(0), end: Int32(0)), count: count)
    for (position, event) in events.enumerated() {
      let position = Int32(position * stretch)
      if event.place % 2 == 0 { intervals[event.place / 2].call = position }
      if event.place % 2 == 1 { intervals[event.place / 2].end = position }
    }
    return intervals
  }

  mutating func swapEnds(_ intervals: inout [(call: Int32, end: Int32)]) {
    guard intervals.count > 1, below(2) == 0 else { return }
    let one = below(intervals.count)
    let other = below(intervals.count)
    let swapped = intervals[one]
    intervals[one] = intervals[other]
    intervals[other] = swapped
  }

  /// Calls of a queue or stack, which takes its values from where `place` says.
  mutating func collection(
    upTo limit: Int = 7, repeats: Bool = false, from place: (Int, inout RandomObjects) -> Int
  ) -> [CollectionCall] {
    let count = 1 + below(limit)
    var intervals = intervals(count)
    swapEnds(&intervals)
    let isUnknownLikely = below(3) == 0
    let chanceOfAdd = 3 + below(4)
    var state: [Int32] = []
    var nextValue: Int32 = 0
    var calls: [CollectionCall] = []
    for number in 0..<count {
      var (call, end) = intervals[number]
      var kind = below(10) < chanceOfAdd ? CollectionCall.Kind.add : .take
      var value: Int32 = 0
      if kind == .add {
        value = repeats && below(10) == 0 ? Int32(below(4)) : nextValue
        nextValue += 1
        if below(8) == 0 { end = .max }
        if end != .max || below(2) == 0 { state.append(value) }
      } else if isUnknownLikely, below(5) == 0 {
        end = .max
        if !state.isEmpty, below(2) == 0 { state.remove(at: place(state.count, &self)) }
      } else if state.isEmpty {
        kind = .sawEmpty
      } else {
        value = state.remove(at: place(state.count, &self))
      }
      if below(12) == 0, kind != .add { value = Int32(below(4)) }
      if below(20) == 0, kind != .add { kind = .sawEmpty }
      calls.append(CollectionCall(call: call, end: end, kind: kind, value: value))
    }
    if below(2) == 0, calls.count > 1 { swapValues(&calls) }
    return calls
  }

  private mutating func swapValues(_ calls: inout [CollectionCall]) {
    let one = below(calls.count)
    let other = below(calls.count)
    guard calls[one].kind == calls[other].kind else { return }
    let (first, second) = (calls[one], calls[other])
    calls[one] = CollectionCall(call: first.call, end: first.end, kind: first.kind, value: second.value)
    calls[other] = CollectionCall(call: second.call, end: second.end, kind: second.kind, value: first.value)
  }

  /// Calls of a growing set, and what its reads saw.
  mutating func set(upTo limit: Int = 7) -> (calls: [SetCall], elements: [Int32]) {
    let count = 1 + below(limit)
    var intervals = intervals(count)
    swapEnds(&intervals)
    let chanceOfRead = below(4)
    let range = 1 + below(4)
    var state: Set<Int32> = []
    var elements: [Int32] = []
    var calls: [SetCall] = []
    for number in 0..<count {
      var (call, end) = intervals[number]
      let value = Int32(below(range))
      if below(8) == 0 { end = .max }
      if below(10) < chanceOfRead {
        var seen = state
        if below(8) == 0 { seen.formSymmetricDifference([value]) }
        let start = Int32(elements.count)
        elements += seen.sorted()
        let size = Int32(seen.count)
        calls.append(SetCall(call: call, end: end, kind: .read, value: start, count: size))
      } else if below(2) == 0 {
        if end != .max || below(2) == 0 { state.insert(value) }
        calls.append(SetCall(call: call, end: end, kind: .add, value: value))
      } else {
        let isPresent = state.contains(value) != (below(8) == 0)
        calls.append(SetCall(call: call, end: end, kind: isPresent ? .sawPresent : .sawAbsent, value: value))
      }
    }
    return (calls, elements)
  }

  /// Calls for identifiers.
  mutating func identifiers() -> [IdentifierCall] {
    let count = 1 + below(6)
    let range = 1 + below(12)
    return intervals(count).map { interval in
      let value = Int32(below(range))
      return IdentifierCall(call: interval.call, end: below(5) == 0 ? .max : interval.end, value: value)
    }
  }
}

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

  /// Histories one after the other in which every value is taken, most of them between the addition and the taking of
  /// further values.
  ///
  /// - Parameters:
  ///   - isNested: whether to put further values around them.
  ///   - oneIllegal: whether one of them, and one only, is not linearizable.
  ///   - next: a history, and whether it is linearizable.
  mutating func row(
    of count: Int, isNested: Bool, oneIllegal: Bool, _ next: (inout RandomObjects) -> ([CollectionCall], Bool)
  ) -> [CollectionCall] {
    let illegal = oneIllegal ? below(count) : -1
    var row: [CollectionCall] = []
    var around: [Int32] = []
    var (position, value): (Int32, Int32) = (0, 0)
    func put(_ kind: CollectionCall.Kind, _ value: Int32) {
      row.append(CollectionCall(call: position, end: position + 1, kind: kind, value: value))
      position += 2
    }
    for number in 0..<count {
      while isNested, below(2) == 0 {
        around.append(value)
        put(.add, value)
        value += 1
      }
      while !around.isEmpty, below(3) == 0 { put(.take, around.removeLast()) }
      var (calls, isLegal) = next(&self)
      while isLegal != (number != illegal) || !isSelfContained(calls) { (calls, isLegal) = next(&self) }
      for call in calls {
        let end = call.isUnknown ? .max : call.end + position
        let moved = CollectionCall(call: call.call + position, end: end, kind: call.kind, value: call.value + value)
        row.append(moved)
      }
      position += 1 + (calls.map { max($0.call, $0.isUnknown ? 0 : $0.end) }.max() ?? 0)
      value += 8
    }
    while let last = around.popLast() { put(.take, last) }
    return row
  }

  /// Whether each value is added once and taken, or else may never have been added, and nobody saw that nothing is there.
  private func isSelfContained(_ calls: [CollectionCall]) -> Bool {
    let added = calls.filter { $0.kind == .add }
    guard Set(added.map(\.value)).count == added.count else { return false }
    return calls.allSatisfy { call in
      switch call.kind {
      case .add: calls.contains { $0.kind == .take && !$0.isUnknown && $0.value == call.value }
      case .take: !call.isUnknown
      case .sawEmpty: false
      }
    }
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
        if below(4) == 0 { seen.formSymmetricDifference([value]) }
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

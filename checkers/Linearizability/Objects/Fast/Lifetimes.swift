/// When each value of a queue or stack was added and taken, with all positions replaced by their ranks.
///
/// What needs no proof of its own is settled here: a value that was taken and never added, taken twice, or taken before
/// it was added. An addition of unknown outcome whose value nobody took is left out: without it, every order that fits
/// still fits, as nothing but the taking of its value depends on it. A take of unknown outcome can matter only where
/// some value was never seen to leave; see `FastCollections`.
///
/// - Complexity: O(n) time and memory.
struct Lifetimes<Rules: CollectionRules>: ~Copyable {
  /// By value: what is known of it.
  var values: FlatBuffer<Lifetime>
  /// By rank: twice the place of a call, one more for its return; −1 − value for the time from which on an untaken value
  /// may be thought to be taken.
  var events: FlatBuffer<Int32>
  /// The calls that saw nothing, in the order of their calls.
  var empties: FlatBuffer<EmptySighting>
  /// The first rule found broken.
  var violation: FastViolation?
  /// Whether each value was added once at most.
  var isApplicable = true
  /// Whether some value that must have been added was never seen to leave.
  var hasUntaken = false
  /// The position of the first take of unknown outcome; the largest number if there is none.
  var firstUnknownTake = Int32.max

  /// What is known of one value. `addCall < addEnd <= takeEnd` and `addCall <= takeCall < takeEnd` once it is narrowed.
  struct Lifetime: BitwiseCopyable {
    /// Its addition, by place; −1 for none, or one that is left out.
    var add: Int32 = -1
    /// The call that took it, by place; −1 if nobody is known to have done so.
    var take: Int32 = -1
    var addCall: Int32 = -1
    var addEnd: Int32 = .max
    var takeCall: Int32 = -1
    var takeEnd: Int32 = .max
  }

  /// A call that saw nothing.
  struct EmptySighting: BitwiseCopyable {
    let place: Int32
    let call: Int32
    var end: Int32 = .max
  }

  /// Reads which value each call is about.
  init(_ calls: [CollectionCall]) {
    var count = 0
    for call in calls where call.kind != .sawEmpty { count = max(count, Int(call.value) + 1) }
    values = FlatBuffer(repeating: Lifetime(), count: count)
    events = FlatBuffer()
    empties = FlatBuffer()
    for place in calls.indices { note(calls[place], Int32(truncatingIfNeeded: place)) }
    guard isApplicable else { return }
    for value in 0..<count {
      let lifetime = values[value]
      if lifetime.take < 0 {
        let isDropped = lifetime.add >= 0 && (calls[Int(lifetime.add)].isUnknown || !Rules.staysUntaken())
        if isDropped { values[value].add = -1 } else if lifetime.add >= 0 { hasUntaken = true }
      } else if lifetime.add < 0 {
        violation = violation ?? FastViolation(.valueFromNowhere, [lifetime.take])
      }
    }
  }

  private mutating func note(_ call: CollectionCall, _ place: Int32) {
    let value = Int(call.value)
    switch call.kind {
    case .add:
      if values[value].add >= 0 { isApplicable = false }
      if Rules.countsAddition(isUnknown: call.isUnknown) { values[value].add = place }
    case .take where !call.isUnknown:
      if values[value].take >= 0, Rules.isTwice(takes: 2) {
        violation = violation ?? FastViolation(.twice, [values[value].take, place])
      }
      values[value].take = place
    case .sawEmpty where !call.isUnknown: break
    case .take, .sawEmpty: firstUnknownTake = min(firstUnknownTake, call.call)
    }
  }
}

// MARK: Ranks

extension Lifetimes {
  /// Puts the events in order and finds out when each value can have been added and taken.
  ///
  /// - Parameter floor: the position from which on untaken values may be thought to be taken.
  mutating func rank(_ calls: [CollectionCall], untakenFrom floor: Int32) {
    for value in 0..<values.count { values[value].addEnd = .max }
    var codes = FlatBuffer<Int32>(capacity: 2 * calls.count)
    var positions = FlatBuffer<Int32>(capacity: 2 * calls.count)
    for place in calls.indices {
      let call = calls[place]
      if call.kind == .add ? values[Int(call.value)].add != place : call.isUnknown { continue }
      codes.append(Int32(truncatingIfNeeded: 2 * place))
      positions.append(call.call)
      if call.isUnknown { continue }
      codes.append(Int32(truncatingIfNeeded: 2 * place + 1))
      positions.append(call.end)
    }
    let order = PositionOrder.sorted(positions)
    events = FlatBuffer(capacity: codes.count + (hasUntaken ? values.count : 0))
    empties = FlatBuffer()
    var isFloored = !hasUntaken
    for place in 0..<order.count {
      let event = Int(order[place])
      if !isFloored, positions[event] > floor {
        isFloored = true
        rankUntaken()
      }
      note(event: codes[event], calls)
    }
    if !isFloored { rankUntaken() }
    finishEmpties(calls)
    narrow()
  }

  private mutating func rankUntaken() {
    for value in 0..<values.count where values[value].add >= 0 && values[value].take < 0 {
      values[value].takeCall = Int32(truncatingIfNeeded: events.count)
      events.append(-1 - Int32(truncatingIfNeeded: value))
    }
  }

  @inline(__always)
  private mutating func note(event: Int32, _ calls: [CollectionCall]) {
    let rank = Int32(truncatingIfNeeded: events.count)
    events.append(event)
    let call = calls[Int(event >> 1)]
    let isEnd = event & 1 == 1
    let value = Int(call.value)
    switch call.kind {
    case .add: if isEnd { values[value].addEnd = rank } else { values[value].addCall = rank }
    case .take: if isEnd { values[value].takeEnd = rank } else { values[value].takeCall = rank }
    case .sawEmpty: if !isEnd { empties.append(EmptySighting(place: event >> 1, call: rank)) }
    }
  }

  /// Writes down where the calls that saw nothing end.
  private mutating func finishEmpties(_ calls: [CollectionCall]) {
    guard !empties.isEmpty else { return }
    var numbers = FlatBuffer<Int32>(repeating: -1, count: calls.count)
    for number in 0..<empties.count { numbers[Int(empties[number].place)] = Int32(truncatingIfNeeded: number) }
    for rank in 0..<events.count {
      let event = events[rank]
      guard event >= 0, event & 1 == 1, numbers[Int(event >> 1)] >= 0 else { continue }
      empties[Int(numbers[Int(event >> 1)])].end = Int32(truncatingIfNeeded: rank)
    }
  }

  /// An addition comes before the take of its value, which narrows both.
  private mutating func narrow() {
    for value in 0..<values.count where values[value].add >= 0 {
      let lifetime = values[value]
      if Rules.isTooEarly(addCall: lifetime.addCall, takeEnd: lifetime.takeEnd) {
        violation = violation ?? FastViolation(.tooEarly, [lifetime.add, lifetime.take])
      }
      values[value].addEnd = Rules.latest(addEnd: lifetime.addEnd, takeEnd: lifetime.takeEnd)
      values[value].takeCall = Rules.earliest(takeCall: lifetime.takeCall, addCall: lifetime.addCall)
    }
  }
}

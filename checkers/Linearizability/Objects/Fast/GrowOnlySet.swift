/// A set to which elements are added only, and that is asked for one element or for all.
///
/// Each element enters once, and what asks for that element alone says when at the earliest and at the latest; nothing
/// else does, so without reads of the whole set each element is by itself. Reads of the whole set must form a chain by
/// inclusion, and so they cut time: all elements of the first read enter, then come all reads that saw the same, then
/// enter those that the next larger read saw, and so on. Within a step nothing waits for anything, so it is enough that
/// each can wait for the calls of the steps before it.
///
/// - Complexity: O(n + what the reads saw) time and memory.
struct GrowOnlySet<Rules: SetRules>: ~Copyable {
  private let calls: [SetCall]
  private let elements: [Int32]
  private var facts: FlatBuffer<Facts>
  /// The known reads, by place, and how many different elements each saw; then in the order of their steps.
  private var reads = FlatBuffer<Int32>()
  private var sizes = FlatBuffer<Int32>()
  private var order = FlatBuffer<Int32>()
  /// By step, the first one empty: where its reads end in the order.
  private var stepEnds = FlatBuffer<Int32>(repeating: 0, count: 1)
  /// What takes effect in the order of the steps, and the gap in which it does.
  private var places = FlatBuffer<Int32>()
  private var gaps = FlatBuffer<Int32>()
  /// The latest call that what comes next has to wait for, with its position.
  private var latest: Int32 = -1
  private var latestPlace: Int32 = -1
  private var violation: FastViolation?

  /// What is known of an element. Calls are given by place, −1 for none.
  struct Facts: BitwiseCopyable {
    /// Its first addition.
    var add: Int32 = -1
    var addCall: Int32 = .max
    /// The latest call of those before whose beginning it was not there.
    var absent: Int32 = -1
    var absentCall: Int32 = -1
    /// The earliest return of those behind whose end it is there.
    var present: Int32 = -1
    var presentEnd: Int32 = .max
    /// The step in which it enters; 0 as long as no read is known to have seen it.
    var step: Int32 = 0
    /// The last read that was found to have seen it, by number.
    var seenBy: Int32 = -1
  }

  /// Decides everything.
  static func decide(_ calls: [SetCall], elements: [Int32]) -> FastDecision {
    if calls.contains(where: { $0.kind == .remove }) { return .notApplicable }
    var set = GrowOnlySet(calls, elements)
    set.findSteps()
    set.checkSources()
    if set.violation == nil { set.walk() }
    if let violation = set.violation { return .notLinearizable(violation) }
    return .linearizable(set.witness())
  }

  private init(_ calls: [SetCall], _ elements: [Int32]) {
    (self.calls, self.elements) = (calls, elements)
    var count = 0
    for call in calls where call.kind != .read { count = max(count, Int(call.value) + 1) }
    for element in elements { count = max(count, Int(element) + 1) }
    facts = FlatBuffer(repeating: Facts(), count: count)
    for place in calls.indices { note(calls[place], Int32(truncatingIfNeeded: place)) }
  }

  private mutating func note(_ call: SetCall, _ place: Int32) {
    let element = Int(call.value)
    switch call.kind {
    case .read: if !call.isUnknown { reads.append(place) }
    case .add:
      guard Rules.countsAddition(isUnknown: call.isUnknown), call.call < facts[element].addCall else { break }
      (facts[element].add, facts[element].addCall) = (place, call.call)
    case .remove, .sawPresent, .sawAbsent: break
    }
    guard call.kind != .read, !call.isUnknown else { return }
    if Rules.isThere(behind: call.kind), call.end < facts[element].presentEnd {
      (facts[element].present, facts[element].presentEnd) = (place, call.end)
    }
    if Rules.isAbsent(before: call.kind), call.call > facts[element].absentCall {
      (facts[element].absent, facts[element].absentCall) = (place, call.call)
    }
  }
}

// MARK: Steps

extension GrowOnlySet {
  private func seen(by read: Int32) -> Range<Int> {
    let call = calls[Int(read)]
    return Int(call.value)..<Int(call.value) + Int(call.count)
  }

  /// Puts the reads in the order of inclusion and finds the step in which each element enters.
  private mutating func findSteps() {
    for number in 0..<reads.count {
      var size: Int32 = 0
      for place in seen(by: reads[number]) where facts[Int(elements[place])].seenBy != Int32(number) {
        facts[Int(elements[place])].seenBy = Int32(truncatingIfNeeded: number)
        size += 1
      }
      sizes.append(size)
    }
    order = PositionOrder.sorted(sizes)
    for element in 0..<facts.count { facts[element].seenBy = -1 }
    var (step, size): (Int32, Int32) = (0, -1)
    for place in 0..<order.count {
      let number = Int(order[place])
      let isLarger = sizes[number] > size
      if isLarger {
        step += 1
        stepEnds.append(0)
      }
      let known = enter(order[place], in: isLarger ? step : 0)
      if !Rules.mayMiss(max(size, 0) - known) {
        violation = FastViolation(.incomparable, [reads[number], reads[Int(order[place - 1])]])
        return
      }
      size = sizes[number]
      stepEnds[Int(step)] = Int32(truncatingIfNeeded: place + 1)
    }
  }

  /// Lets all elements of a read that no smaller read saw enter in `step`, unless that is 0.
  ///
  /// - Returns: how many elements of it smaller reads saw, or other ones of the same step.
  private mutating func enter(_ number: Int32, in step: Int32) -> Int32 {
    var known: Int32 = 0
    for place in seen(by: reads[Int(number)]) {
      let element = Int(elements[place])
      guard facts[element].seenBy != number else { continue }
      facts[element].seenBy = number
      if facts[element].step > 0 { known += 1 } else if step > 0 { facts[element].step = step }
    }
    return known
  }

  /// Looks for elements that were seen and never added.
  private mutating func checkSources() {
    guard violation == nil else { return }
    for element in 0..<facts.count where facts[element].add < 0 {
      let call = facts[element].present >= 0 ? facts[element].present : read(seeing: Int32(element))
      guard call >= 0 else { continue }
      violation = FastViolation(.valueFromNowhere, [call])
      return
    }
  }

  private func read(seeing element: Int32) -> Int32 {
    guard facts[Int(element)].step > 0 else { return -1 }
    for number in 0..<reads.count where seen(by: reads[number]).contains(where: { elements[$0] == element }) {
      return reads[number]
    }
    return -1
  }
}

// MARK: The order

extension GrowOnlySet {
  /// Goes from step to step.
  private mutating func walk() {
    let steps = stepEnds.count
    var keys = FlatBuffer<Int32>(capacity: facts.count)
    for element in 0..<facts.count {
      let isSeen = facts[element].step > 0
      let isLast = !isSeen && facts[element].present >= 0
      // What nobody found in the set and nobody is known to have added never entered.
      keys.append(isSeen ? facts[element].step : isLast ? Int32(truncatingIfNeeded: steps) : 0)
    }
    let entering = PositionOrder.sorted(keys)
    var place = 0
    while place < entering.count, keys[Int(entering[place])] == 0 { place += 1 }
    for step in 1..<steps {
      let (before, beforePlace) = (latest, latestPlace)
      while place < entering.count, keys[Int(entering[place])] == step, violation == nil {
        enter(Int(entering[place]), behind: before, beforePlace, step)
        place += 1
      }
      let (entered, enteredPlace) = (latest, latestPlace)
      for read in Int(stepEnds[step - 1])..<Int(stepEnds[step]) where violation == nil {
        note(read: reads[Int(order[read])], behind: entered, enteredPlace)
      }
      if violation != nil { return }
    }
    let (before, beforePlace) = Rules.entersBehindReads() ? (latest, latestPlace) : (-1, -1)
    while place < entering.count, violation == nil {
      enter(Int(entering[place]), behind: before, beforePlace, steps)
      place += 1
    }
  }

  /// An element enters, behind everything that was called up to `before`.
  private mutating func enter(_ element: Int, behind before: Int32, _ beforePlace: Int32, _ step: Int) {
    let fact = facts[element]
    let isAdded = fact.addCall > fact.absentCall
    let (own, ownPlace) = isAdded ? (fact.addCall, fact.add) : (fact.absentCall, fact.absent)
    if !Rules.fits(earliest: own, latest: fact.presentEnd) {
      violation = FastViolation(isAdded ? .tooEarly : .lost, [ownPlace, fact.present])
      return
    }
    if !Rules.fits(earliest: before, latest: fact.presentEnd) {
      // The last read before this step missed the element, and saw the other one, if it is one.
      let read = reads[Int(order[Int(stepEnds[step - 1]) - 1])]
      violation = FastViolation(.lost, [fact.present, beforePlace, read])
      return
    }
    places.append(fact.add)
    gaps.append(max(own, before))
    if own > latest { (latest, latestPlace) = (own, ownPlace) }
  }

  /// A read takes effect, behind everything that was called up to `before`.
  private mutating func note(read place: Int32, behind before: Int32, _ beforePlace: Int32) {
    let read = calls[Int(place)]
    if !Rules.fits(earliest: before, latest: read.end) {
      let rule: FastRule
      switch calls[Int(beforePlace)].kind {
      case .add: rule = .tooEarly
      case .read: rule = .backwards
      case .remove, .sawPresent, .sawAbsent: rule = .lost
      }
      violation = FastViolation(rule, [beforePlace, place])
      return
    }
    places.append(place)
    gaps.append(max(read.call, before))
    if read.call > latest { (latest, latestPlace) = (read.call, place) }
  }

  /// All calls in order. Within one gap those come first that found an element absent, and those last that only need it.
  private func witness() -> [Int32] {
    var keys = FlatBuffer<Int32>(capacity: calls.count)
    var all = FlatBuffer<Int32>(capacity: calls.count)
    for place in calls.indices where calls[place].kind == .sawAbsent && !calls[place].isUnknown {
      keys.append(calls[place].call)
      all.append(Int32(truncatingIfNeeded: place))
    }
    for place in 0..<places.count {
      keys.append(gaps[place])
      all.append(places[place])
    }
    for place in calls.indices where !calls[place].isUnknown {
      let call = calls[place]
      let isLate = call.kind == .sawPresent || call.kind == .add && facts[Int(call.value)].add != Int32(place)
      guard isLate else { continue }
      keys.append(call.end - 1)
      all.append(Int32(truncatingIfNeeded: place))
    }
    let sorted = PositionOrder.sorted(keys)
    return (0..<sorted.count).map { all[Int(sorted[$0])] }
  }
}

import Histories

/// How the slots may be asked.
package enum SlotMode: String, Sendable, CaseIterable {
  /// All configurations at once, as if there were no end to operations of unknown result: proves that there is no order.
  case endless
  /// The same of short stretches of the history, whatever was there before: proves that there is no order where few events
  /// show it, however wide the rest is.
  case windows
  /// One configuration at a time: finds an order soon, if there is one.
  case depthFirst = "depth-first"
  /// All configurations at once: decides, and finds the first event after which nothing works.
  case breadthFirst = "breadth-first"
}

/// Where the slots ended without an order: the operation after whose return nothing works, by offset, and the values that
/// were possible right before, as far as somebody saw them from then on.
package struct DeadEnd: Sendable {
  /// The operation, by offset.
  package let operation: Int32
  /// The values; `nil` is absent. None where strings grow.
  package let values: [[UInt8]?]
  /// Whether a value was possible that nobody sees from then on.
  package let includesUnseen: Bool
  /// Whether it is the first such operation.
  package let isFirst: Bool
  /// If it is the first: an order, by offset, of all that had returned before, and of some of what was open.
  package let order: [Int32]
}

extension SlotSearch {
  /// Walks all events with all configurations at once. After a limit of work it can be called again, and goes on.
  ///
  /// - Parameter shouldStop: asked now and then.
  mutating func runBreadthFirst(within budget: Budget, shouldStop: () -> Bool) -> Decision {
    let isExact = !isEndless || problem.classes.isEmpty
    trail.isRecording = isExact
    while pause != nil || position < problem.events.count {
      if pause == nil {
        guard work < turnEnd else { return .unknown(.expansions(budget.expansions)) }
        position += 1
      }
      let event = problem.events[position - 1]
      if event & 1 == 0 {
        open(event >> 1)
        meet(event >> 1)
        let met = 2 + openByReturn.count >> 4 + front.count >> 4
        if let limit = poll(met, budget, shouldStop) { return .unknown(limit) }
        continue
      }
      if let limit = passReturn(returning(event >> 1), budget, shouldStop) { return .unknown(limit) }
      if out.count == 0 { return .notLinearizable(.deadEnd(deadEnd(at: event >> 1, isFirst: isExact, shouldStop))) }
      keepOut()
      if trail.isFull { trail.collect(&front, stride: stride) }
    }
    return isExact ? .linearizable(order(to: front[stride - 1])) : .notApplicable
  }

  /// Shows a new operation to every configuration.
  mutating func meet(_ number: Int32) {
    let operation = problem.operations[Int(number)]
    guard !operation.isUnknown else { return }
    if operation.effect.isPure { absorb(number) }
    if Rules.canHide(operation.effect), !operation.effect.isPure { free(number) }
  }

  /// Frees what can do without a place of its own, for a blind write must be placed before it returns.
  ///
  /// That write is one that lies within the operation, or one that is open, returns sooner, and is neither placed nor
  /// free itself. Whatever becomes of it, some blind write stands where the freed one can hide.
  private mutating func free(_ number: Int32) {
    let operation = problem.operations[Int(number)]
    let slot = Int(operation.place)
    let (word, bit) = (slot >> 6, UInt64(1) << UInt64(slot & 63))
    sooner.base.update(repeating: 0, count: maskWords)
    later.base.update(repeating: 0, count: maskWords)
    for place in 0..<openByReturn.count {
      let other = openByReturn[place]
      let mask = UInt64(1) << UInt64(other.slot & 63)
      if other.effect == .set, Rules.covers(blindReturn: other.end, other: operation.end) {
        sooner[Int(other.slot) >> 6] |= mask
      }
      if operation.effect == .set, Rules.canHide(other.effect),
        Rules.covers(blindReturn: operation.end, other: other.end), other.number != number
      {
        later[Int(other.slot) >> 6] |= mask
      }
    }
    for start in Swift.stride(from: 0, to: front.count, by: stride) {
      let (used, free) = (front.base + start + 1, front.base + start + 1 + maskWords)
      var isFree = operation.isCovered
      for word in 0..<maskWords {
        if sooner[word] & ~used[word] & ~free[word] != 0 { isFree = true }
        free[word] |= later[word] & ~used[word]
      }
      if isFree { free[word] |= bit }
    }
  }

  /// Takes a new operation that leaves the value as it is into every configuration that it fits.
  private mutating func absorb(_ number: Int32) {
    let operation = problem.operations[Int(number)]
    let slot = Int(operation.place)
    let (word, bit) = (slot >> 6, UInt64(1) << UInt64(slot & 63))
    for start in Swift.stride(from: 0, to: front.count, by: stride) {
      guard legal(Self.state(front[start]), word) & bit != 0 else { continue }
      front[start + 1 + word] |= bit
      front[start + stride - 1] = trail.append(number, to: front[start + stride - 1])
    }
  }

  /// Takes every configuration of `front` past a return, in every way there is, into `out`. After a limit of work it can be
  /// called again with the same return, and goes on.
  ///
  /// - Parameter untilFirst: whether one way is enough.
  mutating func passReturn(
    _ o: Returning, untilFirst: Bool = false, _ budget: Budget, _ shouldStop: () -> Bool
  ) -> Limit? {
    var paused = pause
    pause = nil
    if paused == nil {
      out.removeAll()
      visited.removeAll()
    }
    for start in Swift.stride(from: paused?.start ?? 0, to: front.count, by: stride) {
      if paused == nil, isPast(o, start) { continue }
      if let limit = poll(4 + out.takeComparisons(), budget, shouldStop, canGoOn: false) { return limit }
      if let limit = explore(o, from: paused, untilFirst: untilFirst, budget, shouldStop) {
        pause?.start = start
        return limit
      }
      paused = nil
    }
    toggle(Int(o.number))
    removeOpen(o.number)
    return nil
  }

  /// Lets the operation return in one configuration of `front` as it is, if it is placed there or can hide.
  ///
  /// - Returns: whether there are no other ways to try; if there are, they begin with what is in `made`.
  private mutating func isPast(_ o: Returning, _ start: Int) -> Bool {
    made.base.copy(front.base + start, count: stride)
    if made[1 + o.word] & o.bit != 0 {
      unpolled += 4
      leave(o)
      return true
    }
    if made[1 + maskWords + o.word] & o.bit != 0 {
      leave(o, isHidden: true)
      made.base.copy(front.base + start, count: stride)
    }
    return false
  }

  /// Goes on with what is in `out`.
  private mutating func keepOut() {
    front.truncate(to: 0)
    for number in 0..<out.count where !out.isDropped(number) {
      let start = front.extend(by: stride)
      (front.base + start).copy(out.words.base + number * stride, count: stride)
    }
  }

  /// What finding the possible values may cost, in values and writes looked at.
  private static var possibleValuesWork: Int { 100_000_000 }

  /// What was possible before the return of an operation that no configuration gets past.
  private mutating func deadEnd(at number: Int32, isFirst: Bool, _ shouldStop: () -> Bool) -> DeadEnd {
    let isPossible = possibleValues(before: number, shouldStop)
    var values: [[UInt8]?] = []
    for place in 1..<isPossible.count where isPossible[place] { values.append(problem.numbers[StateID(place - 1)]) }
    return DeadEnd(
      operation: problem.operations[Int(number)].source, values: values, includesUnseen: isPossible[0],
      isFirst: isFirst, order: isFirst ? order(to: front[stride - 1]) : [])
  }

  /// Whether each value was possible, beginning with those that nobody sees from then on. All are `false` where strings
  /// grow, for there they are not followed, and where too much is to be followed.
  ///
  /// Configurations put off what need not happen yet, so whatever is open or unknown may still have happened.
  private mutating func possibleValues(before number: Int32, _ shouldStop: () -> Bool) -> [Bool] {
    let none = [Bool](repeating: false, count: problem.numbers.count + 1)
    guard problem.mentioned == nil else { return none }
    var isPossible = none
    var (work, polls) = (0, 0)
    let o = returning(number)
    insertOpen(number)
    sortOpenWrites(o)
    var reached = isPossible
    for start in Swift.stride(from: 0, to: front.count, by: stride) {
      for place in reached.indices { reached[place] = false }
      reached[Int(Self.state(front[start])) + 1] = true
      var hasChanged = true
      while hasChanged {
        hasChanged = false
        work += reached.count + blindWrites.count + linkedWrites.count + unknownWrites.count
        if work > Self.possibleValuesWork { return none }
        if work >> 16 > polls {
          polls = work >> 16
          if shouldStop() { return none }
        }
        func reach(_ state: StateID) {
          if !reached[Int(state) + 1] { (reached[Int(state) + 1], hasChanged) = (true, true) }
        }
        let used = front.base + start + 1
        for place in 0..<blindWrites.count where used[Int(blindWrites[place].word)] & blindWrites[place].bit == 0 {
          reach(blindWrites[place].state)
        }
        for place in 0..<linkedWrites.count where reached[Int(linkedWrites[place].operand) + 1] {
          let slot = Int(linkedWrites[place].slot)
          if used[slot >> 6] & 1 << UInt64(slot & 63) == 0 { reach(settled(linkedWrites[place].result, o)) }
        }
        for place in 0..<unknownWrites.count where isLeft(unknownWrites[place], front.base + start) {
          let write = unknownWrites[place]
          if write.effect == .set || reached[Int(write.operand) + 1] { reach(write.result) }
        }
      }
      for place in reached.indices where reached[place] { isPossible[place] = true }
    }
    return isPossible
  }
}

// MARK: The order

extension SlotSearch {
  /// The operations along a way, by offset. Writes that hide stand right before the blind write behind which they did.
  func order(to end: UInt64) -> [Int32] {
    let path = trail.path(to: end)
    var hidden = [Int32](repeating: -1, count: path.count)
    var following = [Int32](repeating: -1, count: path.count)
    var lastBlind = -1
    for (place, step) in path.enumerated() {
      if step & 1 == 1 {
        if lastBlind >= 0 { (following[place], hidden[lastBlind]) = (hidden[lastBlind], Int32(place)) }
      } else if problem.operations[Int(step >> 1)].effect == .set {
        lastBlind = place
      }
    }
    var order: [Int32] = []
    order.reserveCapacity(path.count)
    for (place, step) in path.enumerated() where step & 1 == 0 {
      var hider = hidden[place]
      while hider >= 0 {
        order.append(problem.operations[Int(path[Int(hider)] >> 1)].source)
        hider = following[Int(hider)]
      }
      order.append(problem.operations[Int(step >> 1)].source)
    }
    return order
  }
}

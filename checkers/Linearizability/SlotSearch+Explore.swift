// What can happen between two events, so that the operation that returns now is placed.
extension SlotSearch {
  /// The operation that returns, and when.
  struct Returning {
    let number: Int32
    let word: Int
    let bit: UInt64
    let now: Int32
  }

  /// The return that the next event is.
  func returning(_ number: Int32) -> Returning {
    let operation = problem.operations[Int(number)]
    let slot = Int(operation.place)
    return Returning(number: number, word: slot >> 6, bit: 1 << UInt64(slot & 63), now: operation.end)
  }

  /// Adds to `out` all that can be made of the configuration in `made` such that the operation that returns is placed.
  ///
  /// - Parameter untilFirst: whether one is enough.
  /// - Returns: why it ended too soon; `nil` if it did not.
  mutating func explore(
    _ o: Returning, untilFirst: Bool = false, _ budget: Budget, _ shouldStop: () -> Bool
  ) -> Limit? {
    var next = visited.count
    visit()
    while next < visited.count, !untilFirst || out.count == 0 {
      if visited.isDropped(next) {
        next += 1
        continue
      }
      guard expansions < budget.expansions else { return .expansions(budget.expansions) }
      if expansions & 1023 == 0 {
        if bytes > budget.bytes { return .bytes(budget.bytes) }
        if shouldStop() { return .stopped }
      }
      current.base.copy(visited.words.base + next * stride, count: stride)
      next += 1
      expansions += 1
      placeCompleted(o)
      placeUnknown(o)
    }
    return nil
  }

  private mutating func placeCompleted(_ o: Returning) {
    let state = Self.state(current[0])
    for place in (0..<openByReturn.count).reversed() {
      let operation = openByReturn[place]
      let slot = Int(operation.slot)
      guard current[1 + slot >> 6] & 1 << UInt64(slot & 63) == 0 else { continue }
      let isReturning = operation.number == o.number
      switch operation.effect {
      case .require, .forbid: continue
      case .set:
        // Of those that write the same the one that returns first comes first.
        let value = Int(operation.result) + 1
        if writtenIn[value] == expansions, !isReturning { continue }
        writtenIn[value] = expansions
        make(operation.result, o, frees: Rules.frees(.set), slot: slot)
        if Rules.mustBeUseful(isReturning: isReturning), !isUseful() { continue }
      case .swap:
        guard operation.operand == state else { continue }
        make(operation.result, o, frees: Rules.frees(.swap), slot: slot)
      case .append:
        let result = problem.appended(operation.operand, to: state)
        reach(result)
        make(result, o, frees: Rules.frees(.append), slot: slot)
      }
      push(operation.number, o)
    }
  }

  private mutating func placeUnknown(_ o: Returning) {
    let state = Self.state(current[0])
    for number in 0..<problem.classes.count where isLeft(number, current) {
      let effect = problem.classes[number].effect
      var result = problem.classes[number].result
      switch effect {
      case .require, .forbid: continue
      case .set: if writtenIn[Int(result) + 1] == expansions { continue }
      case .swap: guard problem.classes[number].operand == state else { continue }
      case .append:
        result = problem.appended(problem.classes[number].operand, to: state)
        reach(result)
      }
      make(result, o, frees: Rules.frees(effect), slot: -1)
      var member = 0
      if !isEndless {
        member = min(spent(number, made), problem.classes[number].members.count - 1)
        made[1 + 2 * maskWords + (number * laneBits) >> 6] &+= 1 << UInt64(number * laneBits & 63)
      }
      if isUseful() { push(problem.classes[number].members[member], o) }
    }
  }

  /// Makes the configuration behind `current` in which the operation in `slot`, or one of unknown result, left `state`.
  @inline(__always)
  private mutating func make(_ state: StateID, _ o: Returning, frees: Bool, slot: Int) {
    made.base.copy(current.base, count: stride)
    let isGone = Rules.isGone(observedUntil: problem.observedUntil(state), now: o.now)
    made[0] = Self.word(isGone ? .unmentioned : state)
    if slot >= 0 {
      made[1 + slot >> 6] |= 1 << UInt64(slot & 63)
      made[1 + maskWords + slot >> 6] &= ~(1 << UInt64(slot & 63))
    }
    guard frees else { return }
    for word in 0..<maskWords { made[1 + maskWords + word] |= hideableMask[word] & ~made[1 + word] }
  }

  /// How many of a class a configuration has spent.
  @inline(__always)
  private func spent(_ number: Int, _ configuration: borrowing FlatBuffer<UInt64>) -> Int {
    let word = configuration[1 + 2 * maskWords + (number * laneBits) >> 6]
    return Int(word >> UInt64(number * laneBits & 63) & (1 << UInt64(laneBits) - 1))
  }

  @inline(__always)
  private func isLeft(_ number: Int, _ configuration: borrowing FlatBuffer<UInt64>) -> Bool {
    Rules.isLeft(available: available[number], spent: isEndless ? 0 : Int32(spent(number, configuration)))
  }

  /// Whether something goes on from the value of `made` instead of replacing it.
  private func isUseful() -> Bool {
    let state = Self.state(made[0])
    for word in 0..<maskWords {
      var waiting = legal(state, word)
      if Rules.isWaitedFor(by: .swap) { waiting |= swapMasks[(Int(state) + 1) * maskWords + word] }
      if Rules.isWaitedFor(by: .append) { waiting |= appendMask[word] }
      if waiting & ~made[1 + word] != 0 { return true }
    }
    for number in 0..<problem.classes.count {
      let effect = problem.classes[number].effect
      let goesOn = effect == .append || effect == .swap && problem.classes[number].operand == state
      if goesOn, Rules.isWaitedFor(by: effect), isLeft(number, made) { return true }
    }
    return false
  }

  /// Takes in whoever fits the value of `made`, and keeps it to be explored, or to go on behind the return.
  @inline(__always)
  private mutating func push(_ number: Int32, _ o: Returning) {
    let state = Self.state(made[0])
    let isDone = made[1 + o.word] & o.bit != 0
    if Rules.absorbs(isReturning: isDone) {
      for word in 0..<maskWords { made[1 + word] |= legal(state, word) }
    }
    if made[1 + o.word] & o.bit != 0 {
      leave(o, placing: number)
    } else {
      visit(placing: number)
    }
  }

  /// Keeps `made` to be explored, unless something as good was met before.
  private mutating func visit(placing number: Int32 = -1) {
    let dominance = dominance
    guard visited.admits(made.base, dominance) else { return }
    visited.drop(dominatedBy: made.base, dominance)
    recordStep(number)
    visited.append(made, Self.state(made[0]))
  }

  /// Lets the operation return in `made` and keeps what is left for the events that follow.
  mutating func leave(_ o: Returning, placing number: Int32 = -1, isHidden: Bool = false) {
    recordStep(number)
    if isHidden { made[stride - 1] = trail.append(o.number, isHidden: true, to: made[stride - 1]) }
    made[1 + o.word] &= ~o.bit
    made[1 + maskWords + o.word] &= ~o.bit
    let state = Self.state(made[0])
    let isGone = state >= 0 && Rules.isGone(observedUntil: problem.observedUntil(state), now: o.now + 1)
    if isGone { made[0] = Self.word(.unmentioned) }
    let dominance = dominance
    guard out.admits(made.base, dominance) else { return }
    out.drop(dominatedBy: made.base, dominance)
    out.append(made, Self.state(made[0]))
  }

  /// Writes down the step from `current` to `made`, and who was taken in.
  private mutating func recordStep(_ number: Int32) {
    guard number >= 0, trail.isRecording else { return }
    var end = trail.append(number, to: current[stride - 1])
    for word in 0..<maskWords {
      var taken = made[1 + word] & ~current[1 + word] & pureMask[word]
      while taken != 0 {
        end = trail.append(occupant[word << 6 + taken.trailingZeroBitCount], to: end)
        taken &= taken - 1
      }
    }
    made[stride - 1] = end
  }
}

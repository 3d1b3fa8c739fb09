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
  mutating func returning(_ number: Int32) -> Returning {
    let operation = problem.operations[Int(number)]
    let slot = Int(operation.place)
    return Returning(number: number, word: slot >> 6, bit: 1 << UInt64(slot & 63), now: operation.end)
  }

  private static var comparisonsPerExpansion: Int { 256 }

  /// Adds to `out` all that can be made of the configuration in `made` such that the operation that returns is placed.
  ///
  /// - Parameters:
  ///   - paused: where it was interrupted; then it goes on there.
  ///   - untilFirst: whether one is enough.
  /// - Returns: why it ended too soon; `nil` if it did not. After a limit of work it can go on at `pause`.
  mutating func explore(
    _ o: Returning, from paused: Pause?, untilFirst: Bool = false, _ budget: Budget, _ shouldStop: () -> Bool
  ) -> Limit? {
    if paused == nil, visited.count == 0 { sortOpenWrites(o) }
    var next = paused?.next ?? visited.count
    if paused == nil { visit() }
    while next < visited.count, !untilFirst || out.count == 0 {
      if visited.isDropped(next) {
        next += 1
        continue
      }
      guard expansions < budget.expansions, polled + unpolled < turnEnd else {
        pause = Pause(start: 0, next: next)
        return .expansions(budget.expansions)
      }
      let comparisons = visited.takeComparisons() + out.takeComparisons()
      if let limit = poll(workOfExpansion + comparisons * maskWords, budget, shouldStop) {
        pause = Pause(start: 0, next: next)
        return limit
      }
      current.base.copy(visited.words.base + next * stride, count: stride)
      next += 1
      // A budget of expansions is one of work, however long the chains are.
      expansions += 1 + comparisons / Self.comparisonsPerExpansion
      if let limit = placeCompleted(o, budget, shouldStop) { return limit }
      placeUnknown(o)
    }
    return nil
  }

  /// The work of exploring one configuration, but for the comparisons.
  private var workOfExpansion: Int {
    16 * maskWords + blindWrites.count >> 2 + linkedWrites.count >> 1 + 4 * unknownWrites.count
  }

  /// Asks now and then whether time or memory is up.
  ///
  /// - Parameters:
  ///   - work: what was done since it was called last; see `work`.
  ///   - canGoOn: whether the search could go on later from here. Else it is not asked about memory.
  @inline(__always)
  mutating func poll(_ work: Int, _ budget: Budget, _ shouldStop: () -> Bool, canGoOn: Bool = true) -> Limit? {
    unpolled += work
    guard unpolled > 16_384 else { return nil }
    if shouldStop() { return .stopped }
    guard canGoOn else { return nil }
    polled += unpolled
    unpolled = 0
    return soonBytes > budget.bytes ? .bytes(budget.bytes) : nil
  }

  /// Puts down what is the same for every configuration explored at one return.
  mutating func sortOpenWrites(_ o: Returning) {
    blindWrites.truncate(to: 0)
    linkedWrites.truncate(to: 0)
    waiting.truncate(to: 0)
    for place in (0..<openByReturn.count).reversed() {
      let write = openByReturn[place]
      guard write.effect == .set else {
        linkedWrites.append(write)
        continue
      }
      let state = settled(write.result, o)
      blindWrites.append(
        BlindWrite(
          bit: 1 << UInt64(write.slot & 63), word: write.slot >> 6, slot: write.slot, number: write.number,
          value: write.result + 1, state: state, isWanted: !Rules.mustBeUseful(isReturning: write.number == o.number)))
      for word in 0..<maskWords { waiting.append(waiting(for: state, word)) }
    }
    unpolled += 16 + blindWrites.count * maskWords
    sortUnknownWrites(o)
  }

  mutating func sortUnknownWrites(_ o: Returning) {
    unknownWrites.truncate(to: 0)
    for isLinked in [false, true] {
      linkedUnknownWrites = unknownWrites.count
      for number in 0..<problem.classes.count where available[number] > 0 {
        let unknown = problem.classes[number]
        guard (unknown.effect != .set) == isLinked else { continue }
        unknownWrites.append(
          UnknownWrite(
            number: Int32(number), effect: unknown.effect, operand: unknown.operand, value: unknown.result + 1,
            result: settled(unknown.result, o), available: available[number],
            word: Int32(1 + 2 * maskWords + (number * laneBits) >> 6), shift: Int32(number * laneBits & 63)))
      }
    }
  }

  /// One word of the open operations that go on from a value.
  @inline(__always)
  private func waiting(for state: StateID, _ word: Int) -> UInt64 {
    var waiting = legal(state, word)
    if Rules.isWaitedFor(by: .swap) { waiting |= swapMasks[(Int(state) + 1) * maskWords + word] }
    if Rules.isWaitedFor(by: .append) { waiting |= appendMask[word] }
    return waiting
  }

  private mutating func placeCompleted(
    _ o: Returning, _ budget: Budget, _ shouldStop: () -> Bool
  ) -> Limit? {
    for place in 0..<blindWrites.count {
      // Where thousands are open at once one configuration leads to thousands, each of thousands of bits.
      if place & 63 == 63, let limit = poll(64 * maskWords, budget, shouldStop, canGoOn: false) {
        return limit
      }
      let write = blindWrites[place]
      // Of those that write the same the one that returns first comes first.
      guard current[1 + Int(write.word)] & write.bit == 0, writtenIn[Int(write.value)] != expansions else { continue }
      writtenIn[Int(write.value)] = expansions
      // Whether it is placed itself makes no difference to who waits for its value.
      guard write.isWanted || isWaiting(place, write.state) else { continue }
      make(write.state, frees: Rules.frees(.set), slot: Int(write.slot))
      push(write.number, o)
    }
    let state = Self.state(current[0])
    for place in 0..<linkedWrites.count {
      let write = linkedWrites[place]
      let slot = Int(write.slot)
      guard current[1 + slot >> 6] & 1 << UInt64(slot & 63) == 0 else { continue }
      if write.effect == .swap {
        let value = Int(write.result) + 1
        guard write.operand == state, swappedIn[value] != expansions else { continue }
        swappedIn[value] = expansions
        make(settled(write.result, o), frees: Rules.frees(.swap), slot: slot)
      } else {
        let result = problem.appended(write.operand, to: state)
        reach(result)
        make(settled(result, o), frees: Rules.frees(.append), slot: slot)
      }
      push(write.number, o)
    }
    return nil
  }

  private mutating func placeUnknown(_ o: Returning) {
    let state = Self.state(current[0])
    for place in 0..<unknownWrites.count {
      let write = unknownWrites[place]
      guard isLeft(write, current.base) else { continue }
      var result = write.result
      switch write.effect {
      case .require, .forbid: continue
      // Those of known result come first, for these can wait.
      case .set: if writtenIn[Int(write.value)] == expansions { continue }
      case .swap: if write.operand != state || swappedIn[Int(write.value)] == expansions { continue }
      case .append:
        let string = problem.appended(write.operand, to: state)
        reach(string)
        result = settled(string, o)
      }
      // Of one that is the last of its class the value may be useful to none but itself.
      guard isUseful(result, current.base) else { continue }
      make(result, frees: Rules.frees(write.effect), slot: -1)
      var member = 0
      if !isEndless {
        member = min(spent(write, made.base), Int(problem.classes[Int(write.number)].count) - 1)
        made[Int(write.word)] &+= 1 << UInt64(write.shift)
        made[0] &+= 1 << 32
        guard isUseful(result, made.base) else { continue }
      }
      push(problem.members[Int(problem.classes[Int(write.number)].first) + member], o)
    }
  }

  /// Makes the configuration behind `current` in which the operation in `slot`, or one of unknown result, left `state`.
  @inline(__always)
  private mutating func make(_ state: StateID, frees: Bool, slot: Int) {
    made.base.copy(current.base, count: stride)
    Self.setState(state, in: &made[0])
    if slot >= 0 {
      made[1 + slot >> 6] |= 1 << UInt64(slot & 63)
      made[1 + maskWords + slot >> 6] &= ~(1 << UInt64(slot & 63))
    }
    guard frees else { return }
    for word in 0..<maskWords { made[1 + maskWords + word] |= hideableMask[word] & ~made[1 + word] }
  }

  /// The value, or the one that nobody can observe if from now on this is one.
  @inline(__always)
  func settled(_ state: StateID, _ o: Returning) -> StateID {
    Rules.isGone(observedUntil: problem.observedUntil(state), now: o.now) ? .unmentioned : state
  }

  /// How many of a class a configuration has spent.
  @inline(__always)
  private func spent(_ write: UnknownWrite, _ configuration: UnsafePointer<UInt64>) -> Int {
    Int(configuration[Int(write.word)] >> UInt64(write.shift) & laneMask)
  }

  @inline(__always)
  func isLeft(_ write: UnknownWrite, _ configuration: UnsafePointer<UInt64>) -> Bool {
    Rules.isLeft(available: write.available, spent: isEndless ? 0 : Int32(spent(write, configuration)))
  }

  /// Whether something goes on from this value instead of replacing it, by what a configuration has placed so far.
  @inline(__always)
  private mutating func isUseful(_ state: StateID, _ configuration: UnsafePointer<UInt64>) -> Bool {
    for word in 0..<maskWords where waiting(for: state, word) & ~configuration[1 + word] != 0 { return true }
    return isUsefulToUnknown(state, configuration)
  }

  /// The same of `current` and the value of a blind write, of which it is known who waits.
  @inline(__always)
  private mutating func isWaiting(_ place: Int, _ state: StateID) -> Bool {
    for word in 0..<maskWords where waiting[place * maskWords + word] & ~current[1 + word] != 0 { return true }
    return linkedUnknownWrites < unknownWrites.count && isUsefulToUnknown(state, current.base)
  }

  // These change nothing. They are mutating because a borrow of so large a value is made by copying it.
  private mutating func isUsefulToUnknown(_ state: StateID, _ configuration: UnsafePointer<UInt64>) -> Bool {
    for place in linkedUnknownWrites..<unknownWrites.count {
      let write = unknownWrites[place]
      guard write.effect == .append || write.operand == state else { continue }
      if Rules.isWaitedFor(by: write.effect), isLeft(write, configuration) { return true }
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
    guard visited.insert(made.base, dominance) else { return }
    recordStep(number)
    visited.words[visited.words.count - 1] = made[stride - 1]
  }

  /// Lets the operation return in `made` and keeps what is left for the events that follow.
  mutating func leave(_ o: Returning, placing number: Int32 = -1, isHidden: Bool = false) {
    recordStep(number)
    if isHidden { made[stride - 1] = trail.append(o.number, isHidden: true, to: made[stride - 1]) }
    made[1 + o.word] &= ~o.bit
    made[1 + maskWords + o.word] &= ~o.bit
    let state = Self.state(made[0])
    let isGone = state >= 0 && Rules.isGone(observedUntil: problem.observedUntil(state), now: o.now + 1)
    if isGone { Self.setState(.unmentioned, in: &made[0]) }
    _ = out.insert(made.base, dominance)
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

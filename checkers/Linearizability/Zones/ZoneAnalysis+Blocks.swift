import Histories

// The blocks of a key and how they lie.
//
// Why this is exact: the producers of a chain must be placed in their order, each after the calls of those that saw the
// values before and before its own return and those of its value's readers. That is possible iff the running maximum of
// the first stays below every one of the second. Any placement covers [first, last] if the earliest return comes before
// the latest call (a forward zone), and some placement covers exactly that; otherwise the block fits at any single point
// between the latest call and the earliest return (a backward zone). Forward blocks must be disjoint, and each backward
// block needs one point that no forward block covers.
extension ZoneAnalysis {
  /// A block: a chain of values, or one write that nobody saw.
  struct Block: BitwiseCopyable {
    /// The value that the chain starts with; of one write that nobody saw −1 − its offset.
    var root: StateID
    /// The position of the earliest return; −1 if the block was there from the first on.
    var first: Int32
    /// The position of the latest call; −1 if there is none.
    var last: Int32
    /// Whether it must last a while.
    var isForward: Bool { first < last }
    /// The earlier of the two.
    var low: Int32 { min(first, last) }
  }

  /// Puts the blocks in order, or says why there is none.
  mutating func judgeBlocks() -> Decision {
    var blocks = FlatBuffer<Block>(capacity: observed.count + deletes.count)
    var reached = 0
    for place in 0..<observed.count {
      let state = observed[place]
      guard state == initial || !states[Int(state)].isPinned else { continue }
      if let violation = addChain(from: state, to: &blocks, &reached) { return .notLinearizable(.zones(violation)) }
    }
    if reached < observed.count { return .notLinearizable(.zones(unreachedViolation())) }
    addUnseen(to: &blocks)
    var lows = FlatBuffer<Int32>(repeating: 0, count: blocks.count)
    for place in 0..<blocks.count { lows[place] = blocks[place].low }
    let order = PositionOrder.sorted(lows)
    if let violation = firstCollision(blocks, order) { return .notLinearizable(.zones(violation)) }
    return .linearizable(linearize(blocks, order))
  }

  /// Walks the chain that starts with `root` and adds its block.
  @inline(__always)
  private func addChain(
    from root: StateID, to blocks: inout FlatBuffer<Block>, _ reached: inout Int
  ) -> ZoneViolation? {
    var block = Block(root: root, first: .max, last: -1)
    var state = root
    while state >= 0 {
      reached += 1
      let facts = states[Int(state)]
      if state == initial {
        block.first = -1
      } else {
        block.last = max(block.last, facts.call)
        let until = min(facts.end, facts.firstReturn)
        if !Rules.fits(latestCall: block.last, earliestReturn: until) { return tooEarly(state, block, until) }
        block.first = min(block.first, until)
      }
      block.last = max(block.last, facts.lastCall)
      state = facts.next
    }
    blocks.append(block)
    return nil
  }

  /// The chain of `block` cannot go on to `state`, which was there until `earliestReturn`.
  private func tooEarly(_ state: StateID, _ block: Block, _ earliestReturn: Int32) -> ZoneViolation {
    let facts = states[Int(state)]
    return ZoneViolation(
      .tooEarly,
      [
        operation(calledAt: block.last), operation(returningAt: earliestReturn), facts.producer,
        facts.isPinned ? states[Int(facts.before)].producer : -1, observer(of: state),
        observer(of: value(calledLastIn: block)),
      ])
  }

  /// The value that the operation called last in this block produced or saw.
  private func value(calledLastIn block: Block) -> StateID {
    var state = block.root
    while states[Int(state)].call != block.last, states[Int(state)].lastCall != block.last {
      guard states[Int(state)].next >= 0 else { break }
      state = states[Int(state)].next
    }
    return state
  }

  /// Values were seen that neither the initial value nor a put leads to: they produce each other.
  private func unreachedViolation() -> ZoneViolation {
    var isReached = FlatBuffer<Bool>(repeating: false, count: states.count)
    for place in 0..<observed.count {
      var state = observed[place]
      guard state == initial || !states[Int(state)].isPinned else { continue }
      while state >= 0 {
        isReached[Int(state)] = true
        state = states[Int(state)].next
      }
    }
    for place in 0..<observed.count where !isReached[Int(observed[place])] {
      let state = observed[place]
      var chain: [Int32] = []
      var current = state
      repeat {
        current = states[Int(current)].next
        if current >= 0 { chain.append(states[Int(current)].producer) }
      } while current >= 0 && current != state
      return ZoneViolation(.cycle, [observer(of: state)] + chain)
    }
    return ZoneViolation(.cycle, [])
  }

  /// Adds the completed writes whose values nobody saw.
  private mutating func addUnseen(to blocks: inout FlatBuffer<Block>) {
    if states[0].isObserved, Rules.deleteProducesAbsence() { deletes.truncate(to: 0) }
    for place in 0..<deletes.count { addUnseen(deletes[place], to: &blocks) }
    for append in appends where append.result < 0 && !operations[Int(append.operation)].isUnknown {
      addUnseen(append.operation, to: &blocks)
    }
  }

  private func addUnseen(_ offset: Int32, to blocks: inout FlatBuffer<Block>) {
    let operation = operations[Int(offset)]
    let end = Int32(operation.end ?? Int(Int32.max))
    blocks.append(Block(root: -1 - offset, first: end, last: Int32(operation.call)))
  }

  /// Two blocks that cannot lie behind each other.
  private func firstCollision(
    _ blocks: borrowing FlatBuffer<Block>, _ order: borrowing FlatBuffer<Int32>
  ) -> ZoneViolation? {
    var forward = -1
    for place in 0..<order.count {
      let number = Int(order[place])
      let block = blocks[number]
      if forward >= 0 {
        let end = blocks[forward].last
        if block.isForward, Rules.overlaps(start: block.first, end: end) {
          return ZoneViolation(.overlap, extremes(of: blocks[forward]) + extremes(of: block))
        }
        if !block.isForward, Rules.isCovered(backwardEnd: block.first, forwardEnd: end) {
          return ZoneViolation(.covered, extremes(of: blocks[forward]) + extremes(of: block))
        }
      }
      if block.isForward { forward = number }
    }
    return nil
  }

  /// A block's producer, the operation that returned first and the one called last.
  private func extremes(of block: Block) -> [Int32] {
    guard block.root >= 0 else { return [-1 - block.root] }
    let producer = max(states[Int(block.root)].producer, -1)
    let lastCalled = operation(calledAt: block.last)
    let last = operations[Int(lastCalled)]
    // That an append or a write of unknown result belongs to this block, only those say who saw its value.
    let isTold = last.isUnknown || specification.meaning(of: last)?.effect == .append
    let witness = isTold && lastCalled != producer ? observer(of: value(calledLastIn: block)) : producer
    return [witness, operation(returningAt: block.first), lastCalled]
  }
}

// MARK: The order

extension ZoneAnalysis {
  /// The operations in an order that explains every answer: block by block, each chain along its values.
  private func linearize(
    _ blocks: borrowing FlatBuffer<Block>, _ order: borrowing FlatBuffer<Int32>
  ) -> [Int32] {
    // A backward block inside a forward one comes right behind it, and there the order of their beginnings puts it.
    [Int32](unsafeUninitializedCapacity: operations.count) { linear, count in
      for place in 0..<order.count {
        var state = blocks[Int(order[place])].root
        if state < 0 {
          linear[count] = -1 - state
          count += 1
          continue
        }
        while state >= 0 {
          let facts = states[Int(state)]
          if facts.producer >= 0, state != initial {
            linear[count] = facts.producer
            count += 1
          }
          var reader = facts.lastReader
          while reader >= 0 {
            reader = nextReader[Int(reader)]
            linear[count] = reader
            count += 1
            if reader == facts.lastReader { break }
          }
          state = facts.next
        }
      }
    }
  }
}

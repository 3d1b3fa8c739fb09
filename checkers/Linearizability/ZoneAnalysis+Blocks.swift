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
    /// The value that the chain starts with; −1 for one write that nobody saw.
    var root: StateID
    /// The position of the earliest return, −1 for one that was there from the first on, and who returned.
    var first: Int32
    var firstOperation: Int32
    /// The position of the latest call, who called, and the value that this one produced or saw.
    var last: Int32
    var lastOperation: Int32
    var lastState: StateID
    /// Whether it must last a while.
    var isForward: Bool { first < last }
    /// The earlier of the two.
    var low: Int32 { min(first, last) }
  }

  /// Puts the blocks in order, or says why there is none.
  mutating func judgeBlocks() -> Decision {
    var blocks = FlatBuffer<Block>()
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
  private mutating func addChain(
    from root: StateID, to blocks: inout FlatBuffer<Block>, _ reached: inout Int
  ) -> ZoneViolation? {
    var block = Block(root: root, first: .max, firstOperation: -1, last: -1, lastOperation: -1, lastState: -1)
    var latest: (call: Int32, operation: Int32, state: StateID) = (-1, -1, -1)
    var before: StateID = -1
    var state = root
    while state >= 0 {
      reached += 1
      let facts = states[Int(state)]
      if state == initial {
        block.first = -1
      } else {
        if call(of: facts.producer) > latest.call {
          latest = (call(of: facts.producer), facts.producer, state)
        }
        var until: (end: Int32, operation: Int32) = (end(of: facts.producer), facts.producer)
        if facts.firstReturned >= 0, end(of: facts.firstReturned) < until.end {
          until = (end(of: facts.firstReturned), facts.firstReturned)
        }
        if !Rules.fits(latestCall: latest.call, earliestReturn: until.end) {
          let producerBefore = before >= 0 ? states[Int(before)].producer : -1
          return ZoneViolation(
            .tooEarly,
            [
              latest.operation, until.operation, facts.producer, producerBefore, observer(of: state),
              observer(of: latest.state),
            ])
        }
        if until.end < block.first { (block.first, block.firstOperation) = (until.end, until.operation) }
      }
      if facts.lastCalled >= 0, call(of: facts.lastCalled) > latest.call {
        latest = (call(of: facts.lastCalled), facts.lastCalled, state)
      }
      (before, state) = (state, facts.next)
    }
    (block.last, block.lastOperation, block.lastState) = latest
    blocks.append(block)
    return nil
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
        chain.append(states[Int(current)].successor)
        current = states[Int(current)].next
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
    blocks.append(
      Block(
        root: -1, first: end(of: offset), firstOperation: offset, last: call(of: offset), lastOperation: offset,
        lastState: -1))
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
    guard block.root >= 0 else { return [block.firstOperation] }
    let producer = max(states[Int(block.root)].producer, -1)
    let last = operations[Int(block.lastOperation)]
    // That an append or a write of unknown result belongs to this block, only those say who saw its value.
    let isTold = last.isUnknown || last.function == .append
    let witness = isTold && block.lastOperation != producer ? observer(of: block.lastState) : producer
    return [witness, block.firstOperation, block.lastOperation]
  }
}

// MARK: The order

extension ZoneAnalysis {
  /// The operations in an order that explains every answer: block by block, each chain along its values.
  private func linearize(
    _ blocks: borrowing FlatBuffer<Block>, _ order: borrowing FlatBuffer<Int32>
  ) -> [Int32] {
    var readers = FlatBuffer<Int32>(repeating: -1, count: states.count)
    let following = linkReaders(&readers)
    var linear: [Int32] = []
    linear.reserveCapacity(operations.count)
    // A backward block inside a forward one comes right behind it, and there the order of their beginnings puts it.
    for place in 0..<order.count {
      let block = blocks[Int(order[place])]
      if block.root < 0 {
        linear.append(block.firstOperation)
        continue
      }
      var state = block.root
      while state >= 0 {
        let facts = states[Int(state)]
        if facts.producer >= 0, state != initial { linear.append(facts.producer) }
        var reader = readers[Int(state)]
        while reader >= 0 {
          linear.append(reader)
          reader = following[Int(reader)]
        }
        state = facts.next
      }
    }
    return linear
  }

  /// Links those that saw a value and left it, in the order of their calls.
  private func linkReaders(_ readers: inout FlatBuffer<Int32>) -> FlatBuffer<Int32> {
    var following = FlatBuffer<Int32>(repeating: -1, count: operations.count)
    var numbers = numbers
    for offset in operations.indices.reversed() {
      let operation = operations[offset]
      guard operation.kind == .ok else { continue }
      let seen: ValueID
      switch (operation.function, operation.answer) {
      case (.get, _), (_, .mismatch): seen = operation.seen
      case (.compareAndSet, .swapped) where operation.argument == operation.replacement: seen = operation.argument
      default: continue
      }
      let state = Int(numbers.number(of: seen))
      following[offset] = readers[state]
      readers[state] = Int32(offset)
    }
    return following
  }
}

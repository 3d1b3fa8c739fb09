import Histories

/// Decides in linear time whether a key is linearizable, if each of its values can have come about in one way only.
///
/// The zones of Gibbons & Korach (1997), extended from reads and writes to compare-and-set and append: an operation that
/// pins the state before it stands right behind that state's producer, so values form chains, and each chain is one
/// contiguous block. See `ZoneAnalysis+Blocks.swift` for why that is exact.
///
/// - Complexity: O(n) time and memory, strings aside.
struct ZoneAnalysis<Rules: ZoneRules>: ~Copyable {
  let part: Subhistory
  /// The key's operations, in the order of their calls.
  let operations: [Operation]
  var numbers: ValueNumbers
  let initial: StateID
  /// What is known of each value.
  var states: FlatBuffer<StateFacts>
  /// The values that somebody saw, in the order in which that became known.
  var observed = FlatBuffer<StateID>()
  /// The completed deletes, if nobody saw absence, and the appends.
  var deletes = FlatBuffer<Int32>()
  var appends: [PendingAppend] = []
  /// The different lengths of appended strings.
  var appendLengths: [Int] = []
  /// The first rule found broken that only holds where each value was produced once.
  var violation: ZoneViolation?
  var isApplicable = true

  /// What is known of one value: the operations that produce, read and replace it, by offset, −1 for none.
  struct StateFacts: BitwiseCopyable {
    /// The operation that produces it; −2 if there are several.
    var producer: Int32 = -1
    /// Of the operations that saw it and left it as it was: the one that returned first and the one called last.
    var firstReturned: Int32 = -1
    var lastCalled: Int32 = -1
    /// The compare-and-set or append that goes on from it, and the value that this one leaves.
    var successor: Int32 = -1
    var next: StateID = -1
    var isObserved = false
    /// Whether the producer stands behind another value: a compare-and-set or an append.
    var isPinned = false
  }

  /// An append: of which string, and the observed value that it leaves; −1 if nobody saw any.
  struct PendingAppend {
    let operation: Int32
    let suffix: StateID
    var result: StateID = -1
  }

  init(_ part: Subhistory, _ specification: SequentialSpecification) {
    self.part = part
    operations = part.operations
    let hasParts = part.operations.contains { $0.function == .append && $0.kind != .fail }
    var numbers = ValueNumbers(part, hasParts: hasParts)
    if hasParts {
      initial = specification.initial.map { numbers.number(of: $0) } ?? 0
    } else {
      // An initial value that nobody mentions is like one of its own, which needs no number.
      let known = part.history.values.find(specification.initial)
      initial = known.map { numbers.number(of: $0) } ?? StateID.unmentioned
    }
    self.numbers = numbers
    states = FlatBuffer(repeating: StateFacts(), count: numbers.count)
  }

  /// Says what it can.
  mutating func run() -> Decision {
    for offset in operations.indices where operations[offset].kind != .fail {
      if let violation = note(operations[offset], Int32(offset)) { return .notLinearizable(.zones(violation)) }
    }
    noteAppendLengths()
    var place = 0
    while place < observed.count {
      if let violation = trace(observed[place]) { return .notLinearizable(.zones(violation)) }
      place += 1
    }
    guard isApplicable else { return .notApplicable }
    if let violation { return .notLinearizable(.zones(violation)) }
    return judgeBlocks()
  }

  /// Makes room for what is known of `state`.
  mutating func reach(_ state: StateID) {
    while states.count <= Int(state) { states.append(StateFacts()) }
  }

  /// Somebody saw this value, or must have passed through it.
  mutating func observe(_ state: StateID) {
    reach(state)
    guard !states[Int(state)].isObserved else { return }
    states[Int(state)].isObserved = true
    observed.append(state)
  }

  private mutating func number(of id: ValueID) -> StateID {
    let number = numbers.number(of: id)
    reach(number)
    return number
  }
}

// MARK: What each operation says

extension ZoneAnalysis {
  private mutating func note(_ operation: Operation, _ offset: Int32) -> ZoneViolation? {
    let isUnknown = operation.isUnknown
    switch operation.function {
    case .get: if !isUnknown { see(number(of: operation.seen), by: offset) }
    case .put:
      let value = number(of: operation.argument)
      produce(value, by: offset, isUnknown)
      if !isUnknown { observe(value) }
    case .delete:
      if Rules.deleteProducesAbsence() { produce(0, by: offset, isUnknown) }
      if !isUnknown { deletes.append(offset) }
    case .append:
      let suffix = number(of: operation.argument)
      // Where nothing is appended the value may stay as it is, which no zone is made for.
      if numbers[suffix]?.isEmpty ?? true { isApplicable = false }
      appends.append(PendingAppend(operation: offset, suffix: suffix))
    case .compareAndSet: return noteCompareAndSet(operation, offset)
    }
    return nil
  }

  private mutating func noteCompareAndSet(_ operation: Operation, _ offset: Int32) -> ZoneViolation? {
    let expected = number(of: operation.argument)
    switch operation.answer {
    case .mismatch:
      let seen = number(of: operation.seen)
      if seen == expected { return ZoneViolation(.mismatchOfItself, [offset]) }
      see(seen, by: offset)
    case .unseenMismatch: isApplicable = false
    default:
      let new = number(of: operation.replacement)
      if new == expected {
        if !operation.isUnknown { see(new, by: offset) }
        return nil
      }
      produce(new, by: offset, operation.isUnknown)
      states[Int(new)].isPinned = true
      if !operation.isUnknown {
        observe(expected)
        observe(new)
      }
    }
    return nil
  }

  /// A completed operation saw this value and left it as it was.
  private mutating func see(_ state: StateID, by offset: Int32) {
    observe(state)
    let first = states[Int(state)].firstReturned
    if first < 0 || end(of: offset) < end(of: first) { states[Int(state)].firstReturned = offset }
    // Operations come in the order of their calls.
    states[Int(state)].lastCalled = offset
  }

  private mutating func produce(_ state: StateID, by offset: Int32, _ isUnknown: Bool) {
    guard Rules.countsProducer(isUnknown: isUnknown) else { return }
    reach(state)
    states[Int(state)].producer = states[Int(state)].producer == -1 ? offset : -2
  }

  /// The position of an operation's return; the largest number if its result is unknown.
  func end(of offset: Int32) -> Int32 {
    let operation = operations[Int(offset)]
    return operation.isUnknown ? .max : Int32(operation.end ?? Int(Int32.max))
  }

  /// The position of an operation's call.
  func call(of offset: Int32) -> Int32 { Int32(operations[Int(offset)].call) }
}

// MARK: Where each value comes from

extension ZoneAnalysis {
  private mutating func noteAppendLengths() {
    for length in appends.map({ numbers[$0.suffix]?.count ?? 0 }).sorted() where appendLengths.last != length {
      appendLengths.append(length)
    }
    appends.sort { ($0.suffix, $0.operation) < ($1.suffix, $1.operation) }
  }

  /// Finds the one operation that produced an observed value, and the value that it stands behind.
  private mutating func trace(_ state: StateID) -> ZoneViolation? {
    let facts = states[Int(state)]
    let append = appends.isEmpty ? nil : appendLeading(to: state)
    if state == initial {
      if facts.producer != -1 || append != nil { isApplicable = false }
      return nil
    }
    guard facts.producer != -1 || append != nil else {
      // A sound reason even where others are not, as long as strings are read in one way.
      return isApplicable || appends.isEmpty ? violation(.valueFromNowhere, at: state) : nil
    }
    guard facts.producer == -1 || append == nil, facts.producer != -2, append != -1 else {
      isApplicable = false
      return nil
    }
    if let append { return trace(state, toAppend: append) }
    guard facts.isPinned else { return nil }
    let before = number(of: operations[Int(facts.producer)].argument)
    link(before, state, by: facts.producer)
    return nil
  }

  private mutating func trace(_ state: StateID, toAppend place: Int) -> ZoneViolation? {
    let append = appends[place]
    guard let bytes = numbers[state], let before = stateBefore(append, bytes) else {
      isApplicable = false
      return nil
    }
    if append.result >= 0, append.result != state {
      violation =
        violation
        ?? ZoneViolation(.appendTwice, [append.operation, observer(of: state), observer(of: append.result)])
    }
    appends[place].result = state
    states[Int(state)].producer = append.operation
    states[Int(state)].isPinned = true
    link(before, state, by: append.operation)
    return nil
  }

  /// The append that alone can have led to this string: its place among them; −1 if there are several.
  private func appendLeading(to state: StateID) -> Int? {
    guard let bytes = numbers[state] else { return nil }
    var found: Int?
    for length in appendLengths where length <= bytes.count {
      guard let suffix = numbers.numberOfEnding(length, of: bytes) else { continue }
      var place = appends.partitionPoint { $0.suffix >= suffix }
      while place < appends.count, appends[place].suffix == suffix {
        if found != nil { return -1 }
        found = place
        place += 1
      }
    }
    return found
  }

  /// The value before this append left `bytes`; `nil` if it may have been empty or absent.
  private mutating func stateBefore(_ append: PendingAppend, _ bytes: [UInt8]) -> StateID? {
    let length = bytes.count - (numbers[append.suffix]?.count ?? 0)
    if length > 0 { return numbers.number(of: Array(bytes[..<length])) }
    let empty = numbers.number(of: [])
    reach(empty)
    let mayBeEmpty = initial == empty || states[Int(empty)].producer != -1
    let mayBeAbsent = initial == 0 || states[0].producer != -1
    if mayBeEmpty, mayBeAbsent { return nil }
    return mayBeEmpty ? empty : 0
  }

  private mutating func link(_ before: StateID, _ state: StateID, by operation: Int32) {
    observe(before)
    let other = states[Int(before)].successor
    if other >= 0, other != operation {
      let sides = [other, operation, observer(of: states[Int(before)].next), observer(of: state)]
      violation = violation ?? ZoneViolation(.twoSuccessors, [max(states[Int(before)].producer, -1)] + sides)
      return
    }
    states[Int(before)].successor = operation
    states[Int(before)].next = state
  }
}

// MARK: Who saw a value

extension ZoneAnalysis {
  /// A completed operation from which it follows that this value was there; −1 if only itself says so.
  func observer(of state: StateID) -> Int32 {
    var state = state
    for _ in 0...states.count {
      let facts = states[Int(state)]
      if facts.firstReturned >= 0 { return facts.firstReturned }
      if demandsState(facts.producer) || facts.producer >= 0 && isCompletedPut(facts.producer) { return facts.producer }
      if facts.successor < 0 { return completedReplacement(of: state) }
      if demandsState(facts.successor) { return facts.successor }
      state = facts.next
    }
    return -1
  }

  /// The violation that nothing produced `state`: the operations that lead from it to somebody who saw it.
  func violation(_ rule: ZoneRule, at state: StateID) -> ZoneViolation {
    var chain: [Int32] = []
    var current = state
    var facts = states[Int(state)]
    while facts.firstReturned < 0, facts.successor >= 0, !demandsState(facts.successor) {
      chain.append(facts.successor)
      current = facts.next
      facts = states[Int(current)]
    }
    return ZoneViolation(rule, [observer(of: current)] + chain.reversed())
  }

  /// Whether this is a compare-and-set known to have found the value that it expected.
  private func demandsState(_ offset: Int32) -> Bool {
    offset >= 0 && operations[Int(offset)].function == .compareAndSet && !operations[Int(offset)].isUnknown
  }

  private func isCompletedPut(_ offset: Int32) -> Bool {
    operations[Int(offset)].function == .put && !operations[Int(offset)].isUnknown
  }

  /// A completed compare-and-set that replaced this value, whose result was not traced yet.
  private func completedReplacement(of state: StateID) -> Int32 {
    for offset in operations.indices {
      let operation = operations[offset]
      guard operation.function == .compareAndSet, operation.answer == .swapped else { continue }
      var numbers = numbers
      if numbers.number(of: operation.argument) == state { return Int32(offset) }
    }
    return -1
  }
}

extension Array {
  /// The first place from which on all elements satisfy `isBehind`; none before it does.
  func partitionPoint(_ isBehind: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

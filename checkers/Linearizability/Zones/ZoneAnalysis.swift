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
  let specification: SequentialSpecification
  /// The key's operations, in the order of their calls.
  let operations: [Operation]
  var numbers: ValueNumbers
  let initial: StateID
  /// What is known of each value.
  var states: FlatBuffer<StateFacts>
  /// The values that somebody saw, in the order in which that became known.
  var observed: FlatBuffer<StateID>
  /// By offset: of those that saw a value and left it as it was, the next one called; behind the last comes the first.
  var nextReader: FlatBuffer<Int32>
  /// The completed deletes, if nobody saw absence, and the appends.
  var deletes = FlatBuffer<Int32>()
  var appends: [PendingAppend] = []
  /// The different lengths of appended strings.
  var appendLengths: [Int] = []
  /// The first rule found broken that only holds where each value was produced once.
  var violation: ZoneViolation?
  var isApplicable = true

  /// What is known of one value. Operations are offsets, calls and returns positions among all events.
  struct StateFacts: BitwiseCopyable {
    /// The operation that produces it, −1 for none and −2 if there are several, with its call and its return.
    var producer: Int32 = -1
    var call: Int32 = -1
    var end: Int32 = .max
    /// Of the operations that saw it and left it as it was: the earliest return, and the one called last, with its call.
    var firstReturn: Int32 = .max
    var lastReader: Int32 = -1
    var lastCall: Int32 = -1
    /// The value that its producer replaces or extends; −1 if it stands behind none.
    var before: StateID = -1
    /// The value that is made of it by replacing or extending it, −1 for none; −2 as long as nobody is known to have
    /// seen this one.
    var next: StateID = -2

    var isObserved: Bool { next != -2 }
    var isPinned: Bool { before >= 0 }
  }

  /// An append: of which string, and the observed value that it leaves; −1 if nobody saw any.
  struct PendingAppend {
    let operation: Int32
    let suffix: StateID
    var result: StateID = -1
  }

  init(_ part: Subhistory, _ specification: SequentialSpecification) {
    self.part = part
    self.specification = specification
    operations = part.operations
    let hasParts = part.operations.contains { $0.isAppend && $0.kind != .fail }
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
    observed = FlatBuffer(capacity: numbers.count)
    nextReader = FlatBuffer(capacity: operations.count)
    _ = nextReader.extend(by: operations.count)
  }

  /// The memory that it takes for the operations of `part`, strings aside, in bytes.
  static func bytes(for part: Subhistory) -> Int {
    let values = min(part.history.values.count, 2 * part.operations.count + 1)
    return values * (MemoryLayout<StateFacts>.stride + 4) + part.operations.count * (MemoryLayout<Block>.stride + 20)
  }

  /// How often somebody is asked whether to stop: after so many operations, or bytes of strings.
  private static var pollInterval: Int { 1 << 16 }

  /// Says what it can.
  ///
  /// - Parameters:
  ///   - bytes: the memory that strings may take.
  ///   - shouldStop: asked now and then.
  mutating func run(within bytes: Int = .max, shouldStop: () -> Bool = { false }) -> Decision {
    let operations = operations
    for offset in 0..<operations.count {
      if offset % Self.pollInterval == Self.pollInterval - 1, shouldStop() { return .unknown(.stopped) }
      let operation = operations[offset]
      guard let meaning = specification.meaning(of: operation) else { continue }
      if meaning.contradictsItself {
        return .notLinearizable(.zones(ZoneViolation(.mismatchOfItself, [Int32(offset)])))
      }
      let end = operation.isUnknown ? .max : Int32(truncatingIfNeeded: operation.end ?? Int(Int32.max))
      note(meaning, Int32(truncatingIfNeeded: offset), Int32(truncatingIfNeeded: operation.call), end)
    }
    noteAppendLengths()
    var place = 0
    var unpolled = 0
    while place < observed.count {
      // A value that grew is traced back through all that it grew from, each with all its bytes.
      unpolled += 1 + (appends.isEmpty ? 0 : numbers.byteCount(of: observed[place]))
      if unpolled > Self.pollInterval {
        unpolled = 0
        if numbers.soonBytes > bytes { return .unknown(.bytes(bytes)) }
        if shouldStop() { return .unknown(.stopped) }
      }
      if let violation = trace(observed[place]) { return .notLinearizable(.zones(violation)) }
      place += 1
    }
    guard isApplicable else { return .notApplicable }
    if let violation { return .notLinearizable(.zones(violation)) }
    return shouldStop() ? .unknown(.stopped) : judgeBlocks()
  }

  /// Makes room for what is known of `state`.
  @inline(__always)
  mutating func reach(_ state: StateID) {
    while states.count <= Int(state) { states.append(StateFacts()) }
  }

  /// Somebody saw this value, or must have passed through it.
  @inline(__always)
  mutating func observe(_ state: StateID) {
    reach(state)
    guard !states[Int(state)].isObserved else { return }
    states[Int(state)].next = -1
    observed.append(state)
  }

  @inline(__always)
  private mutating func number(of id: ValueID) -> StateID {
    let number = numbers.number(of: id)
    reach(number)
    return number
  }
}

// MARK: What each operation says

extension ZoneAnalysis {
  /// - Parameter end: the position of its return; the largest number if its result is unknown.
  @inline(__always)
  private mutating func note(_ meaning: Meaning, _ offset: Int32, _ call: Int32, _ end: Int32) {
    switch meaning.effect {
    case .require: see(number(of: meaning.operand), offset, call, end)
    case .forbid: isApplicable = false
    case .set:
      let value = number(of: meaning.result)
      if value != 0 {
        produce(value, behind: -1, offset, call, end)
        if end != .max { observe(value) }
      } else {
        if Rules.deleteProducesAbsence() { produce(0, behind: -1, offset, call, end) }
        if end != .max { deletes.append(offset) }
      }
    case .swap:
      let expected = number(of: meaning.operand)
      let new = number(of: meaning.result)
      produce(new, behind: expected, offset, call, end)
      if end != .max {
        observe(expected)
        observe(new)
      }
    case .append:
      let suffix = number(of: meaning.operand)
      // Where nothing is appended the value may stay as it is, which no zone is made for.
      if numbers[suffix]?.isEmpty ?? true { isApplicable = false }
      appends.append(PendingAppend(operation: offset, suffix: suffix))
    }
  }

  /// A completed operation saw this value and left it as it was.
  @inline(__always)
  private mutating func see(_ state: StateID, _ offset: Int32, _ call: Int32, _ end: Int32) {
    observe(state)
    let place = Int(state)
    let last = states[place].lastReader
    nextReader[Int(offset)] = last >= 0 ? nextReader[Int(last)] : offset
    if last >= 0 { nextReader[Int(last)] = offset }
    states[place].firstReturn = min(states[place].firstReturn, end)
    // Operations come in the order of their calls.
    states[place].lastReader = offset
    states[place].lastCall = call
  }

  @inline(__always)
  private mutating func produce(
    _ state: StateID, behind before: StateID, _ offset: Int32, _ call: Int32, _ end: Int32
  ) {
    guard Rules.countsProducer(isUnknown: end == .max) else { return }
    let place = Int(state)
    if states[place].producer == -1 {
      states[place].producer = offset
      states[place].call = call
      states[place].end = end
    } else {
      states[place].producer = -2
    }
    if before >= 0 { states[place].before = before }
  }
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
    if facts.isPinned { link(facts.before, state) }
    return nil
  }

  private mutating func trace(_ state: StateID, toAppend place: Int) -> ZoneViolation? {
    let append = appends[place]
    guard let bytes = numbers[state], let before = stateBefore(append, bytes) else {
      isApplicable = false
      return nil
    }
    if append.result >= 0, append.result != state {
      let twice = ZoneViolation(.appendTwice, [append.operation, observer(of: state), observer(of: append.result)])
      // Both values came about in this one way only. To go on would be to trace all beginnings of a long string.
      if isApplicable { return twice }
      violation = violation ?? twice
    }
    appends[place].result = state
    reach(before)
    let operation = operations[Int(append.operation)]
    states[Int(state)].producer = append.operation
    states[Int(state)].call = Int32(operation.call)
    states[Int(state)].end = operation.isUnknown ? .max : Int32(operation.end ?? Int(Int32.max))
    states[Int(state)].before = before
    link(before, state)
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

  /// Puts `state` right behind the value that its producer replaces or extends.
  @inline(__always)
  private mutating func link(_ before: StateID, _ state: StateID) {
    observe(before)
    let other = states[Int(before)].next
    if other >= 0, other != state {
      noteTwoSuccessors(of: before, other, state)
    } else {
      states[Int(before)].next = state
    }
  }

  private mutating func noteTwoSuccessors(of before: StateID, _ one: StateID, _ other: StateID) {
    guard violation == nil else { return }
    violation = ZoneViolation(
      .twoSuccessors,
      [
        states[Int(before)].producer, states[Int(one)].producer, states[Int(other)].producer, observer(of: one),
        observer(of: other),
      ])
  }
}

// MARK: Who saw a value

extension ZoneAnalysis {
  /// A completed operation from which it follows that this value was there; −1 if only itself says so.
  func observer(of state: StateID) -> Int32 {
    var state = state
    for _ in 0...states.count {
      let facts = states[Int(state)]
      if facts.lastReader >= 0 { return operation(returningAt: facts.firstReturn) }
      if isCompleted(facts.producer, .swap) || isCompleted(facts.producer, .set) && state != 0 { return facts.producer }
      if facts.next < 0 { return completedReplacement(of: state) }
      let successor = states[Int(facts.next)].producer
      if isCompleted(successor, .swap) { return successor }
      state = facts.next
    }
    return -1
  }

  /// The violation that nothing produced `state`: the operations that lead from it to somebody who saw it.
  func violation(_ rule: ZoneRule, at state: StateID) -> ZoneViolation {
    var chain: [Int32] = []
    var current = state
    while states[Int(current)].lastReader < 0, states[Int(current)].next >= 0 {
      let next = states[Int(current)].next
      if isCompleted(states[Int(next)].producer, .swap) { break }
      chain.append(states[Int(next)].producer)
      current = next
    }
    return ZoneViolation(rule, [observer(of: current)] + chain.reversed())
  }

  /// The operation that returned at this position; −1 if none did.
  func operation(returningAt position: Int32) -> Int32 {
    operations.firstIndex { $0.kind == .ok && $0.end == Int(position) }.map { Int32($0) } ?? -1
  }

  /// The operation that was called at this position; −1 if none was.
  func operation(calledAt position: Int32) -> Int32 {
    let place = operations.partitionPoint { $0.call >= Int(position) }
    return place < operations.count && operations[place].call == Int(position) ? Int32(place) : -1
  }

  /// Whether this operation, if it is one, is known to have had that effect.
  private func isCompleted(_ offset: Int32, _ effect: Effect) -> Bool {
    guard offset >= 0, !operations[Int(offset)].isUnknown else { return false }
    return specification.meaning(of: operations[Int(offset)])?.effect == effect
  }

  /// A completed operation that replaced this value, whose result was not traced yet.
  private func completedReplacement(of state: StateID) -> Int32 {
    var numbers = numbers
    for offset in operations.indices where isCompleted(Int32(offset), .swap) {
      guard let meaning = specification.meaning(of: operations[offset]) else { continue }
      if numbers.number(of: meaning.operand) == state { return Int32(offset) }
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

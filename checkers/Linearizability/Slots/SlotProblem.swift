import Determinism
import Histories

/// An operation, ready for the slots: a few numbers.
struct SlotOperation: BitwiseCopyable {
  let effect: Effect
  /// See `Effect`.
  let operand: StateID
  /// See `Effect`.
  let result: StateID
  /// The position of its call among all events.
  let call: Int32
  /// The position of its return; `Int32.max` if its result is unknown.
  let end: Int32
  /// Its offset among the operations that it was made from.
  let source: Int32
  /// The slot that it takes while it is open; of unknown ones the class that it belongs to.
  var place: Int32 = -1
  /// Whether a completed blind write lies within it, from call to return: then it can stand right before that one.
  var isCovered = false

  /// Whether nobody knows if it took effect.
  var isUnknown: Bool { end == .max }
}

/// A class of operations of unknown result that do the same, and so can take each other's place.
struct SlotClass: BitwiseCopyable {
  let effect: Effect
  let operand: StateID
  let result: StateID
  /// Where its operations stand among the members of all classes, in the order of their calls, and how many there are.
  var first: Int32 = 0
  var count: Int32 = 0

  /// What its operations do.
  struct Content: Hashable {
    let effect: Effect
    let operand: StateID
    let result: StateID
  }
}

/// One key's operations as the slots see them: interned, without those that cannot matter, each with its slot.
struct SlotProblem<Rules: SlotRules>: ~Copyable {
  /// In the order of their calls.
  private(set) var operations = FlatBuffer<SlotOperation>()
  /// Calls and returns in their order: twice an operation's number, and one more for a return.
  private(set) var events = FlatBuffer<Int32>()
  /// The classes of unknown results.
  private(set) var classes = FlatBuffer<SlotClass>()
  /// Their operations, class by class.
  private(set) var members = FlatBuffer<Int32>()
  /// How many slots there are: the most completed operations open at once.
  private(set) var slotCount = 0
  /// The value at first.
  private(set) var initial: StateID = 0
  /// Whether a mismatch did not say what it saw: then a value's absence is an observation, too.
  private(set) var hasForbid = false
  /// The last return of an operation that mentions a value, by value; −1 for none.
  private(set) var observedUntil = FlatBuffer<Int32>()
  var numbers: ValueNumbers
  /// The strings that operations mention; only where something is appended.
  private(set) var mentioned: MentionedStrings?
  /// The memory that so many operations take, about, in bytes.
  ///
  /// - Parameter hasAppend: whether strings grow: then each that somebody saw is kept.
  static func bytes(forOperations count: Int, hasAppend: Bool) -> Int { count * (hasAppend ? 256 : 64) }
  /// The memory that a search needs before it begins: who waits for each value, a bit a slot.
  var maskBytes: Int { (numbers.count + operations.count / 2 + 1) * ((slotCount + 63) / 64) * 2 * 8 }
  /// The memory taken by what does not grow, in bytes, and soon taken by strings.
  var bytes: Int {
    operations.bytes + events.bytes + members.bytes + observedUntil.bytes + numbers.soonBytes
      + appended.count * 48
  }
  /// What appending led to, by value and suffix.
  private var appended = LookupTable<UInt64, StateID>()

  /// How often somebody is asked whether to stop: after so many operations.
  private static var pollInterval: Int { 1 << 16 }

  /// The operations of `part`.
  ///
  /// - Parameter shouldStop: asked now and then.
  /// - Returns: `nil` if it was stopped.
  init?(_ part: Subhistory, _ specification: SequentialSpecification, shouldStop: () -> Bool) {
    let hasAppend = part.operations.contains { $0.isAppend && $0.kind != .fail }
    numbers = ValueNumbers(part, hasParts: hasAppend)
    initial = number(specification.initial, of: part, hasAppend)
    operations = FlatBuffer(capacity: part.operations.count)
    for (offset, operation) in part.operations.enumerated() {
      if offset % Self.pollInterval == 0, shouldStop() { return nil }
      guard let prepared = prepare(operation, at: Int32(offset), specification) else { continue }
      hasForbid = hasForbid || prepared.effect == .forbid
      operations.append(prepared)
    }
    if hasAppend { mentioned = MentionedStrings(operations, numbers, Rules.self) }
    observedUntil = FlatBuffer(repeating: -1, count: numbers.count)
    if Rules.dropsUnobserved(hasForbid: hasForbid) { dropUnobserved() } else { noteObservers() }
    if shouldStop() { return nil }
    assignPlaces()
    if shouldStop() { return nil }
    findCovered()
  }

  private mutating func number(_ initial: [UInt8]?, of part: Subhistory, _ hasAppend: Bool) -> StateID {
    if hasAppend { return initial.map { numbers.number(of: $0) } ?? 0 }
    // What nobody mentions can be told from nothing that somebody does.
    return part.history.values.find(initial).map { numbers.number(of: $0) } ?? .unmentioned
  }

  private mutating func prepare(
    _ operation: Operation, at offset: Int32, _ specification: SequentialSpecification
  ) -> SlotOperation? {
    guard let meaning = specification.meaning(of: operation) else { return nil }
    return SlotOperation(
      effect: meaning.effect,
      operand: meaning.contradictsItself ? .impossible : numbers.number(of: meaning.operand),
      result: numbers.number(of: meaning.result), call: Int32(operation.call),
      end: operation.isUnknown ? .max : Int32(operation.end ?? Int(Int32.max)), source: offset)
  }
}

// MARK: Observers

extension SlotProblem {
  /// The last return of an operation that mentions `state`, or a string that starts with it where strings grow.
  @inline(__always)
  func observedUntil(_ state: StateID) -> Int32 { state < 0 ? -1 : observedUntil[Int(state)] }

  private mutating func noteObservers() {
    for number in 0..<operations.count { noteObserver(operations[number]) }
    notePrefixes(from: 0)
  }

  private mutating func noteObserver(_ operation: SlotOperation) {
    guard operation.effect != .set, operation.effect != .append, operation.operand >= 0 else { return }
    let end = operation.isUnknown ? Rules.lastObservation(ofUnknown: operation.effect) : operation.end
    observedUntil[Int(operation.operand)] = max(observedUntil[Int(operation.operand)], end)
  }

  /// Where strings grow, a value is observed through every string that it starts.
  private mutating func notePrefixes(from first: Int) {
    guard let mentioned else { return }
    for state in first..<observedUntil.count { observedUntil[state] = mentioned.observedUntil(numbers[StateID(state)]) }
  }

  /// Drops writes of unknown result whose value nobody can have observed after their call.
  ///
  /// Leaving such a write out of an order changes the value only where nothing looks at it. Completed operations observe
  /// to begin with; a compare-and-set of unknown result does once its own value is observed.
  private mutating func dropUnobserved() {
    if mentioned != nil {
      noteObservers()
      return keep { number, problem in
        let operation = problem.operations[number]
        return operation.effect == .append || problem.observedUntil(operation.result) >= operation.call
      }
    }
    var producers = FlatBuffer<Int32>(repeating: -1, count: observedUntil.count)
    var following = FlatBuffer<Int32>(repeating: -1, count: operations.count)
    var isKept = [Bool](repeating: false, count: operations.count)
    for number in 0..<operations.count {
      let operation = operations[number]
      if !operation.isUnknown {
        noteObserver(operation)
      } else if operation.result >= 0 {
        following[number] = producers[Int(operation.result)]
        producers[Int(operation.result)] = Int32(number)
      }
    }
    var changed = FlatBuffer<StateID>()
    for state in 0..<observedUntil.count where producers[state] >= 0 { changed.append(StateID(state)) }
    while changed.count > 0 {
      let state = Int(changed[changed.count - 1])
      changed.truncate(to: changed.count - 1)
      var number = Int(producers[state])
      while number >= 0 {
        let operation = operations[number]
        if !isKept[number], observedUntil[state] >= operation.call {
          isKept[number] = true
          if operation.effect == .swap, operation.operand >= 0, observedUntil[Int(operation.operand)] < .max {
            noteObserver(operation)
            changed.append(operation.operand)
          }
        }
        number = Int(following[number])
      }
    }
    keep { number, _ in isKept[number] }
  }

  /// Keeps the completed operations, and of the others those that `isKept` says.
  private mutating func keep(_ isKept: (Int, borrowing SlotProblem) -> Bool) {
    var count = 0
    for number in 0..<operations.count where !operations[number].isUnknown || isKept(number, self) {
      operations[count] = operations[number]
      count += 1
    }
    operations.truncate(to: count)
  }
}

// MARK: Strings that grow

extension SlotProblem {
  /// The value after appending `suffix` to `state`; the one that nobody can observe if no mentioned string starts so.
  mutating func appended(_ suffix: StateID, to state: StateID) -> StateID {
    guard state != .unmentioned, let mentioned else { return .unmentioned }
    let step = UInt64(UInt32(bitPattern: state)) << 32 | UInt64(UInt32(bitPattern: suffix))
    if let known = appended[step] { return known }
    let bytes = (numbers[state] ?? []) + (numbers[suffix] ?? [])
    let next = mentioned.observedUntil(bytes) < 0 ? StateID.unmentioned : numbers.number(of: bytes)
    let first = observedUntil.count
    while observedUntil.count < numbers.count { observedUntil.append(-1) }
    notePrefixes(from: first)
    appended[step] = next
    return next
  }
}

// MARK: Slots and classes

extension SlotProblem {
  /// Puts the events in order and gives each operation its slot or its class.
  private mutating func assignPlaces() {
    events = FlatBuffer(capacity: 2 * operations.count)
    var ends = FlatBuffer<Int32>(capacity: operations.count)
    for number in 0..<operations.count { ends.append(operations[number].isUnknown ? .max - 1 : operations[number].end) }
    let order = PositionOrder.sorted(ends)
    var ended = 0
    var free = FlatBuffer<Int32>()
    var known = LookupTable<SlotClass.Content, Int>()
    for number in 0..<operations.count {
      release(order, &ended, &free, before: operations[number].call)
      events.append(Int32(number) * 2)
      if operations[number].isUnknown {
        assignClass(to: number, &known)
      } else {
        if free.isEmpty {
          free.append(Int32(slotCount))
          slotCount += 1
        }
        operations[number].place = free[free.count - 1]
        free.truncate(to: free.count - 1)
      }
    }
    release(order, &ended, &free, before: .max)
    gatherMembers()
  }

  /// Lets those return that do so before the event at `position`.
  private mutating func release(
    _ order: borrowing FlatBuffer<Int32>, _ ended: inout Int, _ free: inout FlatBuffer<Int32>, before position: Int32
  ) {
    while ended < order.count, operations[Int(order[ended])].end < position {
      let number = order[ended]
      ended += 1
      free.append(operations[Int(number)].place)
      events.append(number * 2 + 1)
    }
  }

  private mutating func assignClass(to number: Int, _ known: inout LookupTable<SlotClass.Content, Int>) {
    let operation = operations[number]
    let content = SlotClass.Content(effect: operation.effect, operand: operation.operand, result: operation.result)
    let place = known[content] ?? classes.count
    if place == classes.count {
      known[content] = place
      classes.append(SlotClass(effect: operation.effect, operand: operation.operand, result: operation.result))
    }
    classes[place].count += 1
    operations[number].place = Int32(place)
  }

  /// Puts the classes in order, by the values that they leave and blind ones first, and lists their members.
  private mutating func gatherMembers() {
    func key(_ number: Int32) -> (Int, StateID, Int, Int32) {
      let unknown = classes[Int(number)]
      return (unknown.effect == .append ? 1 : 0, unknown.result, unknown.effect == .set ? 0 : 1, number)
    }
    let order = (0..<Int32(classes.count)).sorted { key($0) < key($1) }
    var renamed = FlatBuffer<Int32>(repeating: 0, count: classes.count)
    var sorted = FlatBuffer<SlotClass>(capacity: classes.count)
    var total: Int32 = 0
    for (place, number) in order.enumerated() {
      renamed[Int(number)] = Int32(place)
      var unknown = classes[Int(number)]
      unknown.first = total
      total += unknown.count
      unknown.count = 0
      sorted.append(unknown)
    }
    classes = sorted
    members = FlatBuffer(repeating: 0, count: Int(total))
    for number in 0..<operations.count where operations[number].isUnknown {
      let place = Int(renamed[Int(operations[number].place)])
      operations[number].place = Int32(place)
      members[Int(classes[place].first + classes[place].count)] = Int32(number)
      classes[place].count += 1
    }
  }
}

// MARK: Blind writes within others

extension SlotProblem {
  private mutating func findCovered() {
    var earliestReturn = Int32.max
    for number in (0..<operations.count).reversed() {
      operations[number].isCovered = Rules.covers(blindReturn: earliestReturn, other: operations[number].end)
      if operations[number].effect == .set { earliestReturn = min(earliestReturn, operations[number].end) }
    }
  }
}

/// The strings that some operation mentions, and until when, for keys on which strings grow.
struct MentionedStrings {
  /// Sorted.
  private let strings: [[UInt8]]
  /// `latest[k][i]`: the last return among the strings from i up to i + 2^k.
  private var latest: [[Int32]]

  init<Rules: SlotRules>(
    _ operations: borrowing FlatBuffer<SlotOperation>, _ numbers: ValueNumbers, _ rules: Rules.Type
  ) {
    var untils = [Int32?](repeating: nil, count: numbers.count)
    for number in 0..<operations.count {
      let operation = operations[number]
      guard operation.effect != .set, operation.effect != .append, operation.operand >= 0 else { continue }
      let until = operation.isUnknown ? Rules.lastObservation(ofUnknown: operation.effect) : operation.end
      untils[Int(operation.operand)] = max(untils[Int(operation.operand)] ?? -1, until)
    }
    var mentions: [(string: [UInt8], until: Int32)] = []
    for state in untils.indices {
      if let until = untils[state], let string = numbers[StateID(state)] { mentions.append((string, until)) }
    }
    mentions.sort { $0.string.precedes($1.string) }
    strings = mentions.map(\.string)
    latest = [mentions.map(\.until)]
    absentUntil = untils.compactMap(\.self).max() ?? -1
    var width = 1
    while width * 2 <= strings.count {
      let half = latest[latest.count - 1]
      latest.append((0...strings.count - width * 2).map { max(half[$0], half[$0 + width]) })
      width *= 2
    }
  }

  /// Absence is observed through every string, for each may have grown from it.
  private let absentUntil: Int32

  /// The last return of an operation that mentions a string that starts with `bytes`; −1 if there is none.
  func observedUntil(_ bytes: [UInt8]?) -> Int32 {
    guard let bytes else { return absentUntil }
    let low = strings.partitionPoint { !$0.precedes(bytes) }
    let high = strings.partitionPoint { !$0.precedes(bytes) && !$0.begins(with: bytes) }
    guard low < high else { return -1 }
    let level = Int.bitWidth - 1 - (high - low).leadingZeroBitCount
    return max(latest[level][low], latest[level][high - 1 << level])
  }
}

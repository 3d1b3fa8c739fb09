import Determinism
import Histories

/// One key's operations as the search sees them: interned, and without those that cannot matter.
struct Preparation {
  /// Those known to have taken effect, in the order of their calls.
  private(set) var completed: [PreparedOperation] = []
  /// Those of unknown result, in the order of their calls.
  private(set) var unknown: [PreparedOperation] = []
  /// The value at first.
  private(set) var initial: StateID = 0
  /// The values of this key.
  private(set) var values = ValueTable()
  /// Whether a mismatch did not say what it saw: then a value's absence is an observation, too.
  private(set) var hasForbid = false
  /// Whether anything is appended: then a value can be observed through every string that it starts.
  private(set) var hasAppend = false
  /// The strings that some operation demands, sorted; filled only where something is appended.
  private var mentionedStrings: [[UInt8]] = []
  /// The demanded strings that end in a suffix: those from `endingStarts[suffix]` up to the next suffix's start.
  private(set) var endings: [StateID] = []
  private(set) var endingStarts: [Int] = []
  /// What appending led to, by state and suffix.
  private var appends = LookupTable<UInt64, StateID>()
  /// Whether an operation demands this value.
  private var isMentioned: [Bool] = []

  /// - Parameter shouldStop: asked now and then; `true` leaves it unfit for a search, which asks, too, and then does not
  ///   begin.
  init(_ part: Subhistory, _ specification: SequentialSpecification, shouldStop: () -> Bool = { false }) {
    initial = StateID(values.intern(specification.initial).rawValue)
    for (offset, operation) in part.operations.enumerated() {
      guard let prepared = prepare(operation, at: offset, of: part.history, specification) else { continue }
      hasForbid = hasForbid || prepared.effect == .forbid
      hasAppend = hasAppend || prepared.effect == .append
      if prepared.isUnknown { unknown.append(prepared) } else { completed.append(prepared) }
    }
    if !hasForbid { dropUnobserved(shouldStop) }
    findMentioned(shouldStop)
    initial = observable(initial)
    for place in completed.indices { completed[place].result = observable(completed[place].result) }
    for place in unknown.indices { unknown[place].result = observable(unknown[place].result) }
  }

  private mutating func prepare(
    _ operation: Operation, at offset: Int, of history: History, _ specification: SequentialSpecification
  ) -> PreparedOperation? {
    guard let meaning = specification.meaning(of: operation) else { return nil }
    return PreparedOperation(
      effect: meaning.effect,
      operand: meaning.contradictsItself ? .impossible : intern(meaning.operand, of: history),
      result: intern(meaning.result, of: history), call: Int32(operation.call),
      end: operation.isUnknown ? .max : Int32(operation.end ?? Int(Int32.max)), source: Int32(offset))
  }

  private mutating func intern(_ id: ValueID, of history: History) -> StateID {
    StateID(values.intern(history.values[id]).rawValue)
  }
}

// MARK: Unknown operations that nobody can have observed

extension Preparation {
  /// How often somebody is asked whether to stop: after so many bytes of strings.
  private static let pollInterval = 1 << 20

  /// Drops writes of unknown result whose value nobody can have observed after their call.
  ///
  /// Leaving such a write out of an order changes the value only where nothing looks at it: until the next write, no
  /// operation demands that value. That no longer holds if a mismatch observes what the value is *not*.
  private mutating func dropUnobserved(_ shouldStop: () -> Bool) {
    var isStable = false
    while !isStable {
      let kept = hasAppend ? observedAmongStrings(shouldStop) : observedByValue()
      isStable = kept.count == unknown.count
      unknown = kept
    }
  }

  /// The unknown writes that may have been observed, on a key without appends.
  private func observedByValue() -> [PreparedOperation] {
    // A value's latest observation: the last return of an operation that demands it.
    var latest = [Int32](repeating: -1, count: values.count)
    for operation in completed + unknown where operation.effect != .set && operation.operand >= 0 {
      latest[Int(operation.operand)] = max(latest[Int(operation.operand)], operation.end)
    }
    return unknown.filter { latest[Int($0.result)] >= $0.call }
  }

  /// The unknown writes that may have been observed, on a key with appends: also through longer strings.
  private func observedAmongStrings(_ shouldStop: () -> Bool) -> [PreparedOperation] {
    let demands = (completed + unknown).filter {
      $0.effect != .set && $0.effect != .append && $0.operand >= 0
    }
    let strings = demands.map { values[ValueID(rawValue: UInt32($0.operand))] }
    var unpolled = 0
    return unknown.filter { write in
      let isAppend = write.effect == .append
      let written = values[ValueID(rawValue: UInt32(isAppend ? write.operand : write.result))]
      return demands.indices.contains { (place: Int) -> Bool in
        guard demands[place].end >= write.call else { return false }
        guard let string = strings[place] else { return !isAppend && written == nil }
        unpolled += 1 + string.count
        if unpolled > Self.pollInterval {
          unpolled = 0
          if shouldStop() { return true }
        }
        return isAppend ? string.holds(written ?? []) : string.begins(with: written ?? [])
      }
    }
  }
}

// MARK: Values that nobody mentions

extension Preparation {
  private mutating func findMentioned(_ shouldStop: () -> Bool) {
    isMentioned = [Bool](repeating: false, count: values.count)
    for operation in completed + unknown where operation.effect != .set && operation.effect != .append {
      if operation.operand >= 0 { isMentioned[Int(operation.operand)] = true }
    }
    guard hasAppend else { return }
    mentionedStrings = isMentioned.indices
      .compactMap { isMentioned[$0] ? values[ValueID(rawValue: UInt32($0))] : nil }
      .sorted { $0.precedes($1) }
    findEndings(shouldStop)
  }

  /// The value itself if an operation could tell it from others, now or after appends.
  private func observable(_ state: StateID) -> StateID {
    if isMentioned[Int(state)] { return state }
    guard hasAppend else { return .unmentioned }
    return startsMentioned(values[ValueID(rawValue: UInt32(state))] ?? []) ? state : .unmentioned
  }

  private func startsMentioned(_ string: [UInt8]) -> Bool {
    var low = 0
    var high = mentionedStrings.count
    while low < high {
      let middle = (low + high) / 2
      if mentionedStrings[middle].precedes(string) { low = middle + 1 } else { high = middle }
    }
    return low < mentionedStrings.count && mentionedStrings[low].begins(with: string)
  }

  /// The value after appending `suffix` to `state`.
  mutating func appended(_ suffix: StateID, to state: StateID) -> StateID {
    guard state != .unmentioned else { return state }
    let step = UInt64(UInt32(bitPattern: state)) << 32 | UInt64(UInt32(bitPattern: suffix))
    if let known = appends[step] { return known }
    let next = concatenate(state, suffix)
    appends[step] = next
    return next
  }

  private mutating func concatenate(_ state: StateID, _ suffix: StateID) -> StateID {
    let before = values[ValueID(rawValue: UInt32(state))] ?? []
    let after = before + (values[ValueID(rawValue: UInt32(suffix))] ?? [])
    guard startsMentioned(after) else { return .unmentioned }
    return StateID(values.intern(after).rawValue)
  }

  /// Finds the demanded strings that each append could be the last step to.
  private mutating func findEndings(_ shouldStop: () -> Bool) {
    let suffixes = (completed + unknown).filter { $0.effect == .append }.map(\.operand)
    var isSuffix = [Bool](repeating: false, count: values.count)
    for suffix in suffixes { isSuffix[Int(suffix)] = true }
    // An empty suffix leads to no other string, only from absent to empty.
    var lengths: [Int] = []
    for length in suffixes.map({ length(of: $0) }).sorted() where lengths.last != length { lengths.append(length) }
    var pairs: [(suffix: StateID, string: StateID)] = []
    for string in isMentioned.indices where isMentioned[string] {
      if shouldStop() { break }
      guard let bytes = values[ValueID(rawValue: UInt32(string))] else { continue }
      for length in lengths where length <= bytes.count && (length > 0 || bytes.isEmpty) {
        let suffix = values.find(bytes, in: bytes.count - length..<bytes.count)
        if let suffix, isSuffix[Int(suffix.rawValue)] {
          pairs.append((StateID(suffix.rawValue), StateID(string)))
        }
      }
    }
    pairs.sort { ($0.suffix, $0.string) < ($1.suffix, $1.string) }
    endings = pairs.map(\.string)
    endingStarts = [Int](repeating: 0, count: values.count + 1)
    for pair in pairs { endingStarts[Int(pair.suffix) + 1] += 1 }
    for place in 1..<endingStarts.count { endingStarts[place] += endingStarts[place - 1] }
  }

  private func length(of id: StateID) -> Int { values[ValueID(rawValue: UInt32(id))]?.count ?? 0 }
}

extension [UInt8] {
  /// Whether `part` stands somewhere in these bytes.
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    guard part.count <= count else { return false }
    return (0...count - part.count).contains { self[$0..<$0 + part.count].elementsEqual(part) }
  }
}

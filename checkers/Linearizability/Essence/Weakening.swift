import Determinism
import Histories

/// What may be taken away from one key's operations such that every order that explained them explains what is left, too.
///
/// So if what is left has no order, the whole had none. Sound are:
///
/// - to remove an operation that only observes;
/// - to let an interval begin earlier or end later;
/// - to forget that a write returned: it may then take effect at any time after its call, or never;
/// - to remove a write that nobody can have observed. In an order, the value that it leaves is there until the next put,
///   delete or successful compare-and-set. So each operation that could tell must have returned before the write was
///   called, or must have been called after one of those that come for certain between the two.
///
/// To remove a value with all its observers, and to cut the history at a return, are several of these at once. To remove a
/// write that somebody may have observed is not sound.
package struct Weakening {
  private let history: History
  private let specification: SequentialSpecification
  /// Whether strings grow: then a value can be observed through those that begin with it or hold it.
  private let hasAppend: Bool
  private let shouldStop: () -> Bool

  /// - Parameter shouldStop: asked now and then; `true` lets everything stay as it is.
  package init(
    _ part: Subhistory, _ specification: SequentialSpecification,
    shouldStop: @escaping () -> Bool = { false }
  ) {
    history = part.history
    self.specification = specification
    self.shouldStop = shouldStop
    hasAppend = part.operations.contains { $0.isAppend && $0.kind != .fail }
  }

  /// Whether this operation certainly took effect and changed nothing: a get, a mismatch, a compare-and-set that replaced
  /// a value by itself.
  package func isPure(_ operation: Operation) -> Bool {
    specification.meaning(of: operation)?.effect.isPure ?? false
  }

  /// Whether this operation says nothing: it failed, or it would change nothing and nobody knows its answer.
  package func isIdle(_ operation: Operation) -> Bool { specification.meaning(of: operation) == nil }

  /// Of those operations that `mayGo` the writes are removed, as many as can be at once, that nobody among the rest can
  /// have observed. Removing those of unknown result also leaves the verdict as it is.
  ///
  /// The last write of a value that somebody observed stays even where another write came between the two: without it
  /// nobody would see where that value was from.
  ///
  /// - Parameter operations: in the order of their calls, none of them idle.
  /// - Complexity: O(n log n) where nothing is appended, otherwise O(n²); times the length of chains of compare-and-sets
  ///   that must stay.
  package func clearing(_ operations: [Operation], where mayGo: (Operation) -> Bool) -> [Operation] {
    var isGone = operations.map { mayGo($0) && !isPure($0) }
    guard isGone.contains(true) else { return operations }
    var ends = FlatBuffer<Int32>(capacity: operations.count)
    for operation in operations { ends.append(Int32(min(end(of: operation), Int(Int32.max) - 1))) }
    let byEnd = PositionOrder.sorted(ends)
    // One that must stay may have observed another one.
    while let hasChanged = putBack(operations, byEnd, &isGone) {
      if !hasChanged { break }
    }
    if shouldStop() { return operations }
    return operations.indices.filter { !isGone[$0] }.map { operations[$0] }
  }

  /// How often somebody is asked whether to stop: after so many operations, or observers where strings grow.
  private static let pollInterval = 1 << 16

  /// Puts back what somebody among the rest may have observed; returns whether there was any, and `nil` if it was stopped.
  ///
  /// - Parameter byEnd: the places of the operations, who returns last behind the others.
  private func putBack(
    _ operations: [Operation], _ byEnd: borrowing FlatBuffer<Int32>, _ isGone: inout [Bool]
  ) -> Bool? {
    var observers = Observers(knowsStrings: hasAppend)
    var separators = Separators()
    // The first call of the writes that stay, by value or appended string.
    var kept = LookupTable<UInt64, Int>()
    for (place, operation) in operations.enumerated() where !isGone[place] {
      guard let meaning = specification.meaning(of: operation), !meaning.effect.isPure else { continue }
      kept[source(meaning)] = min(operation.call, kept[source(meaning)] ?? .max)
    }
    var hasChanged = false
    var next = byEnd.count - 1
    var unpolled = 0
    for place in operations.indices.reversed() {
      let operation = operations[place]
      // Who may tell of this operation: those that return after its call.
      while next >= 0, end(of: operations[Int(byEnd[next])]) > operation.call {
        if !isGone[Int(byEnd[next])] { note(operations[Int(byEnd[next])], in: &observers) }
        next -= 1
      }
      unpolled += 1 + observers.cost
      if unpolled >= Self.pollInterval {
        unpolled = 0
        if shouldStop() { return nil }
      }
      guard let meaning = specification.meaning(of: operation), !meaning.effect.isPure else { continue }
      let source = source(meaning)
      if isGone[place] {
        let write = write(meaning)
        let call = observers.earliestCall(ofThoseSeeing: write)
        if call == .max { continue }
        let isSeparated = !operation.isUnknown && separators.lie(behind: end(of: operation), before: call)
        let needsTwin = observers.latestEnd(ofThoseSeeing: write)
        if isSeparated, needsTwin.map({ kept[source] ?? .max < $0 }) ?? true { continue }
        isGone[place] = false
        hasChanged = true
        kept[source] = min(operation.call, kept[source] ?? .max)
        note(operation, in: &observers)
      }
      if !operation.isUnknown, meaning.effect != .append {
        separators.add(call: operation.call, end: end(of: operation))
      }
    }
    return hasChanged
  }

  /// A write, with the compare-and-sets that may have observed it, those that may have observed these, and so on: they can
  /// only go together. Empty if one of them may have been observed by an operation that only observes.
  ///
  /// - Parameter call: of the write, which is not idle.
  /// - Returns: their calls.
  /// - Complexity: O(n²) for each of them.
  package func block(of call: Int, in operations: [Operation]) -> [Int] {
    var block = operations.indices.filter { operations[$0].call == call }
    var place = 0
    while place < block.count {
      if shouldStop() { return [] }
      let write = operations[block[place]]
      place += 1
      for other in operations.indices where !block.contains(other) {
        guard mayTell(operations[other], of: write) else { continue }
        let isSeparated = operations.indices.contains { between in
          !block.contains(between) && separates(operations[between], write, operations[other])
        }
        if isSeparated { continue }
        if isPure(operations[other]) { return [] }
        block.append(other)
      }
    }
    return block.map { operations[$0].call }.sorted()
  }

  /// Whether an operation may tell that this write took effect, if no other one came between them.
  private func mayTell(_ operation: Operation, of write: Operation) -> Bool {
    guard let meaning = specification.meaning(of: write) else { return false }
    var observers = Observers(knowsStrings: hasAppend)
    note(operation, in: &observers)
    return end(of: operation) > write.call && observers.earliestCall(ofThoseSeeing: self.write(meaning)) != .max
  }

  private func separates(_ between: Operation, _ write: Operation, _ observer: Operation) -> Bool {
    guard !write.isUnknown, !between.isUnknown, let meaning = specification.meaning(of: between) else { return false }
    return (meaning.effect == .set || meaning.effect == .swap) && between.call > end(of: write)
      && end(of: between) < observer.call
  }

  private func end(of operation: Operation) -> Int { operation.isUnknown ? .max : operation.end ?? .max }

  private func source(_ meaning: Meaning) -> UInt64 {
    meaning.effect == .append ? 1 << 32 | UInt64(meaning.operand.rawValue) : UInt64(meaning.result.rawValue)
  }

  private func write(_ meaning: Meaning) -> Observers.Write {
    guard hasAppend else { return Observers.Write(value: meaning.result) }
    let isAppend = meaning.effect == .append
    let value = isAppend ? meaning.operand : meaning.result
    return Observers.Write(value: value, bytes: history.values[value], isAppend: isAppend)
  }

  private func note(_ operation: Operation, in observers: inout Observers) {
    guard let meaning = specification.meaning(of: operation) else { return }
    let bytes = hasAppend ? history.values[meaning.operand] : nil
    switch meaning.effect {
    case .require, .swap:
      observers.add(
        Observers.Observer(call: operation.call, end: end(of: operation), value: meaning.operand, bytes: bytes))
    case .forbid: observers.addForbid(of: meaning.operand, call: operation.call)
    case .set, .append: break
    }
  }
}

/// Those who can tell of writes called before a moment that goes backwards.
private struct Observers {
  /// Who observes a value, and when that was called and returned.
  struct Observer {
    let call: Int
    let end: Int
    let value: ValueID
    let bytes: [UInt8]?
  }

  /// What a write leaves, or appends.
  struct Write {
    let value: ValueID
    var bytes: [UInt8]?
    var isAppend = false
  }

  let knowsStrings: Bool
  /// By value, the earliest call of those who observed it; where strings grow, everyone instead.
  private var calls = LookupTable<UInt32, Int>()
  /// By value, the latest return of those who observed it.
  private var ends = LookupTable<UInt32, Int>()
  private var all: [Observer] = []
  /// The earliest call of those who saw that a value was not there, and of those who saw it of any other value.
  private var forbid: (value: ValueID, call: Int)?
  private var otherForbid = Int.max

  init(knowsStrings: Bool) { self.knowsStrings = knowsStrings }

  /// What it costs to ask once more than where no strings grow.
  var cost: Int { all.count * 8 }

  mutating func add(_ observer: Observer) {
    if knowsStrings { return all.append(observer) }
    let place = observer.value.rawValue
    calls[place] = min(calls[place] ?? .max, observer.call)
    ends[place] = max(ends[place] ?? 0, observer.end)
  }

  /// The latest return of those who observed the value of a write; `nil` if nobody did.
  func latestEnd(ofThoseSeeing write: Write) -> Int? {
    guard knowsStrings else { return ends[write.value.rawValue] }
    return all.filter { sees($0, write) }.map(\.end).max()
  }

  mutating func addForbid(of value: ValueID, call: Int) {
    guard let first = forbid, first.value != value else {
      forbid = (value, min(forbid?.call ?? .max, call))
      return
    }
    if call < first.call {
      otherForbid = min(otherForbid, first.call)
      forbid = (value, call)
    } else {
      otherForbid = min(otherForbid, call)
    }
  }

  /// The earliest call of all those that may tell whether this write took effect; the largest number if there are none.
  func earliestCall(ofThoseSeeing write: Write) -> Int {
    var earliest = otherForbid
    // That a value is not there is no news of a write of that value.
    if let forbid, knowsStrings || write.isAppend || forbid.value != write.value {
      earliest = min(earliest, forbid.call)
    }
    guard knowsStrings else { return min(earliest, calls[write.value.rawValue] ?? .max) }
    for observer in all where observer.call < earliest && sees(observer, write) { earliest = observer.call }
    return earliest
  }

  private func sees(_ observer: Observer, _ write: Write) -> Bool {
    guard knowsStrings else { return observer.value == write.value }
    // Whatever is appended to nothing gives any string.
    guard let written = write.bytes else { return true }
    guard let seen = observer.bytes else { return false }
    return write.isAppend ? seen.holds(written) : seen.begins(with: written)
  }
}

/// Writes that end what was there before, the last one called in front.
private struct Separators {
  private var calls: [Int] = []
  /// The earliest end among those up to here.
  private var earliestEnds: [Int] = []

  mutating func add(call: Int, end: Int) {
    calls.append(call)
    earliestEnds.append(min(end, earliestEnds.last ?? .max))
  }

  /// Whether one was called after `end` and returned before `call`.
  func lie(behind end: Int, before call: Int) -> Bool {
    let count = calls.partitionPoint { $0 <= end }
    return count > 0 && earliestEnds[count - 1] < call
  }
}

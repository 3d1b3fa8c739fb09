import Histories

/// Some of the numbers from 0 on, as bits, without the last words that hold none.
struct NumberSet: Hashable, Sendable {
  private(set) var words: [UInt64] = []

  func contains(_ number: Int32) -> Bool {
    Int(number) / 64 < words.count && words[Int(number) / 64] >> UInt64(number % 64) & 1 == 1
  }

  mutating func insert(_ number: Int32) {
    while words.count <= Int(number) / 64 { words.append(0) }
    words[Int(number) / 64] |= 1 << UInt64(number % 64)
  }

  mutating func remove(_ number: Int32) {
    guard contains(number) else { return }
    words[Int(number) / 64] &= ~(1 << UInt64(number % 64))
    while words.last == 0 { words.removeLast() }
  }

  /// How many there are.
  var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// The numbers, the least first.
  var numbers: [Int32] { (0..<Int32(words.count * 64)).filter { contains($0) } }
}

/// A set: `add` and `remove` change it whatever it holds, `contains` answers whether it holds an element, `read` answers
/// all elements, in any order.
struct SetModel: ObjectModel {
  enum Operation: Hashable, Sendable {
    case add(Int32)
    case remove(Int32)
    /// `nil` if the answer is not known.
    case contains(Int32, Bool?)
    /// Each element once, the least first, for a read of a few may name high numbers; `nil` if the answer is not known.
    case read([Int32]?)
  }

  let initial: NumberSet
  var names = ObjectNames()

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    guard let members = initial == .absent ? [] : ObjectReader.members(initial) else {
      throw ObjectReader.misfit(initial: initial, expected: "a set")
    }
    var set = NumberSet()
    for member in members { set.insert(reader.names.number(of: member)) }
    self.initial = set
  }

  /// Each once, the least first.
  private static func sorted(_ numbers: [Int32]) -> [Int32] {
    var last: Int32 = -1
    return numbers.sorted().filter { number in
      defer { last = number }
      return number != last
    }
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation {
    let answer = reader.answer(operation) ?? .absent
    if operation.function == .get {
      if answer == .absent { return .read(nil) }
      guard let members = ObjectReader.members(answer) else {
        throw reader.misfit(operation, expected: "the elements of a set", answer)
      }
      return .read(Self.sorted(members.map { reader.names.number(of: $0) }))
    }
    let element = reader.names.number(of: reader.argument(operation))
    switch operation.function {
    case .object(.add): return .add(element)
    case .object(.remove): return .remove(element)
    default: break
    }
    switch answer {
    case .absent: return .contains(element, nil)
    case .bool(let isThere): return .contains(element, isThere)
    case .list(let pair) where pair.count == 2 && pair[0] == reader.argument(operation):
      if case .bool(let isThere) = pair[1] { return .contains(element, isThere) }
    default: break
    }
    throw reader.misfit(operation, expected: "true or false", answer)
  }

  func forgettingAnswer(of operation: Operation) -> Operation {
    switch operation {
    case .add, .remove: operation
    case .contains(let element, _): .contains(element, nil)
    case .read: .read(nil)
    }
  }

  func onlyLooks(_ operation: Operation, from state: NumberSet) -> Bool {
    switch operation {
    case .add, .remove: false
    case .contains, .read: true
    }
  }

  /// Each element by itself, unless somebody read all of them.
  func parts(of operations: [Operation]) -> [Int32]? {
    var parts: [Int32] = []
    for operation in operations {
      switch operation {
      case .add(let element), .remove(let element), .contains(let element, _): parts.append(element)
      case .read(nil): parts.append(.max)
      case .read: return nil
      }
    }
    return parts
  }

  func commute(_ one: Operation, _ other: Operation) -> Bool {
    switch (one, other) {
    case (.add, .add), (.remove, .remove): true
    case (.add(let element), .remove(let another)), (.remove(let element), .add(let another)): element != another
    default: false
    }
  }

  func successors(of state: NumberSet, by operation: Operation) -> [NumberSet] {
    var next = state
    switch operation {
    case .add(let element): next.insert(element)
    case .remove(let element): next.remove(element)
    case .contains(let element, let isThere): if let isThere, state.contains(element) != isThere { return [] }
    case .read(let seen): if let seen, seen.count != state.count || !seen.allSatisfy(state.contains) { return [] }
    }
    return [next]
  }

  func bytes(of state: NumberSet) -> Int { 32 + 8 * state.words.count }

  func description(of operation: Operation) -> String {
    switch operation {
    case .add(let element): "added \(names.value(element))"
    case .remove(let element): "removed \(names.value(element))"
    case .contains(let element, let isThere):
      "\(isThere == false ? "did not find" : "found") \(names.value(element))"
    case .read(let seen): "read \(seen.map { list($0) } ?? "something")"
    }
  }

  func description(of state: NumberSet) -> String { "the set holds \(list(state.numbers))" }

  private func list(_ numbers: [Int32]) -> String { numbers.isEmpty ? "nothing" : names.list(numbers) }
}

import Determinism
import Histories

/// Several registers that are read and written together: a transaction is one operation. Its steps take effect one after
/// the other, so that it sees what it wrote itself. Every register is absent at first, or holds what the initial map says.
///
/// To decide it is NP-hard (Papadimitriou 1979), as far as transactions overlap.
struct MultiRegisterModel: ObjectModel {
  /// A read or a write of one register.
  struct Step: Hashable, Sendable {
    let register: Int32
    let isWrite: Bool
    /// The value written or seen, by number; −1 if it is not known what was seen.
    let value: Int32
  }

  /// What the registers hold, but for those that hold what most do at first: by register, the least number first.
  struct State: Hashable, Sendable {
    private(set) var registers: [Int32] = []
    private(set) var values: [Int32] = []

    /// What a register holds; `nil` if it is what most hold at first.
    func value(of register: Int32) -> Int32? {
      let place = registers.partitionPoint { $0 >= register }
      return place < registers.count && registers[place] == register ? values[place] : nil
    }

    /// Puts a value into a register; `nil` is what most hold at first.
    mutating func put(_ value: Int32?, into register: Int32) {
      let place = registers.partitionPoint { $0 >= register }
      let isThere = place < registers.count && registers[place] == register
      guard let value else {
        if isThere {
          registers.remove(at: place)
          values.remove(at: place)
        }
        return
      }
      if isThere {
        values[place] = value
      } else {
        registers.insert(register, at: place)
        values.insert(value, at: place)
      }
    }
  }

  let initial: State
  /// What each register holds that the initial state does not name.
  private let usual: Int32
  private let absent: Int32
  var names = ObjectNames()
  var keys = ObjectNames()

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    absent = reader.names.number(of: .absent)
    var state = State()
    if case .map(let entries) = initial {
      usual = absent
      for entry in entries where entry.value != .absent {
        state.put(reader.names.number(of: entry.value), into: reader.keys.number(ofName: entry.key))
      }
    } else {
      usual = reader.names.number(of: initial)
    }
    self.initial = state
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> [Step] {
    let argument = reader.argument(operation)
    let answer = reader.answer(operation) ?? .absent
    let isAnswered = answer != .absent
    switch operation.function {
    case .get, .put:
      let meant = operation.function == .put || !isAnswered ? argument : answer
      guard case .map(let entries) = meant else {
        if meant == .absent, operation.function == .get { return [] }
        throw reader.misfit(operation, expected: "a map of registers to values", meant)
      }
      return entries.map { entry in
        let isWrite = operation.function == .put
        let value = isWrite || isAnswered ? reader.names.number(of: entry.value) : -1
        return Step(register: reader.keys.number(ofName: entry.key), isWrite: isWrite, value: value)
      }
    default:
      let meant = isAnswered ? answer : argument
      guard case .list(let members) = meant else {
        throw reader.misfit(operation, expected: "the steps of a transaction", meant)
      }
      var steps: [Step] = []
      for member in members { steps.append(try step(member, isAnswered, operation, &reader)) }
      return steps
    }
  }

  private func step(
    _ member: PlainValue, _ isAnswered: Bool, _ operation: Histories.Operation, _ reader: inout ObjectReader
  ) throws(ModelMisfit) -> Step {
    let expected = "[:r register value] or [:w register value]"
    guard case .list(let words) = member, words.count == 3 || words.count == 2 else {
      throw reader.misfit(operation, expected: expected, member)
    }
    let isWrite: Bool
    switch words[0] {
    case .keyword("w"), .text("w"), .symbol("w"), .keyword("write"), .text("write"), .symbol("write"): isWrite = true
    case .keyword("r"), .text("r"), .symbol("r"), .keyword("read"), .text("read"), .symbol("read"): isWrite = false
    default: throw reader.misfit(operation, expected: expected, member)
    }
    let register = reader.keys.number(ofName: words[1])
    guard words.count == 3 else {
      if isWrite { throw reader.misfit(operation, expected: expected, member) }
      return Step(register: register, isWrite: false, value: -1)
    }
    let isKnown = isWrite || isAnswered
    return Step(register: register, isWrite: isWrite, value: isKnown ? reader.names.number(of: words[2]) : -1)
  }

  func forgettingAnswer(of operation: [Step]) -> [Step] {
    operation.map { $0.isWrite ? $0 : Step(register: $0.register, isWrite: false, value: -1) }
  }

  func onlyLooks(_ operation: [Step], from state: State) -> Bool { !operation.contains { $0.isWrite } }

  /// Registers that transactions tie together.
  func parts(of operations: [[Step]]) -> [Int32]? {
    var parents = Array(0..<Int32(keys.count))
    func root(_ register: Int32) -> Int32 {
      var root = register
      while parents[Int(root)] != root {
        parents[Int(root)] = parents[Int(parents[Int(root)])]
        root = parents[Int(root)]
      }
      return root
    }
    for operation in operations {
      guard let first = operation.first else { continue }
      for step in operation.dropFirst() {
        let (one, other) = (root(first.register), root(step.register))
        parents[Int(max(one, other))] = min(one, other)
      }
    }
    return operations.map { operation in operation.first.map { root($0.register) } ?? .max }
  }

  func successors(of state: State, by operation: [Step]) -> [State] {
    var next = state
    for step in operation {
      if step.isWrite {
        next.put(step.value == usual ? nil : step.value, into: step.register)
      } else if step.value >= 0, next.value(of: step.register) ?? usual != step.value {
        return []
      }
    }
    return [next]
  }

  func bytes(of state: State) -> Int { 64 + 8 * state.values.count }

  func description(of operation: [Step]) -> String {
    let steps = operation.prefix(8).map { step in
      let value = step.value < 0 ? "something" : shown(step.value)
      return "\(step.isWrite ? "wrote" : "read") \(keys.name(step.register)) = \(value)"
    }
    return steps.isEmpty ? "did nothing" : steps.joined(separator: ", ")
  }

  func description(of state: State) -> String {
    if state.values.isEmpty { return "every register holds \(shown(usual))" }
    let held = state.values.indices.prefix(8).map { "\(keys.name(state.registers[$0])) = \(shown(state.values[$0]))" }
    let more = state.values.count > 8 ? " and \(state.values.count - 8) more" : ""
    return "the registers hold \(held.joined(separator: ", "))\(more)"
  }

  private func shown(_ value: Int32) -> String { value == absent ? "nothing" : names.value(value) }
}

import Histories

/// A source of identities, each of which it gives out once. One of unknown result may have given out whatever nobody saw.
struct UniqueIDsModel: ObjectModel {
  struct Operation: Hashable, Sendable {
    /// What was given out; `nil` if that is not known.
    let identity: Int32?
  }

  /// What was given out before.
  let initial: NumberSet
  var names = ObjectNames()

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    guard let members = initial == .absent ? [] : ObjectReader.members(initial) else {
      throw ObjectReader.misfit(initial: initial, expected: "a list")
    }
    var given = NumberSet()
    for member in members { given.insert(reader.names.number(of: member)) }
    self.initial = given
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation {
    guard let answer = reader.answer(operation), answer != .absent else { return Operation(identity: nil) }
    return Operation(identity: reader.names.number(of: answer))
  }

  func forgettingAnswer(of operation: Operation) -> Operation { Operation(identity: nil) }

  func onlyLooks(_ operation: Operation, from state: NumberSet) -> Bool { operation.identity == nil }

  /// Each identity by itself.
  func parts(of operations: [Operation]) -> [Int32]? { operations.map { $0.identity ?? .max } }

  func successors(of state: NumberSet, by operation: Operation) -> [NumberSet] {
    guard let identity = operation.identity else { return [state] }
    if state.contains(identity) { return [] }
    var next = state
    next.insert(identity)
    return [next]
  }

  func bytes(of state: NumberSet) -> Int { 32 + 8 * state.words.count }

  func description(of operation: Operation) -> String {
    "was given \(operation.identity.map { names.value($0) } ?? "something")"
  }

  func description(of state: NumberSet) -> String {
    state.words.isEmpty ? "nothing was given out" : "\(names.list(state.numbers)) was given out already"
  }
}

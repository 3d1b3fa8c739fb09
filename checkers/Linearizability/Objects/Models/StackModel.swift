import Histories

/// A stack: the value that came last comes off first.
struct StackModel: ObjectModel {
  /// The values, the uppermost last.
  let initial: [Int32]
  var names = ObjectNames()

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    self.initial = try CollectionOperation.initial(initial, &reader)
  }

  func operation(
    _ operation: Histories.Operation, _ reader: inout ObjectReader
  ) throws(ModelMisfit) -> CollectionOperation {
    try CollectionOperation.read(operation, &reader)
  }

  func forgettingAnswer(of operation: CollectionOperation) -> CollectionOperation { operation.withoutAnswer }

  func onlyLooks(_ operation: CollectionOperation, from state: [Int32]) -> Bool { operation.onlyLooks }

  func successors(of state: [Int32], by operation: CollectionOperation) -> [[Int32]] {
    switch operation {
    case .add(let value): [state + [value]]
    case .take(let value): state.last == value ? [Array(state.dropLast())] : []
    case .sawEmpty: state.isEmpty ? [state] : []
    case .takeUnknown: [Array(state.dropLast())]
    case .drain(let values): values == Array(state.reversed()) ? [[]] : []
    case .drainUnknown: [[]]
    }
  }

  func bytes(of state: [Int32]) -> Int { 32 + 4 * state.count }

  func description(of operation: CollectionOperation) -> String { operation.description(names, "pushed", "off") }

  func description(of state: [Int32]) -> String {
    state.isEmpty ? "the stack is empty" : "the stack holds, from above, \(names.list(state.reversed()))"
  }
}

import Histories

/// A queue whose values leave it in the order in which they came.
struct FIFOQueueModel: ObjectModel {
  /// The values, the one that leaves next first.
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
    case .take(let value): state.first == value ? [Array(state.dropFirst())] : []
    case .sawEmpty: state.isEmpty ? [state] : []
    case .takeUnknown: [Array(state.dropFirst())]
    case .drain(let values): values == state ? [[]] : []
    case .drainUnknown: [[]]
    }
  }

  func bytes(of state: [Int32]) -> Int { 32 + 4 * state.count }

  func description(of operation: CollectionOperation) -> String { operation.description(names, "enqueued", "out") }

  func description(of state: [Int32]) -> String {
    state.isEmpty ? "the queue is empty" : "the queue holds \(names.list(state)), in this order"
  }
}

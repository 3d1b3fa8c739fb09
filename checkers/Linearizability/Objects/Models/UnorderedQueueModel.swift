import Histories

/// A queue whose values leave it in whatever order; it holds as many of each as were added and not taken.
struct UnorderedQueueModel: ObjectModel {
  /// The values, the least number first.
  let initial: [Int32]
  var names = ObjectNames()

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    self.initial = try CollectionOperation.initial(initial, &reader).sorted()
  }

  func operation(
    _ operation: Histories.Operation, _ reader: inout ObjectReader
  ) throws(ModelMisfit) -> CollectionOperation {
    let read = try CollectionOperation.read(operation, &reader)
    if case .drain(let values) = read { return .drain(values.sorted()) }
    return read
  }

  func forgettingAnswer(of operation: CollectionOperation) -> CollectionOperation { operation.withoutAnswer }

  func onlyLooks(_ operation: CollectionOperation, from state: [Int32]) -> Bool { operation.onlyLooks }

  func successors(of state: [Int32], by operation: CollectionOperation) -> [[Int32]] {
    switch operation {
    case .add(let value):
      var next = state
      next.insert(value, at: state.partitionPoint { $0 > value })
      return [next]
    case .take(let value): return state.firstIndex(of: value).map { [without($0, state)] } ?? []
    case .sawEmpty: return state.isEmpty ? [state] : []
    case .takeUnknown:
      return state.isEmpty
        ? [state] : state.indices.filter { $0 == 0 || state[$0 - 1] != state[$0] }.map { without($0, state) }
    case .drain(let values): return values == state ? [[]] : []
    case .drainUnknown: return [[]]
    }
  }

  private func without(_ place: Int, _ state: [Int32]) -> [Int32] {
    var next = state
    next.remove(at: place)
    return next
  }

  func bytes(of state: [Int32]) -> Int { 32 + 4 * state.count }

  func description(of operation: CollectionOperation) -> String { operation.description(names, "enqueued", "out") }

  func description(of state: [Int32]) -> String {
    state.isEmpty ? "the queue is empty" : "the queue holds \(names.list(state))"
  }
}

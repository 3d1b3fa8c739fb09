import Histories

/// A number of permits, two unless the initial value says otherwise. Who has taken one may give one back, and nobody else.
struct SemaphoreModel: ObjectModel {
  /// How many permits there are.
  let permits: Int64
  var names = ObjectNames()

  /// How many permits each owner holds, without the last ones that hold none.
  var initial: [Int32] { [] }

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    guard initial != .absent else {
      permits = 2
      return
    }
    guard let permits = ObjectReader.integer(initial), permits > 0 else {
      throw ObjectReader.misfit(initial: initial, expected: "the number of permits")
    }
    self.permits = permits
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> LockOperation {
    try LockOperation.read(operation, &reader)
  }

  func successors(of state: [Int32], by operation: LockOperation) -> [[Int32]] {
    if operation.isAcquire, state.reduce(0, { $0 + Int64($1) }) >= permits { return [] }
    let owners = operation.owner < 0 ? 0..<Int32(names.count) : operation.owner..<operation.owner + 1
    return owners.compactMap { owner in
      var next = state
      while next.count <= Int(owner) { next.append(0) }
      next[Int(owner)] += operation.isAcquire ? 1 : -1
      guard next[Int(owner)] >= 0 else { return nil }
      while next.last == 0 { next.removeLast() }
      return next
    }
  }

  func bytes(of state: [Int32]) -> Int { 32 + 4 * state.count }

  func description(of operation: LockOperation) -> String { operation.description("a permit") }

  func description(of state: [Int32]) -> String {
    let holders = state.indices.filter { state[$0] > 0 }
    if holders.isEmpty { return "none of the \(permits) permits is taken" }
    let shown = holders.prefix(8).map { "\(names.name(Int32($0))) \(state[$0])" }.joined(separator: ", ")
    return "of \(permits) permits these are taken: \(shown)"
  }
}

import Histories

/// A lock whose owners are given numbers, fences, that grow from one owner to the next (Hazelcast's `FencedLock`).
///
/// It is reentrant up to two times, as Hazelcast's is unless told otherwise: whoever holds it may take it once more, and is
/// then given the same fence. A fence that is no positive number says nothing: Hazelcast answers 0 or −1 where there is none.
struct FencedLockModel: ObjectModel {
  struct Operation: Hashable, Sendable {
    let lock: LockOperation
    /// The fence that was answered; 0 if none was.
    let fence: Int64
  }

  struct State: Hashable, Sendable {
    /// −1 if it is free.
    var owner: Int32 = -1
    /// How often its owner holds it.
    var count: Int32 = 0
    /// The fence of its owner; 0 if it was not told.
    var fence: Int64 = 0
    /// The highest fence that was told.
    var highest: Int64 = 0
  }

  /// How often an owner may hold it.
  var limit: Int32 = 2
  var names = ObjectNames()

  var initial: State { State() }

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    try ObjectReader.expectNone(initial, "for a lock is free at first")
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation {
    let lock = try LockOperation.read(operation, &reader)
    guard lock.isAcquire, let answer = reader.answer(operation) else { return Operation(lock: lock, fence: 0) }
    var fence: PlainValue = .absent
    if case .integer = answer, answer != reader.argument(operation) { fence = answer }
    if let told = ObjectReader.entry("fence", of: answer) { fence = told }
    switch fence {
    case .absent: return Operation(lock: lock, fence: 0)
    case .integer(let number): return Operation(lock: lock, fence: max(0, number))
    default: throw reader.misfit(operation, expected: "a whole number as the fence", fence)
    }
  }

  func forgettingAnswer(of operation: Operation) -> Operation { Operation(lock: operation.lock, fence: 0) }

  func successors(of state: State, by operation: Operation) -> [State] {
    let lock = operation.lock
    guard lock.isAcquire else {
      guard state.owner >= 0, lock.owner < 0 || lock.owner == state.owner else { return [] }
      var next = state
      next.count -= 1
      if next.count == 0 { (next.owner, next.fence) = (-1, 0) }
      return [next]
    }
    if state.owner < 0 {
      guard operation.fence == 0 || operation.fence > state.highest else { return [] }
      let owners = lock.owner < 0 ? 0..<Int32(names.count) : lock.owner..<lock.owner + 1
      let highest = max(state.highest, operation.fence)
      return owners.map { State(owner: $0, count: 1, fence: operation.fence, highest: highest) }
    }
    guard lock.owner < 0 || lock.owner == state.owner, state.count < limit else { return [] }
    var next = state
    next.count += 1
    if operation.fence == 0 || operation.fence == state.fence { return [next] }
    guard state.fence == 0, operation.fence > state.highest else { return [] }
    (next.fence, next.highest) = (operation.fence, operation.fence)
    return [next]
  }

  func description(of operation: Operation) -> String {
    operation.lock.description("the lock") + (operation.fence > 0 ? " with fence \(operation.fence)" : "")
  }

  func description(of state: State) -> String {
    let told = state.highest > 0 ? ", and the highest fence so far is \(state.highest)" : ""
    if state.owner < 0 { return "nobody holds it\(told)" }
    return "\(names.name(state.owner)) holds it\(state.count > 1 ? " \(state.count) times" : "")\(told)"
  }
}

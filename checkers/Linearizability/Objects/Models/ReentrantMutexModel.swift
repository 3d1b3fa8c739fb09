import Histories

/// What is done to a lock: taken or given back, and by whom.
struct LockOperation: Hashable, Sendable {
  let isAcquire: Bool
  /// By number; −1 may be anybody.
  let owner: Int32

  /// - Throws: never yet; a lock is taken by whatever value.
  static func read(_ operation: Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> LockOperation {
    LockOperation(isAcquire: operation.function == .object(.acquire), owner: reader.owner(of: operation))
  }

  /// As a clause.
  func description(_ thing: String) -> String { isAcquire ? "took \(thing)" : "gave \(thing) back" }
}

/// A lock that its owner may take several times, and has to give back as often.
///
/// The limit is two, as in Hazelcast's tests. Whoever holds it as often takes it no more; nobody else takes it or gives it
/// back.
struct ReentrantMutexModel: ObjectModel {
  struct State: Hashable, Sendable {
    /// −1 if it is free.
    var owner: Int32 = -1
    /// How often its owner holds it.
    var count: Int32 = 0
  }

  /// How often an owner may hold it.
  var limit: Int32 = 2
  var names = ObjectNames()

  var initial: State { State() }

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {}

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> LockOperation {
    try LockOperation.read(operation, &reader)
  }

  func successors(of state: State, by operation: LockOperation) -> [State] {
    if state.owner < 0 {
      guard operation.isAcquire else { return [] }
      let owners = operation.owner < 0 ? 0..<Int32(names.count) : operation.owner..<operation.owner + 1
      return owners.map { State(owner: $0, count: 1) }
    }
    guard operation.owner < 0 || operation.owner == state.owner else { return [] }
    if operation.isAcquire { return state.count < limit ? [State(owner: state.owner, count: state.count + 1)] : [] }
    return [state.count == 1 ? State() : State(owner: state.owner, count: state.count - 1)]
  }

  func description(of operation: LockOperation) -> String { operation.description("the lock") }

  func description(of state: State) -> String {
    if state.owner < 0 { return "nobody holds it" }
    return "\(names.name(state.owner)) holds it\(state.count > 1 ? " \(state.count) times" : "")"
  }
}

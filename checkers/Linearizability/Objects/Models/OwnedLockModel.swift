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

/// How often the owner of a lock may hold it.
protocol HoldLimit: Sendable {
  static var most: Int32 { get }
}

/// Once.
enum HeldOnce: HoldLimit {
  static var most: Int32 { 1 }
}

/// Twice, as in Hazelcast's tests.
enum HeldTwice: HoldLimit {
  static var most: Int32 { 2 }
}

/// A lock that only its owner may give back.
typealias OwnerMutexModel = OwnedLockModel<HeldOnce>

/// A lock that its owner may take twice, and has to give back as often.
typealias ReentrantMutexModel = OwnedLockModel<HeldTwice>

/// A lock with an owner. Whoever holds it as often as it can be takes it no more; nobody else takes it or gives it back.
struct OwnedLockModel<Limit: HoldLimit>: ObjectModel {
  struct State: Hashable, Sendable {
    /// −1 if it is free.
    var owner: Int32 = -1
    /// How often its owner holds it.
    var count: Int32 = 0
  }

  var names = ObjectNames()

  var initial: State { State() }

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    try ObjectReader.expectNone(initial, "for a lock is free at first")
  }

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
    let count = state.count + (operation.isAcquire ? 1 : -1)
    if count > Limit.most { return [] }
    return [count == 0 ? State() : State(owner: state.owner, count: count)]
  }

  func description(of operation: LockOperation) -> String { operation.description("the lock") }

  func description(of state: State) -> String {
    if state.owner < 0 { return "nobody holds it" }
    return "\(names.name(state.owner)) holds it\(state.count > 1 ? " \(state.count) times" : "")"
  }
}

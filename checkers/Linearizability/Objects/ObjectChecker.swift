import Histories

/// From what it follows that the calls of an object have no order: every order of these was tried, or they break a rule.
package struct ObjectGround: Hashable, Sendable {
  /// The operations, by offset: one part of all, which has nothing to do with the others.
  package let operations: [Int32]
  /// The rule that they break, and a few operations that show where, by offset.
  package var violation: FastViolation?
}

/// Decides histories of objects that are more than a cell: everything for which `ModelName.isCell` is false.
///
/// Which model is meant is asked once for each part; behind that everything is specialised for it.
package struct ObjectChecker: Sendable {
  /// What the operations mean.
  package let model: Model
  /// Whether the exact ways that some objects have are asked before any search.
  package let asksFastWays: Bool

  /// A checker for parts of this model, which is no cell.
  package init(_ model: Model, asksFastWays: Bool = true) { (self.model, self.asksFastWays) = (model, asksFastWays) }

  /// Decides one part.
  ///
  /// - Returns: what was found out, and how many configurations were looked at. An order was replayed.
  package func decide(
    _ part: Subhistory, within budget: Budget, shouldStop: () -> Bool = { false }
  ) -> (decision: Decision, expansions: Int) {
    decide(part, within: budget, ProvenModelRules.self, shouldStop: shouldStop)
  }

  /// The same under other rules, which a test may have weakened.
  func decide<Rules: ModelRules>(
    _ part: Subhistory, within budget: Budget, _ rules: Rules.Type, shouldStop: () -> Bool = { false }
  ) -> (decision: Decision, expansions: Int) {
    if shouldStop() { return (.unknown(.stopped), 0) }
    guard FastCalls.bytes(forOperations: part.operations.count, model.name) <= budget.bytes else {
      return (.unknown(.bytes(budget.bytes)), 0)
    }
    return withoutActuallyEscaping(shouldStop) { shouldStop in
      do throws(ModelMisfit) {
        if asksFastWays, let found = decideFast(part, shouldStop) { return (found, 0) }
        return try run(DecidingObjects<Rules>(budget: budget, shouldStop: shouldStop), on: part)
      } catch {
        return (.unknown(.misfit(error)), 0)
      }
    }
  }

  /// Whether these operations, by offset, explain every answer in this order and leave out none that took effect.
  package func confirms(_ order: [Int32], of part: Subhistory) -> Bool {
    (try? run(ConfirmingObjects(order: order), on: part)) ?? false
  }

  /// Asks the exact ways that some objects have: of sets, identities, queues, stacks and etcd.
  ///
  /// - Returns: `nil` where none applies.
  private func decideFast(_ part: Subhistory, _ shouldStop: () -> Bool) -> Decision? {
    switch FastCalls(part, model)?.decide(shouldStop: shouldStop) {
    case .linearizable(let order): return .linearizable(order)
    case .notLinearizable(let violation):
      let happened = part.operations.indices.filter { part.operations[$0].kind != .fail }
      return .notLinearizable(.object(ObjectGround(operations: happened.map { Int32($0) }, violation: violation)))
    case .notApplicable, nil: return nil
    }
  }
}

/// Something to be done with the calls of a part, whatever their model.
protocol ObjectTask {
  associatedtype Result

  func run<Model: ObjectModel>(on decoded: DecodedCalls<Model>, of part: Subhistory) -> Result
}

extension ObjectChecker {
  /// Reads the part as its model has it, and does the task.
  ///
  /// - Throws: `ModelMisfit` at the first value that is none of the model.
  func run<Work: ObjectTask>(_ task: Work, on part: Subhistory) throws(ModelMisfit) -> Work.Result {
    switch model.name {
    case .ownerMutex: try run(task, on: part, OwnerMutexModel.self)
    case .reentrantMutex: try run(task, on: part, ReentrantMutexModel.self)
    case .fencedLock: try run(task, on: part, FencedLockModel.self)
    case .semaphore: try run(task, on: part, SemaphoreModel.self)
    case .set: try run(task, on: part, SetModel.self)
    case .uniqueIDs: try run(task, on: part, UniqueIDsModel.self)
    case .unorderedQueue: try run(task, on: part, UnorderedQueueModel.self)
    case .fifoQueue: try run(task, on: part, FIFOQueueModel.self)
    case .stack: try run(task, on: part, StackModel.self)
    case .multiRegister: try run(task, on: part, MultiRegisterModel.self)
    case .versionedRegister: try run(task, on: part, VersionedRegisterModel.self)
    case .counter: try run(task, on: part, CounterModel.self)
    case .bank: try run(task, on: part, BankModel.self)
    case .etcd: try run(task, on: part, EtcdModel.self)
    case .keyValue, .register, .compareAndSetRegister, .mutex:
      throw ModelMisfit(
        line: nil, expected: "a model that the general search knows", found: model.name.rawValue)
    }
  }

  private func run<Work: ObjectTask, Model: ObjectModel>(
    _ task: Work, on part: Subhistory, _ meant: Model.Type
  ) throws(ModelMisfit) -> Work.Result {
    let decoded = try Model.decode(part, History.plainValue(ofBytes: model.initial))
    return task.run(on: decoded, of: part)
  }
}

/// Decides the calls.
private struct DecidingObjects<Rules: ModelRules>: ObjectTask {
  let budget: Budget
  let shouldStop: () -> Bool

  func run<Model: ObjectModel>(
    on decoded: DecodedCalls<Model>, of part: Subhistory
  ) -> (decision: Decision, expansions: Int) {
    let found = decoded.model.decide(decoded.calls, within: budget, Rules.self, shouldStop: shouldStop)
    switch found.decision {
    case .linearizable(let order):
      return (.linearizable(order.map { decoded.offsets[Int($0)] }), found.expansions)
    case .notLinearizable(let places):
      let ground = ObjectGround(operations: places.map { decoded.offsets[Int($0)] })
      return (.notLinearizable(.object(ground)), found.expansions)
    case .unknown(let limit): return (.unknown(limit), found.expansions)
    }
  }
}

/// Replays an order.
private struct ConfirmingObjects: ObjectTask {
  let order: [Int32]

  func run<Model: ObjectModel>(on decoded: DecodedCalls<Model>, of part: Subhistory) -> Bool {
    var places = [Int32](repeating: -1, count: part.operations.count)
    for (place, offset) in decoded.offsets.enumerated() { places[Int(offset)] = Int32(place) }
    let meant = order.map { part.operations.indices.contains(Int($0)) ? places[Int($0)] : -1 }
    return ModelReplay(model: decoded.model, calls: decoded.calls).confirms(meant)
  }
}

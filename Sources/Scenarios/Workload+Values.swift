import Determinism

// What is changed in a seed's operations by dice of its own: values at the limits, and reads right behind writes.
extension WorkloadPlan {
  /// Fewer bytes are no large value.
  private static var leastFill: Int { 200 }

  /// Makes some values empty and some large, and lets some operations expect an absent key or the empty value.
  ///
  /// - Parameter largest: the most bytes of a value.
  mutating func addSpecialValues(drawnFrom dice: Dice, largest: Int) {
    var draws = dice.sequence(.valuePlan)
    // Of a hundred operations.
    let emptyShare = draws.pick(weighted: [(0, 4), (20, 1)])
    let absentShare = draws.pick(weighted: [(0, 4), (30, 1)])
    let largeShare = draws.pick(weighted: [(0, 3), (4, 1)])
    for client in clients.indices {
      for place in clients[client].operations.indices {
        let operation = clients[client].operations[place]
        var draws = dice.sequence(.valuePlan, UInt64(operation.id + 1))
        let isEmpty = draws.next().below(100) < emptyShare
        let expectsNothing = draws.next().below(100) < absentShare
        let isLarge = draws.next().below(100) < largeShare && largest >= Self.leastFill
        let size = draws.logarithmic(
          .nanoseconds(Int64(Self.leastFill))...(.nanoseconds(Int64(max(largest, Self.leastFill)))))
        var request = operation.request
        if isEmpty { request = request.emptied(expecting: draws.next().below(2) == 0) }
        if expectsNothing, case .cas(let new, _) = request { request = .create(value: new) }
        clients[client].operations[place].request = request
        if isLarge, request.writesValue { clients[client].operations[place].fill = Int(size.nanoseconds) }
      }
    }
  }

  /// Lets some reads wait until another client's change of the same key has returned.
  mutating func addReadsAfterWrites(drawnFrom dice: Dice) {
    var draws = dice.sequence(.valuePlan, 1 << 32)
    // Of four reads.
    let share = draws.pick(weighted: [(0, 3), (2, 1)])
    for client in clients.indices {
      for place in clients[client].operations.indices where clients[client].operations[place].request == .get {
        let waits = dice.draw(.valuePlan, UInt64(clients[client].operations[place].id) | 1 << 33).below(4) < share
        if waits { clients[client].operations[place].awaitsChange = attemptTimeout }
      }
    }
  }
}

extension PlannedRequest {
  /// Whether there is a value that could be filled up.
  fileprivate var writesValue: Bool {
    switch self {
    case .get, .delete: false
    case .put(let value), .append(let value), .create(let value): !value.isEmpty
    case .cas(let new, _): !new.isEmpty
    }
  }

  /// The same with the empty value.
  ///
  /// - Parameter expecting: whether a compare-and-set expects it, rather than writes it.
  fileprivate func emptied(expecting: Bool) -> PlannedRequest {
    switch self {
    case .get, .delete: self
    case .put: .put(value: "")
    case .append: .append(value: "")
    case .create: .create(value: "")
    case .cas(let new, let guess): expecting ? .cas(new: new, guess: "") : .cas(new: "", guess: guess)
    }
  }
}

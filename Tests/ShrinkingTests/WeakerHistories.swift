import Histories
import Linearizability

/// Every way in which a history of one key can be weakened by one step. Written down once more here, so that the shrinker
/// is not its own witness.
enum WeakerHistories {
  /// - Parameter history: of completed operations and some of unknown result.
  static func all(of history: History) -> [(what: String, part: Subhistory)] {
    guard let whole = Subhistory.parts(of: history).first else { return [] }
    let operations = whole.operations
    var weaker: [(what: String, part: Subhistory)] = []
    func add(_ what: String, _ place: Int, _ operation: Operation?) {
      var changed = operations
      if let operation { changed[place] = operation } else { changed.remove(at: place) }
      changed.sort { $0.call < $1.call }
      weaker.append(("\(what) \(place)", Subhistory(history: history, key: whole.key, operations: changed)))
    }
    for (place, operation) in operations.enumerated() {
      if !operation.isUnknown {
        if onlyObserves(operation) {
          add("without", place, nil)
        } else {
          add("forgetting", place, operation.withUnknownEnd)
        }
      }
      for (earlier, other) in operations.enumerated() where !other.isUnknown && (other.end ?? .max) < operation.call {
        guard let changed = overlapping(earlier, place, operations) else { continue }
        weaker.append(
          ("overlapping \(earlier) \(place)", Subhistory(history: history, key: whole.key, operations: changed)))
      }
    }
    for end in operations.compactMap({ $0.isUnknown ? nil : $0.end }).sorted().dropLast() {
      weaker.append(
        ("cut at \(end)", Subhistory(history: history, key: whole.key, operations: operations).cut(before: end + 1)))
    }
    return weaker + values(of: history, whole.key, operations)
  }

  /// One operation is called before another one returns; nothing else changes. `nil` if that cannot be: somebody was
  /// called and another one returned in between.
  private static func overlapping(_ earlier: Int, _ later: Int, _ operations: [Operation]) -> [Operation]? {
    var events: [(position: Int, place: Int, isReturn: Bool)] = []
    for (place, operation) in operations.enumerated() {
      events.append((operation.call, place, false))
      if !operation.isUnknown, let end = operation.end { events.append((end, place, true)) }
    }
    events.sort { $0.position < $1.position }
    guard let start = events.firstIndex(where: { $0.place == earlier && $0.isReturn }),
      let end = events.firstIndex(where: { $0.place == later && !$0.isReturn })
    else { return nil }
    let between = events[(start + 1)..<end]
    let (returns, calls) = (between.filter(\.isReturn), between.filter { !$0.isReturn })
    guard between.map(\.isReturn) == returns.map(\.isReturn) + calls.map(\.isReturn) else { return nil }
    events.replaceSubrange(start...end, with: returns + [events[end], events[start]] + calls)
    return operations.enumerated().map { place, operation in
      let call = events.firstIndex { $0.place == place && !$0.isReturn } ?? 0
      return operation.moved(call: call, end: events.firstIndex { $0.place == place && $0.isReturn })
    }.sorted { $0.call < $1.call }
  }

  private static func onlyObserves(_ operation: Operation) -> Bool {
    switch operation.answer {
    case .value, .mismatch, .unseenMismatch: true
    case .swapped: operation.argument == operation.replacement
    case .done, .none: false
    }
  }

  /// Without one value and all who wrote or saw it, where nothing else depends on it.
  private static func values(
    of history: History, _ key: ValueID, _ operations: [Operation]
  ) -> [(what: String, part: Subhistory)] {
    let isPlain = operations.allSatisfy {
      ($0.function == .get || $0.function == .put) && ($0.isUnknown || $0.answer == .value || $0.answer == .done)
    }
    guard isPlain else { return [] }
    var weaker: [(what: String, part: Subhistory)] = []
    for put in operations where put.function == .put {
      let left = operations.filter { ($0.function == .put ? $0.argument : $0.seen) != put.argument }
      weaker.append(("without a value", Subhistory(history: history, key: key, operations: left)))
    }
    return weaker
  }
}

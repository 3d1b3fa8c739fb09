import Histories
import Linearizability

/// Every way in which a history of one key can be weakened by one step. Written down once more here, so that the shrinker
/// is not its own witness.
enum WeakerHistories {
  /// - Parameter history: of completed operations and some of unknown result.
  static func all(of history: History) -> [(what: String, part: Subhistory)] {
    guard let whole = Subhistory.parts(of: history).first else { return [] }
    // Twice their places, so that there is room between them.
    let operations = whole.operations.map { operation in
      operation.moved(call: 2 * operation.call + 2, end: operation.isUnknown ? nil : operation.end.map { 2 * $0 + 2 })
    }
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
      let returns = operations.filter { !$0.isUnknown }.compactMap(\.end)
      if let last = returns.filter({ $0 < operation.call }).max() {
        add("calling earlier", place, operation.moved(call: last - 1, end: operation.isUnknown ? nil : operation.end))
      }
      if !operation.isUnknown, let end = operation.end,
        let next = operations.map(\.call).filter({ $0 > end }).min()
      {
        add("returning later", place, operation.moved(call: operation.call, end: next + 1))
      }
    }
    for end in operations.compactMap({ $0.isUnknown ? nil : $0.end }).sorted().dropLast() {
      weaker.append(
        ("cut at \(end)", Subhistory(history: history, key: whole.key, operations: operations).cut(before: end + 1)))
    }
    return weaker + values(of: history, whole.key, operations)
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

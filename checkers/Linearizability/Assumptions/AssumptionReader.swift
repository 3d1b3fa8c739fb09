import Determinism
import Histories

/// Looks in keys without an order for what others would take otherwise. It only suggests: whether there is an order then
/// is for an engine to say.
package struct AssumptionReader {
  /// A way to take the history, and the operations that it takes otherwise.
  package struct Suggestion: Hashable, Sendable {
    package let assumption: Assumption
    package let operations: [Operation]
  }

  private let parts: [Subhistory]
  private let model: Model

  /// - Parameter parts: the keys without an order, all operations of each.
  package init(_ parts: [Subhistory], _ model: Model) {
    (self.parts, self.model) = (parts, model)
  }

  /// What may be taken otherwise, what is named by an option first.
  ///
  /// - Complexity: O(n log n), strings aside.
  package var suggestions: [Suggestion] {
    let early = parts.map { EarlyObservations(in: $0, model) }
    return [initial(early), nothing, mismatches, failures, types(early)].compactMap(\.self)
  }

  /// Another initial value: the one that is seen before any operation can have made it, on each of the keys.
  private func initial(_ early: [EarlyObservations]) -> Suggestion? {
    let seen = early.compactMap { $0.firstFromNowhere }
    guard let first = seen.first, seen.count == parts.count else { return nil }
    let value = parts[0].history.values[first.value]
    guard seen.allSatisfy({ $0.value == first.value }), value != model.initial else { return nil }
    return Suggestion(assumption: .initial(value), operations: seen.map(\.operation))
  }

  /// Reads of nothing say nothing. With `delete`, and where keys come and go, nothing is a value like any other; the
  /// models of registers leave open what it means.
  private var nothing: Suggestion? {
    guard model.name != .keyValue else { return nil }
    return suggestion(.nothingIsUnknown) { _, operation in
      operation.function == .get && operation.kind == .ok && operation.seen == .absent
    }
  }

  /// Of a compare-and-set that only failed it is unclear whether it found another value or was never tried.
  private var mismatches: Suggestion? {
    suggestion(.mismatchNeverHappened) { _, operation in operation.kind == .ok && operation.answer == .unseenMismatch }
  }

  /// Failed operations that left a value which somebody saw.
  private var failures: Suggestion? {
    suggestion(.failureIsUnknown) { observed, operation in
      guard operation.kind == .fail else { return false }
      return switch operation.function {
      case .get, .object: false
      case .append: true
      case .delete: observed[0] != nil
      case .put: observed[operation.argument.rawValue] != nil
      case .compareAndSet: observed[operation.replacement.rawValue] != nil
      }
    }
  }

  private func suggestion(
    _ assumption: Assumption, where isMeant: (LookupTable<UInt32, Bool>, Operation) -> Bool
  ) -> Suggestion? {
    var found: [Operation] = []
    for part in parts {
      var observed = LookupTable<UInt32, Bool>()
      for operation in part.operations { if let value = operation.foundValue { observed[value.rawValue] = true } }
      found += part.operations.filter { isMeant(observed, $0) }
    }
    return found.isEmpty ? nil : Suggestion(assumption: assumption, operations: found)
  }

  /// The first value that was seen as one type, and written as another one before.
  private func types(_ early: [EarlyObservations]) -> Suggestion? {
    for (part, early) in zip(parts, early) {
      for observation in early.fromNowhere {
        guard let bytes = part.history.values[observation.value] else { continue }
        let seen = TypedValue(bytes)
        let written = part.operations.lazy.compactMap { operation -> (TypedValue, Operation)? in
          guard operation.kind != .fail, operation.call < observation.operation.end ?? .max,
            let bytes = operation.made.flatMap({ part.history.values[$0] })
          else { return nil }
          let made = TypedValue(bytes)
          return made.plain == seen.plain && made.bytes != seen.bytes ? (made, operation) : nil
        }.first
        if let (value, writer) = written {
          let mixture = TypeMixture(written: value, writer: writer, seen: seen, reader: observation.operation)
          return Suggestion(assumption: .typesAreOne(mixture), operations: [writer, observation.operation])
        }
        guard let initial = model.initial.map({ TypedValue($0) }), initial.plain == seen.plain else { continue }
        let mixture = TypeMixture(written: initial, writer: nil, seen: seen, reader: observation.operation)
        return Suggestion(assumption: .typesAreOne(mixture), operations: [observation.operation])
      }
    }
    return nil
  }
}

extension Operation {
  /// The value that it leaves if it takes effect; `nil` for none, and for an append.
  fileprivate var made: ValueID? {
    switch function {
    case .put: argument
    case .delete: .absent
    case .compareAndSet: answer == .mismatch || answer == .unseenMismatch ? nil : replacement
    case .get, .append, .object: nil
    }
  }
}

/// Values that were seen before any operation was called that makes them, and that were not there at first.
private struct EarlyObservations {
  /// An operation that saw such a value.
  struct Observation {
    let value: ValueID
    let operation: Operation
  }

  /// So many are looked at.
  private static let limit = 8

  /// The first ones to return.
  private(set) var fromNowhere: [Observation] = []

  /// Where anything was appended by then nobody can say so soon what makes a value: such values are left out.
  init(in part: Subhistory, _ model: Model) {
    var firstCalls = LookupTable<UInt32, Int>()
    var firstAppend = Int.max
    for operation in part.operations where operation.kind != .fail {
      if operation.isAppend { firstAppend = min(firstAppend, operation.call) }
      guard let made = operation.made else { continue }
      firstCalls[made.rawValue] = min(firstCalls[made.rawValue] ?? .max, operation.call)
    }
    let initial = part.history.values.find(model.initial)
    let found = part.operations.filter { operation in
      guard let value = operation.foundValue, let end = operation.end, value != initial, end < firstAppend else {
        return false
      }
      return (firstCalls[value.rawValue] ?? .max) > end
    }
    for operation in found.sorted(by: { $0.end ?? 0 < $1.end ?? 0 }).prefix(Self.limit) {
      if let value = operation.foundValue { fromNowhere.append(Observation(value: value, operation: operation)) }
    }
  }

  var firstFromNowhere: Observation? { fromNowhere.first }
}

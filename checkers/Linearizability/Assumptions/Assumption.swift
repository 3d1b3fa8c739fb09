import Histories

/// How a history can be taken otherwise than the judge takes it. Recorders differ in these points, and most files do not
/// say which way is meant.
package enum Assumption: Hashable, Sendable {
  /// Every key holds this value at first; `nil` is absent.
  case initial([UInt8]?)
  /// A get that returned nothing says nothing.
  case nothingIsUnknown
  /// A compare-and-set that failed, and did not say what it saw, never happened: it observed nothing.
  case mismatchNeverHappened
  /// An operation that failed may have taken effect.
  case failureIsUnknown
  /// Values that differ only in their types, as 4 and "4" do, are the same.
  case typesAreOne(TypeMixture)
  /// Events happened in the order of their times, not in that of their lines.
  case orderOfTimes
}

/// A value that was written as one type and seen as another one.
package struct TypeMixture: Hashable, Sendable {
  /// The value as it was written, and by whom; `nil` for the one that is there at first.
  package let written: TypedValue
  package let writer: Operation?
  /// The value as it was seen, and by whom.
  package let seen: TypedValue
  package let reader: Operation
}

/// Another way to take a history, and what the judge says of it then.
package struct AssumptionTrial: Hashable, Sendable {
  package let assumption: Assumption
  /// The operations of the keys without an order that it takes otherwise, as they stand in the history; the fewest that
  /// were found to be enough.
  package let operations: [Operation]
  /// Whether the history has an order then; `nil` if that is not known.
  package let isLinearizable: Bool?

  package init(assumption: Assumption, operations: [Operation], isLinearizable: Bool?) {
    (self.assumption, self.operations, self.isLinearizable) = (assumption, operations, isLinearizable)
  }
}

extension Assumption {
  /// The history as it is to be taken, and what its operations mean then; `nil` if its events have no order of times.
  ///
  /// - Parameters:
  ///   - operations: those that are taken otherwise, where it is about single ones.
  ///   - model: what they meant before.
  package func applied(
    to history: History, taking operations: [Operation], _ model: Model
  ) -> (history: History, model: Model)? {
    let ends = operations.compactMap(\.end).sorted()
    switch self {
    case .initial(let value): return (history, Model(model.name, initial: value))
    case .nothingIsUnknown: return (history.takingNothingAsUnknown(), model)
    case .mismatchNeverHappened:
      return (history.changingEvents { if ends.containsSorted($0) { $1.fail() } }, model)
    case .failureIsUnknown:
      return (history.changingEvents { if ends.containsSorted($0) { $1.forgetEnd() } }, model)
    case .typesAreOne:
      let plain = PlainValues(of: history.values)
      return (history.takingTypesAsOne(plain), Model(model.name, initial: plain.first(of: model.initial)))
    case .orderOfTimes:
      guard let ordered = try? history.inOrderOfTimes() else { return nil }
      return (ordered, model)
    }
  }
}

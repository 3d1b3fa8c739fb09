import Histories

/// What operations mean: which functions there are and what every key holds at first.
public struct Model: Hashable, Sendable {
  /// The model's name.
  public let name: ModelName
  /// The value of every key at first; `nil` is absent.
  public let initial: [UInt8]?

  /// A model, absent at first unless told otherwise.
  public init(_ name: ModelName, initial: [UInt8]? = nil) {
    self.name = name
    self.initial = initial
  }

  /// The model that a history's header names, with its initial value; key-value if it names none.
  public init(of history: History) {
    self.init(history.header.model ?? .keyValue, initial: history.header.initial)
  }

  /// The meaning of one key's operations.
  package var specification: SequentialSpecification { SequentialSpecification(initial: initial) }
}

/// What one key does when its operations come one after the other: the judge's own word for what is right.
///
/// These models are one cell that holds a byte string or nothing; they differ in the functions that they allow. A lock
/// holds its owner. Other objects are `SequentialModel`s.
package struct SequentialSpecification: Sendable {
  /// The value at first; `nil` is absent.
  package let initial: [UInt8]?

  /// What follows from an operation that takes effect.
  package enum Step: Hashable, Sendable {
    /// The answer fits, and this is the value afterwards.
    case next([UInt8]?)
    /// The answer does not fit this value.
    case refused
  }

  /// The step from `state` by `action`, if it was given `answer`; `nil` is an answer that nobody saw.
  package func step(from state: [UInt8]?, by action: Action, answering answer: Answer?) -> Step {
    let given: Answer
    let next: [UInt8]?
    switch action {
    case .get: (given, next) = (.value(state), state)
    case .put(let value): (given, next) = (.done, value)
    case .append(let suffix): (given, next) = (.done, (state ?? []) + suffix)
    case .delete: (given, next) = (.done, nil)
    case .compareAndSet(let expected, let new):
      (given, next) = state == expected ? (.swapped, new) : (.mismatch(seen: state), state)
    }
    switch answer {
    case nil: return .next(next)
    case .unseenMismatch?: if case .mismatch = given { return .next(next) } else { return .refused }
    case let answer?: return answer == given ? .next(next) : .refused
    }
  }
}

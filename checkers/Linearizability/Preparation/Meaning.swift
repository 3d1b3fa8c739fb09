import Histories

/// What an operation demands of the value and makes of it, in the history's own numbers of values.
///
/// All that an engine knows of an operation besides when it was called and when it returned.
struct Meaning: BitwiseCopyable {
  let effect: Effect
  /// See `Effect`.
  var operand = ValueID.absent
  /// See `Effect`.
  var result = ValueID.absent
  /// Whether its answer fits no value whatever, and so no order.
  var contradictsItself = false

  /// What it does, without whether its answer can be.
  var content: Content { Content(effect: effect, operand: operand, result: result) }

  /// What an operation does: those that do the same can take each other's place.
  struct Content: Hashable {
    let effect: Effect
    let operand: ValueID
    let result: ValueID
  }
}

extension SequentialSpecification {
  /// The seam between models and engines: what an operation demands of the value and makes of it, if it takes effect.
  /// `nil` if it need not be looked at: it certainly never took effect, or it would change nothing and nobody knows its
  /// answer.
  ///
  /// A model joins here, by saying which of the effects its operations have: none of the engines knows a function. It
  /// says the same of an operation as `step(from:by:answering:)`, which replays and the comparison with brute force ask
  /// instead, so that a mistake here is found.
  @inline(__always)
  func meaning(of operation: Operation) -> Meaning? {
    if operation.kind == .fail { return nil }
    switch operation.function {
    case .get: return operation.isUnknown ? nil : Meaning(effect: .require, operand: operation.seen)
    case .put: return Meaning(effect: .set, result: operation.argument)
    case .delete: return Meaning(effect: .set)
    case .append: return Meaning(effect: .append, operand: operation.argument)
    case .compareAndSet: return meaning(ofCompareAndSet: operation)
    // A lock is a cell that holds its owner, or nothing.
    case .object(.acquire): return Meaning(effect: .swap, result: operation.argument)
    case .object: return Meaning(effect: .swap, operand: operation.argument)
    }
  }

  @inline(__always)
  private func meaning(ofCompareAndSet operation: Operation) -> Meaning? {
    let (expected, new) = (operation.argument, operation.replacement)
    switch operation.answer {
    case .mismatch:
      return Meaning(effect: .require, operand: operation.seen, contradictsItself: operation.seen == expected)
    case .unseenMismatch: return Meaning(effect: .forbid, operand: expected)
    case .swapped, .none, .value, .done:
      guard new == expected else { return Meaning(effect: .swap, operand: expected, result: new) }
      // It changed nothing: as good as a get, and nothing at all if nobody knows its answer.
      return operation.isUnknown ? nil : Meaning(effect: .require, operand: expected)
    }
  }
}

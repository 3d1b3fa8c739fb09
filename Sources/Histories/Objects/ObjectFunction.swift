/// What an operation does to an object that is more than one cell with a value.
@frozen
public enum ObjectFunction: UInt8, Hashable, Sendable, CaseIterable {
  /// Takes a lock, or a permit of a semaphore.
  case acquire
  /// Gives it back.
  case release
  /// Adds an element to a set, or a number to a counter.
  case add
  /// Takes an element out of a set, if it is there.
  case remove
  /// Asks whether a set holds an element.
  case contains
  /// Asks for an identity that nobody else has.
  case generate
  /// Adds a value to a queue.
  case enqueue
  /// Takes a value out of a queue.
  case dequeue
  /// Takes out of a queue whatever is in it.
  case drain
  /// Puts a value on a stack.
  case push
  /// Takes the uppermost value off a stack.
  case pop
  /// Several reads and writes at once.
  case transaction
  /// Moves an amount from one account to another.
  case transfer

  /// The name in files.
  public var name: String { self == .transaction ? "txn" : "\(self)" }

  /// The function of this name.
  static func named(_ matches: (StaticString) -> Bool) -> ObjectFunction? {
    if matches("acquire") { return .acquire }
    if matches("release") { return .release }
    if matches("add") { return .add }
    if matches("remove") { return .remove }
    if matches("contains") { return .contains }
    if matches("generate") { return .generate }
    if matches("enqueue") { return .enqueue }
    if matches("dequeue") { return .dequeue }
    if matches("drain") { return .drain }
    if matches("push") { return .push }
    if matches("pop") { return .pop }
    if matches("txn") { return .transaction }
    return matches("transfer") ? .transfer : nil
  }
}

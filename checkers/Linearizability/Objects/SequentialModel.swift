/// What an object does when its operations come one after the other.
///
/// `ModelChecker` asks nothing else to decide whether calls that overlapped have an order. `checkers/MAKING-A-MODEL.md`
/// makes one from the beginning.
///
/// An operation is a call together with its answer, as far as the client learnt it: `dequeue -> 3`, or `dequeue` of
/// unknown result. Equal operations must mean the same.
public protocol SequentialModel: Sendable {
  /// What the object holds. Equal states must behave alike.
  associatedtype State: Hashable & Sendable
  /// What is asked of it, and what it answers.
  associatedtype Operation: Hashable & Sendable

  /// The state before all operations.
  var initial: State { get }

  /// The states in which `operation` may leave `state`: one, or several where its result is not known; none if its
  /// answer does not fit. The order counts, for the search tries the first one first.
  ///
  /// It is asked once for each state and operation that meet.
  func successors(of state: State, by operation: Operation) -> [State]

  /// Whether `operation` changes nothing: neither `state`, nor any state that can follow it. Where it fits, it is then
  /// placed at once. `false` is always right, and slow where many operations are reads.
  ///
  /// An operation of unknown result that only looks in the initial state is never tried.
  func onlyLooks(_ operation: Operation, from state: State) -> Bool

  /// The same call, of whose result nothing is known. The operation itself is always right; what the counterexample then
  /// names as the end of all orders may come later than it could.
  func forgettingAnswer(of operation: Operation) -> Operation

  /// For each of these operations the number of its part, if they split into parts that have nothing to do with each
  /// other; `nil` if they do not. Parts are decided one by one, each from the initial state.
  func parts(of operations: [Operation]) -> [Int32]?

  /// Whether these two can change places: from every state both orders lead to the same states, or none fits. `false` is
  /// always right; then the search finds out by itself, state by state.
  func commute(_ one: Operation, _ other: Operation) -> Bool

  /// Whether `canFollow` ever says no.
  static var knowsOutlook: Bool { get }

  /// Whether some of the `others`, each used as often as it is there or not at all, may lead from `state` to one in which
  /// `operation` fits. `true` is always right; a `false` saves the search from trying them all.
  func canFollow(_ operation: Operation, from state: State, after others: [Operation]) -> Bool

  /// The memory that a state takes besides its own few words, in bytes, about.
  func bytes(of state: State) -> Int

  /// What the operation did, as a clause behind "it": `took 3 out`.
  func description(of operation: Operation) -> String

  /// The state, as a clause: `the queue holds 1, 2`.
  func description(of state: State) -> String
}

extension SequentialModel {
  /// Never.
  public func onlyLooks(_ operation: Operation, from state: State) -> Bool { false }

  /// The operation as it is.
  public func forgettingAnswer(of operation: Operation) -> Operation { operation }

  /// No parts.
  public func parts(of operations: [Operation]) -> [Int32]? { nil }

  /// Not known.
  public func commute(_ one: Operation, _ other: Operation) -> Bool { false }

  /// No.
  public static var knowsOutlook: Bool { false }

  /// Perhaps.
  public func canFollow(_ operation: Operation, from state: State, after others: [Operation]) -> Bool { true }

  /// Nothing.
  public func bytes(of state: State) -> Int { 0 }

  /// As Swift prints it.
  public func description(of operation: Operation) -> String { "was \(operation)" }

  /// As Swift prints it.
  public func description(of state: State) -> String { "the state is \(state)" }
}

/// A call and when it was open. Positions are those of events, all of them different.
public struct ModelCall<Operation: Hashable & Sendable>: Hashable, Sendable {
  /// The position of the call.
  public let call: Int
  /// The position of the return; `nil` if nobody knows whether the call took effect.
  public let end: Int?
  /// What was asked, with the answer as far as it is known.
  public let operation: Operation

  /// A call, which returns after it was called. Positions are below 2³¹ − 1.
  public init(call: Int, end: Int?, _ operation: Operation) {
    precondition(call >= 0 && call < end ?? Int(Int32.max) - 1 && end ?? 0 < Int32.max, "\(call) to \(end ?? -1)")
    (self.call, self.end, self.operation) = (call, end, operation)
  }
}

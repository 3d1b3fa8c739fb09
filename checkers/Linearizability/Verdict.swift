import Histories

/// What the search may spend on one key.
public struct Budget: Hashable, Sendable {
  /// Configurations looked at.
  public var expansions: Int
  /// Memory beside the history's own, in bytes: for the engine's tables and the configurations already seen.
  public var bytes: Int

  /// Two million configurations and 256 MiB, unless told otherwise.
  public init(expansions: Int = 2_000_000, bytes: Int = 256 << 20) {
    self.expansions = expansions
    self.bytes = bytes
  }
}

/// Why a check ended without an answer.
public enum Limit: Hashable, Sendable {
  /// So many configurations were looked at.
  case expansions(Int)
  /// So many bytes of memory were allowed.
  case bytes(Int)
  /// The caller said stop: time was up, or somebody interrupted.
  case stopped
  /// The algorithm asked for is not made for this key.
  case notApplicable
  /// Some value is none that an operation of the model can have.
  case misfit(ModelMisfit)
  /// The order that was found did not survive its replay: a mistake in this program.
  case contradiction
}

extension Limit: CustomStringConvertible {
  /// One clause.
  public var description: String {
    switch self {
    case .expansions(let count): "the limit of \(count) expansions was reached"
    case .bytes(let count): "the limit of \(count) bytes was reached"
    case .stopped: "the check was stopped"
    case .notApplicable: "some value may have come about in more than one way, which the zones cannot decide"
    case .misfit(let misfit): "\(misfit)"
    case .contradiction: "the order that was found did not survive its replay, which is a mistake of this program"
    }
  }
}

/// What the judge says of a history.
public enum Verdict: Sendable {
  /// There is an order that explains every answer.
  case linearizable(Witness)
  /// There is none.
  case notLinearizable(Counterexample)
  /// Not known. Never to be taken for a pass.
  case unknown(Limit)
}

extension Verdict {
  /// `linearizable`, `not-linearizable` or `unknown`.
  public var name: String {
    switch self {
    case .linearizable: "linearizable"
    case .notLinearizable: "not-linearizable"
    case .unknown: "unknown"
    }
  }
}

/// An order of the operations that respects real time and explains every answer. It was replayed before it was reported.
public struct Witness: Hashable, Sendable {
  /// All operations, key by key, and of each key those that took effect, by offset and in their order. Put together only
  /// when somebody asks: there may be millions.
  private let operations: [Operation]
  private let offsets: [Int32]

  /// The operations that took effect, key by key, each key's in their order. Of those with an unknown result only
  /// such as took effect.
  ///
  /// - Complexity: O(n).
  public var order: [Operation] { offsets.map { operations[Int($0)] } }

  /// An order of `operations`, by their offsets.
  package init(of operations: [Operation], order offsets: [Int32]) {
    (self.operations, self.offsets) = (operations, offsets)
  }
}

/// Why no order explains what the clients saw on one key.
public struct Counterexample: Hashable, Sendable {
  /// The key; `nil` in a history of one register.
  public let key: [UInt8]?
  /// The end of this operation is an event after which no order was left: the first such event, unless the key has
  /// thousands of operations.
  public let culprit: Operation
  /// The longest order found of the operations up to that event, all of whose answers it explains; empty if the key has
  /// thousands of operations.
  public let prefix: [Operation]
  /// The value after the prefix; `nil` is absent. Of an object that is no cell, what is to be said of its state.
  public let value: [UInt8]?
  /// The operations none of which can come next; of very many the first ones.
  public let blocked: [Blocked]
  /// At most six operations that break a rule by themselves, in the order of their calls; empty if none are known.
  public let certificate: [Operation]
  /// The values that were possible right before that event, as far as they are known; `nil` is absent.
  public let possibleValues: [[UInt8]?]
  /// What kind of wrong answer it is.
  public let anomaly: Anomaly
  /// All of it in plain sentences, a line each.
  public let explanation: String

  /// An operation that cannot come next.
  public struct Blocked: Hashable, Sendable {
    /// The operation.
    public let operation: Operation
    /// Its call and answer, with its client and lines.
    public let name: String
    /// Why it cannot, as a clause: `it read "1", but "1" had been overwritten by line 4, when ...`.
    public let reason: String
    /// The same as facts, where it is about a value that is not there.
    public internal(set) var obstacle: Obstacle?
  }

  /// That a value is not there any more, or not yet, when an operation needs it.
  public struct Obstacle: Hashable, Sendable {
    /// The value that the operation found; `nil` is absent.
    public let wanted: [UInt8]?
    /// The operation of the longest order that ended this value; `nil` if the value is nowhere in it.
    public let end: Operation?
    /// The only operation that leaves the value, if it is one that might still come because nobody knows its result or it
    /// was open then; `nil` if there is none, or several.
    public let usedWrite: Operation?
    /// The operation that found the value earlier, so that `usedWrite` has taken effect by then.
    public let user: Operation?
  }
}

extension Counterexample: CustomStringConvertible {
  /// The explanation.
  public var description: String { explanation }
}

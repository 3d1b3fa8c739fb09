/// What the operations of a history mean. `checkers/README.md` says of each what its answers mean.
public enum ModelName: String, Hashable, Sendable, CaseIterable {
  /// Byte-string keys and values: get, put, append, delete, cas.
  case keyValue = "kv"
  /// One value: read, write.
  case register
  /// One value: read, write, cas.
  case compareAndSetRegister = "cas-register"
  /// A lock that anybody may give back: acquire, release.
  case mutex
  /// A lock that only its owner may give back.
  case ownerMutex = "owner-mutex"
  /// A lock that its owner may take twice.
  case reentrantMutex = "reentrant-mutex"
  /// A lock whose owners are given numbers that grow.
  case fencedLock = "fenced-lock"
  /// A number of permits, two unless told otherwise: acquire, release.
  case semaphore
  /// A set: add, remove, contains, read of the whole.
  case set
  /// Identities, each given once: generate.
  case uniqueIDs = "unique-ids"
  /// Values, each taken out once in whatever order: enqueue, dequeue, drain.
  case unorderedQueue = "unordered-queue"
  /// Values that are taken out in the order in which they came.
  case fifoQueue = "fifo-queue"
  /// Values of which the last one comes off first: push, pop.
  case stack
  /// Several values, read and written together: txn, read, write.
  case multiRegister = "multi-register"
  /// One value and its version: read, write, cas.
  case versionedRegister = "versioned-register"
  /// A number: add, read.
  case counter
  /// Accounts whose sum stays: transfer, read.
  case bank
  /// etcd, whose keys have a revision of the whole store: transactions, ranges, revoked leases.
  case etcd

  /// Whether the model knows this function.
  public func allows(_ function: Function) -> Bool {
    switch self {
    case .keyValue: if case .object = function { false } else { true }
    case .register: function == .get || function == .put
    case .compareAndSetRegister, .versionedRegister:
      function == .get || function == .put || function == .compareAndSet
    case .mutex, .ownerMutex, .reentrantMutex, .fencedLock, .semaphore:
      function == .object(.acquire) || function == .object(.release)
    case .set:
      function == .get || [.add, .remove, .contains].contains { function == .object($0) }
    case .uniqueIDs: function == .object(.generate)
    case .unorderedQueue, .fifoQueue: [.enqueue, .dequeue, .drain].contains { function == .object($0) }
    case .stack: function == .object(.push) || function == .object(.pop)
    case .multiRegister: function == .get || function == .put || function == .object(.transaction)
    case .counter: function == .get || function == .object(.add)
    case .bank: function == .get || function == .object(.transfer)
    case .etcd: function == .object(.transaction)
    }
  }

  /// Others whose operations have the same names, where this one is what such names are taken for.
  package var namesakes: [ModelName] {
    switch self {
    case .mutex: [.ownerMutex, .reentrantMutex, .fencedLock, .semaphore]
    case .unorderedQueue: [.fifoQueue]
    default: []
    }
  }

  /// Whether each key is one cell, which holds a value or nothing.
  public var isCell: Bool {
    switch self {
    case .keyValue, .register, .compareAndSetRegister, .mutex: true
    default: false
    }
  }
}

/// What a checker should say of a history.
public enum ExpectedVerdict: String, Hashable, Sendable, CaseIterable {
  /// Some order of the operations explains every answer.
  case linearizable
  /// No order does.
  case notLinearizable = "not-linearizable"
}

/// What is known of a history besides its events: the first line of its file.
public struct HistoryHeader: Hashable, Sendable {
  /// What the operations mean; found out from the functions if `nil`.
  public var model: ModelName?
  /// Whether the model was found out from functions that others have, too. It is not written, then.
  package var isModelFound = false
  /// The value that every key has at first; `nil` is absent.
  public var initial: [UInt8]?
  /// The seed of the run that it comes from.
  public var seed: UInt64?
  /// The known bug that was switched on.
  public var bug: String?
  /// How many servers there were.
  public var nodes: Int?
  /// The verdict that a checker should reach.
  public var expected: ExpectedVerdict?
  /// Whether values of EDN stand beside their keys, `[k v]`; found out from the first call if `nil`. It is of use where
  /// values are vectors themselves.
  var isKeyed: Bool?
  /// Where the history comes from.
  public var origin: String?
  /// Keys that this version does not know, each with its JSON value, in the order of the file.
  public var unknown: [UnknownEntry]

  /// One key that this version does not know.
  public struct UnknownEntry: Hashable, Sendable {
    /// The key.
    public let key: String
    /// Its value, as JSON.
    public let json: [UInt8]
  }

  /// A header that says no more than it is given.
  public init(
    model: ModelName? = nil, initial: [UInt8]? = nil, seed: UInt64? = nil, bug: String? = nil, nodes: Int? = nil,
    expected: ExpectedVerdict? = nil, origin: String? = nil
  ) {
    self.model = model
    self.initial = initial
    self.seed = seed
    self.bug = bug
    self.nodes = nodes
    self.expected = expected
    self.origin = origin
    unknown = []
  }
}

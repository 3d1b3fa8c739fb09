/// What the operations of a history mean.
public enum ModelName: String, Hashable, Sendable, CaseIterable {
  /// Byte-string keys and values: get, put, append, delete, cas.
  case keyValue = "kv"
  /// One value: read, write.
  case register
  /// One value: read, write, cas.
  case compareAndSetRegister = "cas-register"

  /// Whether the model knows this function.
  public func allows(_ function: Function) -> Bool {
    switch self {
    case .keyValue: true
    case .register: function == .get || function == .put
    case .compareAndSetRegister: function == .get || function == .put || function == .compareAndSet
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

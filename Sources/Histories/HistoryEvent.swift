/// What an operation does, without its arguments.
@frozen
public enum Function: Hashable, Sendable {
  /// Reads the value.
  case get
  /// Replaces the value.
  case put
  /// Adds to the end of the value.
  case append
  /// Makes the key absent.
  case delete
  /// Replaces the value if it is the expected one.
  case compareAndSet
  /// Something else, to an object that is more than a cell.
  case object(ObjectFunction)

  /// The name in files of this model.
  public func name(in model: ModelName?) -> String {
    let isRegister = model.map { $0 != .keyValue } ?? false
    return switch self {
    case .get: isRegister ? "read" : "get"
    case .put: isRegister ? "write" : "put"
    case .append: "append"
    case .delete: "delete"
    case .compareAndSet: "cas"
    case .object(let function): function.name
    }
  }
}

/// One line of a history: a client called, or learnt how its call ended. Small and flat, for there may be millions.
@frozen
public struct HistoryEvent: Hashable, Sendable {
  /// Whether it is a call or which end of one.
  @frozen
  public enum Kind: UInt8, Hashable, Sendable {
    /// The client called.
    case invoke
    /// It took effect between call and return.
    case ok
    /// It certainly did not and never will take effect.
    case fail
    /// Unknown: it may take effect at any time after its call, or never.
    case info

    /// The name in files.
    public var name: String {
      switch self {
      case .invoke: "invoke"
      case .ok: "ok"
      case .fail: "fail"
      case .info: "info"
      }
    }
  }

  /// The shape of an `ok`.
  @frozen
  public enum AnswerKind: UInt8, Hashable, Sendable {
    /// Not an `ok`.
    case none
    /// A get's value, or what else an object answered.
    case value
    /// A put, append or delete took effect, or what else was asked of an object.
    case done
    /// A compare-and-set replaced the value.
    case swapped
    /// A compare-and-set found something else, and said what.
    case mismatch
    /// A compare-and-set found something else, and did not say what.
    case unseenMismatch
  }

  /// Nanoseconds since the start, for people: the order of the events is what counts.
  public var time: Int64
  /// The client. It has one call open at a time.
  public var process: Int32
  /// The line in the file that it was read from, from 1; 0 if it was not read from a file.
  public var line: UInt32
  /// The key; absent in a history of one register.
  public var key: ValueID
  /// A call's value or a compare-and-set's expected one; an answer's value, or the one that a mismatch saw.
  public var value: ValueID
  /// A compare-and-set's new value.
  public var replacement: ValueID
  /// Whether it is a call or which end of one.
  public var kind: Kind
  /// What the operation does.
  public var function: Function
  /// The shape of an `ok`.
  public var answer: AnswerKind
}

/// One call and how it ended. Small and flat, for there may be millions.
@frozen
public struct Operation: Hashable, Sendable {
  @usableFromInline let callOffset: UInt32
  /// `noEnd` if the client never learnt anything.
  @usableFromInline let endOffset: UInt32
  @usableFromInline let client: Int32
  /// The key; absent in a history of one register.
  public let key: ValueID
  /// The value of a put or append, the expected one of a compare-and-set.
  public let argument: ValueID
  /// A compare-and-set's new value.
  public let replacement: ValueID
  /// The value that a get returned or a mismatch saw.
  public let seen: ValueID
  /// What it does.
  public let function: Function
  /// How it ended: never `invoke`. A call that nothing ended is `info`.
  public let kind: HistoryEvent.Kind
  /// The shape of its answer, if it was `ok`.
  public let answer: HistoryEvent.AnswerKind

  @usableFromInline static var noEnd: UInt32 { @inlinable get { UInt32.max } }

  /// The offset of the call among the history's events.
  @inlinable public var call: Int { Int(callOffset) }
  /// The offset of the event that ended it; `nil` if the client never learnt anything.
  @inlinable public var end: Int? { endOffset == Self.noEnd ? nil : Int(endOffset) }
  /// The client.
  @inlinable public var process: Int { Int(client) }
  /// Whether it is an operation on an object that is more than a cell with a value.
  package var isOfObject: Bool { if case .object = function { true } else { false } }
  /// Whether it adds to the end of the value. To compare functions is a call in other rooms, at each of a million operations.
  @inlinable public var isAppend: Bool { if case .append = function { true } else { false } }
  /// Whether nobody knows if it took effect.
  @inlinable public var isUnknown: Bool { kind == .info || kind == .invoke }
}

extension Operation {
  /// An operation that has been called and not ended yet.
  init(call offset: Int, _ event: HistoryEvent) {
    callOffset = UInt32(offset)
    endOffset = Self.noEnd
    client = event.process
    key = event.key
    function = event.function
    argument = event.value
    replacement = event.replacement
    kind = .info
    answer = .none
    seen = .absent
  }

  /// The same operation, ended.
  init(_ open: Operation, endedBy event: HistoryEvent, at offset: Int) {
    callOffset = open.callOffset
    endOffset = UInt32(offset)
    client = open.client
    key = open.key
    function = open.function
    argument = open.argument
    replacement = open.replacement
    kind = event.kind
    answer = event.answer
    seen = event.value
  }

  /// The same call, of which the client never learnt anything.
  package var withUnknownEnd: Operation { Operation(self, endOffset: Self.noEnd, kind: .info, answer: .none) }

  /// The same compare-and-set, if it had been told that it succeeded.
  package var withSuccess: Operation { Operation(self, endOffset: endOffset, kind: .ok, answer: .swapped) }

  /// The same call with another answer, which names no value.
  private init(_ call: Operation, endOffset: UInt32, kind: HistoryEvent.Kind, answer: HistoryEvent.AnswerKind) {
    callOffset = call.callOffset
    self.endOffset = endOffset
    client = call.client
    key = call.key
    function = call.function
    argument = call.argument
    replacement = call.replacement
    self.kind = kind
    self.answer = answer
    seen = .absent
  }

  /// The same operation with another place among the events. Its old one is where its lines are found.
  ///
  /// - Parameter end: `nil` for one that nothing ended.
  package func moved(call: Int, end: Int?) -> Operation { Operation(moving: self, call: call, end: end) }

  private init(moving operation: Operation, call: Int, end: Int?) {
    callOffset = UInt32(call)
    endOffset = end.map { UInt32($0) } ?? Self.noEnd
    client = operation.client
    key = operation.key
    function = operation.function
    argument = operation.argument
    replacement = operation.replacement
    kind = operation.kind
    answer = operation.answer
    seen = operation.seen
  }
}

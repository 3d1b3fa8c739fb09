import Determinism
import Histories
import KeyValue
import Raft
import Replica
import Scenarios

/// One client: what it plans, what it waits for, and what it has seen.
struct SimulatedClient: Sendable {
  /// The part of the run that an operation belongs to.
  enum Part: Sendable {
    case storm
    /// What goes on while the cluster heals, with whatever success.
    case healing
    /// What the healed quorum must do.
    case steady
    /// What everybody reads in the end.
    case final
  }

  /// An operation that was called and has not returned.
  struct OpenOperation: Sendable {
    var action: Action
    var key: String
    /// The place of its call in the history.
    let call: Int
    /// What it asks the servers now.
    var request: ClientRequest
    /// When it was called, and when the client gives it up.
    let start: VirtualInstant
    /// Whether the client leaves its session behind with it.
    var leavesSession = false
    var part: Part
    /// Whether some attempt may have been appended, for all that the client knows.
    var isUncertain = false

    /// Whether the operation itself was not sent yet, for want of a session.
    var isPreparing: Bool { request.body == .openSession }

    /// Whether an answer is one to what was asked.
    func isAnswered(by answer: Answer) -> Bool {
      switch (request.body, answer) {
      case (.read, .value), (.write(.compareAndSet, _), .swapped), (.write(.compareAndSet, _), .mismatch): true
      case (.write(.compareAndSet, _), _): false
      case (.write, .done): true
      default: false
      }
    }

    /// An attempt stays without an answer, or is answered with doubt. To have opened a session does no harm.
    mutating func doubt() {
      if !isPreparing { isUncertain = true }
    }
  }

  /// How it goes with the open operation. Stands apart, for clients ask again and again and get nowhere: so much of an
  /// operation is looked at without a copy of it all.
  struct Attempts: Sendable {
    /// How many there were.
    var count = 0
    /// The server that was asked last.
    var target: NodeID
    /// When the client gives up.
    var deadline = VirtualInstant.start
    /// The number of what is asked, while an operation is open.
    var sequence: SequenceNumber?
    /// When the last one began.
    var askedAt = VirtualInstant.start
    /// The term in which the cluster had settled by then, the server that was asked with it.
    var settled: Term?
  }

  /// What the client waits for.
  enum Waiting: Sendable {
    /// The time of its next operation.
    case turn
    /// That another client's change of its next operation's key returns; then it asks at once.
    case change
    /// An answer.
    case answer
    /// The end of the pause before the next attempt.
    case retry
    /// Nothing any more.
    case nothing
  }

  /// What is left to do before the storm ends, the next one last.
  private(set) var planned: [PlannedOperation]
  /// What is left to read in the end, the next one last.
  var finalKeys: [String]
  /// The client's identity: never used again once an outcome is unknown.
  private(set) var process: Int
  private let identities: Int
  /// How many operations it has called.
  private var called: UInt64 = 0
  /// How many of these while the cluster heals.
  private var healing = 0
  /// In which it makes changes, once it is open.
  var session: SessionID?
  private(set) var open: OpenOperation?
  var attempts: Attempts
  var waiting = Waiting.nothing
  /// Who answered last.
  var preferred: NodeID
  private var lastSeen = SortedTable<String, [UInt8]?>()

  /// - Parameter identities: how many clients there are; a new identity is that much further on.
  init(number: Int, plan: ClientPlan, keys: [String], identities: Int, nodes: Int) {
    planned = plan.operations.reversed()
    finalKeys = keys.reversed()
    process = number
    self.identities = identities
    preferred = NodeID(UInt8(number % nodes + 1))
    attempts = Attempts(target: preferred)
  }

  /// How its servers know it.
  var id: ClientID { ClientID(UInt32(process)) }

  /// Whether it has nothing to do.
  var isIdle: Bool {
    if case .nothing = waiting { open == nil } else { false }
  }

  mutating func takePlanned() -> PlannedOperation? { planned.popLast() }

  /// What it asks for, with what it last saw filled in.
  func action(of planned: PlannedOperation) -> Action {
    func filled(_ value: String) -> [UInt8] {
      let bytes = Array(value.utf8)
      return bytes + Array(repeating: UInt8(ascii: "."), count: max(0, (planned.fill ?? 0) - bytes.count))
    }
    return switch planned.request {
    case .get: .get
    case .put(let value): .put(filled(value))
    case .append(let value): .append(filled(value))
    case .delete: .delete
    case .create(let value): .compareAndSet(expected: nil, new: filled(value))
    case .cas(let new, let guess):
      .compareAndSet(expected: guess.map { Array($0.utf8) } ?? lastSeen[planned.key] ?? nil, new: filled(new))
    }
  }

  /// Counts one more operation while the cluster heals. - Returns: which one it is, from 0.
  mutating func countHealing() -> Int {
    defer { healing += 1 }
    return healing
  }

  /// Counts one more operation. - Returns: what it asks for first.
  mutating func beginRequest(_ action: Action, key: String) -> ClientRequest {
    called += 1
    return request(action, key: key)
  }

  /// What the operation that was called last asks for: a session first, if it needs one and there is none.
  ///
  /// Each operation has two numbers, so that no answer to the one request is taken for an answer to the other, and so
  /// that the number of the next operation does not hang on whether this one opened a session.
  func request(_ action: Action, key: String) -> ClientRequest {
    let number = SequenceNumber(2 * called)
    let key = Array(key.utf8)
    let operation: KeyValueOperation
    switch action {
    case .get: return ClientRequest(sequence: number, body: .read(key: key))
    case .put(let value): operation = .put(key: key, value: value)
    case .append(let value): operation = .append(key: key, value: value)
    case .delete: operation = .delete(key: key)
    case .compareAndSet(let expected, let new):
      operation = .compareAndSet(key: key, expected: expected, new: new ?? [])
    }
    guard let session else { return ClientRequest(sequence: SequenceNumber(2 * called - 1), body: .openSession) }
    return ClientRequest(sequence: number, body: .write(operation, session: session))
  }

  /// Takes up an operation.
  mutating func begin(_ operation: OpenOperation, target: NodeID, deadline: VirtualInstant) {
    open = operation
    attempts = Attempts(target: target, deadline: deadline)
    ask(operation.request)
  }

  /// Asks for something else from now on.
  mutating func ask(_ request: ClientRequest) {
    open?.request = request
    attempts.sequence = request.sequence
  }

  /// Takes note that an attempt stays without an answer, or is answered with doubt.
  mutating func doubt() { open?.doubt() }

  /// Puts the operation away. - Returns: it, if there was one.
  mutating func end() -> OpenOperation? {
    attempts.sequence = nil
    return open.take()
  }

  /// Remembers what an answer says of the key.
  mutating func learn(_ answer: Answer, to operation: OpenOperation) {
    let key = operation.key
    switch (operation.action, answer) {
    case (_, .value(let value)), (_, .mismatch(let value)): lastSeen[key] = .some(value)
    case (.put(let value), _): lastSeen[key] = .some(value)
    case (.compareAndSet(_, let value), _): lastSeen[key] = .some(value ?? [])
    case (.append(let value), _): if let seen = lastSeen[key] { lastSeen[key] = .some((seen ?? []) + value) }
    case (.delete, _): lastSeen[key] = .some(nil)
    case (.get, _): break
    }
  }

  /// Becomes somebody else: an operation of the old identity may still take effect.
  ///
  /// - Parameter keepsSession: whether it takes its session along, with the numbers given out in it.
  mutating func takeNewIdentity(keepsSession: Bool) {
    process += identities
    if !keepsSession { session = nil }
  }
}

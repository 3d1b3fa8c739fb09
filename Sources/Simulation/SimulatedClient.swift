import Determinism
import Histories
import KeyValue
import Replica
import Scenarios

/// One client: what it plans, what it waits for, and what it has seen.
struct SimulatedClient: Sendable {
  /// An operation that was called and has not returned.
  struct OpenOperation: Sendable {
    var request: ClientRequest
    var deadline: VirtualInstant
    /// Counts the attempts.
    var attempt = 0
    /// The server that was asked last.
    var target: NodeID
    /// Whether it is one of the reads after the storm.
    var isFinal = false
    /// Whether some attempt may have been appended, for all that the client knows.
    var isUncertain = false
  }

  /// What the client waits for.
  enum Waiting: Sendable {
    /// The time of its next operation.
    case turn
    /// An answer.
    case answer
    /// The end of the pause before the next attempt.
    case retry
    /// Nothing any more.
    case nothing
  }

  /// What is left to do before the storm ends, the next one last.
  private(set) var planned: [PlannedOperation]
  /// What is left to read after the storm, the next one last.
  var finalKeys: [String]
  /// The client's identity: never used again once an outcome is unknown.
  private(set) var process: Int
  private let identities: Int
  private var sequence = SequenceNumber.first
  var open: OpenOperation?
  var waiting = Waiting.nothing
  /// Changes with everything that happens to the client, so that old timers are recognised.
  private(set) var ticket = 0
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
  }

  /// How its servers know it.
  var id: ClientID { ClientID(UInt32(process)) }

  /// Starts waiting for something. - Returns: the ticket by which its timer is recognised.
  mutating func wait(for waiting: Waiting) -> Int {
    self.waiting = waiting
    ticket += 1
    return ticket
  }

  mutating func takePlanned() -> PlannedOperation? { planned.popLast() }

  /// What it asks for, with what it last saw filled in.
  func action(of planned: PlannedOperation) -> Action {
    switch planned.request {
    case .get: .get
    case .put(let value): .put(Array(value.utf8))
    case .append(let value): .append(Array(value.utf8))
    case .delete: .delete
    case .cas(let new, let guess):
      .compareAndSet(
        expected: guess.map { Array($0.utf8) } ?? lastSeen[planned.key] ?? nil, new: Array(new.utf8))
    }
  }

  /// The request of an action under this client's session, with the next sequence number.
  mutating func request(_ action: Action, key: String) -> ClientRequest {
    defer { sequence = sequence.next }
    let key = Array(key.utf8)
    let body: ClientRequest.Body =
      switch action {
      case .get: .read(key: key)
      case .put(let value): .write(.put(key: key, value: value))
      case .append(let value): .write(.append(key: key, value: value))
      case .delete: .write(.delete(key: key))
      case .compareAndSet(let expected, let new):
        .write(.compareAndSet(key: key, expected: expected, new: new ?? []))
      }
    return ClientRequest(session: SessionID(UInt64(process)), sequence: sequence, body: body)
  }

  /// Remembers what an answer says of the key.
  mutating func learn(_ answer: Answer, to request: ClientRequest) {
    let key = String(decoding: request.key, as: UTF8.self)
    switch (request.body, answer) {
    case (_, .value(let value)), (_, .mismatch(let value)): lastSeen[key] = .some(value)
    case (.write(.put(_, let value)), _), (.write(.compareAndSet(_, _, let value)), _): lastSeen[key] = .some(value)
    case (.write(.append(_, let value)), _):
      if let seen = lastSeen[key] { lastSeen[key] = .some((seen ?? []) + value) }
    case (.write(.delete), _): lastSeen[key] = .some(nil)
    case (.read, _): break
    }
  }

  /// Becomes somebody else: an operation of the old identity may still take effect.
  mutating func takeNewIdentity() {
    process += identities
    sequence = .first
  }
}

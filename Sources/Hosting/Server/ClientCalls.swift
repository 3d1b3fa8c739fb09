import Determinism
import KeyValue
import Raft
import Replica

/// What somebody asks of the cluster by way of this server.
package enum CallAction: Hashable, Sendable {
  case read(key: [UInt8])
  /// In a session of this server's own, so that it takes effect at most once.
  case write(KeyValueOperation)
  /// In a session of the client's own.
  case writeInSession(KeyValueOperation, SessionID, SequenceNumber)
  case openSession
  case change(MemberChange)
  case transfer(to: NodeID?)
}

/// What came of it.
package enum CallOutcome: Hashable, Sendable {
  case answered(ClientReply.Body)
  /// No server that leads was found in time; nothing was appended.
  case noLeader
  /// Too many others wait; nothing was appended.
  case tooMany
  /// It may have been done, or may yet be.
  case unknown
}

/// Brings what clients ask to whoever leads, again and again until there is an answer or time is up.
///
/// Each request bears the name of a client (`ClientID`) that no other one bears at the same time: the number of this server
/// in its upper 8 bits, and below it the place of a session of the server's own, or a number that counts on.
package struct ClientCalls {
  /// What must be done, in order.
  package enum Effect: Hashable {
    /// Ask a server, be it this one.
    case ask(NodeID, ClientRequest, as: ClientID)
    /// Tell this server that nobody waits for an answer any more.
    case forget(ClientID)
    case finish(UInt64, CallOutcome)
  }

  /// Calls under way.
  static let maxOpen = 1_024
  /// Sessions of this server's own; several servers have room for theirs within `KeyValueLimits.maxSessions`.
  static let maxSessions = 96
  /// Below it are the places of sessions.
  private static let firstPassing: UInt32 = 1 << 16
  private static let names: UInt32 = 1 << 24

  fileprivate struct Call {
    let token: UInt64
    let action: CallAction
    var request: ClientRequest
    var client: ClientID
    /// The session of this server's own that it uses.
    var session: Int?
    /// Whom it has asked last; `nil` while it waits for a session, or before it asks again.
    var asked: NodeID?
    /// When it asks again.
    var next: LocalInstant
    let deadline: LocalInstant
    /// Whether some attempt may have been taken up.
    var mayHaveBegun = false
  }

  /// A session that this server has opened for itself; it carries one command at a time.
  private struct OwnSession {
    var id: SessionID?
    var sequence = SequenceNumber.first
    var isBusy = false
    /// When nobody opens it any more.
    var isOpening = false
  }

  private let id: NodeID
  private let readsLocally: Bool
  /// How long one waits for an answer, and before one asks again after a refusal.
  private let attemptTime: Duration
  private let pause: Duration
  /// How long all of it may take.
  private let patience: Duration
  private var calls: [Call] = []
  private var sessions: [OwnSession] = []
  private var passing: UInt32 = 0
  package private(set) var effects: [Effect] = []

  /// - Parameters:
  ///   - readsLocally: whether followers answer reads (`ReadMode.follower`).
  ///   - electionTimeout: its upper end; nobody leads for some of them at times.
  ///   - patience: how long all of it may take.
  package init(
    _ id: NodeID, readsLocally: Bool, electionTimeout: Duration, heartbeat: Duration, patience: Duration
  ) {
    (self.id, self.readsLocally, self.patience) = (id, readsLocally, patience)
    attemptTime = max(electionTimeout, .milliseconds(100))
    pause = max(heartbeat / 2, .milliseconds(5))
  }

  package var openCount: Int { calls.count }

  package mutating func takeEffects() -> [Effect] {
    defer { effects.removeAll(keepingCapacity: true) }
    return effects
  }

  /// When something must be done though no answer comes.
  package var deadline: LocalInstant? { calls.map { min($0.next, $0.deadline) }.min() }

  // MARK: Beginning

  /// - Parameters:
  ///   - token: names the call to whoever waits for it.
  ///   - leader: who leads, as far as this server knows.
  package mutating func begin(_ action: CallAction, token: UInt64, leader: NodeID?, at now: LocalInstant) {
    guard calls.count < Self.maxOpen else { return effects.append(.finish(token, .tooMany)) }
    var call = Call(
      token: token, action: action, request: ClientRequest(sequence: .first, body: .openSession), client: passingName(),
      next: now, deadline: now + patience)
    switch action {
    case .read(let key): call.request.body = .read(key: key)
    case .write: call.session = freeSession()
    case .writeInSession(let operation, let session, let sequence):
      call.request = ClientRequest(sequence: sequence, body: .write(operation, session: session))
    case .openSession: break
    case .change(let change): call.request.body = .change(change)
    case .transfer(let target): call.request.body = .transfer(to: target)
    }
    calls.append(call)
    ask(calls.count - 1, leader: leader, at: now)
  }

  private mutating func passingName() -> ClientID {
    passing = (passing + 1) % (Self.names - Self.firstPassing)
    return name(Self.firstPassing + passing)
  }

  private func name(_ number: UInt32) -> ClientID { ClientID(UInt32(id.number) << 24 | number) }

  /// The server by way of which a client asks.
  package static func server(of client: ClientID) -> NodeID? {
    let number = UInt8(client.rawValue >> 24)
    return (1...UInt8(NodeSet.maxNodes)).contains(number) ? NodeID(number) : nil
  }

  private mutating func freeSession() -> Int? {
    // One that is open already comes first.
    let place =
      sessions.firstIndex { !$0.isBusy && $0.id != nil } ?? sessions.firstIndex { !$0.isBusy }
      ?? (sessions.count < Self.maxSessions ? sessions.count : nil)
    guard let place else { return nil }
    if place == sessions.count { sessions.append(OwnSession()) }
    sessions[place].isBusy = true
    return place
  }

  // MARK: Asking

  /// Asks, or asks again.
  private mutating func ask(_ place: Int, leader: NodeID?, at now: LocalInstant) {
    // What must not be asked for twice has all the time.
    calls[place].next = calls[place].mayAskAgain ? min(now + attemptTime, calls[place].deadline) : calls[place].deadline
    if case .write(let operation) = calls[place].action {
      guard let session = calls[place].session else { return }
      if let open = sessions[session].id {
        calls[place].request = ClientRequest(
          sequence: sessions[session].sequence, body: .write(operation, session: open))
        calls[place].client = name(UInt32(session))
      } else {
        // Each attempt to open one is another request.
        calls[place].request = ClientRequest(sequence: .first, body: .openSession)
        calls[place].client = passingName()
      }
    }
    let isRead = if case .read = calls[place].action { true } else { false }
    guard let target = isRead && readsLocally ? id : leader else {
      calls[place].asked = nil
      calls[place].next = min(now + pause, calls[place].deadline)
      return
    }
    calls[place].asked = target
    effects.append(.ask(target, calls[place].request, as: calls[place].client))
  }

  /// Lets time pass.
  package mutating func tick(leader: NodeID?, at now: LocalInstant) {
    var place = 0
    while place < calls.count {
      if calls[place].deadline <= now {
        giveUp(place)
      } else {
        if calls[place].next <= now {
          // It may have been taken up, and its answer may have been lost.
          if calls[place].asked != nil { noteLost(place) }
          ask(place, leader: leader, at: now)
        }
        place += 1
      }
    }
  }

  /// A server cannot be reached, or another process bears its name: what it was asked for it may have done.
  package mutating func noteLoss(of node: NodeID, at now: LocalInstant) {
    for place in calls.indices.reversed() where calls[place].asked == node {
      noteLost(place)
      if calls[place].mayAskAgain {
        calls[place].next = min(now + pause, calls[place].deadline)
      } else {
        finish(place, .unknown)
      }
    }
  }

  private mutating func noteLost(_ place: Int) {
    if calls[place].isChange { calls[place].mayHaveBegun = true }
    if calls[place].asked == id { effects.append(.forget(calls[place].client)) }
    calls[place].asked = nil
  }

  private mutating func giveUp(_ place: Int) {
    if calls[place].asked != nil { noteLost(place) }
    finish(place, calls[place].mayHaveBegun ? .unknown : .noLeader)
  }

  // MARK: Answers

  /// An answer has come.
  package mutating func receive(
    _ reply: ClientReply, for client: ClientID, from node: NodeID, leader: NodeID?, at now: LocalInstant
  ) {
    let found = calls.firstIndex {
      $0.client == client && $0.request.sequence == reply.sequence && $0.asked == node
    }
    guard let place = found else { return }
    calls[place].asked = nil
    switch reply.body {
    case .notLeader(let hint):
      // Whoever refuses because it is full, or does not know, may know better soon.
      guard let hint, hint != node else { return waitAndAsk(place, at: now) }
      return ask(place, leader: hint, at: now)
    case .unknown:
      if calls[place].isChange { calls[place].mayHaveBegun = true }
      if calls[place].mayAskAgain { return waitAndAsk(place, at: now) }
      return finish(place, .unknown)
    case .turnedDown(let refusal) where refusal.mayPass && now + pause < calls[place].deadline:
      return waitAndAsk(place, at: now)
    // An earlier attempt may yet come about.
    case .turnedDown where calls[place].mayHaveBegun: return finish(place, .unknown)
    case .opened(let session):
      guard case .write = calls[place].action, let own = calls[place].session else { break }
      sessions[own].id = session
      sessions[own].sequence = .first
      return ask(place, leader: node, at: now)
    case .sessionExpired:
      guard case .write = calls[place].action, let own = calls[place].session else { break }
      sessions[own].id = nil
      guard !calls[place].mayHaveBegun else { return finish(place, .unknown) }
      return ask(place, leader: node, at: now)
    default: break
    }
    finish(place, .answered(reply.body))
  }

  private mutating func waitAndAsk(_ place: Int, at now: LocalInstant) {
    calls[place].next = min(now + pause, calls[place].deadline)
  }

  private mutating func finish(_ place: Int, _ outcome: CallOutcome) {
    let call = calls.remove(at: place)
    effects.append(.finish(call.token, outcome))
    guard let own = call.session else { return }
    sessions[own].isBusy = false
    // A command with the next number may follow, whatever becomes of this one.
    sessions[own].sequence = sessions[own].sequence.next
    guard let waiting = calls.firstIndex(where: { $0.isWaitingForSession }) else { return }
    sessions[own].isBusy = true
    calls[waiting].session = own
    calls[waiting].next = LocalInstant(nanoseconds: 0)
  }
}

extension ClientCalls.Call {
  /// Whether the store, or the cluster, is another one once it has been done.
  fileprivate var isChange: Bool {
    switch action {
    case .read, .openSession: false
    case .write: if case .write = request.body { true } else { false }
    case .writeInSession, .change, .transfer: true
    }
  }

  /// Whether it does nothing twice if it is asked for again.
  fileprivate var mayAskAgain: Bool { if case .transfer = action { false } else { true } }

  fileprivate var isWaitingForSession: Bool { if case .write = action { session == nil } else { false } }
}

extension RequestRefusal {
  /// Whether it may be otherwise soon.
  fileprivate var mayPass: Bool {
    switch self {
    case .changeUnderWay, .transferUnderWay, .nothingCommittedInTerm: true
    case .unknownServer, .lastVoter, .notCaughtUp: false
    }
  }
}

import Determinism

/// The replicated key-value store: a pure function of the commands applied to it, in their order.
///
/// Its sessions are part of the state, so that any replica that becomes leader answers a retry with the first result
/// (Ongaro 2014 §6.3).
package struct StateMachine: Equatable, Sendable {
  /// How long sessions last.
  package let settings: SessionSettings
  private(set) var store = KeyTable()
  private(set) var sessions = SessionTable()
  /// The bytes of all keys and values, as `KeyValueLimits.maxStoreBytes` counts them.
  private(set) var storeBytes = 0
  /// How many bytes a snapshot has at the least; sessions come to that.
  package var leastSnapshotBytes: Int { KeyValueLimits.snapshotHeaderBytes + storeBytes }
  /// The sum of the digests of all keys with their values: a sum forgets the order in which they came.
  private var storeDigest: UInt64 = 0
  /// The sum of the digests of all sessions.
  private var sessionsDigest: UInt64 = 0
  /// The largest stamp applied, whatever the leaders' wall clocks did; the epoch before the first command.
  package private(set) var logTime = WallInstant.epoch
  private let maxStoreBytes: Int

  /// The empty store.
  package init(sessions settings: SessionSettings = .standard) {
    self.init(sessions: settings, maxStoreBytes: KeyValueLimits.maxStoreBytes)
  }

  /// The empty store, with less room.
  init(sessions settings: SessionSettings = .standard, maxStoreBytes: Int) {
    self.settings = settings
    self.maxStoreBytes = maxStoreBytes
  }

  /// The store that a snapshot holds.
  init(sessions settings: SessionSettings, logTime: WallInstant) {
    self.init(sessions: settings)
    self.logTime = logTime
  }

  /// How many keys have a value.
  package var keyCount: Int { store.count }
  /// How many sessions are remembered.
  package var sessionCount: Int { sessions.count }

  /// The value of a key; `nil` if it is absent.
  ///
  /// - Complexity: O(log n) comparisons of keys.
  package func value(of key: [UInt8]) -> [UInt8]? {
    store[KeyBytes(bytes: key)]
  }

  /// Applies a committed command.
  ///
  /// - Parameters:
  ///   - index: its place in the log.
  ///   - clock: this server's wall clock, which no correct rule looks at.
  ///   - isLeader: whether this server leads, which no correct rule asks.
  /// - Complexity: O(log n) and the bytes of the key and of its old and new value; to open a session, O(n) in sessions.
  package mutating func apply(
    _ command: Command, at index: UInt64, clock: WallInstant, isLeader: Bool = false, rules: any SessionRules.Type
  ) -> CommandOutcome {
    // Time passes with every command in the log, a retry or a dropped one included.
    logTime = max(.epoch, rules.logTime(after: logTime, stamp: command.stamp))
    let clock = max(.epoch, clock)
    switch command.body {
    case .openSession:
      let id = SessionID(index)
      makeRoomForSession(clock: clock, rules: rules)
      setSession(id, to: Session(lastUsed: logTime))
      return .opened(id)
    case .change(let operation, let id, let sequence):
      if let session = sessions[id], hasExpired(session, clock: clock, rules: rules) { setSession(id, to: nil) }
      return apply(operation, session: id, sequence: sequence, isLeader: isLeader, rules: rules)
    }
  }

  private mutating func apply(
    _ operation: KeyValueOperation, session id: SessionID, sequence: SequenceNumber, isLeader: Bool,
    rules: any SessionRules.Type
  ) -> CommandOutcome {
    var session = sessions[id]
    session?.lastUsed = logTime
    let outcome: CommandOutcome
    switch rules.disposition(of: sequence, last: session?.last?.sequence, isOpen: session != nil) {
    case .refuse: return .sessionExpired
    case .drop: outcome = .dropped
    case .answerAgain: outcome = session?.last.map { .result($0.result) } ?? .dropped
    case .apply:
      let effect = effect(of: operation, isLeader: isLeader, rules: rules)
      let key = KeyBytes(bytes: operation.key)
      switch effect.change {
      case .keep: break
      case .set(let value): set(key, to: value)
      case .remove: set(key, to: nil)
      }
      session?.last = Session.Answer(sequence: sequence, result: effect.result)
      outcome = .result(effect.result)
    }
    setSession(id, to: session)
    return outcome
  }

  /// What `apply` would answer now, without changing anything. A session that is not known is taken for one whose
  /// opening is not applied yet.
  package func preview(
    _ command: Command, at index: UInt64, isLeader: Bool = false, rules: any SessionRules.Type
  ) -> CommandOutcome {
    guard case .change(let operation, let id, let sequence) = command.body else { return .opened(SessionID(index)) }
    let last = sessions[id]?.last
    return switch rules.disposition(of: sequence, last: last?.sequence, isOpen: true) {
    case .refuse: .sessionExpired
    case .drop: .dropped
    case .answerAgain: last.map { .result($0.result) } ?? .dropped
    case .apply: .result(effect(of: operation, isLeader: isLeader, rules: rules).result)
    }
  }

  /// Tells states apart: equal for replicas that applied the same commands, sessions and log time included. What is folded
  /// in stands under "What a command does" in Sources/ARCHITECTURE.md, for others to compute the same.
  ///
  /// - Complexity: O(1); it is kept up to date by `apply`.
  package var digest: UInt64 {
    var digest = StableDigest(start: UInt64(store.count))
    digest.combine(storeDigest)
    digest.combine(UInt64(bitPattern: Int64(storeBytes)))
    digest.combine(UInt64(sessions.count))
    digest.combine(sessionsDigest)
    digest.combine(UInt64(bitPattern: logTime.nanoseconds))
    return digest.value
  }
}

// MARK: - The store

extension StateMachine {
  private func effect(
    of operation: KeyValueOperation, isLeader: Bool, rules: any SessionRules.Type
  ) -> KeyValueOperation.Effect {
    let held = value(of: operation.key)
    let effect = rules.effect(of: operation, on: held, isLeader: isLeader)
    guard case .set(let value) = effect.change else { return effect }
    let before = held.map { Self.bytes(ofKey: operation.key, value: $0) } ?? 0
    let after = storeBytes - before + Self.bytes(ofKey: operation.key, value: value)
    // What makes the store smaller is done even where it was too large.
    return after > maxStoreBytes && after > storeBytes ? KeyValueOperation.Effect(.refused, .keep) : effect
  }

  /// Gives a key a value, or none.
  mutating func set(_ key: KeyBytes, to value: [UInt8]?) {
    if let held = store[key] {
      storeDigest &-= Self.digest(of: key, holding: held)
      storeBytes -= Self.bytes(ofKey: key.bytes, value: held)
    }
    if let value {
      storeDigest &+= Self.digest(of: key, holding: value)
      storeBytes += Self.bytes(ofKey: key.bytes, value: value)
    }
    store[key] = value
  }

  /// Each string stands after its length.
  private static func bytes(ofKey key: [UInt8], value: [UInt8]) -> Int { 4 + key.count + 4 + value.count }

  private static func digest(of key: KeyBytes, holding value: [UInt8]) -> UInt64 {
    var digest = StableDigest(start: 1)
    digest.combine(key.bytes)
    digest.combine(value)
    return digest.value
  }
}

// MARK: - Sessions

extension StateMachine {
  /// Remembers a session, or forgets it.
  mutating func setSession(_ id: SessionID, to session: Session?) {
    if let previous = sessions[id] { sessionsDigest &-= previous.digest(named: id) }
    if let session { sessionsDigest &+= session.digest(named: id) }
    sessions[id] = session
  }

  private func hasExpired(_ session: Session, clock: WallInstant, rules: any SessionRules.Type) -> Bool {
    rules.hasExpired(lastUsed: session.lastUsed, logTime: logTime, clock: clock, lifetime: settings.lifetime)
  }

  /// Forgets whoever has expired and then, if there are still too many, whoever was silent for longest.
  private mutating func makeRoomForSession(clock: WallInstant, rules: any SessionRules.Type) {
    for (id, session) in zip(sessions.keys, sessions.values) where hasExpired(session, clock: clock, rules: rules) {
      setSession(id, to: nil)
    }
    while sessions.count >= settings.maxOpen,
      let oldest = zip(sessions.keys, sessions.values).min(by: { ($0.1.lastUsed, $0.0) < ($1.1.lastUsed, $1.0) })
    {
      setSession(oldest.0, to: nil)
    }
  }
}

/// A key in the order of its bytes.
struct KeyBytes: Comparable, Sendable {
  let bytes: [UInt8]

  static func < (one: KeyBytes, other: KeyBytes) -> Bool {
    one.bytes.lexicographicallyPrecedes(other.bytes)
  }
}

extension WallInstant {
  /// Before every reading that counts.
  package static var epoch: WallInstant { WallInstant(nanoseconds: 0) }
}

import Determinism

/// The replicated key-value store: a pure function of the commands applied to it, in their order.
///
/// Its sessions are part of the state, so that any replica that becomes leader answers a retry with the first result
/// (Ongaro 2014 §6.3). A session opens with its first command.
package struct StateMachine: Equatable, Sendable {
  private var store = SortedTable<KeyBytes, [UInt8]>()
  private var sessions = SortedTable<SessionID, Session>()
  /// The sum of the digests of all keys with their values: a sum forgets the order in which they came.
  private var storeDigest: UInt64 = 0
  /// The sum of the digests of all sessions.
  private var sessionsDigest: UInt64 = 0
  /// The largest stamp applied, whatever the leaders' wall clocks did; the epoch before the first command.
  package private(set) var logTime = WallInstant(nanoseconds: 0)

  /// The empty store.
  package init() {}

  /// How many keys have a value.
  package var keyCount: Int { store.count }

  /// The value of a key; `nil` if it is absent.
  ///
  /// - Complexity: O(log n) comparisons of keys.
  package func value(of key: [UInt8]) -> [UInt8]? {
    store[KeyBytes(bytes: key)]
  }

  /// Applies a committed command.
  ///
  /// - Returns: its result, the remembered one for a retry; `nil` if the command was dropped since its session has gone
  ///   further.
  /// - Complexity: O(log n) and the bytes of the key and of its old and new value.
  package mutating func apply(_ command: Command, rules: any SessionRules.Type) -> KeyValueResult? {
    // Time passes with every command in the log, a retry or a dropped one included.
    logTime = max(logTime, command.stamp)
    let session = sessions[command.session]
    switch rules.disposition(of: command.sequence, last: session?.sequence) {
    case .drop: return nil
    case .answerAgain: return session?.result
    case .apply:
      let key = KeyBytes(bytes: command.operation.key)
      let held = store[key]
      let effect = command.operation.effect(on: held)
      switch effect.change {
      case .keep: break
      case .set(let value): replace(held, of: key, with: value)
      case .remove: replace(held, of: key, with: nil)
      }
      remember(Session(sequence: command.sequence, result: effect.result), insteadOf: session, for: command.session)
      return effect.result
    }
  }

  /// What `apply` would answer now, without changing anything.
  package func preview(_ command: Command, rules: any SessionRules.Type) -> KeyValueResult? {
    let session = sessions[command.session]
    return switch rules.disposition(of: command.sequence, last: session?.sequence) {
    case .drop: nil
    case .answerAgain: session?.result
    case .apply: command.operation.effect(on: value(of: command.operation.key)).result
    }
  }

  /// Tells states apart: equal for replicas that applied the same commands, sessions and log time included.
  ///
  /// - Complexity: O(1); it is kept up to date by `apply`.
  package var digest: UInt64 {
    var digest = StableDigest(start: UInt64(store.count))
    digest.combine(storeDigest)
    digest.combine(UInt64(sessions.count))
    digest.combine(sessionsDigest)
    digest.combine(UInt64(bitPattern: logTime.nanoseconds))
    return digest.value
  }
}

extension StateMachine {
  private mutating func replace(_ held: [UInt8]?, of key: KeyBytes, with value: [UInt8]?) {
    if let held { storeDigest &-= Self.digest(of: key, holding: held) }
    if let value { storeDigest &+= Self.digest(of: key, holding: value) }
    store[key] = value
  }

  private mutating func remember(_ session: Session, insteadOf previous: Session?, for id: SessionID) {
    if let previous { sessionsDigest &-= previous.digest(named: id) }
    sessionsDigest &+= session.digest(named: id)
    sessions[id] = session
  }

  private static func digest(of key: KeyBytes, holding value: [UInt8]) -> UInt64 {
    var digest = StableDigest(start: 1)
    digest.combine(key.bytes)
    digest.combine(value)
    return digest.value
  }
}

/// A key in the order of its bytes.
private struct KeyBytes: Comparable, Sendable {
  let bytes: [UInt8]

  static func < (one: KeyBytes, other: KeyBytes) -> Bool {
    one.bytes.lexicographicallyPrecedes(other.bytes)
  }
}

/// What the store remembers of a client.
private struct Session: Equatable, Sendable {
  /// The number of the last command applied.
  let sequence: SequenceNumber
  /// What that command answered.
  let result: KeyValueResult

  /// - Complexity: O(n) in the bytes of the value that the result carries.
  func digest(named id: SessionID) -> UInt64 {
    var digest = StableDigest(start: 2)
    digest.combine(id.rawValue)
    digest.combine(sequence.rawValue)
    switch result {
    case .done: digest.combine(1 as UInt64)
    case .swapped: digest.combine(2 as UInt64)
    case .mismatch(nil): digest.combine(3 as UInt64)
    case .mismatch(let seen?):
      digest.combine(4 as UInt64)
      digest.combine(seen)
    case .refused: digest.combine(5 as UInt64)
    }
    return digest.value
  }
}

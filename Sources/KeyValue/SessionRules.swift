import Determinism

/// What becomes of a command, given what its session has done before.
package enum SessionDisposition: Hashable, Sendable {
  /// It is new: apply it and remember its result.
  case apply
  /// It is the session's last command once more: answer the result that was remembered.
  case answerAgain
  /// It is older than the session's last command: its result is forgotten, and applying it again would be wrong.
  case drop
  /// Nothing is known of its session: whether it was applied before cannot be told, so it must not be applied.
  case refuse
}

/// The decisions on which it rests that every command takes effect once, and alike at every server. A default is what the
/// paper says; a known bug overrides one.
package protocol SessionRules: Sendable {
  /// Ongaro 2014 §6.3: a command whose serial number has been executed is answered without executing it again, and one
  /// of a session that there is no record of is refused.
  ///
  /// - Parameters:
  ///   - sequence: the command's number.
  ///   - last: the number of the last command applied in the session; `nil` if this is its first.
  ///   - isOpen: whether the session is known and has not expired.
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition

  /// Ongaro 2014 §6.3: all servers must agree on when a session expires, so its time is the log's.
  ///
  /// No instant is before the epoch, so that differences do not overflow.
  ///
  /// - Parameters:
  ///   - lastUsed: log time at the session's last command.
  ///   - logTime: log time at the command that is being applied.
  ///   - clock: this server's wall clock.
  static func hasExpired(
    lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration
  ) -> Bool

  /// Ongaro 2014 §6.3: the leader's stamp moves log time, and only forward: the next leader's clock may be behind.
  static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant

  /// Ongaro 2014 §6.3, Raft §7: sessions are part of the state that a snapshot stands for.
  static func sessionsForSnapshot(_ sessions: SessionTable) -> SessionTable

  /// Raft §2: state machines are deterministic: what a command does hangs on the state that it finds and on nothing
  /// else, whatever part its server plays.
  ///
  /// - Parameter value: of the operation's key.
  static func effect(
    of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
  ) -> KeyValueOperation.Effect

  /// Raft Figure 13, 8: a state machine is reset to what the snapshot holds.
  ///
  /// - Parameters:
  ///   - inSnapshot: the value of a key there; `nil` if it has none.
  ///   - held: the value that the key had before.
  /// - Returns: the value that it has from now on.
  static func value(inSnapshot: [UInt8]?, held: [UInt8]) -> [UInt8]?
}

extension SessionRules {
  package static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition {
    guard isOpen else { return .refuse }
    guard let last else { return .apply }
    if sequence > last { return .apply }
    return sequence == last ? .answerAgain : .drop
  }

  package static func hasExpired(
    lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration
  ) -> Bool {
    logTime - lastUsed > lifetime
  }

  package static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant { max(current, stamp) }

  package static func sessionsForSnapshot(_ sessions: SessionTable) -> SessionTable { sessions }

  package static func effect(
    of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
  ) -> KeyValueOperation.Effect { operation.effect(on: value) }

  package static func value(inSnapshot: [UInt8]?, held: [UInt8]) -> [UInt8]? { inSnapshot }
}

/// The rules as the paper has them.
package enum PaperSessionRules: SessionRules {}

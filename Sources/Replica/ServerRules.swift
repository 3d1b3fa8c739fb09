import Raft

/// How a server comes by the answer to a read.
package enum ReadPath: Hashable, Sendable {
  /// From its own state, once a quorum has confirmed that it leads (Ongaro 2014 §6.4).
  case confirmedLeadership
  /// From its own state, at once.
  case ownState
  /// Not at all: the client is sent to the leader.
  case redirection
}

/// What becomes of a client's command that a server has appended.
package enum WriteFate: Hashable, Sendable {
  /// The client waits on.
  case open
  /// It is told what the command came to.
  case answered
  /// It is told that nobody knows.
  case unknown
  /// It is told that the command was not and will not be applied.
  case refused
}

/// The decisions on which a server's answers to clients rest. A default is what the paper says; a known bug overrides
/// one.
package protocol ServerRules: Sendable {
  /// Raft §8: only a leader answers reads, and only after it made sure that it still leads; or a follower that asked the
  /// leader up to where it must have applied the log (Ongaro 2014 §6.4, end).
  static func readPath(role: Role, mode: ReadMode) -> ReadPath

  /// Raft §5.3: a leader answers its client when the entry has been applied, which is after it was committed. Asked
  /// when the entry has been appended and when it has been applied.
  ///
  /// - Parameters:
  ///   - index: where the client's command stands.
  ///   - lastIndex: the end of the leader's log.
  static func mayAnswer(_ index: LogIndex, appliedIndex: LogIndex, lastIndex: LogIndex) -> Bool

  /// Raft §5.3, §8: a client hears what its own entry came to, which is the one of the same index and term; another one
  /// there is somebody else's. Once its server leads no more, the entry may yet be committed, or never: nobody knows.
  ///
  /// - Parameters:
  ///   - write: where the client's command was appended.
  ///   - applied: the entry of that index that has just been applied; `nil` if none has been.
  ///   - role: the part that the server plays now.
  static func fate(of write: LogPosition, applied: LogPosition?, role: Role) -> WriteFate
}

extension ServerRules {
  package static func readPath(role: Role, mode: ReadMode) -> ReadPath {
    role == .leader || mode == .follower ? .confirmedLeadership : .redirection
  }

  package static func mayAnswer(_ index: LogIndex, appliedIndex: LogIndex, lastIndex: LogIndex) -> Bool {
    index <= appliedIndex
  }

  package static func fate(of write: LogPosition, applied: LogPosition?, role: Role) -> WriteFate {
    guard let applied else { return role == .leader ? .open : .unknown }
    return applied == write ? .answered : .unknown
  }
}

/// The rules as the paper has them.
package enum PaperServerRules: ServerRules {}

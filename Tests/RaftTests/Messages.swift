import Determinism
import Raft

/// Messages in few words, for tests that hand them to a node.
extension RaftMessage {
  static func requestVote(term: UInt64, last: (index: UInt64, term: UInt64)) -> RaftMessage {
    .requestVote(RequestVote(term: Term(term), lastPosition: .at(last)))
  }

  static func vote(term: UInt64, granted: Bool = true) -> RaftMessage {
    .requestVoteReply(RequestVoteReply(term: Term(term), isGranted: granted))
  }

  static func append(
    term: UInt64, previous: (index: UInt64, term: UInt64) = (0, 0), _ entries: [Entry] = [], commit: UInt64 = 0,
    round: UInt64 = 1
  ) -> RaftMessage {
    .appendEntries(
      AppendEntries(
        term: Term(term), previous: .at(previous), commitIndex: LogIndex(commit), round: round, entries: entries))
  }

  static func matched(_ index: UInt64, term: UInt64, round: UInt64 = 0) -> RaftMessage {
    .appendEntriesReply(AppendEntriesReply(term: Term(term), round: round, outcome: .matched(LogIndex(index))))
  }

  static func conflict(
    index: UInt64, conflictTerm: UInt64? = nil, term: UInt64, round: UInt64 = 0
  ) -> RaftMessage {
    .appendEntriesReply(
      AppendEntriesReply(
        term: Term(term), round: round,
        outcome: .conflict(index: LogIndex(index), term: conflictTerm.map { Term($0) })))
  }
}

extension RaftMessage {
  static func preVote(term: UInt64, last: (index: UInt64, term: UInt64)) -> RaftMessage {
    .preVote(PreVote(term: Term(term), lastPosition: .at(last)))
  }

  static func preVoteReply(term: UInt64, granted: Bool = true) -> RaftMessage {
    .preVoteReply(PreVoteReply(term: Term(term), isGranted: granted))
  }

  /// A piece of a snapshot of entries.
  static func install(
    _ entries: [Entry], term: UInt64, from start: Int = 0, to end: Int = .max, round: UInt64 = 1
  ) -> RaftMessage {
    let bytes = TestState.encode(entries)
    let log = RaftLog(entries)
    let range = start..<min(end, bytes.count)
    return .installSnapshot(
      InstallSnapshot(
        term: Term(term), round: round, position: log.lastPosition, members: NodeID.first(3),
        logDigest: log.digest(at: log.lastIndex) ?? 0, size: UInt64(bytes.count), offset: UInt64(start),
        bytes: Array(bytes[range]), isDone: range.upperBound == bytes.count))
  }

  static func received(_ count: UInt64, of last: (index: UInt64, term: UInt64), term: UInt64, round: UInt64 = 1)
    -> RaftMessage
  {
    .installSnapshotReply(
      InstallSnapshotReply(term: Term(term), round: round, position: .at(last), outcome: .received(count)))
  }

  static func installed(_ last: (index: UInt64, term: UInt64), term: UInt64, round: UInt64 = 1) -> RaftMessage {
    .installSnapshotReply(
      InstallSnapshotReply(term: Term(term), round: round, position: .at(last), outcome: .installed))
  }
}

extension RaftMessage {
  /// How many entries it carries.
  var entryCount: Int {
    if case .appendEntries(let request) = self { request.entries.count } else { 0 }
  }
}

extension LogPosition {
  fileprivate static func at(_ position: (index: UInt64, term: UInt64)) -> LogPosition {
    LogPosition(index: LogIndex(position.index), term: Term(position.term))
  }
}

extension Ready {
  /// Everything said to others, whenever it may leave.
  var allMessages: [RaftMessage] { (messages + messagesAfterSync).map(\.message) }

  /// Whether the election timer was set anew.
  var resetsElectionTimer: Bool { timers.contains { $0.timer == .election } }
}

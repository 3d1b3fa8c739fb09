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
    .preVote(PreVote(term: Term(term), lastPosition: .at(last), attempt: .first))
  }

  static func preVoteReply(term: UInt64, granted: Bool = true) -> RaftMessage {
    .preVoteReply(PreVoteReply(term: Term(term), isGranted: granted, attempt: .first))
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
        term: Term(term), round: round, position: log.lastPosition, members: LoggedMembers(beginningWith: .first(3)),
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

extension CampaignAttempt {
  /// That of a node that was never started, and asks for the first time.
  static let first = CampaignAttempt(starts: 0, number: 1)
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

extension Entry {
  /// What tells a configuration from other entries, where only positions are told.
  fileprivate var mark: String {
    if case .configuration = payload { ":members" } else { "" }
  }
}

extension Members {
  /// As interaction files have it: `voters=n1+n2 outgoing=n1+n2+n3 learners=n4`.
  var words: String {
    func names(_ nodes: NodeSet) -> String { nodes.map(\.description).joined(separator: "+") }
    let parts = [("voters", voters), ("outgoing", outgoing), ("learners", learners)]
    return parts.filter { $0.0 == "voters" || !$0.1.isEmpty }.map { "\($0.0)=\(names($0.1))" }.joined(separator: " ")
  }
}

extension TestCluster.MessageInFlight: CustomStringConvertible {
  /// As interaction files have it: `n1->n3 AppendEntries term=4 prev=2/2 entries=[3/2] commit=1`.
  var description: String { "\(from)->\(to) \(message.words)" }
}

extension RaftMessage {
  /// Its kind and what it says.
  var words: String {
    switch self {
    case .requestVote(let request):
      "RequestVote term=\(request.term) last=\(request.lastPosition)\(request.isTransfer ? " transfer" : "")"
    case .requestVoteReply(let reply): "RequestVoteReply term=\(reply.term) granted=\(reply.isGranted)"
    case .preVote(let request): "PreVote term=\(request.term) last=\(request.lastPosition)"
    case .preVoteReply(let reply): "PreVoteReply term=\(reply.term) granted=\(reply.isGranted)"
    case .appendEntries(let request):
      "AppendEntries term=\(request.term) prev=\(request.previous) entries=["
        + request.entries.enumerated()
        .map { "\(request.previous.index.rawValue + UInt64($0.offset) + 1)/\($0.element.term)\($0.element.mark)" }
        .joined(separator: " ") + "] commit=\(request.commitIndex) round=\(request.round)"
    case .appendEntriesReply(let reply):
      switch reply.outcome {
      case .matched(let index): "AppendEntriesReply term=\(reply.term) matched=\(index) round=\(reply.round)"
      case .conflict(let index, let term):
        "AppendEntriesReply term=\(reply.term) conflict=\(index)/\(term.map { "\($0)" } ?? "-") round=\(reply.round)"
      }
    case .installSnapshot(let request):
      "InstallSnapshot term=\(request.term) last=\(request.position) offset=\(request.offset) "
        + "bytes=\(request.bytes.count) of \(request.size)\(request.isDone ? " done" : "") round=\(request.round)"
    case .installSnapshotReply(let reply):
      switch reply.outcome {
      case .installed: "InstallSnapshotReply term=\(reply.term) last=\(reply.position) installed"
      case .received(let count): "InstallSnapshotReply term=\(reply.term) last=\(reply.position) received=\(count)"
      }
    case .readIndex(let request): "ReadIndex term=\(request.term) id=\(request.id.starts).\(request.id.read.rawValue)"
    case .readIndexReply(let reply):
      "ReadIndexReply term=\(reply.term) id=\(reply.id.starts).\(reply.id.read.rawValue) "
        + "index=\(reply.index.map { "\($0)" } ?? "-")"
    case .timeoutNow(let request): "TimeoutNow term=\(request.term)"
    }
  }
}

/// Messages that no node would send, with numbers at every edge.
struct Garbage {
  var draws: DiceSequence

  mutating func number() -> UInt64 {
    let draw = draws.next()
    return switch draw.below(8) {
    case 0: .max - draw.bits % 3
    case 1: 1 << (draw.bits % 64)
    default: draw.bits % 6
    }
  }

  mutating func position() -> LogPosition { LogPosition(index: LogIndex(number()), term: Term(number())) }

  /// Terms mostly stay small, or nothing but the first message would ever be current.
  mutating func term() -> UInt64 { draws.next().below(40) == 0 ? number() : draws.next().bits % 4 }

  mutating func message() -> RaftMessage {
    // Mostly those that change a log.
    message(draws.pick(RaftMessage.Kind.allCases + [.appendEntries, .appendEntries, .installSnapshot]))
  }

  private mutating func message(_ kind: RaftMessage.Kind) -> RaftMessage {
    let term = term()
    switch kind {
    case .requestVote: return .requestVote(term: term, last: (number(), number()))
    case .requestVoteReply: return .vote(term: term, granted: draws.next().below(3) > 0)
    case .preVote: return .preVote(term: term, last: (number(), number()))
    case .preVoteReply: return .preVoteReply(term: term, granted: draws.next().below(3) > 0)
    case .appendEntries:
      let entries = (0..<draws.next().below(4)).map { _ in entry() }
      return .append(term: term, previous: (number(), number()), entries, commit: number(), round: number())
    case .appendEntriesReply:
      if draws.next().below(2) == 0 { return .matched(number(), term: term, round: number()) }
      let conflictTerm = draws.next().below(2) == 0 ? nil : number()
      return .conflict(index: number(), conflictTerm: conflictTerm, term: term, round: number())
    case .installSnapshot:
      let bytes = [UInt8](repeating: 7, count: draws.next().below(5))
      return .installSnapshot(
        InstallSnapshot(
          term: Term(term), round: number(), position: position(), members: loggedMembers(), logDigest: number(),
          size: number(), offset: number(), bytes: bytes, isDone: draws.next().below(2) == 0))
    case .installSnapshotReply:
      let outcome: InstallSnapshotReply.Outcome = draws.next().below(2) == 0 ? .installed : .received(number())
      return .installSnapshotReply(
        InstallSnapshotReply(term: Term(term), round: number(), position: position(), outcome: outcome))
    case .readIndex: return .readIndex(ReadIndex(term: Term(term), id: forwardedRead()))
    case .readIndexReply:
      let index = draws.next().below(3) == 0 ? nil : LogIndex(number())
      return .readIndexReply(ReadIndexReply(term: Term(term), id: forwardedRead(), index: index))
    case .timeoutNow: return .timeoutNow(TimeoutNow(term: Term(term)))
    }
  }

  private mutating func entry() -> Entry {
    draws.next().below(4) == 0
      ? Entry(term: Term(number()), payload: .configuration(members())) : .command("\(number())", term: number())
  }

  /// What can be read off the wire: some voters, none of whom is a learner.
  mutating func members() -> Members {
    let voters = NodeSet(rawValue: max(1, number()))
    return Members(
      voters: voters, outgoing: draws.next().below(2) == 0 ? NodeSet() : NodeSet(rawValue: number()),
      learners: NodeSet(rawValue: number()).subtracting(voters))
  }

  mutating func loggedMembers() -> LoggedMembers { LoggedMembers(index: LogIndex(number()), members: members()) }

  private mutating func forwardedRead() -> ForwardedReadID {
    ForwardedReadID(starts: number(), read: ReadID(number()))
  }
}

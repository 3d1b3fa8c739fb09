import Determinism
import Raft

/// Messages between servers.
extension Wire {
  static func encode(_ message: RaftMessage, _ address: FrameAddress) -> [UInt8] {
    switch message {
    case .appendEntries(let append): return encode(append, address)
    case .installSnapshot(let request): return encode(request, address)
    default: break
    }
    // Term, position, an attempt; or term, round, position, a tag and a number: the longest of these kinds.
    let bytes = WireLimits.preambleBytes + 8 + 8 + 16 + 1 + 8
    return frame(of: message.kind.rawValue, address, bytes: bytes) { writer in
      writer.write(message.term.rawValue)
      writer.write(fieldsOf: message)
    }
  }

  private static func encode(_ append: AppendEntries, _ address: FrameAddress) -> [UInt8] {
    let fitting = WireLimits.prefixThatFits(append.entries[...])
    let bytes = WireLimits.appendEntriesBytes + fitting.bytes
    return frame(of: RaftMessage.Kind.appendEntries.rawValue, address, bytes: bytes) { writer in
      writer.write(append.term.rawValue)
      writer.write(position: append.previous)
      writer.write(append.commitIndex.rawValue)
      writer.write(append.round)
      writer.write(UInt32(fitting.count))
      for entry in append.entries.prefix(fitting.count) { writer.write(entry: entry) }
    }
  }
}

/// The tags of what became of an AppendEntries.
private enum OutcomeTag {
  static let matched: UInt8 = 1
  static let conflictWithTerm: UInt8 = 2
  static let conflictPastEnd: UInt8 = 3
}

extension ByteWriter {
  fileprivate mutating func write(attempt: CampaignAttempt) {
    write(attempt.starts)
    write(attempt.number)
  }

  /// Writes what follows the term, of a message that carries neither entries nor a piece of a snapshot.
  fileprivate mutating func write(fieldsOf message: RaftMessage) {
    switch message {
    case .appendEntries, .installSnapshot: break
    case .requestVote(let request):
      write(position: request.lastPosition)
      write(UInt8(request.isTransfer ? 1 : 0))
    case .preVote(let request):
      write(position: request.lastPosition)
      write(attempt: request.attempt)
    case .requestVoteReply(let reply): write(UInt8(reply.isGranted ? 1 : 0))
    case .preVoteReply(let reply):
      write(UInt8(reply.isGranted ? 1 : 0))
      write(attempt: reply.attempt)
    case .timeoutNow: break
    case .appendEntriesReply(let reply):
      write(reply.round)
      write(outcome: reply.outcome)
    case .installSnapshotReply(let reply): write(fieldsOf: reply)
    case .readIndex(let request): write(read: request.id)
    case .readIndexReply(let reply):
      write(read: reply.id)
      write(index: reply.index)
    }
  }

  fileprivate mutating func write(read id: ForwardedReadID) {
    write(id.starts)
    write(id.read.rawValue)
  }

  /// Writes a flag and, where there is an index, the index.
  fileprivate mutating func write(index: LogIndex?) {
    guard let index else { return write(UInt8(0)) }
    write(UInt8(1))
    write(index.rawValue)
  }

  fileprivate mutating func write(outcome: AppendEntriesReply.Outcome) {
    switch outcome {
    case .matched(let index):
      write(OutcomeTag.matched)
      write(index.rawValue)
    case .conflict(let index, let term?):
      write(OutcomeTag.conflictWithTerm)
      write(index.rawValue)
      write(term.rawValue)
    case .conflict(let index, nil):
      write(OutcomeTag.conflictPastEnd)
      write(index.rawValue)
    }
  }
}

extension ByteReader {
  /// Reads a message of some kind.
  mutating func readRaftMessage(_ kind: RaftMessage.Kind) throws(ByteCodingError) -> RaftMessage {
    let term = Term(try read())
    switch kind {
    case .requestVote:
      let position = try readPosition()
      return .requestVote(RequestVote(term: term, lastPosition: position, isTransfer: try readFlag()))
    case .requestVoteReply: return .requestVoteReply(RequestVoteReply(term: term, isGranted: try readFlag()))
    case .appendEntries: return .appendEntries(try readAppendEntries(term: term))
    case .appendEntriesReply:
      let round: UInt64 = try read()
      return .appendEntriesReply(AppendEntriesReply(term: term, round: round, outcome: try readOutcome()))
    case .preVote:
      let position = try readPosition()
      return .preVote(PreVote(term: term, lastPosition: position, attempt: try readAttempt()))
    case .preVoteReply:
      let isGranted = try readFlag()
      return .preVoteReply(PreVoteReply(term: term, isGranted: isGranted, attempt: try readAttempt()))
    case .timeoutNow: return .timeoutNow(TimeoutNow(term: term))
    case .installSnapshot: return .installSnapshot(try readInstallSnapshot(term: term))
    case .installSnapshotReply: return .installSnapshotReply(try readInstallSnapshotReply(term: term))
    case .readIndex: return .readIndex(ReadIndex(term: term, id: try readForwardedRead()))
    case .readIndexReply:
      let id = try readForwardedRead()
      return .readIndexReply(ReadIndexReply(term: term, id: id, index: try readIndex()))
    }
  }

  fileprivate mutating func readAttempt() throws(ByteCodingError) -> CampaignAttempt {
    let starts: UInt64 = try read()
    return CampaignAttempt(starts: starts, number: try read())
  }

  fileprivate mutating func readForwardedRead() throws(ByteCodingError) -> ForwardedReadID {
    let starts: UInt64 = try read()
    return ForwardedReadID(starts: starts, read: ReadID(try read()))
  }

  fileprivate mutating func readIndex() throws(ByteCodingError) -> LogIndex? {
    try readFlag() ? LogIndex(try read()) : nil
  }

  fileprivate mutating func readAppendEntries(term: Term) throws(ByteCodingError) -> AppendEntries {
    let previous = try readPosition()
    let commitIndex = LogIndex(try read())
    let round: UInt64 = try read()
    let entries = try readEntries(limit: WireLimits.maxEntriesPerAppend)
    return AppendEntries(
      term: term, previous: previous, commitIndex: commitIndex, round: round, entries: entries)
  }

  fileprivate mutating func readOutcome() throws(ByteCodingError) -> AppendEntriesReply.Outcome {
    let kind = try readTag()
    switch kind.tag {
    case OutcomeTag.matched: return .matched(LogIndex(try read()))
    case OutcomeTag.conflictWithTerm:
      let index = LogIndex(try read())
      return .conflict(index: index, term: Term(try read()))
    case OutcomeTag.conflictPastEnd: return .conflict(index: LogIndex(try read()), term: nil)
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
  }
}

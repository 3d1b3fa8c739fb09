import Determinism
import Raft

/// Messages between servers.
extension Wire {
  static func write(_ message: RaftMessage, _ address: FrameAddress) -> ByteWriter {
    switch message {
    case .appendEntries(let append): return write(append, address)
    case .installSnapshot(let request): return write(request, address)
    default: break
    }
    // Term, position, an attempt; or term, round, position, a tag and a number: the longest of these kinds.
    var writer = writer(for: message.kind.rawValue, address, bytes: WireLimits.preambleBytes + 8 + 8 + 16 + 1 + 8)
    writer.write(message.term.rawValue)
    switch message {
    case .appendEntries, .installSnapshot: break
    case .requestVote(let request):
      writer.write(position: request.lastPosition)
      writer.write(UInt8(request.isTransfer ? 1 : 0))
    case .preVote(let request):
      writer.write(position: request.lastPosition)
      writer.write(attempt: request.attempt)
    case .requestVoteReply(let reply): writer.write(UInt8(reply.isGranted ? 1 : 0))
    case .preVoteReply(let reply):
      writer.write(UInt8(reply.isGranted ? 1 : 0))
      writer.write(attempt: reply.attempt)
    case .timeoutNow: break
    case .appendEntriesReply(let reply):
      writer.write(reply.round)
      writer.write(outcome: reply.outcome)
    case .installSnapshotReply(let reply): writer.write(fieldsOf: reply)
    case .readIndex(let request): writer.write(read: request.id)
    case .readIndexReply(let reply):
      writer.write(read: reply.id)
      writer.write(index: reply.index)
    }
    return writer
  }

  private static func write(_ append: AppendEntries, _ address: FrameAddress) -> ByteWriter {
    let fitting = WireLimits.prefixThatFits(append.entries[...])
    var writer = writer(
      for: RaftMessage.Kind.appendEntries.rawValue, address, bytes: WireLimits.appendEntriesBytes + fitting.bytes)
    writer.write(append.term.rawValue)
    writer.write(position: append.previous)
    writer.write(append.commitIndex.rawValue)
    writer.write(append.round)
    writer.write(UInt32(fitting.count))
    for entry in append.entries.prefix(fitting.count) { writer.write(entry: entry) }
    return writer
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

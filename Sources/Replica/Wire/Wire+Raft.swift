import Determinism
import Raft

extension Wire {
  /// The bytes of a message to a peer.
  ///
  /// An AppendEntries carries only as many of its entries as `WireLimits` allow. Fewer entries make a smaller
  /// AppendEntries, no wrong one: the follower answers how far it matched, and the leader goes on from there.
  ///
  /// - Complexity: O(n) in the bytes written.
  package static func encode(_ message: RaftMessage) -> [UInt8] {
    switch message {
    case .requestVote(let request):
      return encode(message.kind, term: request.term, lastPosition: request.lastPosition)
    case .requestVoteReply(let reply):
      return encode(message.kind, term: reply.term, isGranted: reply.isGranted)
    case .preVote(let request):
      return encode(message.kind, term: request.term, lastPosition: request.lastPosition)
    case .preVoteReply(let reply):
      return encode(message.kind, term: reply.term, isGranted: reply.isGranted)
    case .appendEntries(let append):
      return encode(append)
    case .appendEntriesReply(let reply):
      var writer = writer(for: message.kind.rawValue, bytes: 36)
      writer.write(reply.term.rawValue)
      writer.write(reply.round)
      writer.write(outcome: reply.outcome)
      return writer.bytes
    case .installSnapshot(let request):
      return encode(request)
    case .installSnapshotReply(let reply):
      return encode(reply)
    case .readIndex(let request):
      var writer = writer(for: message.kind.rawValue, bytes: 26)
      writer.write(request.term.rawValue)
      writer.write(read: request.id)
      return writer.bytes
    case .readIndexReply(let reply):
      var writer = writer(for: message.kind.rawValue, bytes: 35)
      writer.write(reply.term.rawValue)
      writer.write(read: reply.id)
      writer.write(index: reply.index)
      return writer.bytes
    }
  }

  /// A request for a vote, or one that asks whether it would be given.
  private static func encode(_ kind: RaftMessage.Kind, term: Term, lastPosition: LogPosition) -> [UInt8] {
    var writer = writer(for: kind.rawValue, bytes: 26)
    writer.write(term.rawValue)
    writer.write(position: lastPosition)
    return writer.bytes
  }

  private static func encode(_ kind: RaftMessage.Kind, term: Term, isGranted: Bool) -> [UInt8] {
    var writer = writer(for: kind.rawValue, bytes: 11)
    writer.write(term.rawValue)
    writer.write(UInt8(isGranted ? 1 : 0))
    return writer.bytes
  }

  /// Reads back what `encode` wrote.
  ///
  /// - Throws: where the bytes stop being a message of this version within `WireLimits`.
  /// - Complexity: O(n) in the bytes, in time and in memory.
  package static func decodeRaftMessage(_ bytes: [UInt8]) throws(ByteCodingError) -> RaftMessage {
    var reader = ByteReader(bytes)
    let preamble = try readPreamble(&reader)
    guard let kind = RaftMessage.Kind(rawValue: preamble.tag) else {
      throw .unknownTag(offset: preamble.offset, tag: preamble.tag)
    }
    let term = Term(try reader.read())
    let message: RaftMessage
    switch kind {
    case .requestVote:
      message = .requestVote(RequestVote(term: term, lastPosition: try reader.readPosition()))
    case .requestVoteReply:
      message = .requestVoteReply(RequestVoteReply(term: term, isGranted: try reader.readFlag()))
    case .appendEntries:
      message = .appendEntries(try reader.readAppendEntries(term: term))
    case .appendEntriesReply:
      let round: UInt64 = try reader.read()
      message = .appendEntriesReply(AppendEntriesReply(term: term, round: round, outcome: try reader.readOutcome()))
    case .preVote:
      message = .preVote(PreVote(term: term, lastPosition: try reader.readPosition()))
    case .preVoteReply:
      message = .preVoteReply(PreVoteReply(term: term, isGranted: try reader.readFlag()))
    case .installSnapshot:
      message = .installSnapshot(try reader.readInstallSnapshot(term: term))
    case .installSnapshotReply:
      message = .installSnapshotReply(try reader.readInstallSnapshotReply(term: term))
    case .readIndex:
      message = .readIndex(ReadIndex(term: term, id: try reader.readForwardedRead()))
    case .readIndexReply:
      let id = try reader.readForwardedRead()
      message = .readIndexReply(ReadIndexReply(term: term, id: id, index: try reader.readIndex()))
    }
    try reader.finish()
    return message
  }

  private static func encode(_ append: AppendEntries) -> [UInt8] {
    let fitting = WireLimits.prefixThatFits(append.entries[...])
    var writer = writer(
      for: RaftMessage.Kind.appendEntries.rawValue, bytes: WireLimits.appendEntriesBytes + fitting.bytes)
    writer.write(append.term.rawValue)
    writer.write(position: append.previous)
    writer.write(append.commitIndex.rawValue)
    writer.write(append.round)
    writer.write(UInt32(fitting.count))
    for entry in append.entries.prefix(fitting.count) { writer.write(entry: entry) }
    return writer.bytes
  }
}

/// The tags of what became of an AppendEntries.
private enum OutcomeTag {
  static let matched: UInt8 = 1
  static let conflictWithTerm: UInt8 = 2
  static let conflictPastEnd: UInt8 = 3
}

extension ByteWriter {
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

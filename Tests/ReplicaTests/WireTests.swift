import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("The wire format")
struct WireTests {
  @Test("Every kind of message between servers decodes to what was encoded", arguments: RaftMessage.Kind.allCases)
  func messages(kind: RaftMessage.Kind) throws {
    var samples = Samples(seed: 1)
    for _ in 0..<300 {
      let message = samples.message(kind)
      let bytes = Wire.encode(message)
      #expect(bytes[1] == kind.rawValue)
      #expect(try Wire.decodeRaftMessage(bytes) == message)
    }
  }

  @Test("Every request and every answer decodes to what was encoded")
  func roundTrips() throws {
    var samples = Samples(seed: 1)
    for _ in 0..<2_000 {
      let request = samples.request()
      #expect(try Wire.decodeClientRequest(Wire.encode(request)) == request)
      let reply = samples.reply()
      #expect(try Wire.decodeClientReply(Wire.encode(reply)) == reply)
    }
  }

  @Test("What differs as bytes differs in its digest, and what is the same has the same")
  func digests() {
    var samples = Samples(seed: 4)
    var seen: [(bytes: [UInt8], digest: UInt64)] = []
    for _ in 0..<500 {
      let (message, request, reply) = (samples.message(), samples.request(), samples.reply())
      var digests = [StableDigest(), StableDigest(start: 1), StableDigest(start: 2)]
      message.fold(into: &digests[0])
      request.fold(into: &digests[1])
      reply.fold(into: &digests[2])
      for (bytes, digest) in zip([Wire.encode(message), Wire.encode(request), Wire.encode(reply)], digests) {
        seen.append((bytes, digest.value))
      }
    }
    let (byBytes, byDigest) = (Set(seen.map(\.bytes)), Set(seen.map(\.digest)))
    #expect(byBytes.count == byDigest.count && byBytes.count > 1_000)
  }

  @Test("Random bytes after a good preamble are no trap")
  func randomBytes() {
    var samples = Samples(seed: 3)
    for _ in 0..<5_000 {
      let body = samples.bytes(80)
      for kind in 0...20 as ClosedRange<UInt8> { _ = try? Wire.decodeRaftMessage([Wire.formatVersion, kind] + body) }
      _ = try? Wire.decodeClientRequest([Wire.formatVersion, Wire.ClientKind.request] + body)
      _ = try? Wire.decodeClientReply([Wire.formatVersion, Wire.ClientKind.reply] + body)
    }
  }

  @Test("Every prefix of a message is refused")
  func prefixes() {
    var samples = Samples(seed: 4)
    for _ in 0..<100 {
      let message = Wire.encode(samples.message())
      let request = Wire.encode(samples.request())
      for count in 0..<message.count {
        #expect(throws: ByteCodingError.self) { try Wire.decodeRaftMessage(Array(message.prefix(count))) }
      }
      for count in 0..<request.count {
        #expect(throws: ByteCodingError.self) { try Wire.decodeClientRequest(Array(request.prefix(count))) }
      }
    }
  }

  @Test("A count of entries that the bytes cannot hold is refused before memory is set aside")
  func hugeCount() {
    let heartbeat = AppendEntries(term: Term(1), previous: .zero, commitIndex: .zero, round: 1, entries: [])
    let bytes = Wire.encode(.appendEntries(heartbeat))
    func claiming(_ count: UInt32) -> [UInt8] {
      var writer = ByteWriter()
      writer.write(count)
      return bytes.dropLast(4) + writer.bytes
    }
    let end = bytes.count
    #expect(throws: ByteCodingError.tooLong(offset: end - 4, length: Int(UInt32.max), limit: 4_096)) {
      try Wire.decodeRaftMessage(claiming(.max))
    }
    #expect(throws: ByteCodingError.truncated(offset: end, needed: 4_096 * 9)) {
      try Wire.decodeRaftMessage(claiming(4_096))
    }
  }

  @Test("A piece of a snapshot that does not lie within it, is too long or comes from no cluster is refused")
  func badPieces() throws {
    func decode(_ change: (inout InstallSnapshot) -> Void) throws -> RaftMessage {
      var piece = InstallSnapshot(
        term: Term(1), round: 1, position: .zero, members: NodeID.first(3), logDigest: 1, size: 10, offset: 6,
        bytes: [1, 2, 3, 4], isDone: true)
      change(&piece)
      return try Wire.decodeRaftMessage(Wire.encode(.installSnapshot(piece)))
    }
    _ = try decode { _ in }
    _ = try decode { $0.members = NodeID.first(64) }
    for offset in [7, 11, .max] as [UInt64] {
      #expect(throws: ByteCodingError.outOfOrder(offset: 57)) { try decode { $0.offset = offset } }
    }
    for size in [UInt64(WireLimits.maxSnapshotBytes) + 1, .max] {
      #expect(throws: ByteCodingError.self) { try decode { $0.size = size } }
    }
    let long = [UInt8](repeating: 1, count: WireLimits.maxSnapshotChunkBytes + 1)
    #expect(throws: ByteCodingError.tooLong(offset: 66, length: long.count, limit: long.count - 1)) {
      try decode { ($0.size, $0.bytes) = (1 << 24, long) }
    }
    for members in [[], [NodeID(2), NodeID(1)], [NodeID(1), NodeID(1)], [NodeID(65)], NodeID.first(65)] {
      #expect(throws: ByteCodingError.self) { try decode { $0.members = members } }
    }
  }

  @Test("Another version, an unknown kind, a flag that is 2 and a message of the other side are refused by their byte")
  func wrongTags() {
    let vote = Wire.encode(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: true)))
    func replacing(_ offset: Int, by byte: UInt8) -> [UInt8] {
      var bytes = vote
      bytes[offset] = byte
      return bytes
    }
    for (offset, byte) in [(0, 1), (1, 0), (1, 15), (1, 16), (10, 2)] as [(Int, UInt8)] {
      #expect(throws: ByteCodingError.unknownTag(offset: offset, tag: byte)) {
        try Wire.decodeRaftMessage(replacing(offset, by: byte))
      }
    }
    #expect(throws: ByteCodingError.trailingBytes(offset: 11)) { try Wire.decodeRaftMessage(vote + [0]) }
    #expect(throws: ByteCodingError.unknownTag(offset: 1, tag: 2)) { try Wire.decodeClientRequest(vote) }
  }

  @Test("A request number 0 is refused")
  func zeroSequence() {
    let request = ClientRequest(sequence: SequenceNumber(0), body: .read(key: [1]))
    #expect(throws: ByteCodingError.unknownTag(offset: 2, tag: 0)) {
      try Wire.decodeClientRequest(Wire.encode(request))
    }
  }

  @Test("A request over the store's limits can be read, so that it can be refused with the reason")
  func overLimits() throws {
    let long = [UInt8](repeating: 7, count: KeyValueLimits.maxValueBytes + 1)
    let requests: [(ClientRequest.Body, KeyValueLimits.Violation)] = [
      (.read(key: long), .keyTooLong), (.write(.put(key: [1], value: long), session: SessionID(1)), .valueTooLong),
      (.write(.compareAndSet(key: [1], expected: long, new: []), session: SessionID(1)), .valueTooLong),
    ]
    for (body, violation) in requests {
      let request = ClientRequest(sequence: .first, body: body)
      let decoded = try Wire.decodeClientRequest(Wire.encode(request))
      #expect(decoded.violation == violation)
    }
    let tooLong = ClientRequest(
      sequence: .first, body: .read(key: [UInt8](repeating: 7, count: WireLimits.maxRequestFieldBytes + 1)))
    #expect(throws: ByteCodingError.self) { try Wire.decodeClientRequest(Wire.encode(tooLong)) }
  }

  @Test("An AppendEntries with too many entries, or too long ones, becomes a smaller one that decodes")
  func trimmed() throws {
    func sent(_ entries: [Entry]) throws -> [Entry] {
      let append = AppendEntries(term: Term(9), previous: .zero, commitIndex: .zero, round: 1, entries: entries)
      let bytes = Wire.encode(.appendEntries(append))
      #expect(bytes.count <= WireLimits.maxMessageBytes)
      guard case .appendEntries(let decoded) = try Wire.decodeRaftMessage(bytes) else { return [] }
      return decoded.entries
    }
    let many = [Entry](repeating: Entry(term: Term(1), payload: .noOp), count: WireLimits.maxEntriesPerAppend + 1)
    #expect(try sent(many) == many.dropLast())
    let command = [UInt8](repeating: 1, count: WireLimits.maxCommandBytes)
    let long = [Entry](repeating: Entry(term: Term(1), payload: .command(command)), count: 100)
    let fitting = WireLimits.maxEntriesBytes / WireLimits.maxEntryBytes
    #expect(try sent(long) == Array(long.prefix(fitting)))
  }

  @Test("The limits fit into each other")
  func limits() {
    #expect(WireLimits.maxEntryBytes <= WireLimits.maxEntriesBytes)
    #expect(4 * WireLimits.maxRequestFieldBytes <= WireLimits.maxMessageBytes)
    let pieceBytes = WireLimits.installSnapshotBytes + WireLimits.maxMembers + WireLimits.maxSnapshotChunkBytes
    #expect(pieceBytes <= WireLimits.maxMessageBytes)
    #expect(KeyValueLimits.maxValueBytes < WireLimits.maxRequestFieldBytes)
    #expect(LogLimits.maxPayloadBytes <= Int(UInt32.max))
    let longest = KeyValueOperation.compareAndSet(
      key: [UInt8](repeating: 1, count: KeyValueLimits.maxKeyBytes),
      expected: [UInt8](repeating: 2, count: KeyValueLimits.maxValueBytes),
      new: [UInt8](repeating: 3, count: KeyValueLimits.maxValueBytes))
    let command = Command(stamp: .epoch, body: .change(longest, session: SessionID(1), sequence: .first))
    #expect(command.encoded().count == KeyValueLimits.maxCommandBytes)
  }
}

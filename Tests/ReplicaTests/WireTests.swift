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
      #expect(bytes[5] == kind.rawValue)
      #expect(try Wire.open(bytes).content == .message(message))
    }
  }

  @Test("Every frame decodes to what was encoded, with its address")
  func roundTrips() throws {
    var samples = Samples(seed: 1)
    for number in 0..<3_000 {
      let frame = samples.frame(number % 3)
      let (cluster, recipient) = (frame.address.cluster, frame.address.recipient)
      #expect(try Wire.open(Wire.encode(frame), as: recipient, of: cluster, rules: PaperWireRules.self) == frame)
    }
  }

  @Test("A frame with any bit flipped, cut anywhere or longer is damaged")
  func damaged() {
    var samples = Samples(seed: 2)
    for number in 0..<9 {
      let frame = samples.frame(number % 3)
      let sent = Wire.encode(frame)
      func open(_ bytes: [UInt8]) throws(FrameRefusal) -> Frame {
        try Wire.open(bytes, as: frame.address.recipient, of: frame.address.cluster, rules: PaperWireRules.self)
      }
      for place in sent.indices {
        for bit in 0..<8 as Range<UInt8> {
          var bytes = sent
          bytes[place] ^= 1 << bit
          #expect(throws: FrameRefusal.damaged) { try open(bytes) }
        }
        #expect(throws: FrameRefusal.self) { try open(Array(sent.prefix(place))) }
      }
      #expect(throws: FrameRefusal.damaged) { try open(sent + [0]) }
    }
  }

  @Test("A frame of another cluster or for somebody else is foreign, before its content is read")
  func foreign() {
    let one = NodeID(1)
    let address = FrameAddress(ClusterID(1), from: NodeID(2), to: one)
    var bytes = Wire.encode(Frame(.message(.readIndex(ReadIndex(term: Term(1), id: id))), address))
    bytes.removeLast()
    Wire.seal(&bytes)
    for (recipient, cluster) in [
      (FrameAddress.Party.server(one), ClusterID(2)), (.server(NodeID(3)), ClusterID(1)),
      (.client(ClientID(1)), ClusterID(1)),
    ] {
      #expect(throws: FrameRefusal.foreign(address)) {
        try Wire.open(bytes, as: recipient, of: cluster, rules: PaperWireRules.self)
      }
    }
    #expect(throws: FrameRefusal.unreadable(.truncated(offset: bytes.count - 7, needed: 1))) {
      try Wire.open(bytes, as: .server(one), of: ClusterID(1), rules: PaperWireRules.self)
    }
  }

  private let id = ForwardedReadID(starts: 1, read: ReadID(1))

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
      let address = FrameAddress(ClusterID(1), from: .server(NodeID(1)), to: .client(ClientID(1)))
      let frames = [Wire.encode(message), Wire.encode(request), Wire.encode(Frame(.reply(reply), address))]
      for (bytes, digest) in zip(frames, digests) { seen.append((bytes, digest.value)) }
    }
    let (byBytes, byDigest) = (Set(seen.map(\.bytes)), Set(seen.map(\.digest)))
    #expect(byBytes.count == byDigest.count && byBytes.count > 1_000)
  }

  /// The start of a frame of some kind from n1 to n2, or between n2 and a client.
  private func preamble(_ kind: UInt8) -> [UInt8] {
    let server: [UInt8] = [0, 2, 0, 0, 0]
    let sender: [UInt8] = kind == Wire.ClientKind.request ? [1, 7, 0, 0, 0] : [0, 1, 0, 0, 0]
    let recipient: [UInt8] = kind == Wire.ClientKind.reply ? [1, 7, 0, 0, 0] : server
    return [0, 0, 0, 0, Wire.formatVersion, kind] + [UInt8](repeating: 3, count: 8) + sender + recipient
  }

  @Test("Random bytes after a good preamble are no trap, and often a message")
  func randomBytes() {
    var samples = Samples(seed: 3)
    var opened = 0
    for _ in 0..<5_000 {
      let body = samples.bytes(80)
      for kind in 0...20 as ClosedRange<UInt8> { if (try? Wire.open(preamble(kind) + body)) != nil { opened += 1 } }
    }
    #expect(opened > 100)
  }

  @Test("Every prefix of a frame is refused, whatever its checksum")
  func prefixes() {
    var samples = Samples(seed: 4)
    for number in 0..<200 {
      let bytes = Wire.encode(samples.frame(number % 2))
      for count in 0..<bytes.count {
        #expect(throws: FrameRefusal.self) { try Wire.open(Array(bytes.prefix(count))) }
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
    #expect(throws: FrameRefusal.unreadable(.tooLong(offset: end - 4, length: Int(UInt32.max), limit: 4_096))) {
      try Wire.open(claiming(.max))
    }
    #expect(throws: FrameRefusal.unreadable(.truncated(offset: end, needed: 4_096 * 9))) {
      try Wire.open(claiming(4_096))
    }
  }

  @Test("A piece of a snapshot that does not lie within it, is too long or comes from no cluster is refused")
  func badPieces() throws {
    func decode(_ change: (inout InstallSnapshot) -> Void) throws -> Frame {
      var piece = InstallSnapshot(
        term: Term(1), round: 1, position: .zero, members: LoggedMembers(beginningWith: .first(3)), logDigest: 1,
        size: 10, offset: 6, bytes: [1, 2, 3, 4], isDone: true)
      change(&piece)
      return try Wire.open(Wire.encode(.installSnapshot(piece)))
    }
    _ = try decode { _ in }
    _ = try decode { $0.members = LoggedMembers(beginningWith: .first(64)) }
    for offset in [7, 11, .max] as [UInt64] {
      #expect(throws: FrameRefusal.unreadable(.outOfOrder(offset: 104))) { try decode { $0.offset = offset } }
    }
    for size in [UInt64(WireLimits.maxSnapshotBytes) + 1, .max] {
      #expect(throws: FrameRefusal.self) { try decode { $0.size = size } }
    }
    let long = [UInt8](repeating: 1, count: WireLimits.maxSnapshotChunkBytes + 1)
    #expect(throws: FrameRefusal.unreadable(.tooLong(offset: 113, length: long.count, limit: long.count - 1))) {
      try decode { ($0.size, $0.bytes) = (1 << 24, long) }
    }
    for members in [Members(), Members(outgoing: .first(3)), Members(voters: .first(3), learners: .first(1))] {
      #expect(throws: FrameRefusal.unreadable(.outOfOrder(offset: 64))) { try decode { $0.members.members = members } }
    }
  }

  @Test(
    "A configuration of no voters, or of one who is a voter and a learner, is refused in an entry and in a snapshot")
  func badMembers() throws {
    let wrong = [
      Members(), Members(outgoing: .first(3), learners: NodeSet([NodeID(4)])),
      Members(voters: .first(3), learners: .first(1)), Members(voters: .first(64), learners: NodeSet([NodeID(64)])),
    ]
    func append(_ members: Members) -> [UInt8] {
      let entry = Entry(term: Term(1), payload: .configuration(members))
      return Wire.encode(
        .appendEntries(AppendEntries(term: Term(1), previous: .zero, commitIndex: .zero, round: 1, entries: [entry])))
    }
    let place = WireLimits.appendEntriesBytes + WireLimits.entryBytes
    for members in wrong {
      #expect(throws: FrameRefusal.unreadable(.outOfOrder(offset: place))) { try Wire.open(append(members)) }
    }
    _ = try Wire.open(append(Members(voters: .first(64), outgoing: .first(64))))
    _ = try Wire.open(append(Members(voters: .first(1), outgoing: .first(3), learners: NodeSet([NodeID(3)]))))
  }

  @Test(
    "A snapshot whose configuration stands behind its end is refused on the wire and on a disk: no server could start with it"
  )
  func membersBehindSnapshot() throws {
    let position = LogPosition(index: LogIndex(5), term: Term(1))
    func members(_ index: UInt64) -> LoggedMembers {
      LoggedMembers(index: LogIndex(index), members: Members(voters: .first(3)))
    }
    for (index, isRight) in [(0, true), (5, true), (6, false), (.max, false)] as [(UInt64, Bool)] {
      let piece = InstallSnapshot(
        term: Term(1), round: 1, position: position, members: members(index), logDigest: 1, size: 1, offset: 0,
        bytes: [1], isDone: true)
      let snapshot = Snapshot(position: position, members: members(index), logDigest: 1, bytes: [1])
      let (frame, file) = (Wire.encode(.installSnapshot(piece)), SnapshotCoding.encode(snapshot))
      if isRight {
        #expect(try Wire.open(frame).content == .message(.installSnapshot(piece)))
        #expect(try SnapshotCoding.decode(file) == snapshot)
      } else {
        #expect(throws: FrameRefusal.unreadable(.outOfOrder(offset: 56))) { try Wire.open(frame) }
        #expect(throws: SnapshotFlaw.undecodable(.outOfOrder(offset: 34))) { try SnapshotCoding.decode(file) }
      }
    }
  }

  @Test("Any masks in an operator's request are read as they are: what they come to is the core's affair")
  func anyMasks() throws {
    for mask in [0, 1, .max, 1 << 63] as [UInt64] {
      let nodes = NodeSet(rawValue: mask)
      let body = ClientRequest.Body.change(MemberChange(voters: nodes, learners: nodes, removed: nodes))
      let request = ClientRequest(sequence: .first, body: body)
      #expect(try Wire.open(Wire.encode(request)).content == .request(request))
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
    for (offset, byte) in [(4, 1), (5, 0), (5, 15), (14, 1), (14, 2), (19, 1), (32, 2)] as [(Int, UInt8)] {
      #expect(throws: FrameRefusal.unreadable(.unknownTag(offset: offset, tag: byte))) {
        try Wire.open(replacing(offset, by: byte))
      }
    }
    for (offset, byte) in [(15, 0), (16, 1), (20, 0), (23, 1)] as [(Int, UInt8)] {
      #expect(throws: FrameRefusal.unreadable(.outOfOrder(offset: offset < 19 ? 15 : 20))) {
        try Wire.open(replacing(offset, by: byte))
      }
    }
    #expect(throws: FrameRefusal.unreadable(.trailingBytes(offset: 33))) { try Wire.open(vote + [0]) }
    #expect(throws: FrameRefusal.unreadable(.unknownTag(offset: 14, tag: 0))) { try Wire.open(replacing(5, by: 16)) }
  }

  @Test("A request number 0 is refused")
  func zeroSequence() {
    let request = ClientRequest(sequence: SequenceNumber(0), body: .read(key: [1]))
    #expect(throws: FrameRefusal.unreadable(.unknownTag(offset: WireLimits.preambleBytes, tag: 0))) {
      try Wire.open(Wire.encode(request))
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
      guard case .request(let decoded) = try Wire.open(Wire.encode(request)).content else { continue }
      #expect(decoded.violation == violation)
    }
    let tooLong = ClientRequest(
      sequence: .first, body: .read(key: [UInt8](repeating: 7, count: WireLimits.maxRequestFieldBytes + 1)))
    #expect(throws: FrameRefusal.self) { try Wire.open(Wire.encode(tooLong)) }
  }

  @Test("An AppendEntries with too many entries, or too long ones, becomes a smaller one that decodes")
  func trimmed() throws {
    func sent(_ entries: [Entry]) throws -> [Entry] {
      let append = AppendEntries(term: Term(9), previous: .zero, commitIndex: .zero, round: 1, entries: entries)
      let bytes = Wire.encode(.appendEntries(append))
      #expect(bytes.count <= WireLimits.maxMessageBytes)
      guard case .message(.appendEntries(let decoded)) = try Wire.open(bytes).content else { return [] }
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
    let pieceBytes = WireLimits.installSnapshotBytes + WireLimits.maxSnapshotChunkBytes
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

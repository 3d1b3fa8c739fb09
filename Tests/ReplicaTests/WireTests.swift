import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("The wire format")
struct WireTests {
  @Test("Every message decodes to what was encoded")
  func roundTrips() throws {
    var samples = Samples(seed: 1)
    for _ in 0..<2_000 {
      let message = samples.message()
      #expect(try Wire.decodeRaftMessage(Wire.encode(message)) == message)
      let request = samples.request()
      #expect(try Wire.decodeClientRequest(Wire.encode(request)) == request)
      let reply = samples.reply()
      #expect(try Wire.decodeClientReply(Wire.encode(reply)) == reply)
    }
  }

  @Test("Mutated bytes decode to a message that encodes to them, or are refused")
  func mutations() throws {
    var samples = Samples(seed: 2)
    var accepted = 0
    for _ in 0..<10_000 {
      let message = samples.mutated(Wire.encode(samples.message()))
      if let decoded = try? Wire.decodeRaftMessage(message) {
        accepted += 1
        // One message has one form: nothing in the bytes was overlooked.
        try #require(Wire.encode(decoded) == message)
      }
      let request = samples.mutated(Wire.encode(samples.request()))
      if let decoded = try? Wire.decodeClientRequest(request) { try #require(Wire.encode(decoded) == request) }
      let reply = samples.mutated(Wire.encode(samples.reply()))
      if let decoded = try? Wire.decodeClientReply(reply) { try #require(Wire.encode(decoded) == reply) }
    }
    #expect(accepted > 1_000)
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

  @Test("Another version, an unknown kind, a flag that is 2 and a message of the other side are refused by their byte")
  func wrongTags() {
    let vote = Wire.encode(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: true)))
    func replacing(_ offset: Int, by byte: UInt8) -> [UInt8] {
      var bytes = vote
      bytes[offset] = byte
      return bytes
    }
    for (offset, byte) in [(0, 2), (1, 0), (1, 5), (1, 16), (10, 2)] as [(Int, UInt8)] {
      #expect(throws: ByteCodingError.unknownTag(offset: offset, tag: byte)) {
        try Wire.decodeRaftMessage(replacing(offset, by: byte))
      }
    }
    #expect(throws: ByteCodingError.trailingBytes(offset: 11)) { try Wire.decodeRaftMessage(vote + [0]) }
    #expect(throws: ByteCodingError.unknownTag(offset: 1, tag: 2)) { try Wire.decodeClientRequest(vote) }
  }

  @Test("A request number 0 is refused")
  func zeroSequence() {
    let request = ClientRequest(session: SessionID(1), sequence: SequenceNumber(0), body: .read(key: [1]))
    #expect(throws: ByteCodingError.unknownTag(offset: 10, tag: 0)) {
      try Wire.decodeClientRequest(Wire.encode(request))
    }
  }

  @Test("A request over the store's limits can be read, so that it can be refused with the reason")
  func overLimits() throws {
    let long = [UInt8](repeating: 7, count: KeyValueLimits.maxValueBytes + 1)
    let requests: [(ClientRequest.Body, KeyValueLimits.Violation)] = [
      (.read(key: long), .keyTooLong), (.write(.put(key: [1], value: long)), .valueTooLong),
      (.write(.compareAndSet(key: [1], expected: long, new: [])), .valueTooLong),
    ]
    for (body, violation) in requests {
      let request = ClientRequest(session: SessionID(1), sequence: .first, body: body)
      let decoded = try Wire.decodeClientRequest(Wire.encode(request))
      #expect(decoded.violation == violation)
    }
    let tooLong = ClientRequest(
      session: SessionID(1), sequence: .first,
      body: .read(key: [UInt8](repeating: 7, count: WireLimits.maxRequestFieldBytes + 1)))
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
    #expect(KeyValueLimits.maxValueBytes < WireLimits.maxRequestFieldBytes)
    #expect(LogLimits.maxPayloadBytes <= Int(UInt32.max))
    let longest = KeyValueOperation.compareAndSet(
      key: [UInt8](repeating: 1, count: KeyValueLimits.maxKeyBytes),
      expected: [UInt8](repeating: 2, count: KeyValueLimits.maxValueBytes),
      new: [UInt8](repeating: 3, count: KeyValueLimits.maxValueBytes))
    let command = Command(
      session: SessionID(1), sequence: .first, stamp: WallInstant(nanoseconds: 0), operation: longest)
    #expect(command.encoded().count == KeyValueLimits.maxCommandBytes)
  }
}

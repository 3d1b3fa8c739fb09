import Determinism
import KeyValue
import Raft

@testable import Replica

/// Random messages, all drawn from one key.
struct Samples {
  private var draws: DiceSequence

  init(seed: UInt64, purpose: UInt64 = 1) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: purpose))
  }

  mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

  mutating func word() -> UInt64 {
    let draw = draws.next()
    // Small ones, those around a power of two, and any.
    return switch draw.below(4) {
    case 0: draw.bits & 0xF
    case 1: (1 as UInt64) << (draw.bits & 63) &- 1
    default: draw.bits
    }
  }

  mutating func bytes(_ limit: Int = 40) -> [UInt8] {
    let count = below(limit + 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: draws.next().bits) }
  }

  mutating func optional<Value>(_ make: (inout Samples) -> Value) -> Value? {
    below(3) == 0 ? nil : make(&self)
  }

  mutating func node() -> NodeID { NodeID(UInt8(1 + below(255))) }

  mutating func operation() -> KeyValueOperation {
    switch below(4) {
    case 0: .put(key: bytes(), value: bytes())
    case 1: .append(key: bytes(), value: bytes())
    case 2: .delete(key: bytes())
    default: .compareAndSet(key: bytes(), expected: optional { $0.bytes() }, new: bytes())
    }
  }

  mutating func command() -> Command {
    let stamp = WallInstant(nanoseconds: Int64(bitPattern: word()))
    guard below(5) > 0 else { return Command(stamp: stamp, body: .openSession) }
    return Command(
      stamp: stamp,
      body: .change(operation(), session: SessionID(word()), sequence: SequenceNumber(max(1, word()))))
  }

  mutating func entry() -> Entry {
    let payload: Entry.Payload =
      switch below(6) {
      case 0: .noOp
      case 1: .configuration(members())
      default: .command(command().encoded())
      }
    return Entry(term: Term(word()), payload: payload)
  }

  mutating func entries(_ limit: Int = 5) -> [Entry] {
    let count = below(limit + 1)
    return (0..<count).map { _ in entry() }
  }

  mutating func position() -> LogPosition { LogPosition(index: LogIndex(word()), term: Term(word())) }

  mutating func nodes() -> NodeSet { NodeSet(rawValue: word()) }

  mutating func members() -> Members {
    let voters = nodes().inserting(NodeID(UInt8(1 + below(64))))
    return Members(
      voters: voters, outgoing: below(2) == 0 ? NodeSet() : nodes(), learners: nodes().subtracting(voters))
  }

  mutating func attempt() -> CampaignAttempt { CampaignAttempt(starts: word(), number: word()) }

  mutating func message() -> RaftMessage { message(RaftMessage.Kind.allCases[below(RaftMessage.Kind.allCases.count)]) }

  mutating func message(_ kind: RaftMessage.Kind) -> RaftMessage {
    let term = Term(word())
    switch kind {
    case .requestVote:
      return .requestVote(RequestVote(term: term, lastPosition: position(), isTransfer: below(2) == 0))
    case .requestVoteReply: return .requestVoteReply(RequestVoteReply(term: term, isGranted: below(2) == 0))
    case .preVote: return .preVote(PreVote(term: term, lastPosition: position(), attempt: attempt()))
    case .preVoteReply:
      return .preVoteReply(PreVoteReply(term: term, isGranted: below(2) == 0, attempt: attempt()))
    case .appendEntries:
      return .appendEntries(
        AppendEntries(
          term: term, previous: position(), commitIndex: LogIndex(word()), round: word(), entries: entries()))
    case .appendEntriesReply:
      let outcome: AppendEntriesReply.Outcome =
        below(2) == 0
        ? .matched(LogIndex(word())) : .conflict(index: LogIndex(word()), term: optional { Term($0.word()) })
      return .appendEntriesReply(AppendEntriesReply(term: term, round: word(), outcome: outcome))
    case .installSnapshot:
      let size = below(WireLimits.maxSnapshotBytes)
      let (position, bytes) = (position(), bytes(min(size, 40)))
      let place = LogIndex(position.index.rawValue / UInt64(1 + below(3)))
      return .installSnapshot(
        InstallSnapshot(
          term: term, round: word(), position: position, members: LoggedMembers(index: place, members: members()),
          logDigest: word(), size: UInt64(size), offset: UInt64(below(size - bytes.count + 1)), bytes: bytes,
          isDone: below(2) == 0))
    case .installSnapshotReply:
      let outcome: InstallSnapshotReply.Outcome = below(2) == 0 ? .received(word()) : .installed
      return .installSnapshotReply(
        InstallSnapshotReply(term: term, round: word(), position: position(), outcome: outcome))
    case .readIndex: return .readIndex(ReadIndex(term: term, id: forwardedRead()))
    case .readIndexReply:
      return .readIndexReply(
        ReadIndexReply(term: term, id: forwardedRead(), index: optional { LogIndex($0.word()) }))
    case .timeoutNow: return .timeoutNow(TimeoutNow(term: term))
    }
  }

  private mutating func forwardedRead() -> ForwardedReadID {
    ForwardedReadID(starts: word(), read: ReadID(word()))
  }

  /// A state that a few commands led to, as bytes.
  mutating func snapshot() -> [UInt8] {
    var machine = StateMachine(sessions: SessionSettings(lifetime: .seconds(1), maxOpen: 3))
    for index in 1...20 as ClosedRange<UInt64> {
      let body: Command.Body =
        below(4) == 0
        ? .openSession
        : .change(
          operation(), session: SessionID(UInt64(1 + below(20))), sequence: SequenceNumber(UInt64(1 + below(20))))
      let command = Command(stamp: WallInstant(nanoseconds: Int64(index)), body: body)
      _ = machine.apply(command, at: index, clock: .epoch, rules: PaperSessionRules.self)
    }
    return machine.snapshot(rules: PaperSessionRules.self)
  }

  mutating func request() -> ClientRequest {
    let body: ClientRequest.Body =
      switch below(6) {
      case 0: .read(key: bytes())
      case 1: .openSession
      case 2: .change(MemberChange(voters: nodes(), learners: nodes(), removed: nodes()))
      case 3: .transfer(to: optional { $0.node() })
      default: .write(operation(), session: SessionID(word()))
      }
    return ClientRequest(sequence: SequenceNumber(max(1, word())), body: body)
  }

  mutating func reply() -> ClientReply {
    let body: ClientReply.Body =
      switch below(12) {
      case 0: .value(optional { $0.bytes() })
      case 1: .written(.done)
      case 2: .written(.swapped)
      case 3: .written(.mismatch(seen: optional { $0.bytes() }))
      case 4: .written(.refused)
      case 5: .notLeader(hint: optional { $0.node() })
      case 6: .unknown
      case 7: .opened(SessionID(word()))
      case 8: .sessionExpired
      case 9: .done
      case 10: .turnedDown(RequestRefusal.allCases[below(RequestRefusal.allCases.count)])
      default: .refused(below(2) == 0 ? .keyTooLong : .valueTooLong)
      }
    return ClientReply(sequence: SequenceNumber(max(1, word())), body: body)
  }

  /// A frame of a kind, 0 for a message between servers, 1 for a request and 2 for an answer, to anybody.
  mutating func frame(_ kind: Int) -> Frame {
    let server = FrameAddress.Party.server(node())
    let client = FrameAddress.Party.client(ClientID(UInt32(truncatingIfNeeded: word())))
    let cluster = ClusterID(word())
    switch kind {
    case 0: return Frame(.message(message()), FrameAddress(cluster, from: .server(node()), to: server))
    case 1: return Frame(.request(request()), FrameAddress(cluster, from: client, to: server))
    default: return Frame(.reply(reply()), FrameAddress(cluster, from: server, to: client))
    }
  }

  /// The bytes with one thing wrong: cut, extended, a bit flipped, a byte or a word replaced.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var mutant = bytes
    let place = below(max(1, bytes.count))
    switch below(5) {
    case 0: mutant.removeSubrange(place...)
    case 1: mutant.append(UInt8(below(256)))
    case 2: if !mutant.isEmpty { mutant[place] ^= 1 << UInt8(below(8)) }
    case 3: if !mutant.isEmpty { mutant[place] = UInt8(below(256)) }
    default:
      // A length near the largest.
      for offset in place..<min(place + 4, mutant.count) { mutant[offset] = UInt8(255 - below(2)) }
    }
    return mutant
  }
}

/// Opens any frame that can be read.
enum OpensAll: WireRules {
  static func isIntact(expected: UInt32, actual: UInt32) -> Bool { true }
  static func isAddressed(_ address: FrameAddress, to recipient: FrameAddress.Party, of cluster: ClusterID) -> Bool {
    true
  }
}

extension Wire {
  /// Reads a frame, whoever it is for.
  static func open(_ bytes: [UInt8], rules: any WireRules.Type = OpensAll.self) throws(FrameRefusal) -> Frame {
    try open(bytes, as: .server(NodeID(1)), of: ClusterID(1), rules: rules)
  }

  /// The bytes of a message from n1 to n2.
  static func encode(_ message: RaftMessage) -> [UInt8] {
    encode(Frame(.message(message), FrameAddress(ClusterID(1), from: NodeID(1), to: NodeID(2))))
  }

  /// The bytes of a client's request to n1.
  static func encode(_ request: ClientRequest) -> [UInt8] {
    encode(Frame(.request(request), FrameAddress(ClusterID(1), from: .client(ClientID(5)), to: .server(NodeID(1)))))
  }

  /// Gives a frame the checksum that it should have; too short a one stays as it is.
  static func seal(_ frame: inout [UInt8]) {
    guard frame.count >= WireLimits.checksumBytes else { return }
    let check = CRC32C.checksum(of: frame, in: WireLimits.checksumBytes..<frame.count)
    withUnsafeBytes(of: check.littleEndian) { frame.replaceSubrange(..<WireLimits.checksumBytes, with: $0) }
  }
}

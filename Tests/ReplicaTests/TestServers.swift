import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

/// A few servers with their files, driven by hand: bytes on the wire, a flush that ends when the test says so.
struct TestServers {
  /// One server, its files, and what it answered.
  struct Host {
    var replica: Replica
    var isUp = true
    var disk = TestDisk()
    /// The room that its disk reports.
    var freeBytes = Int.max
    /// The bytes that its disk holds at the most; then the room follows from its files.
    var capacity: Int?
    var stopReason: ServerStopReason?
    var answers: [(client: ClientID, reply: ClientReply)] = []
  }

  static let cluster = ClusterID(7)

  private(set) var hosts: [Host] = []
  private(set) var inFlight: [(from: NodeID, to: NodeID, content: RaftMessage)] = []
  private let rules: RuleSet
  private let sessions: SessionSettings
  private let trailingEntries: Int
  /// How many take part from the beginning.
  private let founders: Int
  /// How many messages the last `settle` delivered.
  private(set) var delivered = 0
  /// The servers' monotonic clock.
  private var now = LocalInstant(nanoseconds: 0)
  /// By how much each server's wall clock is ahead of the epoch.
  var walls: [Duration]

  /// - Parameter joining: how many servers there are besides, which wait to join.
  init(
    _ count: Int, joining: Int = 0, sessions: SessionSettings = .standard,
    storage: StorageConfiguration = StorageConfiguration(), trailingEntries: Int = 0,
    rules: RuleSet = .paper
  ) {
    self.rules = rules
    self.trailingEntries = trailingEntries
    self.sessions = sessions
    founders = count
    walls = Array(repeating: .zero, count: count + joining)
    for id in NodeID.first(count + joining) {
      let configuration = Self.configuration(id, of: count, trailingEntries)
      hosts.append(
        Host(
          replica: Replica(configuration, of: Self.cluster, sessions: sessions, storage: storage, rules: rules)))
      start(id)
    }
  }

  private static func configuration(
    _ id: NodeID, of count: Int, _ trailingEntries: Int
  ) -> RaftConfiguration {
    RaftConfiguration(
      id: id, voters: id.offset < count ? .first(count) : NodeSet(),
      electionTimeout: .milliseconds(100)...(.milliseconds(200)),
      heartbeatInterval: .milliseconds(20), maxEntriesPerAppend: 100, trailingEntries: trailingEntries,
      usesPreVote: false, checksQuorum: false)
  }

  subscript(number: UInt8) -> Host { hosts[Int(number) - 1] }

  private mutating func start(_ id: NodeID) {
    var commands: [ReplicaCommand] = []
    hosts[id.offset].replica.start(at: now, into: &commands)
    carryOut(commands, of: id)
  }

  mutating func handle(_ number: UInt8, _ event: ReplicaEvent) {
    let id = NodeID(number)
    guard hosts[id.offset].isUp else { return }
    var commands: [ReplicaCommand] = []
    hosts[id.offset].replica.handle(
      event, at: now, wall: .epoch + walls[id.offset], into: &commands)
    carryOut(commands, of: id)
  }

  private mutating func carryOut(_ commands: [ReplicaCommand], of id: NodeID) {
    for command in commands {
      switch command {
      case .send(let message, let recipient): inFlight.append((id, recipient, message))
      case .answer(let reply, let client, _): hosts[id.offset].answers.append((client, reply))
      case .file(let command, _): hosts[id.offset].disk.ask(command)
      case .flush(let lane):
        #expect(!hosts[id.offset].disk.flushing.contains(lane), "at most one flush of each is under way")
        hosts[id.offset].disk.askForFlush(of: lane)
      case .setTimer: break
      case .stop(let reason): hosts[id.offset].stopReason = reason
      }
    }
  }

  /// Ends the flushes under way, or that of one queue.
  mutating func flush(_ number: UInt8, only lane: FileLane? = nil, failing failure: DiskFailure? = nil) {
    for flushing in self[number].disk.flushing where lane == nil || flushing == lane {
      finishFlush(of: flushing, number, failing: failure)
    }
  }

  private mutating func finishFlush(of lane: FileLane, _ number: UInt8, failing failure: DiskFailure?) {
    let place = Int(number) - 1
    hosts[place].disk.finishFlush(of: lane, doesFail: failure != nil)
    let used = hosts[place].disk.files.reduce(0) { $0 + $1.bytes.count }
    let free = hosts[place].capacity.map { $0 - used } ?? hosts[place].freeBytes
    handle(number, .flushed(lane, failure.map { .failed($0) } ?? .done(freeBytes: free)))
  }

  /// Flushes and delivers until nothing moves among some servers; what concerns others is lost.
  mutating func settle(among some: [UInt8]? = nil) {
    let numbers = some ?? hosts.indices.map { UInt8($0 + 1) }
    delivered = 0
    while true {
      for number in numbers { while self[number].disk.isFlushing { flush(number) } }
      inFlight.removeAll { !numbers.contains($0.from.number) || !numbers.contains($0.to.number) }
      guard !inFlight.isEmpty else { return }
      let message = inFlight.removeFirst()
      delivered += 1
      handle(message.to.number, .peerMessage(message.content, from: message.from))
    }
  }

  mutating func elect(_ number: UInt8, among some: [UInt8]? = nil) {
    handle(number, .timer(.election))
    settle(among: some)
    handle(number, .timer(.heartbeat))
    settle(among: some)
    #expect(self[number].replica.status.role == .leader)
  }

  /// In which all writes are.
  static let firstSession = SessionID(2)

  /// Becomes the first leader, and opens the first session, behind the leader's first entry.
  mutating func lead(_ number: UInt8) {
    elect(number)
    ask(number, .openSession(sequence: 1))
    settle()
    #expect(self[number].answers.map(\.reply.body) == [.opened(Self.firstSession)])
    hosts[Int(number) - 1].answers.removeAll()
  }

  /// Crashes a server, and starts it again with what its disk holds.
  ///
  /// - Parameter change: a change of the files that the crash leaves.
  mutating func restart(_ number: UInt8, leaving change: (inout [FileImage]) -> Void = { _ in }) throws {
    let place = Int(number) - 1
    var files = hosts[place].disk.durable
    change(&files)
    let replica = try Replica(
      recovering: files, configuration: Self.configuration(NodeID(number), of: founders, trailingEntries),
      of: Self.cluster,
      sessions: sessions, rules: rules)
    hosts[place] = Host(replica: replica, disk: TestDisk(files))
    start(NodeID(number))
  }

  /// Lets time pass, in which nothing happens.
  mutating func pass(_ span: Duration) { now = now + span }

  mutating func setCapacity(_ bytes: Int, of number: UInt8) {
    hosts[Int(number) - 1].capacity = bytes
  }

  mutating func setFreeBytes(_ bytes: Int, of number: UInt8) {
    hosts[Int(number) - 1].freeBytes = bytes
  }

  mutating func ask(_ number: UInt8, _ request: ClientRequest, from client: UInt32 = 1) {
    handle(number, .clientRequest(request, from: ClientID(client)))
  }
}

extension ClientRequest {
  static func put(_ key: String, _ value: String, sequence: UInt64) -> ClientRequest {
    write(.put(key: Array(key.utf8), value: Array(value.utf8)), sequence: sequence)
  }

  static func append(_ key: String, _ value: String, sequence: UInt64) -> ClientRequest {
    write(.append(key: Array(key.utf8), value: Array(value.utf8)), sequence: sequence)
  }

  static func get(_ key: String, sequence: UInt64) -> ClientRequest {
    ClientRequest(sequence: SequenceNumber(sequence), body: .read(key: Array(key.utf8)))
  }

  /// A change of members, each given by its number.
  static func change(
    voters: [UInt8] = [], learners: [UInt8] = [], removed: [UInt8] = [], sequence: UInt64
  ) -> ClientRequest {
    func nodes(_ numbers: [UInt8]) -> NodeSet { NodeSet(numbers.map { NodeID($0) }) }
    let change = MemberChange(voters: nodes(voters), learners: nodes(learners), removed: nodes(removed))
    return ClientRequest(sequence: SequenceNumber(sequence), body: .change(change))
  }

  static func transfer(to target: UInt8?, sequence: UInt64) -> ClientRequest {
    ClientRequest(sequence: SequenceNumber(sequence), body: .transfer(to: target.map { NodeID($0) }))
  }

  static func openSession(sequence: UInt64) -> ClientRequest {
    ClientRequest(sequence: SequenceNumber(sequence), body: .openSession)
  }

  private static func write(_ operation: KeyValueOperation, sequence: UInt64) -> ClientRequest {
    ClientRequest(
      sequence: SequenceNumber(sequence), body: .write(operation, session: TestServers.firstSession))
  }
}

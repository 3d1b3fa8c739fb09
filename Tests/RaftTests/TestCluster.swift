import Determinism
import Raft
import Testing

extension NodeID {
  static let n1 = NodeID(1)
  static let n2 = NodeID(2)
  static let n3 = NodeID(3)
  static let n4 = NodeID(4)
  static let n5 = NodeID(5)
}

/// A few nodes, their disks and the messages between them. Nothing moves unless the test says so.
///
///     var cluster = TestCluster(nodes: 3)
///     cluster.timeout(.n1)              // n1 campaigns; nothing has left it yet
///     cluster.sync(.n1)                 // now its requests are on their way
///     cluster.deliver(from: .n1, to: .n2)
struct TestCluster {
  /// A message on its way.
  struct MessageInFlight: Hashable {
    var from: NodeID
    var to: NodeID
    var message: RaftMessage
  }

  /// What a node has written to its disk.
  struct Disk: Hashable {
    var hardState = HardState.initial
    var snapshot: Snapshot?
    /// Where `entries` begin: right behind it.
    var start = LogIndex.zero
    var entries: [Entry] = []

    /// Every entry that the disk stands for, from the first there ever was.
    var log: [Entry] { (snapshot.map { TestState.decode($0.bytes) } ?? []) + entriesBehindSnapshot }

    /// What a node is to recover beside the snapshot.
    var entriesBehindSnapshot: [Entry] {
      let index = snapshot?.position.index ?? .zero
      return index <= start ? entries : Array(entries.dropFirst(Int(index.rawValue - start.rawValue)))
    }

    mutating func write(_ ready: Ready) {
      if let state = ready.hardState { hardState = state }
      if let snapshot = ready.snapshot {
        self.snapshot = snapshot
        start = snapshot.position.index
        entries = []
      }
      if let changed = ready.entries {
        entries = entries.prefix(Int(changed.first.rawValue - start.rawValue) - 1) + changed.entries
      }
      if let end = ready.compactedThrough, end > start {
        entries.removeFirst(min(entries.count, Int(end.rawValue - start.rawValue)))
        start = end
      }
    }
  }

  /// A node and what surrounds it.
  struct Host {
    var node: RaftNode
    var isUp = true
    /// What the node asked to persist, and what of it survives a crash.
    var written: Disk
    var durable: Disk
    /// A snapshot of the state machine that the next sync makes durable.
    var pendingSnapshot: Snapshot?
    /// A leader's snapshot that the next sync makes durable.
    var arrived: Snapshot?
    /// Messages that leave with the next sync.
    var held: [Ready.Envelope] = []
    /// Everything that its state machine holds: entries since it started, and before them what its snapshot held.
    var applied: [Entry] = []
    var confirmedReads: [Ready.ConfirmedRead] = []
    var abandonedReads: [ReadID] = []
    /// What its operators were told.
    var changeOutcomes: [RequestOutcome] = []
    var transferOutcomes: [RequestOutcome] = []
    /// How often a leader's snapshot took the place of its own state.
    var installedSnapshots = 0
    /// This node's clock, and when its timers run out by it, at the earliest that their ranges allow.
    var clock = LocalInstant(nanoseconds: 0)
    var deadlines: [RaftTimer: LocalInstant] = [:]

    /// The whole log, what is gone into the snapshot included.
    var wholeLog: [Entry] {
      applied.prefix(Int(node.log.start.index.rawValue)) + node.log.entries(from: node.log.firstIndex)
    }
  }

  let rules: any RaftRules.Type
  /// All servers, those that wait to join included.
  let members: [NodeID]
  /// Those that take part from the beginning.
  let founders: NodeSet
  private(set) var hosts: [Host]
  /// Oldest first.
  private(set) var inFlight: [MessageInFlight] = []
  private var readCount: UInt64 = 0
  /// By which configuration each entry was first committed by a leader, in the order of the log.
  private(set) var deciders: [Members] = []

  /// - Parameters:
  ///   - nodes: how many take part from the beginning: `n1` and so on.
  ///   - joining: how many more there are, which start empty and wait to be told who takes part.
  ///   - logs: what stands on each node's disk, as the terms of its entries; empty for all that are not given. Equal
  ///     positions hold equal entries.
  ///   - terms: each node's term, at least that of its log's end.
  ///   - configure: changes what most tests do without: votes are asked for at once, and nobody is bound by a promise.
  init(
    nodes: Int, joining: Int = 0, logs: [[UInt64]] = [], terms: [UInt64] = [], maxEntriesPerAppend: Int = 100,
    checksItself: Bool = true, rules: any RaftRules.Type = PaperRaftRules.self,
    configure: (inout RaftConfiguration) -> Void = { _ in }
  ) {
    self.rules = rules
    founders = .first(nodes)
    members = NodeID.first(nodes + joining)
    hosts = []
    for id in members {
      var configuration = RaftConfiguration(
        id: id, voters: id.offset < nodes ? founders : NodeSet(),
        electionTimeout: .milliseconds(150)...(.milliseconds(300)), heartbeatInterval: .milliseconds(50),
        maxEntriesPerAppend: maxEntriesPerAppend, usesPreVote: false, checksQuorum: false, checksItself: checksItself)
      configure(&configuration)
      let log = id.offset < logs.count ? logs[id.offset] : []
      let term = id.offset < terms.count ? terms[id.offset] : log.last ?? 0
      let disk = Disk(
        hardState: HardState(term: Term(term), votedFor: nil),
        entries: log.enumerated().map { .old(term: $0.element, index: $0.offset + 1) })
      hosts.append(
        Host(
          node: RaftNode(configuration, recovering: disk.hardState, entries: disk.entries, rules: rules),
          written: disk, durable: disk))
    }
  }

  subscript(id: NodeID) -> RaftNode { hosts[id.offset].node }

  /// The node that leads the latest term.
  var leader: RaftNode? {
    hosts.filter { $0.isUp && $0.node.role == .leader }.map(\.node).max { $0.term < $1.term }
  }

  /// The terms of the entries in a node's log.
  func terms(_ id: NodeID) -> [UInt64] { hosts[id.offset].wholeLog.map(\.term.rawValue) }

  /// The messages on their way from one node to another.
  func messages(from sender: NodeID, to recipient: NodeID) -> [RaftMessage] {
    inFlight.filter { $0.from == sender && $0.to == recipient }.map(\.message)
  }
}

// MARK: - Steps

extension TestCluster {
  /// Lets one event happen at a node, if it is up.
  @discardableResult
  mutating func step(_ id: NodeID, _ event: RaftEvent) -> Ready {
    var ready = Ready()
    guard hosts[id.offset].isUp else { return ready }
    let clock = hosts[id.offset].clock
    let (role, members) = (self[id].role, self[id].members)
    hosts[id.offset].node.step(event, at: clock, into: &ready)
    if role == .leader, let committed = ready.committed {
      while deciders.count < committed.upperBound.rawValue { deciders.append(members) }
    }
    carryOut(ready, of: id)
    return ready
  }

  private mutating func carryOut(_ ready: Ready, of id: NodeID) {
    guard ready.stopped == nil else { return }
    let place = id.offset
    hosts[place].written.write(ready)
    if let arrived = ready.arrived { hosts[place].arrived = arrived }
    if let snapshot = ready.snapshot {
      hosts[place].applied = TestState.decode(snapshot.bytes)
      hosts[place].installedSnapshots += 1
    }
    hosts[place].held += ready.messagesAfterSync
    if let committed = ready.committed {
      let isNext = committed.lowerBound.rawValue == UInt64(hosts[place].applied.count) + 1
      #expect(isNext || rules != PaperRaftRules.self, "\(id) skips an entry")
      let count = Int(committed.upperBound.rawValue - committed.lowerBound.rawValue) + 1
      hosts[place].applied += self[id].log.entries(from: committed.lowerBound, limit: count, byteLimit: .max)
    }
    for read in ready.confirmedReads {
      let isApplied = read.index.rawValue <= UInt64(hosts[place].applied.count)
      #expect(isApplied || rules != PaperRaftRules.self, "\(id) must have applied what it reads")
    }
    hosts[place].confirmedReads += ready.confirmedReads
    hosts[place].abandonedReads += ready.abandonedReads
    if let outcome = ready.changeOutcome { hosts[place].changeOutcomes.append(outcome) }
    if let outcome = ready.transferOutcome { hosts[place].transferOutcomes.append(outcome) }
    for request in ready.timers {
      hosts[place].deadlines[request.timer] = hosts[place].clock + request.range.lowerBound
    }
    post(ready.messages, from: id)
  }

  /// What a node says to itself arrives at once.
  private mutating func post(_ envelopes: [Ready.Envelope], from id: NodeID) {
    for envelope in envelopes {
      if envelope.to == id {
        step(id, .message(envelope.message, from: id))
      } else {
        inFlight.append(MessageInFlight(from: id, to: envelope.to, message: envelope.message))
      }
    }
  }

  /// Asks a node for other members.
  @discardableResult
  mutating func change(
    voters: [NodeID] = [], learners: [NodeID] = [], removed: [NodeID] = [], at id: NodeID
  ) -> RequestOutcome? {
    let change = MemberChange(voters: NodeSet(voters), learners: NodeSet(learners), removed: NodeSet(removed))
    return step(id, .change(change)).changeOutcome
  }

  @discardableResult
  mutating func transfer(to target: NodeID?, at id: NodeID) -> RequestOutcome? {
    step(id, .transfer(to: target)).transferOutcome
  }

  @discardableResult
  mutating func timeout(_ id: NodeID) -> Ready { step(id, .timer(.election)) }

  @discardableResult
  mutating func heartbeat(_ id: NodeID) -> Ready { step(id, .timer(.heartbeat)) }

  /// Hands a message to a node that nobody need have sent.
  @discardableResult
  mutating func hand(_ message: RaftMessage, from sender: NodeID, to id: NodeID) -> Ready {
    step(id, .message(message, from: sender))
  }

  /// Hands a node the last piece of a snapshot, and makes that durable.
  @discardableResult
  mutating func handWhole(_ message: RaftMessage, from sender: NodeID, to id: NodeID) -> Ready {
    hand(message, from: sender, to: id)
    return installArrived(id)
  }

  @discardableResult
  mutating func propose(_ command: String, at id: NodeID) -> Ready.Proposal? {
    step(id, .propose([Array(command.utf8)])).proposal
  }

  /// Begins a read at a node and gives it a name.
  @discardableResult
  mutating func read(at id: NodeID) -> ReadID {
    readCount += 1
    step(id, .read(ReadID(readCount)))
    return ReadID(readCount)
  }
}

// MARK: - Disks

extension TestCluster {
  /// Makes everything written so far at a node durable, and lets go what waited for it.
  mutating func sync(_ id: NodeID) {
    guard hosts[id.offset].isUp else { return }
    let snapshot = hosts[id.offset].pendingSnapshot
    hosts[id.offset].pendingSnapshot = nil
    if let snapshot, snapshot.position.index > hosts[id.offset].written.snapshot?.position.index ?? .zero {
      hosts[id.offset].written.snapshot = snapshot
    }
    hosts[id.offset].durable = hosts[id.offset].written
    let released = hosts[id.offset].held
    hosts[id.offset].held = []
    post(released, from: id)
    if let snapshot { step(id, .snapshotDurable(snapshot)) }
    installArrived(id)
  }

  /// Makes the leader's snapshot durable that has arrived at a node. What comes of it waits for the next sync; a crash before
  /// that makes the same of it.
  @discardableResult
  mutating func installArrived(_ id: NodeID) -> Ready {
    guard let arrived = hosts[id.offset].arrived else { return Ready() }
    hosts[id.offset].arrived = nil
    let ready = step(id, .snapshotDurable(arrived))
    hosts[id.offset].durable = hosts[id.offset].written
    return ready
  }

  /// Begins to write a snapshot of a node's state machine, of all that it has applied or of what it had at an index.
  mutating func takeSnapshot(_ id: NodeID, at index: UInt64? = nil) {
    let state = hosts[id.offset].applied.prefix(Int(index ?? .max >> 1))
    hosts[id.offset].pendingSnapshot = self[id].describeSnapshot(
      at: LogIndex(UInt64(state.count)), bytes: TestState.encode(Array(state)))
  }

  /// Makes a snapshot of what a node has applied, up to an index or all of it, and lets its log go.
  mutating func compact(_ id: NodeID, at index: UInt64? = nil) {
    takeSnapshot(id, at: index)
    sync(id)
  }

  /// Crashes a node; what was not synced is lost.
  mutating func crash(_ id: NodeID) {
    hosts[id.offset].isUp = false
    hosts[id.offset].held = []
    hosts[id.offset].pendingSnapshot = nil
    hosts[id.offset].arrived = nil
    hosts[id.offset].written = hosts[id.offset].durable
  }

  /// Starts a node with what its disk holds.
  mutating func restart(_ id: NodeID) {
    var disk = hosts[id.offset].durable
    disk.entries = disk.entriesBehindSnapshot
    disk.start = disk.snapshot?.position.index ?? .zero
    var node = RaftNode(
      self[id].configuration, recovering: disk.hardState, snapshot: disk.snapshot, entries: disk.entries, rules: rules)
    var ready = Ready()
    let clock = hosts[id.offset].clock
    node.start(at: clock, into: &ready)
    #expect(ready.timers.map(\.timer) == [.election], "\(id) must wait for a leader when it starts")
    let applied = disk.snapshot.map { TestState.decode($0.bytes) } ?? []
    hosts[id.offset] = Host(node: node, written: disk, durable: disk, applied: applied, clock: clock)
    carryOut(ready, of: id)
  }
}

// MARK: - Clocks

extension TestCluster {
  /// Lets a node's clock go on; timers that run out meanwhile fire at their time.
  mutating func advance(_ id: NodeID, by span: Duration) {
    let end = hosts[id.offset].clock + span
    while hosts[id.offset].isUp,
      let next = hosts[id.offset].deadlines.filter({ $0.value <= end })
        .min(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) })
    {
      hosts[id.offset].deadlines[next.key] = nil
      hosts[id.offset].clock = max(hosts[id.offset].clock, next.value)
      step(id, .timer(next.key))
    }
    hosts[id.offset].clock = end
  }

  /// Lets a node's clock go on, and its timers be.
  mutating func pass(_ span: Duration, at id: NodeID) { hosts[id.offset].clock = hosts[id.offset].clock + span }
}

// MARK: - Messages

extension TestCluster {
  /// Delivers the oldest message from one node to another, if there is one.
  @discardableResult
  mutating func deliver(from sender: NodeID, to recipient: NodeID) -> Ready? {
    guard let place = inFlight.firstIndex(where: { $0.from == sender && $0.to == recipient }) else { return nil }
    return deliver(at: place)
  }

  /// Delivers the message at a place in `inFlight`.
  @discardableResult
  mutating func deliver(at place: Int) -> Ready {
    let message = inFlight.remove(at: place)
    return hand(message.message, from: message.from, to: message.to)
  }

  /// Loses the messages of which this is true.
  mutating func drop(where isLost: (MessageInFlight) -> Bool = { _ in true }) {
    inFlight.removeAll(where: isLost)
  }

  /// Puts the message at a place in `inFlight` on its way once more.
  mutating func duplicate(at place: Int) { inFlight.append(inFlight[place]) }

  /// Syncs and delivers until nothing moves among some nodes, or among all; what goes to others or comes from them is
  /// lost.
  mutating func settle(among some: [NodeID]? = nil) {
    let nodes = some ?? members
    var steps = 0
    while true {
      for id in nodes { sync(id) }
      drop { !nodes.contains($0.from) || !nodes.contains($0.to) }
      guard !inFlight.isEmpty || nodes.contains(where: { !hosts[$0.offset].held.isEmpty }) else { return }
      if !inFlight.isEmpty { deliver(at: 0) }
      steps += 1
      guard steps < 100_000 else {
        Issue.record("the cluster does not come to rest; next is \(inFlight.first?.description ?? "a sync")")
        return
      }
    }
  }

  /// Lets a node win an election with the votes of some nodes, or of all, and tell them so.
  mutating func elect(_ id: NodeID, by voters: [NodeID]? = nil) {
    timeout(id)
    settle(among: voters)
    #expect(self[id].role == .leader, "\(id) should lead term \(self[id].term)")
  }
}

extension Entry {
  /// An entry of a log that a node starts with: its payload names its place.
  static func old(term: UInt64, index: Int) -> Entry {
    Entry(term: Term(term), payload: .command(Array("old \(index)/\(term)".utf8)))
  }

  static func command(_ text: String, term: UInt64) -> Entry {
    Entry(term: Term(term), payload: .command(Array(text.utf8)))
  }
}

/// The state machine of tests: it remembers what it was given.
enum TestState {
  static func encode(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      withUnsafeBytes(of: entry.term.rawValue.littleEndian) { bytes += $0 }
      switch entry.payload {
      case .noOp: bytes += [255, 255]
      case .configuration(let members):
        bytes += [255, 254]
        for nodes in [members.voters, members.outgoing, members.learners] {
          withUnsafeBytes(of: nodes.rawValue.littleEndian) { bytes += $0 }
        }
      case .command(let command): bytes += [UInt8(command.count >> 8), UInt8(command.count & 255)] + command
      }
    }
    return bytes
  }

  /// What does not decode is left out: a test that looks will miss it.
  static func decode(_ bytes: [UInt8]) -> [Entry] {
    var entries: [Entry] = []
    var rest = bytes[...]
    while rest.count >= 10 {
      func word(at offset: Int) -> UInt64 {
        rest.dropFirst(offset).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      }
      let term = word(at: 0)
      let length = rest.dropFirst(8).prefix(2).reduce(0) { $0 << 8 | Int($1) }
      let members = Members(
        voters: NodeSet(rawValue: word(at: 10)), outgoing: NodeSet(rawValue: word(at: 18)),
        learners: NodeSet(rawValue: word(at: 26)))
      rest = rest.dropFirst(10)
      if length == 65_535 {
        entries.append(Entry(term: Term(term), payload: .noOp))
      } else if length == 65_534 {
        entries.append(Entry(term: Term(term), payload: .configuration(members)))
        rest = rest.dropFirst(24)
      } else {
        entries.append(Entry(term: Term(term), payload: .command(Array(rest.prefix(length)))))
        rest = rest.dropFirst(length)
      }
    }
    return entries
  }
}

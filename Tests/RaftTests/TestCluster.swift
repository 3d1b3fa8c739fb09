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
  struct Letter: Hashable {
    var from: NodeID
    var to: NodeID
    var message: RaftMessage
  }

  /// What a node has written to its disk.
  struct Disk: Hashable {
    var hardState = HardState.initial
    var entries: [Entry] = []
  }

  /// A node and what surrounds it.
  struct Host {
    var node: RaftNode
    var isUp = true
    /// What the node asked to persist, and what of it survives a crash.
    var written: Disk
    var durable: Disk
    /// Messages that leave with the next sync.
    var held: [Ready.Envelope] = []
    /// Everything that its state machine was given since it started.
    var applied: [Entry] = []
    var confirmedReads: [Ready.ConfirmedRead] = []
    var abandonedReads: [ReadID] = []
  }

  let rules: any RaftRules.Type
  let members: [NodeID]
  private(set) var hosts: [Host]
  /// Oldest first.
  private(set) var inFlight: [Letter] = []
  private var readCount: UInt64 = 0

  /// - Parameters:
  ///   - logs: what stands on each node's disk, as the terms of its entries; empty for all that are not given. Equal
  ///     positions hold equal entries.
  ///   - terms: each node's term, at least that of its log's end.
  init(
    nodes: Int, logs: [[UInt64]] = [], terms: [UInt64] = [], maxEntriesPerAppend: Int = 100,
    checksItself: Bool = true, rules: any RaftRules.Type = PaperRaftRules.self
  ) {
    self.rules = rules
    members = NodeID.first(nodes)
    hosts = []
    for id in members {
      let configuration = RaftConfiguration(
        id: id, members: members, electionTimeout: .milliseconds(150)...(.milliseconds(300)),
        heartbeatInterval: .milliseconds(50), maxEntriesPerAppend: maxEntriesPerAppend, checksItself: checksItself)
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
  func terms(_ id: NodeID) -> [UInt64] { self[id].log.entries(from: LogIndex(1)).map(\.term.rawValue) }

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
    hosts[id.offset].node.step(event, at: LocalInstant(nanoseconds: 0), into: &ready)
    carryOut(ready, of: id)
    return ready
  }

  private mutating func carryOut(_ ready: Ready, of id: NodeID) {
    guard ready.stopped == nil else { return }
    let place = id.offset
    if let state = ready.hardState { hosts[place].written.hardState = state }
    if let changed = ready.entries {
      let kept = hosts[place].written.entries.prefix(Int(changed.first.rawValue) - 1)
      hosts[place].written.entries = kept + changed.entries
    }
    hosts[place].held += ready.messagesAfterSync
    hosts[place].confirmedReads += ready.confirmedReads
    hosts[place].abandonedReads += ready.abandonedReads
    if let committed = ready.committed {
      #expect(committed.lowerBound.rawValue == UInt64(hosts[place].applied.count) + 1, "\(id) skips an entry")
      let count = Int(committed.upperBound.rawValue - committed.lowerBound.rawValue) + 1
      hosts[place].applied += self[id].log.entries(from: committed.lowerBound, limit: count, byteLimit: .max)
    }
    post(ready.messages, from: id)
  }

  /// What a node says to itself arrives at once.
  private mutating func post(_ envelopes: [Ready.Envelope], from id: NodeID) {
    for envelope in envelopes {
      if envelope.to == id {
        step(id, .message(envelope.message, from: id))
      } else {
        inFlight.append(Letter(from: id, to: envelope.to, message: envelope.message))
      }
    }
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

  @discardableResult
  mutating func propose(_ command: String, at id: NodeID) -> Ready.Proposal? {
    step(id, .propose(Array(command.utf8))).proposal
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
    hosts[id.offset].durable = hosts[id.offset].written
    let released = hosts[id.offset].held
    hosts[id.offset].held = []
    post(released, from: id)
  }

  /// Ends a node's life; what was not synced is lost.
  mutating func crash(_ id: NodeID) {
    hosts[id.offset].isUp = false
    hosts[id.offset].held = []
    hosts[id.offset].written = hosts[id.offset].durable
  }

  /// Starts a node with what its disk holds.
  mutating func restart(_ id: NodeID) {
    let disk = hosts[id.offset].durable
    var node = RaftNode(
      self[id].configuration, recovering: disk.hardState, entries: disk.entries, rules: rules)
    var ready = Ready()
    node.start(at: LocalInstant(nanoseconds: 0), into: &ready)
    #expect(ready.timers.map(\.timer) == [.election], "\(id) must wait for a leader when it starts")
    hosts[id.offset] = Host(node: node, written: disk, durable: disk)
  }
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
    let letter = inFlight.remove(at: place)
    return hand(letter.message, from: letter.from, to: letter.to)
  }

  /// Loses the messages of which this is true.
  mutating func drop(where isLost: (Letter) -> Bool = { _ in true }) {
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

extension TestCluster.Letter: CustomStringConvertible {
  /// As interaction files have it: `1->3 AppendEntries term=4 prev=2/2 entries=[3/2] commit=1`.
  var description: String {
    let said =
      switch message {
      case .requestVote(let request): "RequestVote term=\(request.term) last=\(request.lastPosition)"
      case .requestVoteReply(let reply): "RequestVoteReply term=\(reply.term) granted=\(reply.isGranted)"
      case .appendEntries(let request):
        "AppendEntries term=\(request.term) prev=\(request.previous) entries=["
          + request.entries.enumerated()
          .map { "\(request.previous.index.rawValue + UInt64($0.offset) + 1)/\($0.element.term)" }
          .joined(separator: " ") + "] commit=\(request.commitIndex)"
      case .appendEntriesReply(let reply): "AppendEntriesReply term=\(reply.term) \(reply.outcome)"
      default: "\(message)"
      }
    return "\(from.number)->\(to.number) \(said)"
  }
}

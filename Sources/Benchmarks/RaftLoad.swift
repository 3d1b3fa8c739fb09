import Determinism
import Raft

/// What a cluster of three servers is asked to do, all in memory: how many proposals are open at a time, and how many
/// entries travel together.
package struct RaftLoad: Hashable, Sendable {
  /// How much of a server takes part.
  package enum Part: String, Hashable, Sendable, Codable, CaseIterable {
    /// The protocol alone: values that hand each other messages.
    case core
    /// All of it: requests, messages, log and snapshots as bytes, and the state machine. The bytes for the disk are
    /// counted and thrown away.
    case server
  }

  package var part: Part
  /// How many proposals are open at a time: there are so many clients, each of which waits for its answer.
  package var open: Int
  /// The most entries in one AppendEntries.
  package var entriesPerAppend: Int
  /// The most entries on their way to one follower.
  package var window: Int
  /// After how many entries each server takes a snapshot; `nil` for none.
  package var snapshotEntries: Int?
  /// How long messages and syncs take; `nil` where no time passes. Only whole servers have syncs.
  package var delays: RaftDelays?

  package init(
    part: Part, open: Int, entriesPerAppend: Int, window: Int, snapshotEntries: Int? = nil, delays: RaftDelays? = nil
  ) {
    self.part = part
    self.open = open
    self.entriesPerAppend = entriesPerAppend
    self.window = window
    self.snapshotEntries = snapshotEntries
    self.delays = delays
  }

  /// Every load that is measured: pipelines that are not filled and some that are, snapshots, and disks that take their time.
  package static let all = timeless + timed

  private static let timed = [
    RaftLoad(
      part: .server, open: 64, entriesPerAppend: 64, window: 256,
      delays: RaftDelays(sync: .milliseconds(1), message: .microseconds(100)))
  ]

  private static let timeless = Part.allCases.flatMap { part in
    [
      RaftLoad(part: part, open: 1, entriesPerAppend: 64, window: 256),
      RaftLoad(part: part, open: 16, entriesPerAppend: 64, window: 256),
      RaftLoad(part: part, open: 256, entriesPerAppend: 16, window: 64),
      RaftLoad(part: part, open: 1_024, entriesPerAppend: 64, window: 256),
      RaftLoad(part: part, open: 1_024, entriesPerAppend: 256, window: 256),
      RaftLoad(part: part, open: 1_024, entriesPerAppend: 64, window: 256, snapshotEntries: 1_000),
    ]
  }

  /// Brings so many proposals to all three servers' state machines.
  ///
  /// - Parameter clock: the processor time used so far. What the load needs before it begins is not counted.
  package func run(proposals: Int, clock: () -> Duration) -> RaftFigures {
    switch part {
    case .core:
      var cluster = CoreCluster(self)
      return cluster.measure(self, proposals: proposals, clock: clock)
    case .server:
      var cluster = ServerCluster(self)
      guard let delays else { return cluster.measure(self, proposals: proposals, clock: clock) }
      return cluster.measure(self, proposals: proposals, with: delays, clock: clock)
    }
  }

  func configuration(of id: NodeID) -> RaftConfiguration {
    RaftConfiguration(
      id: id, voters: NodeSet(Self.members), electionTimeout: .milliseconds(100)...(.milliseconds(200)),
      heartbeatInterval: .milliseconds(20), maxEntriesPerAppend: entriesPerAppend, maxInflightEntries: window)
  }

  static let members = NodeID.first(3)
  /// Who leads throughout.
  static let leader = NodeID(1)
}

/// How long things take in simulated time, in which servers and clients take none.
package struct RaftDelays: Hashable, Sendable {
  /// A sync of a disk.
  package var sync: Duration
  /// A message, on its way there.
  package var message: Duration

  package init(sync: Duration, message: Duration) {
    self.sync = sync
    self.message = message
  }
}

/// What a cluster did under a load.
package struct RaftFigures: Hashable, Sendable {
  package var proposals = 0
  /// Processor time of all three servers, in nanoseconds.
  package var processorNanoseconds: Int64 = 0
  /// The simulated time from the first proposal to the last answer; 0 where no time passes.
  package var simulatedNanoseconds: Int64 = 0
  package var traffic = RaftTraffic()

  /// Proposals that were answered, in a second of simulated time; `nil` where none passes.
  package var proposalsPerSimulatedSecond: Int? {
    simulatedNanoseconds > 0 ? Int(Double(proposals) * 1e9 / Double(simulatedNanoseconds)) : nil
  }

  /// The mean of the syncs of the leader's disk; `nil` where no time passes, for a sync means little then.
  package var proposalsPerSync: Double? {
    simulatedNanoseconds > 0 && traffic.leaderSyncs > 0 ? Double(proposals) / Double(traffic.leaderSyncs) : nil
  }

  /// Proposals that came to all three state machines, in a second of one processor.
  package var proposalsPerSecond: Int {
    processorNanoseconds > 0 ? Int(Double(proposals) * 1e9 / Double(processorNanoseconds)) : 0
  }

  /// The mean of those that carry any.
  package var entriesPerAppend: Double {
    traffic.appends > 0 ? Double(traffic.appendedEntries) / Double(traffic.appends) : 0
  }
}

/// What went between the servers and to their disks.
package struct RaftTraffic: Hashable, Sendable {
  package var messages = 0
  /// Of these, the AppendEntries with entries, and how many entries they carry.
  package var appends = 0
  package var appendedEntries = 0
  package var snapshots = 0
  /// Bytes of all messages; 0 where only values travel.
  package var messageBytes = 0
  /// Bytes added to files of all servers.
  package var diskBytes = 0
  /// Syncs of the leader's disk.
  package var leaderSyncs = 0
}

/// Three servers in memory. A message arrives, and after each the clients fill the pipeline; when all that was under way
/// has arrived, every disk has ended a flush.
protocol LoadedCluster {
  var traffic: RaftTraffic { get }
  /// Proposals that the leader has answered.
  var answered: Int { get }
  /// Messages under way.
  var underWay: Int { get }
  /// Up to where each server has applied the log.
  var appliedIndices: [LogIndex] { get }

  /// Makes the first server lead, and all clients ready. Nothing of it counts.
  mutating func prepare(_ load: RaftLoad)
  /// Hands the leader proposals.
  mutating func propose(_ count: Int)
  /// Delivers the oldest message.
  mutating func deliverOne()
  /// Ends the flush of every disk that has one under way.
  mutating func sync()
  /// Lets the leader tell the others how far it has come.
  mutating func heartbeat()
}

extension LoadedCluster {
  mutating func measure(_ load: RaftLoad, proposals: Int, clock: () -> Duration) -> RaftFigures {
    prepare(load)
    let before = (answered: answered, traffic: traffic)
    let start = clock()
    var proposed = 0
    while answered - before.answered < proposals {
      fill(&proposed, of: proposals, load, since: before.answered)
      for _ in 0..<underWay {
        deliverOne()
        fill(&proposed, of: proposals, load, since: before.answered)
      }
      sync()
    }
    heartbeat()
    settle()
    let end = clock()
    let applied = appliedIndices
    precondition(applied.allSatisfy { $0 == applied[0] }, "the servers have come to \(applied)")
    return RaftFigures(
      proposals: proposals, processorNanoseconds: (end - start).nanoseconds, traffic: traffic - before.traffic)
  }

  private mutating func fill(_ proposed: inout Int, of proposals: Int, _ load: RaftLoad, since answered: Int) {
    let open = proposed - (self.answered - answered)
    let count = min(load.open - open, proposals - proposed)
    guard count > 0 else { return }
    propose(count)
    proposed += count
  }

  /// Delivers and flushes until nothing moves.
  mutating func settle() {
    sync()
    while underWay > 0 {
      for _ in 0..<underWay { deliverOne() }
      sync()
    }
  }
}

extension RaftTraffic {
  static func - (later: RaftTraffic, earlier: RaftTraffic) -> RaftTraffic {
    RaftTraffic(
      messages: later.messages - earlier.messages, appends: later.appends - earlier.appends,
      appendedEntries: later.appendedEntries - earlier.appendedEntries, snapshots: later.snapshots - earlier.snapshots,
      messageBytes: later.messageBytes - earlier.messageBytes, diskBytes: later.diskBytes - earlier.diskBytes,
      leaderSyncs: later.leaderSyncs - earlier.leaderSyncs)
  }
}

/// First in, first out, in constant time on average.
struct Waiting<Element> {
  private var elements: [Element] = []
  private var first = 0

  var count: Int { elements.count - first }

  /// The one that has waited for longest.
  var next: Element? { count > 0 ? elements[first] : nil }

  mutating func append(_ element: Element) { elements.append(element) }

  /// - Precondition: there is one.
  mutating func removeFirst() -> Element {
    defer {
      first += 1
      if first > 4_096, first * 2 > elements.count {
        elements.removeFirst(first)
        first = 0
      }
    }
    return elements[first]
  }
}

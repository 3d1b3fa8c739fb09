import Determinism
import Raft
import Testing

/// Gives a transfer up for a newer snapshot after a heartbeat interval.
private enum StallsAtHeartbeat: RaftRules {
  static func isStalled(
    movedAt: LocalInstant, now: LocalInstant, heartbeatInterval: Duration, electionTimeout: ClosedRange<Duration>
  ) -> Bool { now - movedAt >= heartbeatInterval }
}

/// Lets go of all that the newest snapshot includes, whatever is on its way.
private enum CompactsBehindTransfers: RaftRules {
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex { snapshot }
}

/// A cluster whose clocks all go on together, and whose messages take the same time each.
private struct TimedCluster {
  var cluster: TestCluster
  let delay: Int
  /// Whether every message arrives twice.
  var isDoubling = false
  /// How many pieces of a snapshot were sent.
  private(set) var pieces = 0
  private var time = 0
  /// When each message in flight arrives.
  private var arrivals: [Int] = []

  init(_ cluster: TestCluster, delay: Int) {
    (self.cluster, self.delay) = (cluster, delay)
  }

  /// Lets a millisecond pass.
  mutating func tick() {
    time += 1
    for id in cluster.members { cluster.advance(id, by: .milliseconds(1)) }
    sync()
    while let first = arrivals.first, first <= time {
      arrivals.removeFirst()
      cluster.deliver(at: 0)
      sync()
    }
  }

  private mutating func sync() {
    for id in cluster.members { cluster.sync(id) }
    for place in arrivals.count..<cluster.inFlight.count {
      if cluster.inFlight[place].message.kind == .installSnapshot { pieces += 1 }
      if isDoubling { cluster.duplicate(at: place) }
    }
    while arrivals.count < cluster.inFlight.count { arrivals.append(time + delay) }
  }
}

@Suite("A link on which messages take longer than a heartbeat interval")
struct SlowLinkTests {
  /// Three servers, 40 ms one way, a heartbeat every 30 ms; the third has nothing, and the first has a snapshot of
  /// more pieces than a window.
  private func cluster(rules: any RaftRules.Type = PaperRaftRules.self) -> TimedCluster {
    let log = [UInt64](repeating: 1, count: 300)
    var cluster = TestCluster(nodes: 3, logs: [log, log], rules: rules) {
      $0.heartbeatInterval = .milliseconds(30)
      $0.maxSnapshotChunkBytes = 200
    }
    cluster.elect(.n1, by: [.n1, .n2])
    cluster.compact(.n1)
    return TimedCluster(cluster, delay: 40)
  }

  /// Writes five times in 2 ms and makes a snapshot every 100 entries, as long as the third server is behind.
  ///
  /// - Returns: how many milliseconds it took until it was not.
  private func load(_ timed: inout TimedCluster, within limit: Int) -> Int? {
    var snapshotAt = timed.cluster[.n1].summary.snapshotIndex
    for elapsed in 1...limit {
      timed.cluster.propose("\(elapsed)", at: .n1)
      timed.cluster.propose("\(elapsed)", at: .n1)
      timed.tick()
      let commitIndex = timed.cluster[.n1].commitIndex
      if commitIndex.rawValue >= snapshotAt.rawValue + 100 {
        timed.cluster.compact(.n1)
        snapshotAt = commitIndex
      }
      let progress = timed.cluster[.n1].leadership?.progress.slots[2]
      if progress?.mode == .replicate, progress.map({ $0.match > LogIndex(300) }) ?? false { return elapsed }
    }
    return nil
  }

  @Test("One transfer brings a follower up, though writes go on and newer snapshots are made all the time")
  func oneTransfer() throws {
    var timed = cluster()
    let elapsed = try #require(load(&timed, within: 3_000))
    // The refusal of a heartbeat, the first piece, two windows of sixteen, and the entries behind the snapshot.
    #expect(elapsed <= 30 + 5 * 80)
    for _ in 0..<300 { timed.tick() }
    #expect(timed.cluster.hosts[2].installedSnapshots == 1)
    #expect(timed.cluster[.n3].log.lastPosition == timed.cluster[.n1].log.lastPosition)
    #expect(timed.cluster.hosts[2].applied == timed.cluster.hosts[0].applied)
  }

  @Test("Where every message arrives twice, no piece is sent twice")
  func duplicates() throws {
    var timed = cluster()
    timed.isDoubling = true
    _ = try #require(load(&timed, within: 3_000))
    for _ in 0..<300 { timed.tick() }
    #expect(timed.cluster.hosts[2].installedSnapshots == 1)
    let size = try #require(timed.cluster[.n3].snapshot).bytes.count
    #expect(timed.pieces == (size + 199) / 200 && timed.pieces > RaftConfiguration.maxInflightPieces)
  }

  @Test("Taken for stalled after a heartbeat interval, it starts over for ever")
  func startsOver() {
    var timed = cluster(rules: StallsAtHeartbeat.self)
    #expect(load(&timed, within: 1_500) == nil)
    #expect(timed.cluster.hosts[2].installedSnapshots == 0)
  }

  @Test("Without the entries behind it one snapshot is followed by the next")
  func oneAfterTheOther() {
    var timed = cluster(rules: CompactsBehindTransfers.self)
    #expect(load(&timed, within: 1_500) == nil)
    #expect(timed.cluster.hosts[2].installedSnapshots >= 3)
  }

  @Test("A pipeline of appends stays one, and sends nothing twice, though no answer comes within a heartbeat interval")
  func pipeline() {
    let log = [UInt64](repeating: 1, count: 3)
    var cluster = TestCluster(nodes: 3, logs: [log, log, log], maxEntriesPerAppend: 10) {
      $0.heartbeatInterval = .milliseconds(30)
    }
    cluster.elect(.n1)
    var timed = TimedCluster(cluster, delay: 40)
    var sent: [Int] = []
    for number in 0..<400 {
      if number % 100 == 0 {
        timed.cluster.propose("\(number)", at: .n1)
        sent += timed.cluster.messages(from: .n1, to: .n3).suffix(1).map(\.entryCount)
      }
      timed.tick()
      #expect(timed.cluster[.n1].leadership?.progress.slots[2].mode == .replicate)
    }
    #expect(sent == [1, 1, 1, 1])
    #expect(timed.cluster[.n3].log.lastIndex == timed.cluster[.n1].log.lastIndex)
  }
}

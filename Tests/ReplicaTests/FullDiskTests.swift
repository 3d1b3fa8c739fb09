import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("A server whose disk is full")
struct FullDiskTests {
  /// Three servers, of which 1 leads and 3 knows that its disk is full.
  private func servers(rules: RuleSet = .paper) -> TestServers {
    var servers = TestServers(3, rules: rules)
    servers.lead(1)
    servers.setFreeBytes(1_000_000, of: 3)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    servers.handle(1, .timer(.heartbeat))
    servers.settle()
    return servers
  }

  /// Lets 2 lead the next term without 3, and hands 3 its first append and no answer of 3 to anybody.
  private func appendOfNextTerm(_ servers: inout TestServers) {
    servers.elect(2, among: [1, 2])
    servers.handle(2, .timer(.heartbeat))
    let appends = servers.inFlight.filter { $0.to == NodeID(3) }
    #expect(!appends.isEmpty)
    for append in appends { servers.handle(3, .peerMessage(append.content, from: append.from)) }
    servers.flush(3)
  }

  @Test("A follower without room hears its leader and enters its term, and takes on no entries")
  func hears() {
    var servers = servers()
    let before = servers[3].replica.status
    appendOfNextTerm(&servers)
    let status = servers[3].replica.status
    #expect(status.term == servers[2].replica.status.term && status.term > before.term)
    #expect(servers[3].replica.raft.leader == NodeID(2) && status.lastIndex == before.lastIndex)
  }

  @Test("A server that does not hear what it has no room for knows nothing of its leader")
  func deaf() {
    enum Deaf: ReplicaRules {
      static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool { hasRoom }
    }
    var servers = servers(rules: RuleSet(replica: Deaf.self))
    let before = servers[3].replica.status
    appendOfNextTerm(&servers)
    #expect(servers[3].replica.status.term == before.term && servers[3].replica.raft.leader == NodeID(1))
  }

  @Test("Its leader takes nothing for held that it does not hold, and does not send again at once")
  func acknowledgement() {
    var servers = servers()
    let held = servers[3].replica.status.lastIndex
    var messages = 0
    for sequence in 3..<13 as Range<UInt64> {
      servers.ask(1, .put("x", "2", sequence: sequence))
      messages += servers.inFlight.count
      servers.settle()
      messages += servers.delivered
    }
    #expect(servers[1].answers.last?.reply.body == .written(.done))
    #expect(servers[3].replica.status.lastIndex == held)
    #expect(servers[1].replica.raft.leadership.map { $0.progress.slots[2].match <= held } ?? false)
    #expect(messages < 100, "of each write one append and one answer for each follower")
    servers.setFreeBytes(.max, of: 3)
    servers.handle(3, .roomChanged(freeBytes: .max))
    for _ in 0..<3 {
      servers.pass(.milliseconds(200))
      servers.handle(1, .timer(.heartbeat))
      servers.settle()
    }
    #expect(servers[3].replica.status.lastIndex == servers[1].replica.status.lastIndex)
  }

  @Test(
    "A leader without room steps down once it has asked whether there is any, and does not campaign before there is")
  func stepsDown() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.setFreeBytes(1_000_000, of: 1)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.settle()
    servers.ask(1, .put("x", "2", sequence: 3))
    #expect(servers[1].replica.status.role == .leader, "there may be room again")
    servers.settle()
    #expect(servers[1].replica.status.role == .follower)
    let term = servers[1].replica.status.term
    servers.handle(1, .timer(.election))
    #expect(servers[1].replica.status.role == .follower && servers[1].replica.status.term == term)
    servers.elect(2)
    servers.ask(2, .put("x", "3", sequence: 4))
    servers.settle()
    #expect(servers[2].answers.last?.reply.body == .written(.done))
    servers.handle(1, .roomChanged(freeBytes: .max))
    servers.handle(1, .timer(.election))
    #expect(servers[1].replica.status.role == .candidate)
  }

  @Test(
    "A leader that makes room by a snapshot leads on if that can be enough, and steps down if not",
    arguments: [(missing: 100, staysLeader: true), (missing: 500_000, staysLeader: false)])
  func makesRoom(missing: Int, staysLeader: Bool) {
    let reserve = StorageConfiguration.hardStateReserveBytes + 1_000_000
    var servers = TestServers(3, storage: StorageConfiguration(reserveBytes: reserve))
    servers.lead(1)
    servers.setFreeBytes(reserve - missing, of: 1)
    servers.ask(1, .put("x", String(repeating: "v", count: 1_000), sequence: 2))
    servers.settle()
    servers.handle(1, .snapshotRequested)
    servers.ask(1, .put("x", "2", sequence: 3))
    servers.flush(1, only: .log)
    #expect(servers[1].replica.status.isWritingSnapshot)
    #expect((servers[1].replica.status.role == .leader) == staysLeader)
  }

  @Test(
    "What is on its way to the disk is counted once, and so is the snapshot that the one under way replaces",
    arguments: [(missing: 30_000, staysLeader: true), (missing: 70_000, staysLeader: false)])
  func countsOnce(missing: Int, staysLeader: Bool) {
    let reserve = StorageConfiguration.hardStateReserveBytes + 1_000_000
    var servers = TestServers(3, storage: StorageConfiguration(reserveBytes: reserve))
    servers.lead(1)
    for sequence in 2..<4 as Range<UInt64> {
      servers.ask(1, .put("x", String(repeating: "v", count: 20_000), sequence: sequence))
      servers.settle()
    }
    servers.handle(1, .snapshotRequested)
    servers.settle()
    servers.ask(1, .put("y", "1", sequence: 4))
    servers.settle()
    let used = servers[1].disk.files.reduce(0) { $0 + $1.bytes.count }
    #expect(used > 60_000, "the log and a snapshot")
    servers.setCapacity(used + reserve - missing, of: 1)
    servers.handle(1, .roomChanged(freeBytes: reserve - missing))
    servers.ask(1, .put("x", "2", sequence: 5))
    servers.flush(1, only: .log)
    #expect(servers[1].replica.status.isWritingSnapshot)
    servers.flush(1, only: .log)
    #expect((servers[1].replica.status.role == .leader) == staysLeader)
    servers.settle()
    servers.ask(1, .put("x", "2", sequence: 5))
    servers.settle()
    #expect((servers[1].answers.last?.reply.body == .written(.done)) == staysLeader)
  }

  @Test(
    "A leader whose flush takes longer than anybody waits for a leader steps down, and one whose flush ends may lead")
  func stuckFlush() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.ask(1, .put("x", "1", sequence: 2))
    servers.pass(.milliseconds(200))
    servers.handle(1, .timer(.heartbeat))
    #expect(servers[1].disk.isFlushing && servers[1].replica.status.role == .leader)
    servers.pass(.milliseconds(1))
    servers.handle(1, .timer(.heartbeat))
    #expect(servers[1].replica.status.role == .follower)
    servers.settle()
    servers.elect(1)
  }

  @Test("In a cluster of one a server without room goes on leading: nobody else could")
  func alone() {
    var servers = TestServers(1)
    servers.lead(1)
    servers.setFreeBytes(1_000, of: 1)
    for sequence in 2..<5 as Range<UInt64> {
      servers.ask(1, .put("x", "1", sequence: sequence))
      servers.settle()
    }
    #expect(servers[1].replica.status.role == .leader)
    servers.ask(1, .get("x", sequence: 5))
    servers.settle()
    #expect(servers[1].answers.last?.reply.body == .value(Array("1".utf8)))
  }

  @Test("Room that lacks only while a snapshot is written is no reason for another one")
  func ownRoom() {
    let reserve = StorageConfiguration.hardStateReserveBytes + 1_000_000
    let storage = StorageConfiguration(segmentBytes: 2_000, reserveBytes: reserve)
    var servers = TestServers(1, storage: storage, trailingEntries: 100)
    servers.lead(1)
    for number in 2..<42 as Range<UInt64> {
      servers.ask(1, .put("k\(number)", String(repeating: "v", count: 1_000), sequence: number))
      servers.settle()
    }
    servers.handle(1, .snapshotRequested)
    servers.settle()
    let used = servers[1].disk.files.reduce(0) { $0 + $1.bytes.count }
    servers.setCapacity(used + reserve + 600, of: 1)
    servers.ask(1, .put("x", "1", sequence: 42))
    servers.settle()
    #expect(servers[1].answers.last?.reply.body == .written(.done))
    servers.handle(1, .snapshotRequested)
    var (flushes, refusals) = (0, 0)
    while servers[1].replica.status.isWritingSnapshot, flushes < 100 {
      servers.ask(1, .put("x", "2", sequence: 43))
      if servers[1].answers.last?.reply.body == .notLeader(hint: nil) { refusals += 1 }
      servers.flush(1, only: .log)
      servers.flush(1, only: .snapshots)
      flushes += 1
    }
    #expect(refusals == 1 && flushes == 1)
    servers.ask(1, .put("x", "2", sequence: 43))
    servers.settle()
    #expect(servers[1].answers.last?.reply.body == .written(.done))
  }

  /// A server whose disk has room for about 20 values of a kilobyte, and in which one key is overwritten again and again.
  ///
  /// - Returns: how many of 200 writes were done, and how many snapshots were taken.
  private func overwrite(rules: RuleSet) -> (done: Int, snapshots: Int) {
    let reserve = StorageConfiguration.hardStateReserveBytes + 10_000
    var servers = TestServers(1, storage: StorageConfiguration(reserveBytes: reserve), rules: rules)
    servers.setCapacity(reserve + 20_000, of: 1)
    servers.lead(1)
    var (done, snapshots, last) = (0, 0, LogIndex.zero)
    for sequence in 2..<202 as Range<UInt64> {
      let value = String(repeating: "v", count: 1_000)
      for _ in 0..<2
      where servers[1].answers.last.map({ $0.reply.sequence.rawValue < sequence || $0.reply.body != .written(.done) })
        ?? true
      {
        servers.ask(1, .put("x", value, sequence: sequence))
        servers.settle()
      }
      if servers[1].answers.last?.reply.body == .written(.done) { done += 1 }
      if servers[1].replica.status.snapshotIndex > last { snapshots += 1 }
      last = servers[1].replica.status.snapshotIndex
    }
    return (done, snapshots)
  }

  @Test("A full disk frees itself by a snapshot long before it is time for one, and not at every write")
  func freesItself() {
    enum ByThresholdsAlone: ReplicaRules {
      static func wantsSnapshot(
        entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
      ) -> Bool { entries >= thresholds.entries || bytes >= thresholds.bytes }
    }
    let (done, snapshots) = overwrite(rules: .paper)
    #expect(done == 200 && (5...25).contains(snapshots), "\(done) writes, \(snapshots) snapshots")
    let stuck = overwrite(rules: RuleSet(replica: ByThresholdsAlone.self))
    #expect(stuck.done < 25 && stuck.snapshots == 0, "\(stuck.done) writes")
  }

  @Test("Where the state is as large as the disk no snapshot is taken: it would free nothing")
  func nothingToFree() {
    let reserve = StorageConfiguration.hardStateReserveBytes + 10_000
    var servers = TestServers(1, storage: StorageConfiguration(reserveBytes: reserve))
    servers.setCapacity(reserve + 20_000, of: 1)
    servers.lead(1)
    for sequence in 2..<60 as Range<UInt64> {
      servers.ask(1, .put("k\(sequence)", String(repeating: "v", count: 1_000), sequence: sequence))
      servers.settle()
    }
    #expect(servers[1].replica.status.snapshotIndex == .zero && servers[1].stopReason == nil)
  }
}

import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("Snapshots that are made and written in parts")
struct SnapshotPartsTests {
  private static let partBytes = 16
  private static let storage = StorageConfiguration(snapshotPartBytes: partBytes)

  /// Three servers of which 1 leads, with some keys; 1 has been asked for a snapshot.
  private func servers() -> TestServers {
    var servers = TestServers(3, storage: Self.storage)
    servers.lead(1)
    for number in 0..<5 as Range<UInt64> { servers.ask(1, .put("key \(number)", "value", sequence: number + 2)) }
    servers.settle()
    servers.handle(1, .snapshotRequested)
    return servers
  }

  private func file(_ suffix: String, of server: TestServers.Host) -> FileImage? {
    server.disk.files.first { $0.name.hasPrefix("snapshot-") && $0.name.hasSuffix(suffix) }
  }

  @Test("Each flush of its queue brings one part more; commands applied meanwhile are answered, and not in it")
  func parts() throws {
    var servers = servers()
    let (index, expected) = (servers[1].replica.appliedIndex, servers[1].replica.stateMachine)
    var lengths: [Int] = []
    var sequence: UInt64 = 7
    while let file = file(".tmp", of: servers[1]) {
      lengths.append(file.bytes.count)
      servers.ask(1, .put("key 1", "later \(sequence)", sequence: sequence))
      servers.handle(1, .snapshotRequested)
      servers.flush(1, only: .log)
      sequence += 1
      servers.flush(1, only: .snapshots)
    }
    servers.flush(1, only: .snapshots)
    let steps = zip(lengths.dropFirst(), lengths).map { $0 - $1 }
    #expect(steps.count > 5 && steps.dropLast().allSatisfy { $0 == Self.partBytes })
    // The last one has the checksum with it.
    #expect(steps.last.map { $0 <= Self.partBytes + 4 } ?? false)
    let owner = FileOwner(NodeID(1), of: TestServers.cluster, voters: .first(3))
    let written = try SnapshotCoding.decode(try #require(file("", of: servers[1])).bytes, of: owner)
    #expect(written.position.index == index)
    #expect(written.bytes == expected.snapshot(rules: PaperSessionRules.self))
    #expect(written == servers[1].replica.raft.snapshot, "followers are sent the same")
    servers.settle()
    #expect(servers[1].answers.count == Int(sequence) - 2)
  }

  @Test("A crash amid leaves a file that recovery removes, and the log as it was")
  func crash() throws {
    var servers = servers()
    for _ in 0..<3 { servers.flush(1, only: .snapshots) }
    let applied = servers[1].replica.appliedIndex
    try servers.restart(1)
    #expect(file(".tmp", of: servers[1]) == nil, "removed with the first commands")
    #expect(servers[1].replica.raft.snapshot == nil && servers[1].replica.raft.log.lastIndex >= applied)
    servers.elect(1)
    #expect(servers[1].replica.appliedIndex > applied)
  }

  @Test("A leader's snapshot counts for nothing before its last part is durable, and none goes before its turn")
  func arrived() throws {
    var servers = servers()
    var machine = StateMachine()
    _ = machine.apply(
      Command(stamp: .epoch, body: .openSession), at: 2, clock: .epoch, isLeader: false, rules: PaperSessionRules.self)
    let bytes = machine.snapshot(rules: PaperSessionRules.self)
    let position = LogPosition(index: LogIndex(90), term: Term(5))
    let request = InstallSnapshot(
      term: Term(5), round: 1, position: position, members: LoggedMembers(beginningWith: .first(3)), logDigest: 9,
      size: UInt64(bytes.count), offset: 0, bytes: bytes, isDone: true)
    servers.handle(1, .peerMessage(.installSnapshot(request), from: NodeID(2)))
    var flushes = 0
    while servers[1].replica.status.isWritingSnapshot {
      #expect(servers[1].replica.appliedIndex < position.index)
      servers.flush(1)
      flushes += 1
    }
    #expect(flushes > 8 && servers[1].replica.appliedIndex == position.index)
    #expect(servers[1].replica.stateMachine == machine)
    servers.flush(1)
    let names = servers[1].disk.files.map(\.name).filter { $0.hasPrefix("snapshot-") }
    #expect(names == ["snapshot-90"])
  }

  @Test("Room for all of a snapshot is set aside before its first part is written")
  func room() {
    let members = LoggedMembers(beginningWith: .first(3))
    let snapshot = Snapshot(
      position: LogPosition(index: LogIndex(9), term: Term(1)), members: members, logDigest: 9, bytes: [])
    let reserve = StorageConfiguration().reserveBytes
    var storage = Storage(rules: PaperStorageRules.self)
    beginLog(of: &storage)
    storage.noteRoom(freeBytes: 2 * reserve)
    let fileBytes = SnapshotCoding.encodedBytes(ofState: 1_000)
    #expect(storage.save(snapshot, stateBytes: 1_000) == nil && storage.freeBytes == 2 * reserve - fileBytes)
    storage.write(part: [UInt8](repeating: 7, count: 400)[...])
    #expect(storage.freeBytes == 2 * reserve - fileBytes)
    #expect(storage.startFlush(of: .snapshots) && !storage.takesPart)
    let written = storage.takeCommands().reduce(0) { sum, command in
      if case .append(_, let bytes) = command { sum + bytes.count } else { sum }
    }
    let failure = storage.finishFlush(of: .snapshots, .done(freeBytes: 2 * reserve - written))
    #expect(failure == nil && storage.takesPart && storage.freeBytes == 2 * reserve - fileBytes)
    storage.write(part: [UInt8](repeating: 7, count: 600)[...])
    #expect(!storage.takesPart && storage.freeBytes == 2 * reserve - fileBytes)
    #expect(!storage.isDurable(snapshot))
  }

  /// Makes the first file of the log durable.
  private func beginLog(of storage: inout Storage) {
    _ = storage.persist(hardState: HardState(term: Term(1), votedFor: nil), entries: nil)
    let isFlushing = storage.startFlush(of: .log)
    #expect(isFlushing)
    _ = (storage.takeCommands(), storage.finishFlush(of: .log, .done(freeBytes: .max)))
  }

  @Test("On a new disk no snapshot is written before the log is durable: alone it would say that the vote is lost")
  func logFirst() {
    let snapshot = Snapshot(
      position: LogPosition(index: LogIndex(9), term: Term(1)), members: LoggedMembers(beginningWith: .first(3)),
      logDigest: 9, bytes: [])
    var storage = Storage(rules: PaperStorageRules.self)
    let failure = storage.save(snapshot, stateBytes: 1)
    #expect(failure == nil && !storage.takesPart)
    beginLog(of: &storage)
    #expect(storage.takesPart)
  }
}

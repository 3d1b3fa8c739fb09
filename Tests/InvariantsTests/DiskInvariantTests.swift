import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

@Suite("What is written to disks, removed from them and read back, each broken on purpose")
struct DiskInvariantTests {
  private let node = NodeID(1)
  private let entries = ["a", "b", "c", "d"].map { entry($0, term: 1) }

  /// What a server writes that begins a file with every flush: an entry each.
  private func files(_ entries: [Entry], snapshot index: Int? = nil) throws -> [FileImage] {
    var storage = Storage(
      StorageConfiguration(segmentBytes: 1), of: FileOwner(node, of: ClusterID(7), voters: .first(3)),
      rules: PaperStorageRules.self)
    var files: [FileImage] = []
    for (place, entry) in entries.enumerated() {
      let first = LogIndex(UInt64(place + 1))
      let hardState = place == 0 ? HardState(term: Term(1), votedFor: nil) : nil
      let added = Ready.EntriesToPersist(first: first, entries: [entry])
      #expect(storage.persist(hardState: hardState, entries: added) == nil)
      flush(&storage, &files)
    }
    if let index {
      let log = RaftLog(Array(entries), after: .zero, digest: 0)
      let end = LogIndex(UInt64(index))
      let digest = try #require(log.digest(at: end))
      let snapshot = Snapshot(
        position: LogPosition(index: end, term: Term(1)), members: LoggedMembers(beginningWith: .first(3)),
        logDigest: digest, bytes: [1, 2, 3])
      #expect(storage.save(snapshot, stateBytes: 3) == nil)
      storage.write(part: snapshot.bytes[...])
      flush(&storage, &files)
    }
    return files.sorted { $0.name < $1.name }
  }

  private func flush(_ storage: inout Storage, _ files: inout [FileImage]) {
    for lane in FileLane.allCases {
      let isFlushing = storage.startFlush(of: lane)
      Server.carryOut(storage.takeCommands(of: lane), on: &files)
      if isFlushing { #expect(storage.finishFlush(of: lane, .done(freeBytes: .max)) == nil) }
      Server.carryOut(storage.takeCommands(of: lane), on: &files)
    }
  }

  private func stand(last index: UInt64, starts: UInt64 = 0) -> DiskStand {
    DiskStand(
      hardState: HardState(term: Term(1), votedFor: nil, starts: starts),
      last: LogPosition(index: LogIndex(index), term: Term(1)))
  }

  @Test("A file of the log goes once a durable snapshot includes it, and not before")
  func removals() throws {
    for index in [nil, 2] {
      let files = try files(entries, snapshot: index)
      #expect(files.map(\.name) == ["log-1", "log-2", "log-3", "log-4"] + (index.map { ["snapshot-\($0)"] } ?? []))
      for name in ["log-1", "log-4"] + (index == nil ? [] : ["snapshot-2"]) {
        var observer = try Observer()
        let server = try Server(1)
        observer.seeCrash(of: server, leaving: files)
        observer.seeRemoval(of: name, from: files, at: server)
        switch (name, index) {
        case ("log-1", 2?): #expect(observer.found == nil)
        case ("log-1", _):
          #expect(observer.finding == .removedNeeded(node, file: name, before: stand(last: 4), after: nil))
        case ("log-4", _):
          #expect(observer.finding == .removedNeeded(node, file: name, before: stand(last: 4), after: stand(last: 3)))
        default:
          // All of the log is there still, and a snapshot is not needed.
          #expect(observer.found == .removalsTakeNothing)
        }
      }
    }
  }

  @Test("A mark names only what was synced before")
  func marks() throws {
    var storage = Storage(
      of: FileOwner(node, of: ClusterID(7), voters: .first(3)), rules: PaperStorageRules.self)
    var files: [FileImage] = []
    var lengths: [Int] = []
    for term in [1, 2, 3] as [UInt64] {
      #expect(storage.persist(hardState: HardState(term: Term(term), votedFor: nil), entries: nil) == nil)
      flush(&storage, &files)
      lengths.append(files[0].bytes.count)
    }
    func file(_ length: Int) -> FileImage { FileImage(name: "log-1", bytes: Array(files[0].bytes.prefix(length))) }
    for isTrue in [true, false] {
      var observer = try Observer()
      let server = try Server(1)
      observer.seeCrash(of: server, leaving: [])
      observer.seeSync(of: "log-1", leaving: [file(lengths[0])], at: server)
      if isTrue { observer.seeSync(of: "log-1", leaving: [file(lengths[1])], at: server) }
      #expect(observer.found == nil)
      // With the second record comes the third, which says that the second was synced.
      observer.seeSync(of: "log-1", leaving: [file(lengths[2])], at: server)
      #expect(
        observer.finding
          == (isTrue
            ? nil
            : .markBeyondSynced(
              node, file: "log-1", offset: lengths[1], mark: UInt64(lengths[1]), synced: lengths[0])))
    }
  }

  @Test("Nothing is written to a file of the log while a later one bears its name for good")
  func earlierFiles() throws {
    let whole = try files(Array(entries.prefix(1)))[0]
    let server = try Server(1)
    // Its header, and the one record behind that.
    let header = FileImage(name: whole.name, bytes: Array(whole.bytes.prefix(16 + Int(whole.bytes[0]))))
    for later in [[], [FileImage(name: "log-2", bytes: [])]] {
      var observer = try Observer()
      observer.seeCrash(of: server, leaving: [header] + later)
      observer.seeSync(of: "log-1", leaving: [header] + later, at: server)
      #expect(observer.found == nil)
      observer.seeSync(of: "log-1", leaving: [whole] + later, at: server)
      #expect(observer.finding == (later.isEmpty ? nil : .wroteToEarlierFile(node, file: "log-1")))
    }
  }

  @Test("A server starts with what its files say, and with nothing that is damaged")
  func recovery() throws {
    let server = try Server(1, log: entries, starts: false)
    var observer = try Observer()
    observer.seeRecovery(of: server, from: server.files)
    #expect(observer.found == nil)
    observer.seeRecovery(of: server, from: try Server(1, log: Array(entries.prefix(3)), starts: false).files)
    #expect(observer.finding == .recoveredOtherwise(node, as: stand(last: 4), from: stand(last: 3)))

    observer = try Observer()
    var files = try files(entries)
    files[1].bytes[files[1].bytes.count - 1] ^= 1
    observer.seeRecovery(of: server, from: files)
    #expect(observer.finding == .recoveredOtherwise(node, as: stand(last: 4), from: nil))
  }

  @Test("Once all is durable a server's files hold what it knows, and nothing that it has let go of")
  func keepingUp() throws {
    let server = try Server(1, log: Array(entries.prefix(3)))
    for (log, isKept) in [(3, true), (4, false), (2, false)] {
      var observer = try Observer()
      let files = try Server(1, log: Array(entries.prefix(log))).files
      observer.seeCrash(of: server, leaving: files)
      observer.seeRest(of: server, with: files.count)
      #expect(
        observer.finding
          == (isKept
            ? nil : .diskDiffers(node, from: stand(last: 3, starts: 1), disk: stand(last: UInt64(log), starts: 1))))
    }
  }

  @Test("Once all is durable no file is left that nobody needs")
  func leftovers() throws {
    let snapshot = Snapshot(
      position: LogPosition(index: LogIndex(9), term: Term(1)), members: LoggedMembers(beginningWith: .first(3)),
      logDigest: 5,
      bytes: try Server(2).replica.stateMachine.snapshot(rules: PaperSessionRules.self))
    for (log, snapshot, needed) in [([], nil, 1), (entries, nil, 1), ([], snapshot, 2)] as [([Entry], Snapshot?, Int)] {
      var observer = try Observer()
      let server = try Server(1, log: log, behind: snapshot)
      observer.seeCrash(of: server, leaving: server.files)
      observer.seeRest(of: server, with: needed)
      #expect(observer.found == nil)
      observer.seeRest(of: server, with: needed + 1)
      #expect(observer.finding == .filesLeftOver(node, files: needed + 1, needed: needed))
    }
  }

  @Test("A server counts no more room than there will be, and when nothing is under way no less")
  func room() {
    func finding(_ counted: Int, isAtRest: Bool) -> Finding? {
      RoomIsCounted.look(at: node, counted: counted, room: 100, isAtRest: isAtRest)
    }
    #expect(finding(100, isAtRest: false) == nil && finding(99, isAtRest: false) == nil)
    #expect(finding(101, isAtRest: false) == .roomMiscounted(node, counted: 101, room: 100))
    #expect(finding(100, isAtRest: true) == nil)
    #expect(finding(99, isAtRest: true) == .roomMiscounted(node, counted: 99, room: 100))
  }
}

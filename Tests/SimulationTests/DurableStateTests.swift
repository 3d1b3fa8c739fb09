import Determinism
import Raft
import Replica
import Testing
import Traces

@testable import Simulation

@Suite("What is durable, followed as a disk goes on")
struct DurableStateTests {
  /// A server's storage on a simulated disk, and who follows what is durable there.
  fileprivate struct Rig {
    var storage: Storage
    var disk = SimulatedDisk()
    var state = DurableState()
    var log = RaftLog()
    var hardState = HardState.initial
    let configuration: StorageConfiguration

    init(segmentBytes: Int) {
      configuration = StorageConfiguration(segmentBytes: segmentBytes)
      storage = Storage(configuration, rules: PaperStorageRules.self)
    }

    mutating func hand() {
      for command in storage.takeCommands() { disk.ask(command) }
    }

    /// Syncs, and compares after each sync with what the files say when read as a whole.
    mutating func flush(upTo syncs: Int = .max) {
      _ = storage.startFlush()
      hand()
      disk.askForFlush()
      var done = 0
      while let stop = disk.advance() {
        switch stop {
        case .flushed(let outcome): #expect(storage.finishFlush(outcome) == nil)
        case .sync(let name):
          guard done < syncs else { return }
          done += 1
          disk.finishSync()
          if name.isEmpty {
            state.noteNames(disk.durableContents)
          } else {
            state.noteSync(of: name, bytes: disk.durableBytes(of: name)) { disk.durableContents }
          }
          compare()
        }
      }
    }

    /// Crashes, and goes on with what is left.
    mutating func crash(_ dice: Dice, _ round: UInt64) throws {
      _ = disk.crash(tearing: round % 2 == 0) { name in
        var key = StableDigest(start: round)
        key.combine(Array(name.utf8))
        return dice.draw(.crashCut, key.value)
      }
      state.noteCrash(disk.durableContents)
      compare()
      let found = try Storage.recover(disk.contents, configuration: configuration, rules: PaperStorageRules.self)
      (storage, hardState) = (found.storage, found.hardState)
      log = RaftLog(found.entries, after: found.snapshot?.position ?? .zero, digest: found.snapshot?.logDigest ?? 0)
      hand()
    }

    func compare() {
      guard let whole = DurableState(reading: disk.durableContents) else {
        Issue.record("the files do not read")
        return
      }
      #expect(state.agrees(with: whole))
    }
  }

  @Test("Step by step it comes to what the files say when read as a whole", arguments: 0..<12 as Range<UInt64>)
  func stepByStep(seed: UInt64) throws {
    let dice = Dice(seed: seed)
    var rig = Rig(segmentBytes: seed % 2 == 0 ? 400 : 4_000)
    // As every server does when it starts.
    #expect(rig.storage.persist(hardState: rig.hardState, entries: nil) == nil)
    rig.flush()
    var extended = 0
    for round in 0..<60 as Range<UInt64> {
      let draw = dice.draw(.crashCut, round)
      switch draw.below(10) {
      case 0:
        let before = rig.state.rewrites
        rig.flush(upTo: draw.below(3))
        try rig.crash(dice, round)
        #expect(rig.state.rewrites > before)
      case 1:
        // A snapshot of its own, and the log before it goes.
        let position = rig.log.lastPosition
        guard position.index > rig.log.start.index, let last = rig.log.digest(at: position.index) else { continue }
        let snapshot = Snapshot(position: position, members: NodeID.first(3), logDigest: last, bytes: [1, 2, 3])
        #expect(rig.storage.save(snapshot) == nil)
        rig.flush()
        rig.storage.compact(through: position.index)
        rig.log.compact(through: position.index)
        rig.hand()
      case 2:
        // A leader's snapshot, in place of the log.
        let index = LogIndex(rig.log.lastIndex.rawValue + 5)
        rig.hardState.term = rig.hardState.term.next
        let position = LogPosition(index: index, term: rig.hardState.term)
        let snapshot = Snapshot(position: position, members: NodeID.first(3), logDigest: round, bytes: [4])
        #expect(rig.storage.install(snapshot, lastIndex: index) == nil)
        rig.log = RaftLog(after: position, digest: round)
        #expect(rig.storage.persist(hardState: rig.hardState, entries: nil) == nil)
      case 3:
        // A conflict: what came last is replaced.
        guard rig.log.lastIndex > rig.log.start.index else { continue }
        rig.hardState.term = rig.hardState.term.next
        rig.flush()
        let before = rig.state.rewrites
        rig.write(1, from: rig.log.lastIndex)
        rig.flush()
        #expect(rig.state.rewrites > before)
      default:
        let before = (rig.state.rewrites, rig.state.lastIndex)
        rig.write(1 + draw.below(3), from: rig.log.lastIndex.next)
        if draw.below(3) > 0 { rig.flush() }
        if rig.state.rewrites == before.0, rig.state.lastIndex > before.1 { extended += 1 }
      }
    }
    rig.flush()
    #expect(rig.state.holds(rig.log.lastIndex, digest: rig.log.digest(at: rig.log.lastIndex)))
    #expect(!rig.state.holds(rig.log.lastIndex.next, digest: nil))
    #expect(extended > 5, "most of what was added was not read twice")
  }

  @Test("Of files from which no server could recover nothing is durable, unless it was a crash that left them")
  func unreadable() {
    var rig = Rig(segmentBytes: 100)
    for _ in 0..<8 {
      rig.write(2, from: rig.log.lastIndex.next)
      rig.flush()
    }
    let last = rig.log.lastIndex
    var files = rig.disk.durableContents
    files.removeAll { $0.name == "log-1" }
    var crashed = rig.state
    crashed.noteCrash(files)
    #expect(rig.state.holds(last, digest: nil) && crashed.holds(last, digest: nil))
    rig.state.noteNames(files)
    #expect(!rig.state.holds(LogIndex(1), digest: nil) && rig.state.lastIndex == .zero)
  }
}

extension DurableStateTests.Rig {
  /// Writes entries of the present term from an index on.
  fileprivate mutating func write(_ count: Int, from first: LogIndex) {
    log.truncate(from: first)
    let entries = (0..<count).map {
      Entry(term: hardState.term, payload: .command([UInt8($0), UInt8(first.rawValue % 256)]))
    }
    for entry in entries { log.append(entry) }
    let changed = Ready.EntriesToPersist(first: first, entries: entries)
    #expect(storage.persist(hardState: hardState, entries: changed) == nil)
    hand()
  }
}

import Determinism
import Raft
import Reference
import Replica
import Testing

@testable import Simulation

@Suite("The reference disk")
struct ReferenceDiskTests {
  /// A server's storage on a simulated disk, and the reference that follows what is durable there.
  struct Rig {
    var storage: Storage
    var disk = SimulatedDisk()
    var state = ReferenceDisk()
    var log = RaftLog(members: LoggedMembers(beginningWith: FileOwner.test.voters))
    /// The present hard state, and the last one that was written.
    var hardState = HardState.initial
    var written = HardState.initial
    /// The end of what was confirmed to be durable, and of the log up to there the digest.
    var confirmed: (index: LogIndex, digest: UInt64) = (.zero, 0)
    /// The end of the latest snapshot: what is committed up to there is never replaced.
    var committed = LogIndex.zero
    /// Whether storage and reference contradict each other about what is durable.
    var hasParted = false
    /// Whether it has stopped for a damaged disk.
    var isDown = false
    /// How often something durable was added without reading anything twice.
    var extended = 0
    let configuration: StorageConfiguration
    let rules: any StorageRules.Type
    let recover: @Sendable ([FileImage]) -> Recovery?
    let dice: Dice

    init(
      seed: UInt64, rules: any StorageRules.Type = PaperStorageRules.self,
      recover: (@Sendable ([FileImage]) -> Recovery?)? = nil
    ) {
      dice = Dice(seed: seed)
      self.rules = rules
      self.recover =
        recover ?? { files in (try? Storage.recover(files, of: .test, rules: rules)).map { Recovery($0) } }
      disk.sectorBytes = 64
      configuration = StorageConfiguration(segmentBytes: seed % 2 == 0 ? 400 : 4_000)
      storage = Storage(configuration, of: .test, rules: rules)
      // As every server does when it starts.
      write(0)
      flush()
    }

    var durable: [(name: String, bytes: [UInt8])] { disk.durableContents.map { ($0.name, $0.bytes) } }

    mutating func hand() {
      for lane in FileLane.allCases {
        for command in storage.takeCommands(of: lane) { disk.ask(command, in: lane) }
      }
    }

    /// Syncs, and compares after each sync with what the files say when read as a whole.
    mutating func flush(upTo syncs: Int = .max) {
      let lanes = FileLane.allCases.filter { storage.startFlush(of: $0) }
      hand()
      for lane in lanes { disk.askForFlush(of: lane) }
      var (done, turn) = (0, 0)
      // The queues take turns, until neither has anything to do.
      while let lane = [turn, turn + 1].map({ FileLane.allCases[$0 % 2] }).first(where: { disk.isBusy($0) }) {
        turn += 1
        guard let stop = disk.advance(lane) else { continue }
        switch stop {
        case .flushed(let outcome):
          // A server that stops restarts.
          guard storage.finishFlush(of: lane, outcome) == nil else {
            return crash(round: 1_000 + confirmed.index.rawValue)
          }
          guard lane == .log else { continue }
          if let digest = log.digest(at: log.lastIndex) { confirmed = (log.lastIndex, digest) }
          if state.hardState != written || !state.holds(confirmed.index, digest: confirmed.digest)
            || state.lastIndex != log.lastIndex
          {
            hasParted = true
          }
        case .sync(let name):
          guard done < syncs else { return }
          done += 1
          disk.finishSync(lane)
          let files = durable
          if name.isEmpty {
            state.noteNames(files)
          } else {
            state.noteSync(of: name, bytes: disk.durableBytes(of: name)) { files }
          }
          let agrees = state.agrees(with: ReferenceDisk(reading: files) ?? ReferenceDisk())
          #expect(agrees, "after a sync of \(name)")
        }
      }
    }

    /// Crashes, now and then with damage, and goes on with what is left.
    mutating func crash(round: UInt64) {
      disk.failsSyncs = false
      let draw = dice.draw(.crashCut, round, occurrence: 1)
      // A process that ends leaves to be read what a failed sync has lost.
      let isKilled = draw.bits & 3 == 0 && !disk.showsLostBytes
      if isKilled {
        _ = disk.endProcess()
      } else {
        _ = disk.crash(tearing: round % 2 == 0) { name in
          var key = StableDigest(start: round)
          key.combine(Array(name.utf8))
          return dice.draw(.crashCut, key.value)
        }
      }
      let isDamaged =
        !isKilled && draw.below(8) == 0
        && disk.damage(by: dice.draw(.crashCut, round, occurrence: 2), losingSector: false)
      let before = state.rewrites
      state.noteCrash(durable)
      let isNoted = state.rewrites > before
      #expect(isNoted)
      let reading = ReferenceDisk(reading: durable)
      let agrees = reading.map { state.agrees(with: $0) } ?? true
      #expect(agrees)
      let found = recover(disk.contents)
      let readable = isKilled ? ReferenceDisk(reading: disk.contents.map { ($0.name, $0.bytes) }) : reading
      hasParted = hasParted || !Self.agree(found, readable)
      if !isDamaged, reading?.holds(confirmed.index, digest: confirmed.digest) != true { hasParted = true }
      guard !hasParted, readable != nil,
        let own = try? Storage.recover(disk.contents, of: .test, configuration: configuration, rules: rules)
      else { return isDown = true }
      (storage, hardState, written) = (own.storage, own.hardState, own.hardState)
      log = RaftLog(own)
      // What a killed process leaves to be read is no more durable than before.
      if !isKilled { confirmed = (log.start.index, log.digest(at: log.start.index) ?? 0) }
      // What was not durable of a snapshot is gone with it.
      committed = log.start.index
      hand()
    }

    /// Whether a recovery and a reading say the same.
    private static func agree(_ found: Recovery?, _ reading: ReferenceDisk?) -> Bool {
      guard let found, let reading else { return found == nil && reading == nil }
      guard found.hardState == reading.hardState, found.snapshot == reading.start,
        found.configurations == reading.configurations
      else { return false }
      var digest = reading.digest(at: reading.start.index) ?? 0
      var index = reading.start.index
      for entry in found.entries {
        (index, digest) = (index.next, RaftLog.digest(digest, extendedBy: entry))
        guard reading.digest(at: index) == digest else { return false }
      }
      return index == reading.lastIndex && reading.lastTerm == (found.entries.last?.term ?? found.snapshot.term)
    }

    /// Writes the hard state and, from an index on, entries of its term.
    mutating func write(_ count: Int, from first: LogIndex? = nil) {
      let first = first ?? log.lastIndex.next
      log.truncate(from: first)
      if confirmed.index >= first { confirmed = (first.previous, log.digest(at: first.previous) ?? 0) }
      let entries = (0..<count).map { place in
        Entry(term: hardState.term, payload: payload(at: first, place))
      }
      for entry in entries { log.append(entry) }
      let changed = entries.isEmpty ? nil : Ready.EntriesToPersist(first: first, entries: entries)
      _ = storage.persist(hardState: hardState, entries: changed)
      written = hardState
      hand()
    }

    private func payload(at first: LogIndex, _ place: Int) -> Entry.Payload {
      switch place {
      case 1 where first.rawValue % 2 == 0:
        let voters = NodeSet(rawValue: first.rawValue << 3 | 1)
        return .configuration(
          Members(voters: voters, outgoing: .first(Int(first.rawValue % 3)), learners: NodeSet([NodeID(2)])))
      case 2: return .noOp
      default: return .command([UInt8](repeating: UInt8(first.rawValue % 256), count: 3 * place))
      }
    }

    /// Writes a snapshot, in parts of a byte.
    mutating func save(_ snapshot: Snapshot) {
      guard storage.save(snapshot, stateBytes: snapshot.bytes.count) == nil else { return }
      for place in snapshot.bytes.indices { storage.write(part: snapshot.bytes[place...place]) }
    }

    mutating func act(_ round: UInt64) {
      var draws = dice.sequence(.crashCut, round)
      switch draws.next().below(11) {
      case 0:
        flush(upTo: draws.next().below(3))
        if !isDown { crash(round: round) }
      case 1, 2:
        // A snapshot of its own, and the log before it goes.
        let position = log.lastPosition
        guard position.index > committed, let last = log.digest(at: position.index) else { return }
        let snapshot = Snapshot(
          position: position, members: log.members(at: position.index), logDigest: last, bytes: [1, 2, 3])
        save(snapshot)
        committed = position.index
        // Of some a crash decides whether they are there.
        guard draws.next().below(3) > 0 else { return hand() }
        flush()
        guard !isDown, log.digest(at: position.index) == last else { return }
        storage.compact(through: position.index)
        log.compact(through: position.index)
        hand()
      case 3:
        // A leader's snapshot, in place of the log once it is durable.
        let index = LogIndex(log.lastIndex.rawValue + UInt64(1 + draws.next().below(5)))
        hardState.term = hardState.term.next
        hardState.votedFor = draws.next().below(2) == 0 ? nil : NodeID(2)
        write(0)
        flush()
        guard !isDown else { return }
        let position = LogPosition(index: index, term: hardState.term)
        let members = LoggedMembers(
          index: LogIndex(draws.next().bits % (index.rawValue + 1)),
          members: Members(voters: .first(1 + Int(round % 5))))
        let snapshot = Snapshot(position: position, members: members, logDigest: round, bytes: [4])
        save(snapshot)
        if draws.next().below(4) == 0 {
          flush(upTo: draws.next().below(3))
          return crash(round: round)
        }
        flush()
        guard !isDown, storage.isDurable(snapshot) else { return }
        storage.discardLog(through: index, lastIndex: index)
        committed = index
        log = RaftLog(after: position, digest: round, members: members)
        write(0)
      case 4:
        // A conflict: what came last is replaced.
        guard log.lastIndex > committed else { return }
        (hardState.term, hardState.votedFor) = (hardState.term.next, NodeID(1))
        write(1 + draws.next().below(2), from: log.lastIndex)
      case 5:
        disk.failsSyncs = draws.next().below(4) == 0
        hardState.starts += 1
        write(0)
        flush()
        disk.failsSyncs = false
      default:
        let before = (state.rewrites, state.lastIndex)
        write(1 + draws.next().below(3))
        if draws.next().below(3) > 0 { flush() }
        if state.rewrites == before.0, state.lastIndex > before.1 { extended += 1 }
      }
    }

    /// Lives through some rounds.
    mutating func live() {
      for round in 0..<80 as Range<UInt64> where !isDown && !hasParted { act(round) }
    }
  }

  @Test("Step by step it comes to what the files say as a whole, to a server too, and to what was flushed")
  func stepByStep() {
    var extended = 0
    for seed in 0..<60 as Range<UInt64> {
      var rig = Rig(seed: seed)
      rig.live()
      let hasParted = rig.hasParted
      #expect(!hasParted, "seed \(seed)")
      extended += rig.extended
    }
    #expect(extended > 300, "most of what was added was not read twice")
  }

  @Test(
    "A storage with one wrong rule parts from it: in what it recovers, or in what it has promised",
    arguments: WrongRecovery.storages.indices)
  func wrongStorages(place: Int) {
    let (name, rules) = WrongRecovery.storages[place]
    #expect(Self.anyParts { Rig(seed: $0, rules: rules) }, "\(name)")
  }

  @Test("A recovery that is wrong parts from it", arguments: WrongRecovery.recoveries.indices)
  func wrongRecoveries(place: Int) {
    let (name, recover) = WrongRecovery.recoveries[place]
    #expect(Self.anyParts { Rig(seed: $0, recover: recover) }, "\(name)")
  }

  private static func anyParts(_ make: (UInt64) -> Rig) -> Bool {
    (0..<300 as Range<UInt64>).contains { seed in
      var rig = make(seed)
      rig.live()
      return rig.hasParted
    }
  }

  @Test(
    "It knows the configurations as of its snapshot's end and behind it, and with whom a cluster began only if the file says so"
  )
  func configurations() throws {
    for voters in [FileOwner.test.voters, NodeSet()] {
      let owner = FileOwner(NodeID(1), of: ClusterID(7), voters: voters)
      var storage = Storage(StorageConfiguration(), of: owner, rules: PaperStorageRules.self)
      let joint = Members(voters: .first(2), outgoing: .first(3), learners: NodeSet([NodeID(3)]))
      let payloads: [Entry.Payload] = [.noOp, .configuration(joint), .command([1]), .configuration(joint.settled)]
      let entries = payloads.map { Entry(term: Term(1), payload: $0) }
      let first = Ready.EntriesToPersist(first: LogIndex(1), entries: entries)
      #expect(storage.persist(hardState: HardState(term: Term(1), votedFor: nil), entries: first) == nil)
      var files: [FileImage] = []
      func perform(_ commands: [FileCommand]) {
        for case .append(let name, let bytes) in commands {
          if let place = files.firstIndex(where: { $0.name == name }) {
            files[place] = FileImage(name: name, bytes: files[place].bytes + bytes)
          } else {
            files.append(FileImage(name: name, bytes: bytes))
          }
        }
      }
      perform(storage.takeCommands(of: .log))
      let known = [
        LoggedMembers(beginningWith: voters), LoggedMembers(index: LogIndex(2), members: joint),
        LoggedMembers(index: LogIndex(4), members: joint.settled),
      ]
      let state = try #require(ReferenceDisk(reading: files.map { ($0.name, $0.bytes) }))
      #expect(state.configurations == known)
      let replaced = Ready.EntriesToPersist(first: LogIndex(3), entries: [Entry(term: Term(2), payload: .noOp)])
      #expect(storage.persist(hardState: HardState(term: Term(2), votedFor: nil), entries: replaced) == nil)
      perform(storage.takeCommands(of: .log))
      let cut = try #require(ReferenceDisk(reading: files.map { ($0.name, $0.bytes) }))
      #expect(cut.configurations == Array(known.prefix(2)))
    }
  }

  @Test("Several files of the log that come with one sync of the names are followed, and nothing is read twice")
  func severalFiles() {
    var rig = Rig(seed: 0)
    let (rewrites, files) = (rig.state.rewrites, rig.durable.count)
    for _ in 0..<10 { rig.write(3) }
    rig.flush()
    #expect(rig.durable.count > files + 1 && rig.state.lastIndex == rig.log.lastIndex)
    #expect(rig.state.rewrites == rewrites)
  }

  @Test("Of files from which no server could recover nothing is durable, unless it was a crash that left them")
  func unreadable() {
    var rig = Rig(seed: 0)
    for _ in 0..<30 {
      rig.write(2)
      rig.flush()
    }
    let last = rig.log.lastIndex
    let files = rig.durable.filter { $0.name != "log-1" }
    #expect(!files.isEmpty)
    var (crashed, state) = (rig.state, rig.state)
    crashed.noteCrash(files)
    #expect(state.holds(last, digest: nil) && crashed.holds(last, digest: nil))
    state.noteNames(files)
    #expect(!state.holds(LogIndex(1), digest: nil) && state.lastIndex == .zero)
  }
}

import Determinism
import Raft

@testable import Replica

/// A storage together with what it was told, the plain way: every state that its files may hold, in order.
struct StorageModel {
  /// What the files mean. The log stands whole in it, as if there were no snapshots.
  struct State: Equatable {
    var hardState = HardState.initial
    var log: [Entry] = []
  }

  private(set) var storage: Storage
  /// The states since the last flush that is known to have ended; that one comes first.
  private(set) var states = [State()]
  /// The snapshots written, and how many of the last are not known to be durable.
  private(set) var snapshots: [Snapshot] = []
  private var durableSnapshots = 0
  /// The snapshot of which the disk was not handed all yet, and what is left of it.
  private var unfinished: (snapshot: Snapshot, rest: ArraySlice<UInt8>)?
  /// How many states and snapshots the flush under way covers.
  private var flushing: (states: Int, snapshots: Int)?
  private var samples: Samples
  let configuration: StorageConfiguration

  let rules: any StorageRules.Type

  init(seed: UInt64, segmentBytes: Int, rules: any StorageRules.Type = PaperStorageRules.self) {
    configuration = StorageConfiguration(segmentBytes: segmentBytes)
    self.rules = rules
    storage = Storage(configuration, rules: rules)
    samples = Samples(seed: seed, purpose: 77)
  }

  private var state: State { states[states.count - 1] }
  /// Up to here nothing is ever replaced.
  private var committed: Int { Int((unfinished?.snapshot ?? snapshots.last)?.position.index.rawValue ?? 0) }

  /// Does one thing at random.
  ///
  /// - Returns: what the disk must do, in order, and whether a flush follows.
  mutating func act() -> (commands: [FileCommand], flushes: Bool) {
    let action = samples.below(8)
    if samples.below(2) == 0 { writePart() }
    switch action {
    case 0, 1: persist(hardState: nextHardState(), entries: nil)
    case 2, 3: persist(hardState: nil, entries: nextEntries())
    case 4: persist(hardState: nextHardState(), entries: nextEntries())
    case 5: save()
    case 6: install()
    default:
      if durableSnapshots > 0 { storage.compact(through: snapshots[durableSnapshots - 1].position.index) }
    }
    let flushes = samples.below(3) > 0 && storage.startFlush()
    if flushes { flushing = (states.count, snapshots.count) }
    // Behind a leader's snapshot the log goes on only when that is durable.
    return (action == 6 ? storage.takeCommands() : takeCommandsInAnyOrder(), flushes)
  }

  /// What both queues have to do, in any order that keeps that of each.
  private mutating func takeCommandsInAnyOrder() -> [FileCommand] {
    var (log, snapshots) = (storage.takeCommands(of: .log)[...], storage.takeCommands(of: .snapshots)[...])
    var commands: [FileCommand] = []
    while !log.isEmpty || !snapshots.isEmpty {
      let isLogNext = snapshots.isEmpty || !log.isEmpty && samples.below(2) == 0
      commands.append(isLogNext ? log.removeFirst() : snapshots.removeFirst())
    }
    return commands
  }

  /// Ends the flush under way: what it covers must survive from now on.
  mutating func finishFlush() -> [FileCommand] {
    guard let flushing else { return [] }
    states.removeFirst(flushing.states - 1)
    durableSnapshots = flushing.snapshots
    self.flushing = nil
    _ = storage.finishFlush(.done(freeBytes: .max))
    return takeCommandsInAnyOrder()
  }

  /// Goes on after a crash with what was recovered of it.
  mutating func resume(_ recovered: RecoveredState) {
    storage = recovered.storage
    let index = recovered.snapshot.map { Int($0.position.index.rawValue) } ?? 0
    let base = recovered.snapshot.map { log(before: $0) } ?? []
    states = [State(hardState: recovered.hardState, log: base.prefix(index) + recovered.entries)]
    snapshots = snapshots.filter { Int($0.position.index.rawValue) <= index }
    durableSnapshots = snapshots.count
    (flushing, unfinished) = (nil, nil)
  }

  /// What is wrong with what was recovered: something durable is missing, or something was never written.
  func flaw(in recovered: RecoveredState) -> String? {
    let index = recovered.snapshot?.position.index ?? .zero
    if let snapshot = recovered.snapshot, !snapshots.contains(snapshot) { return "an unknown snapshot \(index)" }
    if durableSnapshots > 0, index < snapshots[durableSnapshots - 1].position.index {
      return "snapshot \(index) although a later one is durable"
    }
    let isKnown = states.contains { state in
      guard state.hardState == recovered.hardState else { return false }
      let count = Int(index.rawValue)
      // A snapshot takes the place of a log that does not lead to it.
      guard let position = recovered.snapshot?.position else { return recovered.entries == state.log }
      guard state.log.count >= count, state.log[count - 1].term == position.term else {
        return recovered.entries.isEmpty
      }
      return recovered.entries == Array(state.log.dropFirst(count))
    }
    return isKnown ? nil : "\(recovered.hardState), snapshot \(index), \(recovered.entries.count) entries"
  }

  // MARK: What is done

  private mutating func nextHardState() -> HardState {
    var next = state.hardState
    next.term = Term(next.term.rawValue + UInt64(samples.below(3)))
    next.votedFor = samples.below(2) == 0 ? nil : NodeID(UInt8(1 + samples.below(5)))
    next.starts += UInt64(samples.below(2))
    return next
  }

  private mutating func nextEntries() -> Ready.EntriesToPersist {
    let count = state.log.count
    let first = samples.below(3) > 0 ? count + 1 : committed + 1 + samples.below(count - committed + 1)
    return Ready.EntriesToPersist(
      first: LogIndex(UInt64(first)), entries: newEntries(1 + samples.below(3)))
  }

  /// Entries like no others, so that none is taken for another.
  private mutating func newEntries(_ count: Int) -> [Entry] {
    (0..<count).map { _ in
      Entry(term: Term(samples.word() >> 1), payload: samples.below(4) == 0 ? .noOp : .command(samples.bytes(12)))
    }
  }

  private mutating func persist(hardState: HardState?, entries: Ready.EntriesToPersist?) {
    _ = storage.persist(hardState: hardState, entries: entries)
    var next = state
    if let hardState {
      next.hardState = hardState
      states.append(next)
    }
    if let entries {
      next.log = Array(next.log.prefix(Int(entries.first.rawValue) - 1)) + entries.entries
      states.append(next)
    }
  }

  private mutating func snapshot(at count: Int, of log: [Entry]) -> Snapshot {
    let position = LogPosition(index: LogIndex(UInt64(count)), term: log[count - 1].term)
    var writer = ByteWriter()
    for entry in log.prefix(count) { writer.write(entry: entry) }
    return Snapshot(
      position: position, members: LoggedMembers(beginningWith: .first(3)), logDigest: samples.word(),
      bytes: writer.bytes)
  }

  /// The entries that a snapshot of this model stands for.
  private func log(before snapshot: Snapshot) -> [Entry] {
    var reader = ByteReader(snapshot.bytes)
    var entries: [Entry] = []
    while let entry = try? reader.readEntry() { entries.append(entry) }
    return entries
  }

  private mutating func save() {
    while unfinished != nil { writePart() }
    guard state.log.count > committed, storage.durableChanges > 0 else { return }
    let snapshot = snapshot(at: committed + 1 + samples.below(state.log.count - committed), of: state.log)
    _ = storage.save(snapshot, stateBytes: snapshot.bytes.count)
    unfinished = (snapshot, snapshot.bytes[...])
    writePart()
  }

  /// Writes some of the snapshot that is not written whole, or all that is left of it.
  private mutating func writePart() {
    guard let (snapshot, rest) = unfinished else { return }
    let part = rest.prefix(samples.below(2) == 0 ? rest.count : 1 + samples.below(rest.count))
    storage.write(part: part)
    unfinished = part.count == rest.count ? nil : (snapshot, rest.dropFirst(part.count))
    if unfinished == nil { snapshots.append(snapshot) }
  }

  /// A leader's snapshot: of a longer log, of another one, or of this one with entries behind it.
  private mutating func install() {
    while unfinished != nil { writePart() }
    var log = state.log
    if samples.below(3) > 0 {
      log = Array(log.prefix(committed)) + newEntries(1 + samples.below(5))
    }
    guard log.count > committed, storage.durableChanges > 0 else { return }
    let snapshot = snapshot(at: log == state.log ? committed + 1 : log.count, of: log)
    _ = storage.install(snapshot, lastIndex: LogIndex(UInt64(log.count)))
    snapshots.append(snapshot)
    if log != state.log {
      states.append(State(hardState: state.hardState, log: log))
    }
  }
}

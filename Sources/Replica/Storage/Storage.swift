import Determinism
import Raft

/// Everything that one server keeps on its disk: a log in several files, and snapshots that let the older ones go.
///
/// It knows files by name and commands only; the host carries these out, in two queues (`FileLane`) that do not wait for
/// each other. Nothing is durable before a flush of its queue that began after it has ended. At most one flush is under way
/// in each.
package struct Storage: Sendable {
  package let configuration: StorageConfiguration
  /// Whose files these are.
  package let owner: FileOwner
  let rules: any StorageRules.Type

  private var log: SegmentedLog
  private var snapshots: SnapshotStore
  private var lanes: Lanes
  /// The last index that the protocol no longer needs from the log.
  private var compactedIndex = LogIndex.zero
  /// The room left on the disk once everything asked for has been written, as far as is known.
  package private(set) var freeBytes = Int.max
  /// Whether to ask how much room there is by now, though nothing waits to be durable.
  private var asksForRoom = false
  /// The most bytes of entries that were refused, unless there was room for as many since.
  private var refusedBytes: Int?
  /// Whether entries were refused for want of room, and there was none either when the disk was asked after that.
  private(set) var lacksRoom = false

  /// The files of a server that has never run: none.
  package init(
    _ configuration: StorageConfiguration = StorageConfiguration(), of owner: FileOwner, rules: any StorageRules.Type
  ) {
    self.configuration = configuration
    self.owner = owner
    self.rules = rules
    log = SegmentedLog(of: owner)
    snapshots = SnapshotStore()
    lanes = Lanes()
  }

  /// Goes on after what recovery kept.
  init(
    _ configuration: StorageConfiguration, rules: any StorageRules.Type, log: SegmentedLog, snapshot: Snapshot?,
    lanes: Lanes, freeBytes: Int
  ) {
    self.configuration = configuration
    owner = log.owner
    self.rules = rules
    self.log = log
    self.lanes = lanes
    self.freeBytes = freeBytes
    snapshots = snapshot.map { SnapshotStore($0) } ?? SnapshotStore()
    compactedIndex = snapshots.durableIndex
  }

  /// Counts the changes of the log asked for so far: what must wait for them waits until `durableChanges` has reached this.
  package var changes: UInt64 { lanes.log.files.changes }

  /// The changes of the log that would survive a crash.
  package var durableChanges: UInt64 { lanes.log.durable }

  /// Whether a snapshot that was written, or a later one, would survive a crash.
  package func isDurable(_ snapshot: Snapshot) -> Bool { snapshots.isDurable(snapshot.position.index) }

  /// Whether the host must do anything now in a queue.
  func hasCommands(of lane: FileLane) -> Bool { lanes.hasCommands(lane) }

  /// What the host must do now in a queue, in order; handed out once.
  package mutating func takeCommands(of lane: FileLane) -> [FileCommand] { lanes[lane].files.takeCommands() }

  /// As `takeCommands`, among others that the host is handed.
  mutating func handCommands(of lane: FileLane, into commands: inout [ReplicaCommand]) {
    lanes[lane].files.handCommands(of: lane, into: &commands)
  }

  // MARK: Writing

  /// Writes a hard state and entries, in one go.
  ///
  /// - Returns: why this was not even begun: nothing may be written that could end half-way.
  package mutating func persist(hardState: HardState?, entries: Ready.EntriesToPersist?) -> DiskFailure? {
    guard hardState != nil || entries != nil else { return nil }
    let bytes = LogLimits.bytes(entries?.entries ?? [])
    guard rules.hasRoom(for: bytes, freeBytes: freeBytes, reserveBytes: 0) else { return .full(log.fileName) }
    asking { storage in
      storage.log.append(
        hardState: hardState, entries: entries, segmentBytes: storage.configuration.segmentBytes, rules: storage.rules,
        into: &storage.lanes.log.files)
    }
    return nil
  }

  /// Sets room aside for a snapshot, of this server's own state machine or a leader's, of which the parts follow
  /// (`write(part:)`); the log stays as it is.
  ///
  /// Before it is durable (`isDurable`) the log must not be compacted, nor go on behind it.
  ///
  /// - Parameters:
  ///   - stateBytes: how long its state is, whatever it holds of that so far.
  ///   - endsFile: whether the log goes on in a new file, so that all that it holds so far can go.
  /// - Returns: why this was not even begun.
  package mutating func save(_ snapshot: Snapshot, stateBytes: Int, endsFile: Bool = false) -> DiskFailure? {
    let file = SnapshotFile(index: snapshot.position.index)
    guard hasRoom(forState: UInt64(stateBytes)) else { return .full(file.name) }
    removeObsolete(writing: file.index)
    let lane = rules.lane(ofSnapshot: file)
    asking { storage in
      if endsFile { storage.log.endFile(rules: storage.rules, into: &storage.lanes.log.files) }
      storage.snapshots.add(snapshot, stateBytes: stateBytes, of: storage.owner, in: lane)
    }
    return nil
  }

  /// Whether a part of a snapshot can be written now: one is not written yet, and what was written of it before is durable.
  /// The log comes first on a new disk: a snapshot without one looks as if term and vote had been lost.
  var takesPart: Bool { durableChanges > 0 && snapshots.laneOfNextPart.map { !lanes.isFlushing($0) } ?? false }

  /// Writes what comes next of the state of the first snapshot that was saved and is not written yet.
  package mutating func write(part: ArraySlice<UInt8>) {
    guard let lane = snapshots.laneOfNextPart else { return }
    asking { storage in
      storage.snapshots.write(part: part, rules: storage.rules, into: &storage.lanes[lane].files)
    }
  }

  /// Discards the entire log if a leader's snapshot has replaced it (Raft Figure 13, InstallSnapshot 7). That must be
  /// durable: were it not, a crash would leave a log that starts behind what is there.
  ///
  /// - Parameters:
  ///   - index: with which the snapshot ends.
  ///   - lastIndex: the end of the node's log right after it took the snapshot; the snapshot's own index if
  ///     the snapshot replaced the whole log, a later one if entries behind it were kept (Raft §7).
  package mutating func discardLog(through index: LogIndex, lastIndex: LogIndex) {
    guard lastIndex <= index else { return }
    compactedIndex = max(compactedIndex, index)
    asking { storage in
      storage.log.startOver(after: index, rules: storage.rules, into: &storage.lanes.log.files)
    }
  }

  /// Takes note that the protocol no longer needs the log up to an index; files go as soon as the snapshot is durable.
  package mutating func compact(through index: LogIndex) {
    compactedIndex = max(compactedIndex, index)
    removeObsolete()
  }

  // MARK: Flushing

  /// Whether the host must do anything now, or a flush could begin. After most events there is nothing.
  var hasWork: Bool {
    lanes.log.files.hasCommands || lanes.snapshots.files.hasCommands
      || lanes.log.canFlush(forOtherReason: asksForRoom) || lanes.snapshots.canFlush(forOtherReason: false)
  }

  /// Takes note that entries of so many bytes were refused for want of room. Somebody may have made room since the last
  /// flush told how much there is, so another one asks.
  package mutating func noteRefusal(ofBytes bytes: Int) {
    asksForRoom = true
    refusedBytes = max(refusedBytes ?? 0, bytes)
  }

  /// Asks for everything in a queue to be made durable, if anything is not or the room is to be known, and no flush of it is
  /// under way.
  ///
  /// - Returns: whether the host must be asked for a flush, behind the commands that wait in that queue.
  package mutating func startFlush(of lane: FileLane) -> Bool {
    let isAsking = lane == .log && asksForRoom
    guard lanes.canFlush(lane, forOtherReason: isAsking) else { return false }
    if isAsking { asksForRoom = false }
    lanes[lane].startFlush(file: log.number, length: log.length)
    return true
  }

  /// Takes note of how the flush of a queue that was under way has ended.
  ///
  /// - Returns: the failure with which this server must stop for good, if it failed.
  package mutating func finishFlush(of lane: FileLane, _ reported: FlushOutcome) -> DiskFailure? {
    guard let flush = lanes.takeFlush(of: lane) else { return nil }
    switch rules.outcome(of: reported) {
    case .failed(let failure): return failure
    case .done(let free):
      lanes.noteDone(flush, of: lane)
      noteRoom(freeBytes: free, after: flush, of: lane)
      if lane == .log { log.noteSynced(flush.length, ofFile: flush.file) }
      if !snapshots.isSettled {
        asking { $0.snapshots.noteDurable(flush.changes, in: lane, into: &$0.lanes[lane].files) }
      }
      removeObsolete()
      lookForRoom()
      return nil
    }
  }

  // MARK: Room

  /// Takes note of the room left on the disk after a flush of a queue. What the other queue has written and removed since
  /// its own last flush may be counted already: there is no less room than this.
  private mutating func noteRoom(freeBytes free: Int, after flush: Flush, of lane: FileLane) {
    guard free != .max else { return freeBytes = .max }
    let removed = lanes[lane].files.removedBytes - flush.removedBytes
    freeBytes = free - lanes.unwrittenBytes - snapshots.unwrittenBytes + removed
  }

  /// Takes note of the room left on the disk. While a flush is under way its end will say more.
  mutating func noteRoom(freeBytes free: Int) {
    if free == .max || lanes.log.flush == nil && lanes.snapshots.flush == nil {
      freeBytes = free == .max ? .max : free - snapshots.unwrittenBytes
    }
    lookForRoom()
  }

  /// The bytes of the log that a snapshot up to an index would let go.
  package func logBytes(through index: LogIndex) -> Int { log.bytes(through: index, beyond: disposable()) }

  /// Whether files of the log are on their way out, once what they wait for is durable.
  var isMakingRoom: Bool { log.hasFiles(through: disposable()) }

  /// Whether what was refused for want of room could ever be taken on: at the most the whole log goes, and every snapshot
  /// before the last one, and what a queue was asked to write is counted already.
  var couldHaveRoom: Bool {
    guard let refusedBytes, freeBytes != .max else { return true }
    let atMost = freeBytes + lanes.unwrittenBytes + log.bytes + snapshots.replaceableBytes
    return rules.hasRoom(for: refusedBytes, freeBytes: atMost, reserveBytes: configuration.reserveBytes)
  }

  private mutating func lookForRoom() {
    guard let refusedBytes else { return }
    lacksRoom = !hasRoom(forEntryBytes: refusedBytes)
    if !lacksRoom { self.refusedBytes = nil }
  }

  /// Whether what a message brings may be taken on. Inlined, for a call would copy all of this.
  @inline(__always)
  func hasRoom(for message: RaftMessage) -> Bool {
    switch message {
    case .appendEntries(let request):
      request.entries.isEmpty || hasRoom(forEntryBytes: request.encodedBytes)
    case .installSnapshot(let request): hasRoom(forState: request.size)
    default: true
    }
  }

  /// Whether entries of so many bytes may be taken on: a proposal, or what a leader sends. If not they must be refused,
  /// for what was appended in memory must be written.
  package func hasRoom(forEntryBytes bytes: Int) -> Bool {
    rules.hasRoom(for: bytes, freeBytes: freeBytes, reserveBytes: configuration.reserveBytes)
  }

  /// Whether a snapshot of a state of so many bytes may be written. It may use most of the reserve, for it makes room.
  func hasRoom(forState bytes: UInt64) -> Bool {
    // A sender may name any size.
    let bytes = Int(min(bytes, UInt64(SnapshotCoding.maxStateBytes)))
    let fileBytes = SnapshotCoding.encodedBytes(ofState: bytes)
    return rules.hasRoom(
      for: fileBytes, freeBytes: freeBytes, reserveBytes: StorageConfiguration.hardStateReserveBytes)
  }

  /// Removes the files of the log that hold nothing that anybody needs.
  ///
  /// - Parameter snapshot: the last index of the snapshot that is about to be written, if one is.
  private mutating func removeObsolete(writing snapshot: LogIndex = .zero) {
    asking { storage in
      storage.log.removeFiles(
        through: storage.disposable(writing: snapshot), durable: storage.durableChanges,
        into: &storage.lanes.log.files)
    }
    if lacksRoom { lookForRoom() }
  }

  /// Up to where the files of the log may go.
  private func disposable(writing snapshot: LogIndex = .zero) -> LogIndex {
    rules.disposable(
      durable: snapshots.durableIndex, written: max(snapshots.writtenIndex, snapshot), compacted: compactedIndex)
  }

  /// Counts what a change writes and removes against the room left.
  private mutating func asking(_ change: (inout Storage) -> Void) {
    let before = lanes.bytes + snapshots.unwrittenBytes
    change(&self)
    if freeBytes != .max { freeBytes -= lanes.bytes + snapshots.unwrittenBytes - before }
  }
}

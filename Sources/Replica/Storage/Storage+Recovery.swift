import Determinism
import Raft

/// What a server finds on its disk when it starts.
package struct RecoveredState: Sendable {
  /// The last hard state recorded.
  package var hardState: HardState
  /// The latest whole snapshot.
  package var snapshot: Snapshot?
  /// The entries behind the snapshot; from index 1 on if there is none.
  package var entries: [Entry]
  /// Entries that the snapshot stands for and the log still holds, and the index after which they begin.
  package var covered: [Entry]
  package var coveredBase: LogIndex
  /// Goes on from there. It holds the commands with which the host puts the files in order, before any other.
  package var storage: Storage
}

extension Storage {
  /// Reads a server's files. Nothing is changed: repairs are commands, and a crash amid them leaves files of which
  /// recovery makes the same.
  ///
  /// - Parameters:
  ///   - images: the files as a crash left them, in any order; names that are not the storage's own are passed over.
  ///   - owner: whose files they should be.
  ///   - onReplacedDisk: whether the owner ran on another disk.
  ///   - freeBytes: the room left on the disk.
  /// - Throws: where a file is damaged in a way that no crash brings about, or something is missing.
  package static func recover(
    _ images: [FileImage], of owner: FileOwner, onReplacedDisk: Bool = false, freeBytes: Int = .max,
    configuration: StorageConfiguration = StorageConfiguration(), rules: any StorageRules.Type
  ) throws(StorageDamage) -> RecoveredState {
    if !rules.mayStart(onReplacedDisk: onReplacedDisk) {
      throw StorageDamage(file: SegmentFile(number: 1).name, offset: 0, reason: .replacedDisk)
    }
    let segments = images.compactMap { image in SegmentFile(name: image.name).map { (file: $0, image: image) } }
      .sorted { $0.file.number < $1.file.number }
    let found = try SnapshotStore.recover(images, of: owner, rules: rules)
    var recovered = try RecoveredLog(segments, of: owner, rules: rules)

    let snapshotIndex = found.snapshot?.position.index ?? .zero
    if recovered.base > snapshotIndex {
      if let damage = found.damage { throw damage }
      let file = recovered.files.first.map { SegmentFile(number: $0.number).name } ?? SegmentFile(number: 1).name
      throw StorageDamage(
        file: file, offset: 0, reason: .logStartsLate(base: recovered.base, snapshot: snapshotIndex))
    }
    if recovered.files.isEmpty, found.snapshot != nil || found.damage != nil {
      throw StorageDamage(file: SegmentFile(number: 1).name, offset: 0, reason: .noLog)
    }

    // What the server may have acknowledged must be there: in a log that reaches as far as the damaged snapshot did.
    if let damage = found.damage, let lost = SnapshotFile(name: damage.file),
      lost.index > max(snapshotIndex, recovered.lastIndex)
    {
      throw damage
    }

    var lanes = Lanes()
    let durable = rules.durableLength(ofRecovered: recovered.files.last?.bytes ?? 0, mark: recovered.mark)
    putInOrder(recovered, durable: durable, files: &lanes.log.files)
    let lane = rules.lane(ofSnapshot: SnapshotFile(index: snapshotIndex))
    removeSnapshots(found.obsolete, files: &lanes[lane].files)
    var log = SegmentedLog(of: owner)
    if let last = recovered.files.last {
      log = SegmentedLog(
        of: owner, closed: recovered.files.dropLast(), number: last.number, length: last.bytes, synced: durable,
        hardState: recovered.hardState, lastIndex: recovered.lastIndex)
    }
    let base = recovered.base
    var covered: [Entry] = []
    if let position = found.snapshot?.position {
      if doesReach(position, recovered) {
        covered = recovered.drop(through: position.index)
      } else {
        // The log was lost behind the snapshot's end, or is not the one that led to it: the snapshot replaces it.
        log.startOver(after: position.index, rules: rules, into: &lanes.log.files)
        recovered.startOver(after: position.index)
      }
    }
    let storage = Storage(
      configuration, rules: rules, log: log, snapshot: found.snapshot, lanes: lanes,
      freeBytes: freeBytes == .max ? .max : freeBytes - lanes.bytes)
    return RecoveredState(
      hardState: recovered.hardState, snapshot: found.snapshot, entries: recovered.entries, covered: covered,
      coveredBase: base, storage: storage)
  }

  /// Whether the log holds what the snapshot ends with, or starts right behind it.
  private static func doesReach(_ position: LogPosition, _ recovered: RecoveredLog) -> Bool {
    position.index == recovered.base || recovered.term(at: position.index) == position.term
  }

  /// Asks for what was read to be made durable, and then for what nobody needs to be removed: what a process that was
  /// killed had written is there to be read, and yet does not survive a later loss of power.
  ///
  /// - Parameter durable: how much of the last file is known to be durable already.
  private static func putInOrder(_ recovered: RecoveredLog, durable: Int, files: inout FileWriter) {
    let obsolete = recovered.obsolete.map(\.name)
    guard let last = recovered.files.last else {
      for name in obsolete { files.ask(.remove(name)) }
      return
    }
    if recovered.tornLength != nil || durable < last.bytes {
      let name = SegmentFile(number: last.number).name
      files.ask(.truncate(name, to: last.bytes))
      files.ask(.sync(name))
    }
    // What takes the place of a file must bear its name for good before that one goes.
    if durable < last.bytes { files.ask(.syncDirectory) }
    for name in obsolete { files.ask(.remove(name)) }
    // A file that was never begun must not come back once the one before it has been written to.
    if !obsolete.isEmpty { files.ask(.syncDirectory) }
  }

  /// Asks for the snapshots to be removed that nobody needs: in the queue in which later ones are written, for one of these
  /// may bear the same name.
  private static func removeSnapshots(_ names: [String], files: inout FileWriter) {
    // The latest must bear its name for good before those go that it takes the place of.
    if !names.isEmpty { files.ask(.syncDirectory) }
    for name in names { files.ask(.remove(name)) }
  }
}

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
  ///   - freeBytes: the room left on the disk.
  /// - Throws: where a file is damaged in a way that no crash brings about, or something is missing.
  package static func recover(
    _ images: [FileImage], freeBytes: Int = .max, configuration: StorageConfiguration = StorageConfiguration(),
    rules: any StorageRules.Type
  ) throws(StorageDamage) -> RecoveredState {
    let segments = images.compactMap { image in SegmentFile(name: image.name).map { (file: $0, bytes: image.bytes) } }
      .sorted { $0.file.number < $1.file.number }
    let found = SnapshotStore.recover(images, rules: rules)
    var recovered = try RecoveredLog(segments, rules: rules)

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

    var files = FileWriter()
    let durable = rules.durableLength(ofRecovered: recovered.files.last?.bytes ?? 0, mark: recovered.mark)
    putInOrder(recovered, durable: durable, obsoleteSnapshots: found.obsolete, files: &files)
    var log = SegmentedLog()
    if let last = recovered.files.last {
      log = SegmentedLog(
        closed: recovered.files.dropLast(), number: last.number, length: last.bytes, synced: durable,
        hardState: recovered.hardState, lastIndex: recovered.lastIndex)
    }
    let base = recovered.base
    var covered: [Entry] = []
    if let position = found.snapshot?.position {
      if doesReach(position, recovered) {
        covered = recovered.drop(through: position.index)
      } else {
        // The log was lost behind the snapshot's end, or is not the one that led to it: the snapshot replaces it.
        log.startOver(after: position.index, rules: rules, into: &files)
        recovered.startOver(after: position.index)
      }
    }
    let storage = Storage(
      configuration, rules: rules, log: log, snapshot: found.snapshot.map { SnapshotFile(index: $0.position.index) },
      files: files, freeBytes: freeBytes == .max ? .max : freeBytes - files.bytes)
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
  private static func putInOrder(
    _ recovered: RecoveredLog, durable: Int, obsoleteSnapshots: [String], files: inout FileWriter
  ) {
    let obsolete = recovered.obsolete.map(\.name) + obsoleteSnapshots
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
}

import Determinism
import Raft

/// The snapshots of one server: each a file of its own, written under another name, synced and only then named.
struct SnapshotStore: Hashable, Sendable {
  /// A snapshot on its way to the disk.
  private struct Pending: Hashable, Sendable {
    var file: SnapshotFile
    /// The queue in which it is written, and the `FileWriter.changes` of that with which it becomes durable.
    var lane: FileLane
    var change: UInt64
  }

  /// The last index of the latest snapshot that would survive a crash.
  private(set) var durableIndex: LogIndex
  /// The latest that was handed to the disk.
  private(set) var latest: SnapshotFile?
  private var pending: [Pending] = []
  /// Files to remove once the snapshot after them is durable, in order.
  private var superseded: [SnapshotFile] = []

  /// A store that holds this snapshot and no other, or none.
  init(_ latest: SnapshotFile?) {
    self.latest = latest
    durableIndex = latest?.index ?? .zero
  }

  /// The last index of the latest snapshot that was handed to the disk.
  var writtenIndex: LogIndex { latest?.index ?? .zero }

  /// Writes a snapshot: to another name first, synced before it takes its own.
  ///
  /// - Parameters:
  ///   - owner: whose snapshot it is.
  ///   - lane: the queue of `files`.
  ///   - rules: decide on the name.
  mutating func write(
    _ snapshot: Snapshot, of owner: FileOwner, in lane: FileLane, rules: any StorageRules.Type,
    into files: inout FileWriter
  ) {
    let file = SnapshotFile(index: snapshot.position.index)
    let written = rules.fileToWrite(file.name, current: latest?.name)
    files.ask(.create(written))
    files.ask(.append(written, SnapshotCoding.encode(snapshot, of: owner)))
    files.ask(.sync(written))
    if written != file.name { files.ask(.rename(written, to: file.name)) }
    files.ask(.syncDirectory)
    if let latest, latest != file, latest.name != written { superseded.append(latest) }
    latest = file
    pending.append(Pending(file: file, lane: lane, change: files.changes))
  }

  /// Whether a snapshot that was handed to the disk would survive a crash, or a later one would. One of the same state that
  /// is written once more is on its way like any other.
  func isDurable(_ index: LogIndex) -> Bool {
    durableIndex >= index && !pending.contains { $0.file.index == index }
  }

  /// Takes note that a flush of a queue has ended, and removes the snapshots that a later one has replaced.
  ///
  /// - Parameter durable: the `FileWriter.changes` of that queue that would survive a crash now.
  mutating func noteDurable(_ durable: UInt64, in lane: FileLane, into files: inout FileWriter) {
    while let first = pending.first, first.lane == lane, first.change <= durable {
      durableIndex = max(durableIndex, first.file.index)
      pending.removeFirst()
    }
    while let oldest = superseded.first, oldest.index < durableIndex {
      files.ask(.remove(oldest.name))
      superseded.removeFirst()
    }
  }

  /// The latest whole snapshot among the files, and the names of the others, which nobody needs.
  ///
  /// - Returns: also what is wrong with the latest one that is not whole, if there is such.
  /// - Throws: if one is another server's, or of another cluster: those are not ours to remove.
  static func recover(
    _ images: [FileImage], of owner: FileOwner, rules: any StorageRules.Type
  ) throws(StorageDamage) -> (snapshot: Snapshot?, obsolete: [String], damage: StorageDamage?) {
    var found: (snapshot: Snapshot?, obsolete: [String], damage: StorageDamage?) = (nil, [], nil)
    var candidates: [(file: SnapshotFile, image: FileImage)] = []
    for image in images {
      if let file = SnapshotFile(name: image.name) {
        candidates.append((file, image))
      } else if SnapshotFile.isTemporary(image.name) {
        found.obsolete.append(image.name)
      }
    }
    candidates.sort { rules.isNewer($0.file, than: $1.file) }
    for (file, image) in candidates {
      guard found.snapshot == nil else {
        found.obsolete.append(file.name)
        continue
      }
      do throws(SnapshotFlaw) {
        if let hole = image.unreadable.first { throw .unreadable(hole) }
        let snapshot = try SnapshotCoding.decode(image.bytes, of: owner)
        guard snapshot.position.index == file.index else { throw .notASnapshot }
        found.snapshot = snapshot
      } catch {
        if case .foreign(let identity, let expected) = error {
          throw StorageDamage(file: file.name, offset: 0, reason: .foreign(identity, expected: expected))
        }
        found.obsolete.append(file.name)
        guard found.damage == nil else { continue }
        let offset = image.unreadable.first?.lowerBound ?? 0
        found.damage = StorageDamage(file: file.name, offset: offset, reason: .badSnapshot(error))
      }
    }
    return found
  }
}

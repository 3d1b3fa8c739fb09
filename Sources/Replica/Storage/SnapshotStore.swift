import Determinism
import Raft

/// The snapshots of one server: each a file of its own, written part by part under another name, synced and only then named.
struct SnapshotStore: Hashable, Sendable {
  /// A snapshot of which the disk was not handed all yet.
  private struct Unwritten: Hashable, Sendable {
    let whole: Written
    let lane: FileLane
    /// What stands in the file before the state.
    let header: [UInt8]
    /// The bytes of the state that are still to come, and those of the file.
    var stateBytes: Int
    var fileBytes: Int
    /// The file's name while it is written, once it is.
    var name: String?
    /// The checksum of what was written.
    var check: UInt32 = 0
  }

  /// A snapshot that was handed to the disk, and the bytes of its file.
  private struct Written: Hashable, Sendable {
    let file: SnapshotFile
    let bytes: Int

    init(_ snapshot: Snapshot, stateBytes: Int) {
      file = SnapshotFile(index: snapshot.position.index)
      bytes = SnapshotCoding.encodedBytes(ofState: stateBytes)
    }
  }

  /// A snapshot that was written, on its way to the disk.
  private struct Pending: Hashable, Sendable {
    var file: SnapshotFile
    /// The queue in which it is written, and the `FileWriter.changes` of that with which it becomes durable.
    var lane: FileLane
    var change: UInt64
    /// The bytes of the snapshot before it, which goes then.
    var replacedBytes: Int
  }

  /// The last index of the latest snapshot that would survive a crash.
  private(set) var durableIndex: LogIndex
  /// The latest that was handed to the disk.
  private var latest: Written?
  /// Those that are being written, in order: the first one is, the others follow.
  private var unwritten: [Unwritten] = []
  private var pending: [Pending] = []
  /// Files to remove once the snapshot after them is durable, in order.
  private var superseded: [Written] = []

  /// A store that holds no snapshot.
  init() { durableIndex = .zero }

  /// A store that holds this snapshot and no other.
  init(_ snapshot: Snapshot) {
    latest = Written(snapshot, stateBytes: snapshot.bytes.count)
    durableIndex = snapshot.position.index
  }

  /// The last index of the latest snapshot that was handed to the disk.
  var writtenIndex: LogIndex { latest?.file.index ?? .zero }

  /// The bytes of snapshots that will be written and were not yet.
  var unwrittenBytes: Int { unwritten.reduce(0) { $0 + $1.fileBytes } }

  /// The bytes of those that go once the last one on its way is durable, or the next one if none is.
  var replaceableBytes: Int {
    let latestGoes = pending.isEmpty || !unwritten.isEmpty
    return pending.reduce(latestGoes ? latest?.bytes ?? 0 : 0) { $0 + $1.replacedBytes }
  }

  /// The queue in which the next part of a snapshot is written; `nil` if none is being written.
  var laneOfNextPart: FileLane? { unwritten.first?.lane }

  /// Takes note of a snapshot that will be written, behind those that are.
  ///
  /// - Parameters:
  ///   - stateBytes: how long its state is, whatever it holds of that so far.
  ///   - owner: whose snapshot it is.
  ///   - lane: the queue in which it is written.
  mutating func add(_ snapshot: Snapshot, stateBytes: Int, of owner: FileOwner, in lane: FileLane) {
    let whole = Written(snapshot, stateBytes: stateBytes)
    unwritten.append(
      Unwritten(
        whole: whole, lane: lane, header: SnapshotCoding.header(of: snapshot, stateBytes: stateBytes, of: owner),
        stateBytes: stateBytes, fileBytes: whole.bytes))
  }

  /// Writes the next part of the first snapshot that is not written: to another name first. With the last part comes the
  /// checksum of all, and the file is synced before it takes its own name.
  ///
  /// - Parameters:
  ///   - part: of its state what follows the parts before.
  ///   - rules: decide on the name.
  ///   - files: of its queue.
  mutating func write(part: ArraySlice<UInt8>, rules: any StorageRules.Type, into files: inout FileWriter) {
    guard var snapshot = unwritten.first else { return }
    precondition(part.count <= snapshot.stateBytes, "\(snapshot.whole.file.name) was to be shorter")
    var bytes: [UInt8] = []
    let name: String
    if let begun = snapshot.name {
      name = begun
    } else {
      name = rules.fileToWrite(snapshot.whole.file.name, current: latest?.file.name)
      files.ask(.create(name))
      bytes = snapshot.header
    }
    bytes += part
    snapshot.name = name
    snapshot.stateBytes -= part.count
    snapshot.check = CRC32C.checksum(of: bytes, in: 0..<bytes.count, continuing: snapshot.check)
    let isWhole = snapshot.stateBytes == 0
    if isWhole { withUnsafeBytes(of: snapshot.check.littleEndian) { bytes.append(contentsOf: $0) } }
    snapshot.fileBytes -= bytes.count
    files.ask(.append(name, bytes))
    guard isWhole else {
      unwritten[0] = snapshot
      return
    }
    unwritten.removeFirst()
    finish(snapshot.whole, writtenTo: name, in: snapshot.lane, into: &files)
  }

  private mutating func finish(
    _ snapshot: Written, writtenTo name: String, in lane: FileLane, into files: inout FileWriter
  ) {
    let file = snapshot.file
    files.ask(.sync(name))
    if name != file.name { files.ask(.rename(name, to: file.name)) }
    files.ask(.syncDirectory)
    let replaced = latest?.bytes ?? 0
    if let latest, latest.file != file, latest.file.name != name { superseded.append(latest) }
    latest = snapshot
    pending.append(Pending(file: file, lane: lane, change: files.changes, replacedBytes: replaced))
  }

  /// Whether a snapshot that was handed to the disk would survive a crash, or a later one would. One of the same state that
  /// is written once more is on its way like any other.
  func isDurable(_ index: LogIndex) -> Bool {
    durableIndex >= index && !pending.contains { $0.file.index == index }
      && !unwritten.contains { $0.whole.file.index == index }
  }

  /// Whether none is on its way to the disk, and none waits to be removed.
  var isSettled: Bool { pending.isEmpty && superseded.isEmpty }

  /// Takes note that a flush of a queue has ended, and removes the snapshots that a later one has replaced.
  ///
  /// - Parameter durable: the `FileWriter.changes` of that queue that would survive a crash now.
  mutating func noteDurable(_ durable: UInt64, in lane: FileLane, into files: inout FileWriter) {
    while let first = pending.first, first.lane == lane, first.change <= durable {
      durableIndex = max(durableIndex, first.file.index)
      pending.removeFirst()
    }
    while let oldest = superseded.first, oldest.file.index < durableIndex {
      files.remove(oldest.file.name, bytes: oldest.bytes)
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

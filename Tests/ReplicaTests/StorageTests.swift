import Determinism
import Raft
import Testing

@testable import Replica

@Suite("The storage")
struct StorageTests {
  private let rules = PaperStorageRules.self

  private func entries(_ first: UInt64, _ count: Int, term: UInt64 = 1) -> Ready.EntriesToPersist {
    Ready.EntriesToPersist(
      first: LogIndex(first),
      entries: (0..<count).map { Entry(term: Term(term), payload: .command([UInt8(truncatingIfNeeded: $0), 7, 7])) })
  }

  private func snapshot(_ index: UInt64, term: UInt64 = 1, bytes: [UInt8] = [1, 2, 3]) -> Snapshot {
    Snapshot(
      position: LogPosition(index: LogIndex(index), term: Term(term)), members: LoggedMembers(beginningWith: .first(3)),
      logDigest: index, bytes: bytes)
  }

  /// Carries out what a storage asks for.
  private func carryOut(_ storage: inout Storage, _ files: inout [FileImage], flushes: Bool = true) {
    let isFlushing = flushes && storage.startFlush()
    for command in storage.takeCommands() { TestDisk.perform(command, on: &files) }
    guard isFlushing else { return }
    let failure = storage.finishFlush(.done(freeBytes: .max))
    #expect(failure == nil)
    for command in storage.takeCommands() { TestDisk.perform(command, on: &files) }
  }

  private func names(_ files: [FileImage]) -> [String] { files.map(\.name).sorted() }

  /// A storage with 40 entries in short files, and the files.
  private func sample() -> (Storage, [FileImage]) {
    var (storage, files) = (Storage(StorageConfiguration(segmentBytes: 300), rules: rules), [FileImage]())
    for first in stride(from: 1 as UInt64, to: 41, by: 4) {
      let failure = storage.persist(hardState: HardState(term: Term(first), votedFor: nil), entries: entries(first, 4))
      #expect(failure == nil)
      carryOut(&storage, &files)
    }
    return (storage, files)
  }

  @Test("A log goes on in a new file once one is full, and is recovered from all of them")
  func severalFiles() throws {
    let (_, files) = sample()
    #expect(names(files) == ["log-1", "log-2", "log-3", "log-4"])
    let recovered = try Storage.recover(files.reversed(), rules: rules)
    #expect(recovered.entries.count == 40 && recovered.hardState.term == Term(37))
  }

  @Test("Recovery tells apart what a snapshot stands for and what comes behind it")
  func covered() throws {
    var (storage, files) = sample()
    let failure = storage.save(snapshot(30))
    #expect(failure == nil)
    carryOut(&storage, &files)
    let recovered = try Storage.recover(files, rules: rules)
    #expect(recovered.snapshot?.position.index == LogIndex(30))
    #expect(recovered.coveredBase == .zero && recovered.covered.count == 30 && recovered.entries.count == 10)
  }

  @Test("Files of the log go when the snapshot that includes them is durable and the protocol lets them, not before")
  func compaction() throws {
    var (storage, files) = sample()
    let failure = storage.save(snapshot(30))
    #expect(failure == nil)
    carryOut(&storage, &files, flushes: false)
    storage.compact(through: LogIndex(30))
    carryOut(&storage, &files, flushes: false)
    #expect(names(files).count == 5, "the snapshot is not known to be durable")
    carryOut(&storage, &files)
    #expect(names(files) == ["log-3", "log-4", "snapshot-30"])
    let recovered = try Storage.recover(files, rules: rules)
    #expect(recovered.snapshot == snapshot(30) && recovered.entries.count == 10)
    #expect(recovered.hardState.term == Term(37), "the hard state is in every file")
  }

  @Test("Files whose entries were all replaced go when what replaced them is durable, not before")
  func replacement() throws {
    var (storage, files) = sample()
    var failure = storage.persist(hardState: HardState(term: Term(41), votedFor: nil), entries: nil)
    #expect(failure == nil && storage.startFlush())
    failure = storage.persist(hardState: nil, entries: entries(1, 1, term: 41))
    // The flush that ends here began before the entries were replaced.
    #expect(failure == nil && storage.finishFlush(.done(freeBytes: .max)) == nil)
    for command in storage.takeCommands() { TestDisk.perform(command, on: &files) }
    #expect(names(files) == ["log-1", "log-2", "log-3", "log-4"])
    carryOut(&storage, &files)
    #expect(names(files) == ["log-4"])
    #expect(try Storage.recover(files, rules: rules).entries == entries(1, 1, term: 41).entries)
  }

  @Test("A leader's snapshot takes the place of the log, and entries go on behind it")
  func installation() throws {
    var (storage, files) = sample()
    let refused = storage.install(snapshot(100, term: 90), lastIndex: LogIndex(100))
    let failure = storage.persist(hardState: nil, entries: entries(101, 2, term: 90))
    #expect(refused == nil && failure == nil)
    carryOut(&storage, &files)
    #expect(names(files) == ["log-5", "snapshot-100"])
    let recovered = try Storage.recover(files, rules: rules)
    #expect(
      recovered.snapshot?.position.index == LogIndex(100) && recovered.entries == entries(101, 2, term: 90).entries)
    #expect(recovered.hardState.term == Term(37))
  }

  @Test("Of several snapshots the latest by number counts, and the others and unfinished ones go")
  func latestSnapshot() throws {
    var (_, files) = sample()
    for index in [9, 30, 4] as [UInt64] {
      files.append(FileImage(name: "snapshot-\(index)", bytes: SnapshotCoding.encode(snapshot(index))))
    }
    files.append(FileImage(name: "snapshot-35.tmp", bytes: SnapshotCoding.encode(snapshot(35))))
    files.append(FileImage(name: "notes", bytes: []))
    var recovered = try Storage.recover(files, rules: rules)
    #expect(recovered.snapshot == snapshot(30) && recovered.entries.count == 10)
    carryOut(&recovered.storage, &files)
    #expect(names(files) == ["log-3", "log-4", "notes", "snapshot-30"])
  }

  @Test("What recovery has read it syncs first, then the names, and then it removes what nobody needs")
  func recoveredIsSynced() throws {
    var (_, files) = sample()
    files.append(FileImage(name: "snapshot-9", bytes: SnapshotCoding.encode(snapshot(9))))
    files.append(FileImage(name: "snapshot-9.tmp", bytes: []))
    var recovered = try Storage.recover(files, rules: rules)
    let length = try #require(files.first { $0.name == "log-4" }?.bytes.count)
    #expect(
      recovered.storage.takeCommands() == [
        .syncDirectory, .remove("snapshot-9.tmp"), .truncate("log-4", to: length), .sync("log-4"), .syncDirectory,
      ])
    #expect(recovered.storage.changes > recovered.storage.durableChanges)
  }

  @Test("A damaged snapshot is passed over where the log makes up for it, and refused where it does not")
  func damagedSnapshot() throws {
    var (storage, files) = sample()
    var damaged = SnapshotCoding.encode(snapshot(30))
    damaged[20] ^= 1
    let whole = try Storage.recover(files + [FileImage(name: "snapshot-30", bytes: damaged)], rules: rules)
    #expect(whole.snapshot == nil && whole.entries.count == 40)
    _ = storage.save(snapshot(30))
    storage.compact(through: LogIndex(30))
    carryOut(&storage, &files)
    files = files.map { $0.name == "snapshot-30" ? FileImage(name: $0.name, bytes: damaged) : $0 }
    #expect(throws: StorageDamage(file: "snapshot-30", offset: 0, reason: .badSnapshot(.checksum))) {
      try Storage.recover(files, rules: rules)
    }
  }

  @Test("A damaged snapshot is not passed over for a log that ends before it, for what is missing was acknowledged")
  func damagedSnapshotBehindLog() throws {
    let (_, files) = sample()
    for index in [40, 41] {
      var damaged = SnapshotCoding.encode(snapshot(UInt64(index)))
      damaged[20] ^= 1
      let images = files + [FileImage(name: "snapshot-\(index)", bytes: damaged)]
      let recovered = try? Storage.recover(images, rules: rules)
      #expect(recovered?.entries.count == (index == 40 ? 40 : nil))
    }
  }

  @Test("A log of which the disk cannot read some bytes is refused, or cut where nobody was told of them")
  func unreadable() throws {
    let (_, files) = sample()
    let whole = try Storage.recover(files, rules: rules)
    var (refused, cut) = (0, 0)
    for place in files.indices {
      for start in stride(from: 0, to: files[place].bytes.count, by: 16) {
        var images = files
        let hole = start..<min(start + 16, files[place].bytes.count)
        // The bytes are those that were written: nobody may read them.
        images[place].unreadable = [hole]
        do {
          let recovered = try Storage.recover(images, rules: rules)
          #expect(place == files.count - 1 && recovered.entries.count < whole.entries.count)
          #expect(recovered.entries == Array(whole.entries.prefix(recovered.entries.count)))
          cut += 1
        } catch {
          #expect(
            error.file == files[place].name && error.reason == .unreadable(hole) && error.offset < hole.upperBound)
          #expect(error.description.contains("the disk cannot read bytes \(hole.lowerBound) to \(hole.upperBound - 1)"))
          refused += 1
        }
        // A rule that takes anything for a record does not get to see what cannot be read.
        #expect((try? Storage.recover(images, rules: TornTailAccepted.self))?.entries.count ?? 0 < 40)
      }
    }
    #expect(refused > 20 && cut > 0, "\(refused) \(cut)")
  }

  @Test("A snapshot that cannot be read is passed over where the log makes up for it, and refused where it does not")
  func unreadableSnapshot() throws {
    var (storage, files) = sample()
    let hole = FileImage(name: "snapshot-30", bytes: SnapshotCoding.encode(snapshot(30)), unreadable: [8..<24])
    let whole = try Storage.recover(files + [hole], rules: rules)
    #expect(whole.snapshot == nil && whole.entries.count == 40)
    _ = storage.save(snapshot(30))
    storage.compact(through: LogIndex(30))
    carryOut(&storage, &files)
    files = files.map { $0.name == hole.name ? hole : $0 }
    #expect(throws: StorageDamage(file: "snapshot-30", offset: 8, reason: .badSnapshot(.unreadable(8..<24)))) {
      try Storage.recover(files, rules: rules)
    }
  }

  @Test("On a disk that is not its own a server does not start, whatever is on it")
  func replacedDisk() {
    let (_, files) = sample()
    for images in [[], files] {
      #expect(throws: StorageDamage(file: "log-1", offset: 0, reason: .replacedDisk)) {
        try Storage.recover(images, of: .test, onReplacedDisk: true, rules: rules)
      }
    }
  }

  @Test("What no crash leaves is refused, by file and byte")
  func refused() {
    let (_, files) = sample()
    func expect(_ reason: StorageDamage.Reason, in file: String, at offset: Int = 0, _ images: [FileImage]) {
      #expect(throws: StorageDamage(file: file, offset: offset, reason: reason)) {
        try Storage.recover(images, rules: rules)
      }
    }
    let late = StorageDamage.Reason.logStartsLate(base: LogIndex(24), snapshot: .zero)
    expect(late, in: "log-3", Array(files[2...]))
    expect(.logStartsLate(base: LogIndex(36), snapshot: .zero), in: "log-4", files.filter { $0.name != "log-3" })
    expect(.noLog, in: "log-1", [FileImage(name: "snapshot-5", bytes: SnapshotCoding.encode(snapshot(5)))])
    var cut = files
    cut[1].bytes.removeLast()
    let start =
      cut[1].bytes.count + 1 - LogLimits.frameBytes - LogLimits.entriesRecordBytes - 4 * (WireLimits.entryBytes + 7)
    expect(.badRecordBefore(file: "log-3"), in: "log-2", at: start, cut)
    cut[1].bytes.removeSubrange(start...)
    expect(.misplacedFile(base: LogIndex(24), end: LogIndex(20)), in: "log-3", cut)
    expect(.notALog, in: "log-9", [FileImage(name: "log-9", bytes: files[0].bytes)])
  }

  @Test("A snapshot ahead of the log takes its place, and one that the log contradicts too")
  func snapshotAhead() throws {
    let (_, files) = sample()
    for ahead in [snapshot(60), snapshot(30, term: 8)] {
      var disk =
        files + [FileImage(name: SnapshotFile(index: ahead.position.index).name, bytes: SnapshotCoding.encode(ahead))]
      var recovered = try Storage.recover(disk, rules: rules)
      #expect(recovered.snapshot == ahead && recovered.entries.isEmpty)
      let next = entries(ahead.position.index.rawValue + 1, 2, term: 50)
      let failure = recovered.storage.persist(hardState: nil, entries: next)
      #expect(failure == nil)
      carryOut(&recovered.storage, &disk)
      let again = try Storage.recover(disk, rules: rules)
      #expect(again.snapshot == ahead && again.entries == next.entries)
    }
  }

  @Test("A failed flush makes nothing durable, and is told")
  func failedFlush() {
    var storage = Storage(rules: rules)
    _ = storage.persist(hardState: HardState(term: Term(1), votedFor: nil), entries: nil)
    let isFlushing = storage.startFlush()
    let failure = storage.finishFlush(.failed(.sync("log-1")))
    #expect(isFlushing && failure == .sync("log-1") && storage.durableChanges == 0)
  }

  @Test(
    "Entries leave the reserve free, snapshots most of it less, and votes use it up; nothing begins that cannot end")
  func room() throws {
    let reserve = StorageConfiguration.hardStateReserveBytes
    let configuration = StorageConfiguration(reserveBytes: 2 * reserve)
    var storage = try Storage.recover([], freeBytes: 2 * reserve + 1_000, configuration: configuration, rules: rules)
      .storage
    #expect(storage.hasRoom(forEntryBytes: 1_000) && !storage.hasRoom(forEntryBytes: 1_001))
    _ = storage.persist(hardState: .initial, entries: entries(1, 10))
    #expect(!storage.hasRoom(forEntryBytes: 1_000), "what was asked for counts before it is written")
    #expect(storage.hasRoom(forState: UInt64(reserve)))
    let tooLong = snapshot(5, bytes: [UInt8](repeating: 1, count: reserve + 1_000))
    let refusal = storage.save(tooLong)
    #expect(refusal == .full("snapshot-5"))
    _ = storage.startFlush()
    _ = storage.finishFlush(.done(freeBytes: 50))
    #expect(storage.freeBytes == 50)
    _ = storage.takeCommands()
    let failure = storage.persist(hardState: HardState(term: Term(2), votedFor: nil), entries: nil)
    #expect(failure == .full("log-1") && storage.takeCommands().isEmpty)
  }

  @Test("A snapshot comes back whole; cut, flipped or garbled it is refused and does not trap")
  func coding() throws {
    var samples = Samples(seed: 5)
    for _ in 0..<200 {
      let original = Snapshot(
        position: LogPosition(index: LogIndex(samples.word() >> 2), term: Term(samples.word())),
        members: LoggedMembers(index: .zero, members: samples.members()), logDigest: samples.word(),
        bytes: samples.bytes(100))
      let bytes = SnapshotCoding.encode(original)
      #expect(
        bytes.count == SnapshotCoding.encodedBytes(ofState: original.bytes.count))
      #expect(try SnapshotCoding.decode(bytes) == original)
      for _ in 0..<20 {
        let mutant = samples.mutated(bytes)
        if mutant != bytes { #expect((try? SnapshotCoding.decode(mutant)) == nil) }
        // Garbled before the checksum was taken.
        var resealed = ByteWriter()
        for byte in samples.mutated(Array(bytes.dropLast(4))) { resealed.write(byte) }
        resealed.write(CRC32C.checksum(of: resealed.bytes))
        _ = try? SnapshotCoding.decode(resealed.bytes)
      }
    }
  }

  @Test("A snapshot of another cluster or server is refused, and not passed over like a damaged one")
  func foreignSnapshot() throws {
    let (_, files) = sample()
    let own = FileOwner.test
    for other in [
      FileOwner(own.server, of: ClusterID(8), voters: own.voters),
      FileOwner(NodeID(2), of: own.cluster, voters: NodeSet()),
    ] {
      let image = FileImage(name: "snapshot-30", bytes: SnapshotCoding.encode(snapshot(30), of: other))
      let reason = StorageDamage.Reason.foreign(other.identity, expected: own.identity)
      #expect(throws: StorageDamage(file: "snapshot-30", offset: 0, reason: reason)) {
        try Storage.recover(files + [image], rules: rules)
      }
    }
    let damage = StorageDamage(
      file: "log-1", offset: 0,
      reason: .foreign(FileIdentity(cluster: ClusterID(8), server: NodeID(2)), expected: own.identity))
    #expect(
      "\(damage)" == "log-1, byte 0: expected a file of n1 of cluster 0000000000000007, found one of n2 of cluster "
        + "0000000000000008")
  }

  @Test(
    "A snapshot that would end where no log could grow is refused", arguments: [UInt64.max, 1 << 62 + 1] as [UInt64])
  func snapshotsTooFar(index: UInt64) {
    let bytes = SnapshotCoding.encode(snapshot(index))
    #expect(throws: SnapshotFlaw.undecodable(.outOfOrder(offset: 18))) { try SnapshotCoding.decode(bytes) }
  }

  @Test("Only names that this program writes are its own")
  func fileNames() {
    #expect(SegmentFile(name: "log-12")?.number == 12 && SnapshotFile(name: "snapshot-12")?.index == LogIndex(12))
    for name in ["log-", "log-0", "log-01", "log-+1", "log--1", "log-1.tmp", "Log-1", "log-18446744073709551616", ""] {
      #expect(SegmentFile(name: name) == nil, "\(name)")
    }
    #expect(SnapshotFile(name: "snapshot-1.tmp") == nil && SnapshotFile.isTemporary("snapshot-1.tmp"))
  }
}

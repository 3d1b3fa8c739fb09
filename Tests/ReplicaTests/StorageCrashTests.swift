import Determinism
import Raft
import Testing

@testable import Replica

@Suite("Crashes of the storage")
struct StorageCrashTests {
  /// What a model's files hold after a crash; a damage is a fault, for crashes do none.
  private func recover(_ files: [FileImage], _ model: StorageModel, _ comment: String) throws -> RecoveredState {
    do {
      let recovered = try Storage.recover(
        files, configuration: model.configuration, rules: model.rules)
      if let flaw = model.flaw(in: recovered) { throw Flaw(text: "\(comment): \(flaw)") }
      return recovered
    } catch let damage as StorageDamage {
      throw Flaw(text: "\(comment): \(damage)")
    }
  }

  private struct Flaw: Error {
    var text: String
  }

  private func isSame(_ one: RecoveredState, _ other: RecoveredState) -> Bool {
    one.hardState == other.hardState && one.snapshot == other.snapshot && one.entries == other.entries
  }

  /// Crashes at every command of the repairs, and again at those of the next: all make the same of it.
  private func repairs(_ files: [FileImage], _ recovered: RecoveredState, _ model: StorageModel, depth: Int) throws {
    var (disk, storage) = (CrashingDisk(files), recovered.storage)
    _ = storage.startFlush()
    for command in storage.takeCommands() {
      disk.perform(command)
      for state in disk.crashes where state != files {
        let again = try recover(state, model, "after \(command)")
        if !isSame(recovered, again) { throw Flaw(text: "after \(command) another state is recovered") }
        if depth > 1 { try repairs(state, again, model, depth: depth - 1) }
      }
    }
    _ = storage.finishFlush(.done(freeBytes: .max))
    for command in storage.takeCommands() { disk.perform(command) }
    let end = try recover(disk.contents, model, "at the end")
    if !isSame(recovered, end) { throw Flaw(text: "after all repairs another state is recovered") }
  }

  @Test(
    "At every command, whatever byte it cuts, what was flushed is recovered and nothing else is invented",
    arguments: 0..<2 as Range<UInt64>)
  func everyCommandAndByte(seed: UInt64) throws {
    var model = StorageModel(seed: seed, segmentBytes: 150)
    var disk = CrashingDisk()
    for step in 0..<12 {
      let (commands, flushes) = model.act()
      for command in commands {
        disk.perform(command)
        for (number, files) in disk.crashes.enumerated() {
          let recovered = try recover(files, model, "seed \(seed), step \(step), state \(number)")
          if number % 50 == 0 { try repairs(files, recovered, model, depth: number % 1_000 == 0 ? 2 : 1) }
        }
      }
      if flushes { for command in model.finishFlush() { disk.perform(command) } }
    }
  }

  /// A storage that crashes again and again, at random.
  private func live(seed: UInt64, rules: any StorageRules.Type = PaperStorageRules.self) throws {
    var samples = Samples(seed: seed, purpose: 78)
    var model = StorageModel(seed: seed + 1_000, segmentBytes: 50 + samples.below(400), rules: rules)
    var disk = CrashingDisk()
    var pending: [FileCommand] = []
    for step in 0..<200 {
      let (commands, flushes) = model.act()
      pending += commands
      // A crash comes amid the commands, or before the server hears of the flush.
      if samples.below(8) == 0 {
        for command in pending.prefix(samples.below(pending.count + 1)) { disk.perform(command) }
        let files = disk.crash(&samples)
        let recovered = try recover(files, model, "seed \(seed), step \(step)")
        disk = CrashingDisk(files)
        model.resume(recovered)
        pending = []
      } else {
        for command in pending { disk.perform(command) }
        pending = flushes ? model.finishFlush() : []
      }
    }
  }

  @Test("After many crashes, each at random, what was flushed is recovered", arguments: 0..<40 as Range<UInt64>)
  func manyLives(seed: UInt64) throws {
    try live(seed: seed)
  }

  @Test(
    "A storage with one wrong rule loses something, or cannot recover",
    arguments: [
      TornTailAccepted.self, PlaceInLog.self, LogCutEarly.self, WrittenInPlace.self, LastByName.self,
      UnsyncedTailRefused.self,
    ] as [any StorageRules.Type])
  func wrongRules(rules: any StorageRules.Type) {
    let isNoticed = (0..<200 as Range<UInt64>).contains { seed in
      do {
        try live(seed: seed, rules: rules)
        return false
      } catch {
        return true
      }
    }
    #expect(isNoticed)
  }
}

/// Takes a bad record for damaged wherever a whole one follows.
private enum UnsyncedTailRefused: StorageRules {
  static func isTorn(at offset: Int, mark: Int, laterRecord: Int?) -> Bool { laterRecord == nil }
}

/// Checks records where the log as a whole would have them.
private enum PlaceInLog: StorageRules {
  static func place(inFile: Int, inLog: Int) -> Int { inLog }
}

/// Removes the log's files when the snapshot is handed to the disk.
private enum LogCutEarly: StorageRules {
  static func disposable(durable: LogIndex, written: LogIndex, compacted: LogIndex) -> LogIndex { written }
}

/// Writes the new snapshot over the old one.
private enum WrittenInPlace: StorageRules {
  static func fileToWrite(_ name: String, current: String?) -> String { current ?? name }
}

/// Takes "snapshot-9" to be newer than "snapshot-10".
private enum LastByName: StorageRules {
  static func isNewer(_ one: SnapshotFile, than other: SnapshotFile) -> Bool { one.name > other.name }
}

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
        files, configuration: model.configuration, rules: PaperStorageRules.self)
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
    arguments: 0..<8 as Range<UInt64>)
  func everyCommandAndByte(seed: UInt64) throws {
    var model = StorageModel(seed: seed, segmentBytes: 150)
    var disk = CrashingDisk()
    for step in 0..<14 {
      let (commands, flushes) = model.act()
      for command in commands {
        disk.perform(command)
        for (number, files) in disk.crashes.enumerated() {
          let recovered = try recover(files, model, "seed \(seed), step \(step), state \(number)")
          if number % 7 == 0 { try repairs(files, recovered, model, depth: number % 91 == 0 ? 2 : 1) }
        }
      }
      if flushes { for command in model.finishFlush() { disk.perform(command) } }
    }
  }

  @Test("In many lives, each ended at random, what was flushed is recovered", arguments: 0..<60 as Range<UInt64>)
  func manyLives(seed: UInt64) throws {
    var samples = Samples(seed: seed, purpose: 78)
    var model = StorageModel(seed: seed + 1_000, segmentBytes: 50 + samples.below(400))
    var disk = CrashingDisk()
    var lives = 0
    var pending: [FileCommand] = []
    var isFlushing = false
    for step in 0..<300 {
      let (commands, flushes) = model.act()
      pending += commands
      isFlushing = isFlushing || flushes
      if isFlushing && !flushes { continue }
      // A crash comes amid the commands, or before the server hears of the flush.
      let crashes = samples.below(8) == 0
      let done = crashes ? samples.below(pending.count + 1) : pending.count
      for command in pending.prefix(done) { disk.perform(command) }
      pending = []
      if crashes {
        lives += 1
        let files = disk.crash(&samples)
        let recovered = try recover(files, model, "seed \(seed), step \(step)")
        disk = CrashingDisk(files)
        model.resume(recovered)
        isFlushing = false
      } else if isFlushing {
        isFlushing = false
        pending = model.finishFlush()
      }
    }
    #expect(lives > 5)
  }
}

import Determinism
import Replica
import Testing
import Traces

@testable import Simulation

@Suite("The simulated disk")
struct SimulatedDiskTests {
  private static let draws = (0..<400 as Range<UInt64>).map { Dice(seed: $0) }

  /// A disk that has carried out what it was asked, each sync at once.
  private func disk(_ commands: [FileCommand]) -> SimulatedDisk {
    var disk = SimulatedDisk()
    carryOut(commands, on: &disk)
    return disk
  }

  private func carryOut(_ commands: [FileCommand], on disk: inout SimulatedDisk) {
    for command in commands { disk.ask(command) }
    while case .sync = disk.advance() { disk.finishSync() }
  }

  private func crash(_ disk: inout SimulatedDisk, _ dice: Dice, tearing: Bool = true) -> SimulatedDisk.CrashDamage {
    disk.crash(tearing: tearing) { name in
      var key = StableDigest()
      key.combine(Array(name.utf8))
      return dice.draw(Purpose(rawValue: 1), key.value)
    }
  }

  private func image(_ name: String, _ bytes: [UInt8]) -> FileImage { FileImage(name: name, bytes: bytes) }

  @Test("Commands are carried out in order, and none behind a sync before it has ended")
  func order() {
    var disk = disk([.create("a"), .append("a", [1])])
    for command in [.sync("a"), .append("a", [2])] as [FileCommand] { disk.ask(command) }
    disk.askForFlush()
    let stop1 = disk.advance()
    #expect(stop1 == .sync("a"))
    #expect(disk.contents == [image("a", [1])])
    let stop2 = disk.advance()
    #expect(stop2 == nil, "the sync is under way")
    disk.finishSync()
    let stop3 = disk.advance()
    #expect(stop3 == .flushed(.done(freeBytes: .max)))
    #expect(disk.contents == [image("a", [1, 2])])
    let stop4 = disk.advance()
    #expect(stop4 == nil)
  }

  @Test("The queues do not wait for each other, and a sync of the names covers what was changed before it began")
  func queues() {
    var disk = disk([.create("a"), .append("a", [1])])
    disk.ask(.sync("a"))
    let stop1 = disk.advance(.log)
    #expect(stop1 == .sync("a") && disk.fileInSync(.log) == "a" && disk.fileInSync(.snapshots) == nil)
    for command in [.syncDirectory, .create("b")] as [FileCommand] { disk.ask(command, in: .snapshots) }
    disk.askForFlush(of: .snapshots)
    let stop2 = disk.advance(.snapshots)
    #expect(stop2 == .sync("") && disk.unsyncedBytes(of: "a") == 1)
    disk.finishSync(.log)
    disk.ask(.create("c"), in: .log)
    let stop3 = disk.advance(.log)
    #expect(stop3 == nil && disk.contents.map(\.name) == ["a", "c"])
    disk.finishSync(.snapshots)
    #expect(disk.durableContents == [image("a", [1])])
    let stop4 = disk.advance(.snapshots)
    #expect(stop4 == .flushed(.done(freeBytes: .max)) && disk.contents.map(\.name) == ["a", "b", "c"])
    #expect(disk.durableContents == [image("a", [1])])
  }

  @Test("A file that was synced is lost when its name was not, and kept when it was")
  func names() {
    var withoutName = false
    for dice in Self.draws {
      var disk = disk([.create("a"), .append("a", [1]), .sync("a")])
      #expect(disk.durableContents.isEmpty)
      _ = crash(&disk, dice)
      if disk.contents.isEmpty { withoutName = true } else { #expect(disk.contents == [image("a", [1])]) }
      var named = self.disk([.create("a"), .append("a", [1]), .sync("a"), .syncDirectory])
      let damage = crash(&named, dice)
      #expect(named.contents == [image("a", [1])] && damage == SimulatedDisk.CrashDamage())
    }
    #expect(withoutName)
  }

  @Test("A file renamed over another leaves one or the other, whole, and never none")
  func rename() {
    var outcomes: [[FileImage]] = []
    for dice in Self.draws {
      var disk = disk([.create("a"), .append("a", [1, 1]), .sync("a"), .syncDirectory])
      carryOut([.create("b"), .append("b", [2, 2]), .sync("b"), .rename("b", to: "a")], on: &disk)
      #expect(disk.contents == [image("a", [2, 2])])
      _ = crash(&disk, dice)
      if !outcomes.contains(disk.contents) { outcomes.append(disk.contents) }
    }
    #expect(outcomes.count == 3)
    for files in [[image("a", [1, 1])], [image("a", [1, 1]), image("b", [2, 2])], [image("a", [2, 2])]] {
      #expect(outcomes.contains(files))
    }
  }

  @Test("What was renamed before it was synced may be torn under its new name")
  func renamedTooEarly() {
    var torn = 0
    for dice in Self.draws {
      var disk = disk([.create("b"), .append("b", [2, 2]), .rename("b", to: "a"), .syncDirectory])
      _ = crash(&disk, dice)
      if disk.contents != [image("a", [2, 2])] { torn += 1 }
    }
    #expect(torn > 0 && torn < Self.draws.count)
  }

  @Test("A removal is undone by a crash, or durable with the directory")
  func removal() {
    var outcomes: [[FileImage]] = []
    for dice in Self.draws {
      var disk = disk([.create("a"), .append("a", [1]), .sync("a"), .syncDirectory, .remove("a")])
      _ = crash(&disk, dice)
      if !outcomes.contains(disk.contents) { outcomes.append(disk.contents) }
    }
    #expect(outcomes.count == 2 && outcomes.contains([image("a", [1])]) && outcomes.contains([]))
  }

  @Test("After a failed sync nothing more is begun, the flush reports it, and what was written may be gone")
  func failedSync() {
    var disk = disk([.create("a"), .append("a", [1]), .sync("a"), .syncDirectory, .append("a", [2])])
    disk.failsSyncs = true
    for command in [.sync("a"), .create("b")] as [FileCommand] { disk.ask(command) }
    disk.askForFlush()
    let stop = disk.advance()
    #expect(stop == .sync("a"))
    disk.finishSync()
    let end = disk.advance()
    #expect(end == .flushed(.failed(.sync("a"))))
    #expect(disk.contents == [image("a", [1, 2])], "it can still be read, and nothing behind it was begun")
    disk.failsSyncs = false
    carryOut([.append("a", [3]), .sync("a")], on: &disk)
    #expect(disk.durableContents == [image("a", [1, 0, 3])], "and a later sync does not bring it back")
  }

  @Test("A full disk takes what there is room for, and reports it")
  func full() {
    var disk = disk([.create("a"), .append("a", [1, 1])])
    disk.capacity = 5
    #expect(disk.freeBytes == 3)
    carryOut([.append("a", [2, 2, 2, 2])], on: &disk)
    disk.askForFlush()
    let end = disk.advance()
    #expect(end == .flushed(.failed(.full("a"))))
    #expect(disk.contents == [image("a", [1, 1, 2, 2, 2])] && disk.freeBytes == 0)
  }

  @Test("What a killed process wrote is to be read, a later power cut may take it, and a sync keeps it")
  func killed() {
    var (taken, kept) = (0, 0)
    for dice in Self.draws.prefix(50) {
      var disk = disk([.create("a"), .append("a", [1]), .sync("a"), .syncDirectory, .append("a", [2]), .create("b")])
      for command in [.sync("a"), .append("a", [3])] as [FileCommand] { disk.ask(command) }
      let stop = disk.advance()
      #expect(stop == .sync("a"))
      _ = disk.endProcess()
      let next = disk.advance()
      #expect(next == nil, "the sync under way ended with the process, and nothing behind it is begun")
      #expect(disk.contents == [image("a", [1, 2]), image("b", [])] && disk.durableContents == [image("a", [1])])
      var synced = disk
      carryOut([.sync("a"), .syncDirectory], on: &synced)
      _ = crash(&synced, dice)
      #expect(synced.contents == [image("a", [1, 2]), image("b", [])])
      _ = crash(&disk, dice)
      if disk.contents.first?.bytes == [1, 2] { kept += 1 } else { taken += 1 }
    }
    #expect(taken > 0 && kept > 0)
  }

  @Test("What waits behind a sync never happened if the node crashes")
  func queued() {
    for dice in Self.draws.prefix(50) {
      var disk = disk([.create("a"), .append("a", [1]), .sync("a"), .syncDirectory])
      for command in [.append("a", [2]), .sync("a"), .append("a", [3])] as [FileCommand] { disk.ask(command) }
      let stop = disk.advance()
      #expect(stop == .sync("a"))
      _ = crash(&disk, dice, tearing: false)
      #expect([[image("a", [1])], [image("a", [1, 2])]].contains(disk.contents))
      let next = disk.advance()
      #expect(next == nil)
    }
  }

  @Test("What takes a name from a file is told, with what would be left if that were durable")
  func removals() {
    var disk = disk([
      .create("a"), .append("a", [1]), .sync("a"), .create("b"), .append("b", [2]), .sync("b"), .syncDirectory,
    ])
    _ = disk.takeNameChanges()
    for command in [.create("c"), .rename("c", to: "a"), .remove("b"), .create("d"), .rename("d", to: "b")]
      as [FileCommand]
    {
      disk.ask(command)
    }
    _ = disk.advance()
    let removals = disk.newRemovals()
    #expect(
      removals.map(\.name) == ["a", "b"] && removals.map(\.change) == [1, 2], "nobody bears b any more when d gets it")
    let durable = (0...3).map { disk.durable(with: $0).map { image($0.name, $0.bytes) } }
    #expect(durable[0] == [image("a", [1]), image("b", [2])] && durable[0] == disk.durableContents)
    #expect(durable[2] == [image("a", []), image("b", [2])] && durable[3] == [image("a", [])])
    #expect(!disk.isDurable && disk.fileCount == 2)
    _ = disk.takeNameChanges()
    #expect(disk.newRemovals().isEmpty)
  }

  @Test("Damage hits all of a file behind which the log goes on, and of the last one only what a mark covers")
  func damage() {
    // A length of four bytes, a checksum, a mark of zero, and a payload.
    let record: [UInt8] = [4, 0, 0, 0] + Array(repeating: 0, count: 12) + [9, 9, 9, 9]
    let first: [FileCommand] = [.create("log-1"), .append("log-1", record + record), .sync("log-1"), .syncDirectory]
    for begun in [0, 19, 20] {
      let next: [FileCommand] = [.create("log-2"), .append("log-2", Array(record.prefix(begun))), .sync("log-2")]
      let whole = disk(first + next + [.syncDirectory])
      #expect(whole.isDamageable == (begun == 20) && !whole.isDamaged)
      guard begun == 20 else { continue }
      var hit: [Bool] = Array(repeating: false, count: 40)
      for dice in Self.draws {
        var disk = whole
        #expect(disk.damage(by: dice.draw(Purpose(rawValue: 1), 7), losingSector: false) && disk.isDamaged)
        #expect(disk.contents[1] == image("log-2", record))
        for (place, byte) in disk.contents[0].bytes.enumerated() where byte != (record + record)[place] {
          hit[place] = true
        }
      }
      #expect(!hit.contains(false))
    }
  }

  @Test("The room that there will be counts what is asked and not done")
  func roomWhenDone() {
    var disk = disk([.create("a"), .append("a", [1, 2, 3]), .sync("a")])
    disk.capacity = 10
    #expect(disk.freeBytes == 7 && disk.freeBytesWhenDone == 7)
    for command in [.create("b"), .append("b", [4, 5]), .sync("b"), .append("b", [6]), .remove("a")] as [FileCommand] {
      disk.ask(command)
    }
    let stop = disk.advance()
    #expect(stop == .sync("b") && disk.freeBytes == 5)
    #expect(disk.freeBytesWhenDone == 7, "a byte more to come, and three to go")
  }
}

/// A disk of which one queue is used.
extension SimulatedDisk {
  mutating func ask(_ command: FileCommand) { ask(command, in: .log) }
  mutating func askForFlush() { askForFlush(of: .log) }
  mutating func advance() -> Stop? { advance(.log) }
  mutating func finishSync() { finishSync(.log) }
}

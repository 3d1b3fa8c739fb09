import Determinism
import Replica
import Testing
import Traces

@testable import Simulation

@Suite("A file of the simulated disk")
struct SimulatedFileTests {
  private static let draws = (0..<400 as Range<UInt64>).map { Dice(seed: $0).draw(Purpose(rawValue: 1), 0) }

  /// A file with `[1, 1]` durable, and `[2, 2, 2]` and `[3, 3, 3, 3]` written since.
  private func file() -> SimulatedFile {
    var file = SimulatedFile()
    file.append([1, 1])
    file.sync()
    file.append([2, 2, 2])
    file.append([3, 3, 3, 3])
    return file
  }

  private func crash(_ file: inout SimulatedFile, _ cut: Draw, tearing: Bool) -> SimulatedDisk.CrashDamage {
    var damage = SimulatedDisk.CrashDamage()
    file.crash(cut: cut, tearing: tearing, sectorBytes: 1, damage: &damage)
    return damage
  }

  @Test("What was written is to be read at once, and durable with a sync")
  func sync() {
    var file = file()
    #expect(file.durable == [1, 1] && file.content == [1, 1, 2, 2, 2, 3, 3, 3, 3])
    file.sync()
    #expect(file.durable == file.content && file.length == 9)
  }

  @Test("What cannot be read stays so until it is cut off, and none of it is what it was")
  func unreadable() {
    var file = file()
    file.sync()
    file.lose(2..<5)
    file.lose(0..<1)
    #expect(file.unreadable == [0..<1, 2..<5] && file.durable == [254, 1, 253, 253, 253, 3, 3, 3, 3])
    file.lose(0..<1)
    #expect(file.durable[0] == 254, "what is lost twice is not what it was")
    file.truncate(to: 4)
    #expect(file.unreadable == [0..<1, 2..<5], "it is not durable yet")
    file.append([7])
    file.sync()
    #expect(file.unreadable == [0..<1, 2..<4] && file.durable == [254, 1, 253, 253, 7])
    file.truncate(to: 0)
    file.sync()
    #expect(file.unreadable.isEmpty && file.durable.isEmpty)
  }

  @Test("What a failed sync lost is to be read until a crash, and is a hole under what is synced later")
  func failedSync() {
    var file = file()
    file.failSync()
    #expect(file.content == [1, 1, 2, 2, 2, 3, 3, 3, 3])
    file.append([4])
    file.sync()
    #expect(file.content == [1, 1, 2, 2, 2, 3, 3, 3, 3, 4])
    #expect(file.durable == [1, 1, 0, 0, 0, 0, 0, 0, 0, 4])
    _ = crash(&file, Self.draws[0], tearing: true)
    #expect(file.content == file.durable && file.length == 10)
  }

  @Test("A sync that fails again loses what was written since, and leaves to be read what the first one lost")
  func failedTwice() {
    var file = file()
    file.failSync()
    file.append([4])
    file.failSync()
    #expect(file.content == [1, 1, 2, 2, 2, 3, 3, 3, 3, 4])
    file.sync()
    #expect(file.durable == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    file.append([5])
    file.failSync()
    #expect(file.content.last == 5, "after a good sync a failure counts anew")
  }

  @Test("A crash that tears nothing keeps what was synced and a prefix of whole writes, each of them at some time")
  func wholeWrites() {
    var outcomes: Set<[UInt8]> = []
    for draw in Self.draws {
      var file = file()
      let damage = crash(&file, draw, tearing: false)
      #expect(!damage.isTorn)
      #expect(damage.isLossy == (file.durable.count < 9))
      #expect(file.length == file.durable.count)
      outcomes.insert(file.durable)
    }
    #expect(outcomes == [[1, 1], [1, 1, 2, 2, 2], [1, 1, 2, 2, 2, 3, 3, 3, 3]])
  }

  @Test("A crash that tears keeps any pages of what was not synced; what is missing is gone or reads as zeros")
  func tornWrites() {
    let whole: [UInt8] = [1, 1, 2, 2, 2, 3, 3, 3, 3]
    var prefixes: Set<Int> = []
    var (zeroFilled, outOfOrder) = (0, 0)
    for draw in Self.draws {
      var file = file()
      let damage = crash(&file, draw, tearing: true)
      let left = file.durable
      #expect(left.starts(with: [1, 1]) && zip(left, whole).allSatisfy { $0 == $1 || $0 == 0 })
      let isPrefix = left == Array(whole.prefix(left.count))
      #expect(damage.isTorn == !(isPrefix && [2, 5, 9].contains(left.count)))
      #expect(damage.isLossy == (left != whole))
      if isPrefix { prefixes.insert(left.count) }
      if left.last == 0 { zeroFilled += 1 }
      if let hole = left.firstIndex(of: 0), left[hole...].contains(where: { $0 > 0 }) { outOfOrder += 1 }
    }
    #expect(prefixes == Set(2...9))
    #expect(zeroFilled > 0 && outOfOrder > 0 && outOfOrder < Self.draws.count / 2)
  }

  @Test("A truncation is a write like any other: undone by a crash, or durable with the next sync")
  func truncation() {
    var outcomes: Set<[UInt8]> = []
    for draw in Self.draws {
      var file = file()
      file.sync()
      file.truncate(to: 3)
      file.append([5])
      #expect(file.length == 4)
      var synced = file
      synced.sync()
      #expect(synced.durable == [1, 1, 2, 5])
      _ = crash(&file, draw, tearing: true)
      outcomes.insert(file.durable)
    }
    #expect(outcomes == [[1, 1, 2, 2, 2, 3, 3, 3, 3], [1, 1, 2], [1, 1, 2, 0], [1, 1, 2, 5]])
  }

  @Test("A crash with nothing unsynced does no damage")
  func nothingUnsynced() {
    for draw in Self.draws.prefix(50) {
      var file = file()
      file.sync()
      let damage = crash(&file, draw, tearing: true)
      #expect(!damage.isLossy && !damage.isTorn)
      #expect(file.durable.count == 9)
    }
  }
}

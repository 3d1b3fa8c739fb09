import Determinism
import Testing

@testable import Simulation

@Suite("The simulated disk")
struct SimulatedDiskTests {
  private static let draws = (0..<400 as Range<UInt64>).map { Dice(seed: $0).draw(Purpose(rawValue: 1), 0) }

  /// A disk with `[1, 1]` durable, `[2, 2, 2]` in a sync under way, and `[3, 3, 3, 3]` written since.
  private func disk() -> SimulatedDisk {
    var disk = SimulatedDisk()
    disk.append([1, 1])
    disk.beginSync()
    disk.finishSync()
    disk.append([2, 2, 2])
    disk.beginSync()
    disk.append([3, 3, 3, 3])
    return disk
  }

  @Test("A sync makes durable what was written before it began, and nothing since")
  func sync() {
    var disk = disk()
    #expect(disk.durable == [1, 1] && disk.length == 9)
    disk.finishSync()
    #expect(disk.durable == [1, 1, 2, 2, 2] && disk.length == 9)
    disk.beginSync()
    disk.finishSync()
    #expect(disk.durable == [1, 1, 2, 2, 2, 3, 3, 3, 3])
  }

  @Test("A crash that tears nothing keeps what was synced and a prefix of whole writes, each of them at some time")
  func wholeWrites() {
    var outcomes: Set<[UInt8]> = []
    for draw in Self.draws {
      var disk = disk()
      let damage = disk.crash(cut: draw, tearing: false)
      #expect(damage.hadUnsyncedWrites && !damage.isTorn)
      #expect(damage.isLossy == (disk.durable.count < 9))
      #expect(disk.length == disk.durable.count)
      outcomes.insert(disk.durable)
    }
    #expect(outcomes == [[1, 1], [1, 1, 2, 2, 2], [1, 1, 2, 2, 2, 3, 3, 3, 3]])
  }

  @Test("A crash that tears keeps a prefix of the bytes; the rest of the torn write is missing or zeros")
  func tornWrites() {
    let whole: [UInt8] = [1, 1, 2, 2, 2, 3, 3, 3, 3]
    let ends = [2, 5, 9]
    var kept: Set<Int> = []
    var zeroFilled = 0
    for draw in Self.draws {
      var disk = disk()
      let damage = disk.crash(cut: draw, tearing: true)
      let real = disk.durable.prefix { $0 != 0 }
      #expect(Array(real) == Array(whole.prefix(real.count)))
      #expect(damage.isTorn == !ends.contains(real.count))
      if real.count < disk.durable.count {
        zeroFilled += 1
        #expect(ends.contains(disk.durable.count), "zeros end where the write would have ended")
        #expect(disk.durable.dropFirst(real.count).allSatisfy { $0 == 0 })
      }
      kept.insert(real.count)
    }
    #expect(kept == Set(2...9))
    #expect(zeroFilled > 0 && zeroFilled < Self.draws.count)
  }

  @Test("A crash ends a sync under way: its end would mean nothing")
  func syncUnderWay() throws {
    let takesAll = Self.draws.first { draw in
      var other = self.disk()
      _ = other.crash(cut: draw, tearing: false)
      return other.durable == [1, 1]
    }
    let cut = try #require(takesAll)
    var disk = self.disk()
    _ = disk.crash(cut: cut, tearing: false)
    disk.append([4])
    disk.finishSync()
    #expect(disk.durable == [1, 1], "the old sync does not cover the new write")
  }

  @Test("A truncation is a write like any other: undone by a crash, or durable with the next sync")
  func truncation() {
    var outcomes: Set<[UInt8]> = []
    for draw in Self.draws {
      var disk = disk()
      disk.finishSync()
      disk.beginSync()
      disk.finishSync()
      disk.truncate(to: 3)
      disk.append([5])
      #expect(disk.length == 4)
      var synced = disk
      synced.beginSync()
      synced.finishSync()
      #expect(synced.durable == [1, 1, 2, 5])
      _ = disk.crash(cut: draw, tearing: true)
      outcomes.insert(disk.durable)
    }
    #expect(outcomes == [[1, 1, 2, 2, 2, 3, 3, 3, 3], [1, 1, 2], [1, 1, 2, 5]])
  }

  @Test("A crash with nothing unsynced does no damage")
  func nothingUnsynced() {
    for draw in Self.draws.prefix(50) {
      var disk = disk()
      disk.finishSync()
      disk.beginSync()
      disk.finishSync()
      let damage = disk.crash(cut: draw, tearing: true)
      #expect(!damage.hadUnsyncedWrites && !damage.isLossy && !damage.isTorn)
      #expect(disk.durable.count == 9)
    }
  }
}

import Determinism

/// The log file of one node: what would survive a crash, and what might not.
///
/// The simulated disk alone knows what is durable; what the server believes does not count.
struct SimulatedDisk: Sendable {
  /// A change of the file that is not durable yet.
  private enum Write: Sendable {
    case append([UInt8])
    case truncate(to: Int)

    /// What it takes of the way to the disk; a truncation is a small write too.
    var size: Int {
      switch self {
      case .append(let bytes): bytes.count
      case .truncate: 1
      }
    }
  }

  /// What a crash did to the writes that were not durable.
  struct CrashDamage: Sendable {
    /// Whether there were any.
    var hadUnsyncedWrites = false
    var isLossy = false
    var isTorn = false
  }

  /// What a crash leaves in any case.
  private(set) var durable: [UInt8] = []
  private var pending: [Write] = []
  /// How many of the pending writes the sync under way covers.
  private var syncing = 0

  /// The length that the file will have when everything is durable.
  private(set) var length = 0

  mutating func append(_ bytes: [UInt8]) {
    pending.append(.append(bytes))
    length += bytes.count
  }

  mutating func truncate(to length: Int) {
    pending.append(.truncate(to: length))
    self.length = length
  }

  mutating func beginSync() {
    syncing = pending.count
  }

  mutating func finishSync() {
    for write in pending.prefix(syncing) { perform(write) }
    pending.removeFirst(syncing)
    syncing = 0
  }

  /// Keeps a prefix of what was written and not synced.
  ///
  /// - Parameters:
  ///   - cut: decides how much.
  ///   - tearing: whether the cut may fall amid a write; what is missing of that write may read as zeros.
  mutating func crash(cut: Draw, tearing: Bool) -> CrashDamage {
    var damage = CrashDamage()
    damage.hadUnsyncedWrites = !pending.isEmpty
    // Half of the crashes take everything, as a machine does that loses power; the others leave some of it.
    let size = pending.reduce(0) { $0 + $1.size }
    var kept = max(0, cut.below(2 * size + 1) - size)
    for write in pending {
      if write.size <= kept {
        kept -= write.size
        perform(write)
        continue
      }
      damage.isLossy = true
      if case .append(let bytes) = write, tearing, kept > 0 {
        damage.isTorn = true
        durable += bytes.prefix(kept)
        if cut.bits & 1 == 0 { durable += [UInt8](repeating: 0, count: bytes.count - kept) }
      }
      break
    }
    pending.removeAll()
    syncing = 0
    length = durable.count
    return damage
  }

  private mutating func perform(_ write: Write) {
    switch write {
    case .append(let bytes): durable += bytes
    case .truncate(let length): durable.removeSubrange(min(length, durable.count)...)
    }
  }
}

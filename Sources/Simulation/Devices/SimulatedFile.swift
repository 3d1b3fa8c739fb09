import Determinism
import Replica

/// The bytes of one file, whatever its name: what would survive a crash, and what might not.
struct SimulatedFile: Sendable {
  /// A change that is not durable yet.
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

  /// What a crash leaves in any case.
  private(set) var durable: [UInt8] = []
  private var pending: [Write] = []
  /// How many of the durable bytes a sync has confirmed; the others are what a crash happened to leave.
  private(set) var synced = 0
  /// The length that the file has when everything is durable.
  private(set) var length = 0
  /// What a failed sync lost and the disk still shows: where it stands in the file.
  private var shown: [(offset: Int, bytes: [UInt8])] = []
  /// How many of the pending writes a sync has failed to make durable already.
  private var failedWrites = 0

  /// The bytes as they are to be read now.
  var content: [UInt8] {
    var copy = self
    copy.sync()
    for (offset, bytes) in shown {
      let end = min(copy.durable.count, offset + bytes.count)
      if offset < end { copy.durable.replaceSubrange(offset..<end, with: bytes.prefix(end - offset)) }
    }
    return copy.durable
  }

  /// Whether something was appended that is not durable yet.
  var hasUnsyncedAppend: Bool {
    pending.contains { if case .append = $0 { true } else { false } }
  }

  mutating func append(_ bytes: [UInt8]) {
    pending.append(.append(bytes))
    length += bytes.count
  }

  mutating func truncate(to length: Int) {
    guard length < self.length else { return }
    pending.append(.truncate(to: length))
    self.length = length
    shown.removeAll { $0.offset >= length }
  }

  mutating func sync() {
    for write in pending { perform(write) }
    pending.removeAll(keepingCapacity: true)
    failedWrites = 0
    synced = durable.count
  }

  /// Turns a bit over.
  mutating func flip(bit: Int, ofByte offset: Int) { durable[offset] ^= 1 << UInt8(bit) }

  /// Makes zeros of bytes.
  mutating func blank(_ range: Range<Int>) {
    durable.replaceSubrange(range, with: repeatElement(0, count: range.count))
  }

  /// Loses the bytes of the writes under way. Later ones leave a hole in their place, which reads as zeros.
  mutating func failSync() {
    var offset = durable.count
    pending = pending.enumerated().map { place, write in
      switch write {
      case .append(let bytes):
        if place >= failedWrites { shown.append((offset, bytes)) }
        offset += bytes.count
        return .append([UInt8](repeating: 0, count: bytes.count))
      case .truncate(let length):
        offset = length
        return write
      }
    }
    failedWrites = pending.count
  }

  /// Where the last synced record starts: each says in its first four bytes how long it is without the eight before its
  /// payload.
  var lastRecord: Int {
    var (last, next) = (0, 0)
    while next + LogLimits.frameBytes <= synced {
      last = next
      let length = (0..<4).reduce(0) { $0 | Int(durable[next + $1]) << (8 * $1) }
      next += LogLimits.frameBytes + length
    }
    return last
  }

  /// Takes back what is not durable.
  mutating func forgetUnsynced() {
    pending.removeAll()
    failedWrites = 0
    shown.removeAll()
    length = durable.count
  }

  /// Keeps a prefix of what was written and not synced.
  ///
  /// - Parameters:
  ///   - cut: decides how much.
  ///   - tearing: whether the cut may fall amid a write, between two sectors; what is missing of that write may read as
  ///     zeros.
  ///   - damage: is told what was done.
  mutating func crash(cut: Draw, tearing: Bool, sectorBytes: Int, damage: inout SimulatedDisk.CrashDamage) {
    var kept = Self.kept(of: pending.reduce(0) { $0 + $1.size }, by: cut)
    for write in pending {
      if write.size <= kept {
        kept -= write.size
        perform(write)
        continue
      }
      damage.isLossy = true
      if case .append(let bytes) = write, tearing, kept > 0 {
        let whole = max(0, (durable.count + kept) / sectorBytes * sectorBytes - durable.count)
        let isPadded = cut.bits & 1 == 0
        durable += bytes.prefix(whole)
        if isPadded { durable += [UInt8](repeating: 0, count: bytes.count - whole) }
        damage.isTorn = damage.isTorn || whole > 0 || isPadded
      }
      break
    }
    forgetUnsynced()
  }

  /// How much of so much a crash keeps. Half of the crashes take everything, as a machine does that loses power; the
  /// others leave some of it.
  static func kept(of size: Int, by cut: Draw) -> Int { max(0, cut.below(2 * size + 1) - size) }

  private mutating func perform(_ write: Write) {
    switch write {
    case .append(let bytes): durable += bytes
    case .truncate(let length):
      durable.removeSubrange(min(length, durable.count)...)
      synced = min(synced, durable.count)
    }
  }
}

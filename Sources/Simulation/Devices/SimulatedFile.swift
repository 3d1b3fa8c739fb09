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

    /// What it adds to the file.
    var bytes: [UInt8] { if case .append(let bytes) = self { bytes } else { [] } }

    var isTruncation: Bool { if case .truncate = self { true } else { false } }
  }

  /// What a crash leaves in any case.
  private(set) var durable: [UInt8] = []
  private var pending: [Write] = []
  /// How many of the durable bytes a sync has confirmed; the others are what a crash happened to leave.
  private(set) var synced = 0
  /// Where it cannot be read any more, in order.
  private(set) var unreadable: [Range<Int>] = []
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

  /// Whether what is to be read is not durable, or is no more than shown.
  var isUnsynced: Bool { !pending.isEmpty || !shown.isEmpty }

  /// Whether something was appended that is not durable yet.
  var hasUnsyncedAppend: Bool {
    pending.contains { if case .append = $0 { true } else { false } }
  }

  /// How many bytes were appended that are not durable yet.
  var unsyncedBytes: Int { pending.reduce(0) { $0 + $1.bytes.count } }

  /// Whether bytes can be read that a failed sync has lost.
  var showsLostBytes: Bool { !shown.isEmpty }

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
    pending.clear()
    failedWrites = 0
    synced = durable.count
  }

  /// Turns a bit over.
  mutating func flip(bit: Int, ofByte offset: Int) { durable[offset] ^= 1 << UInt8(bit) }

  /// Makes bytes unreadable. None of them is what it was, so that whoever reads them all the same reads something else.
  mutating func lose(_ range: Range<Int>) {
    // What is lost a second time would be what it was.
    for place in range where !unreadable.contains(where: { $0.contains(place) }) { durable[place] = ~durable[place] }
    if !unreadable.contains(range) { unreadable.append(range) }
    unreadable.sort { $0.lowerBound < $1.lowerBound }
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

  /// Whether its first record, with which a file of the log begins, is synced.
  var isBegun: Bool {
    synced >= LogLimits.frameBytes && LogLimits.frameBytes + word(at: 0, bytes: 4) <= synced
  }

  /// How many bytes a synced record says were synced before it was written: there damage can be told from a torn write.
  ///
  /// A record says in its first four bytes how long its payload is, and in eight bytes right before that what was synced.
  var mark: Int {
    var (mark, next) = (0, 0)
    while next + LogLimits.frameBytes <= synced {
      let end = next + LogLimits.frameBytes + word(at: next, bytes: 4)
      if end <= synced { mark = max(mark, word(at: next + LogLimits.frameBytes - 8, bytes: 8)) }
      next = end
    }
    return min(mark, synced)
  }

  private func word(at offset: Int, bytes: Int) -> Int {
    Int(truncatingIfNeeded: (0..<bytes).reduce(0 as UInt64) { $0 | UInt64(durable[offset + $1]) << (8 * UInt64($1)) })
  }

  /// Takes back what is not durable.
  mutating func forgetUnsynced() {
    pending.removeAll()
    failedWrites = 0
    shown.removeAll()
    length = durable.count
  }

  /// Keeps some of what was written and not synced.
  ///
  /// - Parameters:
  ///   - cut: decides how much.
  ///   - tearing: whether pages of a write may stay without others, and without those of earlier writes; what is missing
  ///     may read as zeros. If not, a prefix of whole writes stays.
  ///   - damage: is told what was done.
  mutating func crash(cut: Draw, tearing: Bool, sectorBytes: Int, damage: inout SimulatedDisk.CrashDamage) {
    var kept = Self.kept(of: pending.reduce(0) { $0 + $1.size }, by: cut)
    var count = 0
    while count < pending.count, pending[count].size <= kept {
      kept -= pending[count].size
      count += 1
    }
    let isCutAmid = tearing && count < pending.count && kept > 0
    // What a truncation has left is there once the truncation is.
    let first = (pending[..<count].lastIndex { $0.isTruncation } ?? -1) + 1
    for write in pending[..<first] { perform(write) }
    let reached = pending[first..<(isCutAmid ? count + 1 : count)]
    var tail = UnsyncedTail(base: durable.count, writes: reached.map(\.bytes), sectorBytes: sectorBytes)
    if tearing { tail.tear(whole: count - first, bytesOfNext: isCutAmid ? kept : 0, by: cut) }
    durable += tail.bytes
    damage.isLossy = damage.isLossy || reached.endIndex < pending.count || tail.isLossy
    damage.isTorn = damage.isTorn || tail.isTorn
    forgetUnsynced()
  }

  /// How much of so much a crash keeps. Half of the crashes take everything, as a machine does that loses power; the
  /// others leave some of it.
  static func kept(of size: Int, by cut: Draw) -> Int { max(0, cut.below(2 * size + 1) - size) }

  private mutating func perform(_ write: Write) {
    switch write {
    case .append(let bytes): if durable.isEmpty { durable = bytes } else { durable += bytes }
    case .truncate(let length):
      durable.removeSubrange(min(length, durable.count)...)
      unreadable = unreadable.filter { $0.lowerBound < length }.map { $0.clamped(to: 0..<length) }
      synced = min(synced, durable.count)
    }
  }
}

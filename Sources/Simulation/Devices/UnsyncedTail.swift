import Determinism

/// What was appended to a file since it was last synced, and what of it a power cut leaves: each page on its own as some
/// write left it, in whatever order pages reach the disk.
struct UnsyncedTail {
  /// Where it starts in the file.
  let base: Int
  /// Where each write ends in `bytes`.
  private let ends: [Int]
  private let whole: [UInt8]
  /// What a disk writes at once.
  private let sectorBytes: Int
  /// What is left.
  private(set) var bytes: [UInt8]

  /// A tail of which nothing is lost.
  init(base: Int, writes: [[UInt8]], sectorBytes: Int) {
    (self.base, self.sectorBytes) = (base, sectorBytes)
    var ends: [Int] = []
    for write in writes { ends.append((ends.last ?? 0) + write.count) }
    self.ends = ends
    whole = Array(writes.joined())
    bytes = whole
  }

  /// Whether anything is gone.
  var isLossy: Bool { bytes != whole }

  /// Whether what is left is no prefix of whole writes.
  var isTorn: Bool {
    guard !bytes.isEmpty else { return false }
    return !ends.contains(bytes.count) || !whole.starts(with: bytes)
  }

  /// Loses pages: half of the time those behind the cut, else one stretch of them, or any.
  ///
  /// - Parameters:
  ///   - count: how many of the writes lie before the cut as a whole.
  ///   - rest: how many bytes of the next one do.
  ///   - cut: decides which pages, and whether lost ones at the end read as zeros.
  mutating func tear(whole count: Int, bytesOfNext rest: Int, by cut: Draw) {
    let isPadded = cut.bits & 1 == 0
    let isInOrder = cut.bits & 2 == 0
    let losesStretch = cut.bits & 4 == 0
    let cutPage = (base + end(of: count) + rest) / sectorBytes
    let pages = base / sectorBytes..<max(base / sectorBytes, (base + whole.count + sectorBytes - 1) / sectorBytes)
    let stretch = stretch(of: pages, by: cut)
    var length = 0
    for page in pages {
      let start = max(0, page * sectorBytes - base)
      let end = min(whole.count, (page + 1) * sectorBytes - base)
      let writes =
        if isInOrder {
          page < cutPage ? ends.count : count
        } else if losesStretch {
          stretch.contains(page) ? 0 : ends.count
        } else {
          Self.draw(for: page, by: cut).below(ends.count + 1)
        }
      let last = max(start, min(end, self.end(of: writes)))
      if last > start { length = last }
      for place in last..<max(last, end) { bytes[place] = 0 }
    }
    if !isPadded { bytes.removeSubrange(length...) }
  }

  /// A few pages in a row, in any place.
  private func stretch(of pages: Range<Int>, by cut: Draw) -> Range<Int> {
    guard !pages.isEmpty else { return pages }
    let first = pages.lowerBound + Self.draw(for: -1, by: cut).below(pages.count)
    let count = 1 + Self.draw(for: -2, by: cut).below(max(1, pages.count / 2))
    return first..<min(pages.upperBound, first + count)
  }

  /// Where the first so many writes end.
  private func end(of count: Int) -> Int { count > 0 ? ends[count - 1] : 0 }

  private static func draw(for page: Int, by cut: Draw) -> Draw {
    var key = StableDigest(start: cut.bits)
    key.combine(UInt64(bitPattern: Int64(page)))
    return Draw(bits: key.value)
  }
}

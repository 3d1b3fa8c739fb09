import Determinism
import Raft

/// What the files of a log say together.
struct RecoveredLog: Sendable {
  /// The index after which the entries start.
  private(set) var base = LogIndex.zero
  private(set) var entries: [Entry] = []
  private(set) var hardState = HardState.initial
  /// The files, the last of them open.
  private(set) var files: [SegmentedLog.Closed] = []
  /// Files that nobody needs any more, or that were never begun; they go before anything else is done.
  private(set) var obsolete: [SegmentFile] = []
  /// The highest mark in the last file: so much of it was durable before.
  private(set) var mark = 0
  /// The length to which the last file must be cut, if it is torn.
  private(set) var tornLength: Int?

  /// The log's last index.
  var lastIndex: LogIndex { LogIndex(base.rawValue + UInt64(entries.count)) }

  /// Reads the files of a log.
  ///
  /// - Parameter images: in increasing order of their numbers.
  /// - Throws: where a file is damaged, or the files do not follow from each other.
  init(
    _ images: [(file: SegmentFile, image: FileImage)], of owner: FileOwner, rules: any StorageRules.Type
  ) throws(StorageDamage) {
    // Files are removed from the oldest on; those before a gap are what a crash brought back.
    var first = max(0, images.count - 1)
    while first > 0, images[first - 1].file.number + 1 == images[first].file.number { first -= 1 }
    obsolete = images[..<first].map(\.file)
    for place in images.indices[first...] {
      let (file, image) = images[place]
      let successor = place + 1 < images.count ? images[place + 1].file : nil
      var reader = SegmentReader(
        file, of: owner, image: image.bytes, unreadable: image.unreadable, successor: successor, rules: rules)
      guard let header = try reader.header() else {
        // The last file, torn before its header ended: it was never begun. Only the very first one has none before it.
        guard place > first || file.number == 1 else { throw reader.damage(.notALog, at: 0) }
        obsolete.append(file)
        return
      }
      try follow(header, in: reader)
      while let frame = try reader.next() { try replay(try reader.record(in: frame), at: frame.offset, in: reader) }
      files.append(SegmentedLog.Closed(number: file.number, bytes: reader.length, lastIndex: lastIndex))
      mark = reader.mark
      if reader.length < image.bytes.count { tornLength = reader.length }
    }
  }

  /// Passes over the entries up to an index, which a snapshot includes. - Returns: those.
  mutating func drop(through index: LogIndex) -> [Entry] {
    let count = min(entries.count, Int(index.rawValue - base.rawValue))
    defer {
      entries.removeFirst(count)
      base = index
    }
    return Array(entries.prefix(count))
  }

  /// Goes on with nothing but a snapshot up to an index.
  mutating func startOver(after index: LogIndex) {
    base = index
    entries = []
  }

  /// The term of the entry at an index, if it is here.
  func term(at index: LogIndex) -> Term? {
    guard index > base, index <= lastIndex else { return nil }
    return entries[Int(index.rawValue - base.rawValue) - 1].term
  }

  private mutating func follow(_ header: SegmentHeader, in reader: SegmentReader) throws(StorageDamage) {
    try adopt(header.hardState, at: 0, in: reader)
    if header.startsOver || files.isEmpty {
      startOver(after: header.base)
      for place in files.indices { files[place].lastIndex = .zero }
    } else if header.base != lastIndex {
      throw reader.damage(.misplacedFile(base: header.base, end: lastIndex), at: 0)
    }
  }

  private mutating func replay(
    _ record: LogRecord, at offset: Int, in reader: SegmentReader
  ) throws(StorageDamage) {
    switch record {
    case .hardState(let hardState): try adopt(hardState, at: offset, in: reader)
    case .entries(let first, let added):
      guard first >= LogIndex(1), first.previous <= lastIndex else {
        throw reader.damage(.misplacedEntries(first: first, end: lastIndex), at: offset)
      }
      // What they replace may have stood in a file that is gone.
      if first.previous < base { startOver(after: first.previous) }
      entries.removeSubrange(Int(first.previous.rawValue - base.rawValue)...)
      entries.append(contentsOf: added)
      for place in files.indices { files[place].lastIndex = min(files[place].lastIndex, first.previous) }
    }
  }

  private mutating func adopt(
    _ hardState: HardState, at offset: Int, in reader: SegmentReader
  ) throws(StorageDamage) {
    let before = self.hardState.term
    guard hardState.term >= before else {
      throw reader.damage(.termWentBack(from: before, to: hardState.term), at: offset)
    }
    self.hardState = hardState
  }
}

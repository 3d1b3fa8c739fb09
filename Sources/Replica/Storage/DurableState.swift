import Determinism
import Raft

/// What a crash leaves of a server at the least, as recovery by the rules as published would read it: the hard state, and
/// a log of which terms and digests tell enough.
///
/// An observer lets it follow a disk: what was read once is not read again, save after a crash. Files that a server has
/// brought into a state from which it could not recover hold nothing. Where a crash leaves such files, all counts as it
/// stood: it was the disk that was damaged, which takes back nothing.
package struct DurableState: Sendable {
  /// The last term, vote and count of starts.
  package private(set) var hardState = HardState.initial
  /// Where the latest snapshot ends.
  package private(set) var start = LogPosition.zero
  private var startDigest: UInt64 = 0
  /// Of the entries behind the snapshot, from right behind it on.
  private var terms: [Term] = []
  private var digests: [UInt64] = []
  /// Counts what was more than an addition: entries replaced, crashes.
  package private(set) var rewrites = 0

  /// The files of the log, by number and, of the last, by name; how much of the last was read.
  private var firstFile: UInt64 = 0
  private var lastFile: UInt64 = 0
  private var lastName = ""
  private var length = 0
  /// Whether the log's files lead up to the snapshot.
  private var reachesSnapshot = true

  /// Of an empty disk.
  package init() {}

  /// Of a disk with these files, read as a whole; `nil` if they do not read.
  package init?(reading files: [FileImage]) {
    guard read(files) else { return nil }
  }

  /// The end of the log.
  package var lastIndex: LogIndex { LogIndex(start.index.rawValue + UInt64(terms.count)) }
  /// The term of the last entry.
  package var lastTerm: Term { terms.last ?? start.term }
  /// The end of the log, as a candidate names it.
  package var lastPosition: LogPosition { LogPosition(index: lastIndex, term: lastTerm) }
  /// The latest term that anything here is of: entries may be durable a moment before their term is.
  package var term: Term { max(hardState.term, lastTerm) }

  /// The end of the latest snapshot, if the log's files do not lead there: then recovery lets go of the log.
  package var orphaningSnapshot: LogPosition? { reachesSnapshot ? nil : start }

  /// Whether the log holds everything up to an index, be it in the snapshot.
  ///
  /// - Parameter digest: of that log, if it is known.
  package func holds(_ index: LogIndex, digest: UInt64?) -> Bool {
    guard index > start.index else { return index < start.index || digest.map { $0 == startDigest } ?? true }
    guard index <= lastIndex else { return false }
    return digest.map { $0 == digests[offset(of: index)] } ?? true
  }

  private func offset(of index: LogIndex) -> Int { Int(index.rawValue - start.index.rawValue) - 1 }

  /// Whether two say the same of a server, however they came to it.
  package func agrees(with other: DurableState) -> Bool {
    hardState == other.hardState && start == other.start && startDigest == other.startDigest && terms == other.terms
      && digests == other.digests
  }
}

// MARK: - Following a disk

extension DurableState {
  /// Takes note that a file was synced.
  ///
  /// - Parameters:
  ///   - bytes: what is durable of it; `nil` if its name is not.
  ///   - files: all that is durable.
  package mutating func noteSync(of name: String, bytes: [UInt8]?, files: () -> [FileImage]) {
    guard let bytes else { return }
    if name == lastName, readOn(SegmentFile(number: lastFile), bytes) { return }
    readWhole(files())
  }

  /// Takes note that names were synced.
  ///
  /// - Parameter files: all that is durable.
  package mutating func noteNames(_ files: [FileImage]) {
    if !followNames(files) { readWhole(files) }
  }

  /// Takes note of a crash.
  ///
  /// - Parameter files: what it has left.
  package mutating func noteCrash(_ files: [FileImage]) {
    rewrites += 1
    _ = read(files)
  }

  /// Reads everything anew; nothing, if it does not read.
  private mutating func readWhole(_ files: [FileImage]) {
    guard !read(files) else { return }
    let rewrites = rewrites
    self = DurableState()
    self.rewrites = rewrites + 1
  }

  /// Reads everything anew.
  ///
  /// - Returns: whether it reads; if not, all is as it was.
  private mutating func read(_ files: [FileImage]) -> Bool {
    guard let found = try? Storage.recover(files, rules: PaperStorageRules.self) else { return false }
    rewrites += 1
    hardState = found.hardState
    start = found.snapshot?.position ?? .zero
    startDigest = found.snapshot?.logDigest ?? 0
    terms.removeAll(keepingCapacity: true)
    digests.removeAll(keepingCapacity: true)
    for entry in found.entries { append(entry) }
    reachesSnapshot = found.reachesSnapshot
    lastFile = found.lastFile?.number ?? 0
    lastName = found.lastFile.map { SegmentFile(number: $0.number).name } ?? ""
    length = found.lastFile?.bytes ?? 0
    firstFile = files.compactMap { SegmentFile(name: $0.name)?.number }.min() ?? 0
    return true
  }

  private mutating func append(_ entry: Entry) {
    digests.append(RaftLog.digest(digests.last ?? startDigest, extendedBy: entry))
    terms.append(entry.term)
  }

  /// Reads what was added to a file of the log.
  ///
  /// - Returns: whether that was all that has changed.
  private mutating func readOn(_ file: SegmentFile, _ bytes: [UInt8]) -> Bool {
    guard bytes.count >= length else { return false }
    var reader = SegmentReader(file, image: bytes, successor: nil, rules: PaperStorageRules.self, from: length)
    do {
      while let frame = try reader.next() {
        guard replay(try reader.record(in: frame)) else { return false }
        length = reader.length
      }
    } catch {
      return false
    }
    return true
  }

  private mutating func replay(_ record: LogRecord) -> Bool {
    switch record {
    case .hardState(let state):
      guard state.term >= hardState.term else { return false }
      hardState = state
    case .entries(let first, let added):
      guard reachesSnapshot, first > start.index, first.previous <= lastIndex else { return false }
      if first <= lastIndex {
        rewrites += 1
        terms.removeSubrange(offset(of: first)...)
        digests.removeSubrange(offset(of: first)...)
      }
      for entry in added { append(entry) }
    }
    return true
  }

  /// Takes note of files that have come or gone.
  ///
  /// - Returns: whether that was possible without reading everything.
  private mutating func followNames(_ files: [FileImage]) -> Bool {
    var segments: [(file: SegmentFile, bytes: [UInt8])] = []
    var newest: (file: SnapshotFile, bytes: [UInt8])?
    for image in files {
      if let file = SegmentFile(name: image.name) {
        segments.append((file, image.bytes))
      } else if let file = SnapshotFile(name: image.name), file.index > newest?.file.index ?? .zero {
        newest = (file, image.bytes)
      }
    }
    segments.sort { $0.file.number < $1.file.number }
    guard let first = segments.first?.file.number, let last = segments.last, lastFile > 0,
      lastFile >= first, lastFile <= last.file.number, last.file.number - first < segments.count,
      newest?.file.index ?? .zero >= start.index
    else { return false }
    if let newest, newest.file.index > start.index, !take(newest.file, newest.bytes) { return false }
    if last.file.number > lastFile {
      guard last.file.number == lastFile + 1, begin(last.file, last.bytes) else { return false }
    }
    if first != firstFile {
      // What was removed must be in the snapshot.
      guard let header = Self.header(of: segments[0].file, segments[0].bytes), header.base <= start.index else {
        return false
      }
      firstFile = first
    }
    return true
  }

  private static func header(of file: SegmentFile, _ bytes: [UInt8]) -> SegmentHeader? {
    var reader = SegmentReader(file, image: bytes, successor: nil, rules: PaperStorageRules.self)
    return try? reader.header()
  }

  /// Goes on in a new file of the log.
  private mutating func begin(_ file: SegmentFile, _ bytes: [UInt8]) -> Bool {
    var reader = SegmentReader(file, image: bytes, successor: nil, rules: PaperStorageRules.self)
    guard let header = try? reader.header(), header.hardState.term >= hardState.term else { return false }
    if header.startsOver {
      guard header.base == start.index else { return false }
      if !terms.isEmpty { rewrites += 1 }
      terms.removeAll(keepingCapacity: true)
      digests.removeAll(keepingCapacity: true)
      reachesSnapshot = true
    } else {
      guard reachesSnapshot, header.base == lastIndex else { return false }
    }
    hardState = header.hardState
    (lastFile, lastName, length) = (file.number, file.name, reader.length)
    return readOn(file, bytes)
  }

  /// Takes note of a later snapshot.
  private mutating func take(_ file: SnapshotFile, _ bytes: [UInt8]) -> Bool {
    guard let snapshot = try? SnapshotCoding.decode(bytes), snapshot.position.index == file.index else { return false }
    let position = snapshot.position
    if position.index <= lastIndex, terms[offset(of: position.index)] == position.term {
      let last = offset(of: position.index)
      guard reachesSnapshot, digests[last] == snapshot.logDigest else { return false }
      terms.removeFirst(last + 1)
      digests.removeFirst(last + 1)
    } else {
      // The log does not lead there: the snapshot replaces it.
      if !terms.isEmpty { rewrites += 1 }
      terms.removeAll(keepingCapacity: true)
      digests.removeAll(keepingCapacity: true)
      reachesSnapshot = false
    }
    (start, startDigest) = (position, snapshot.logDigest)
    return true
  }
}

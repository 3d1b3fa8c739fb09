import Determinism
import Raft

/// What a crash leaves of a server at the least, read from the bytes of its files by "What a server keeps on its disk" and
/// "The bytes of the files" in Sources/ARCHITECTURE.md: the hard state, and a log of which terms and digests tell enough.
///
/// It shares nothing with `Storage`, which it is held against. Who follows a disk with it reads nothing twice, save after a
/// crash: bytes that were read and are replaced without one are not seen, which only wrong rules do. Files that a server has
/// brought into a state from which it could not recover hold nothing. Where a crash leaves such files, all counts as it
/// stood: it was the disk that was damaged, which takes back nothing.
package struct ReferenceDisk: Sendable {
  /// The last term, vote and count of starts.
  package private(set) var hardState = HardState.initial
  /// Counts what was more than an addition: entries replaced, a log let go, crashes.
  package private(set) var rewrites = 0

  private var snapshot = SnapshotEnd.none
  /// Whether there is a file of it: one that stands for no entry lets go of a file of the log without entries.
  private var hasSnapshot = false
  /// Whether the log's files lead up to the snapshot: if not, recovery lets go of the log.
  private var leadsToSnapshot = true

  /// The files' log starts behind `base` and ends at `end`.
  private var base = LogIndex.zero
  private var end = LogIndex.zero
  /// The term of its entry with which the snapshot ends, if it holds that.
  private var termAtSnapshot: Term?
  /// An entry, and the digest of the log up to it.
  private struct Held: Equatable, Sendable {
    var term: Term
    var digest: UInt64
  }

  /// Its entries behind the snapshot.
  private var entries: [Held] = []
  /// The configurations among them.
  private var changes: [LoggedMembers] = []
  /// The voters with which the cluster began; none at a server that has joined.
  private var founders = NodeSet()

  /// The files of the log that count, by number, and how many bytes of the last were read.
  private var firstFile: UInt64 = 0
  private var lastFile: UInt64 = 0
  private var length = 0
  /// An earlier file of the log.
  private struct Closed: Sendable {
    var number: UInt64
    /// The last index of which this file still holds the entry; what a later one replaced does not count.
    var last: LogIndex
  }

  /// Those before the last, in order.
  private var closed: [Closed] = []
  /// Whether a later file bears a name for good and was never begun.
  private var hasUnbegun = false
  /// Whether this is what the files read as: not where no server could recover from them.
  package private(set) var isOfFiles = true

  /// What was wrong with the way in which something was written.
  package enum WriteFlaw: Equatable, Sendable {
    /// The record at an offset says that more was synced before it was written than was.
    case mark(offset: Int, UInt64, synced: Int)
    /// It was written to a file behind which the log goes on.
    case earlierFile
  }

  /// Of an empty disk.
  package init() {}

  /// The end of the latest snapshot.
  @inline(__always)
  package var start: LogPosition { snapshot.position }
  /// The end of the log.
  @inline(__always)
  package var lastIndex: LogIndex { leadsToSnapshot ? end : start.index }
  /// The term of the last entry.
  package var lastTerm: Term { (leadsToSnapshot ? entries.last?.term : nil) ?? start.term }
  /// The end of the log, as a candidate names it.
  package var lastPosition: LogPosition { LogPosition(index: lastIndex, term: lastTerm) }
  /// The latest term that anything here is of: entries may be durable a moment before their term is.
  package var term: Term { max(hardState.term, lastTerm) }
  /// The configuration as of where the latest snapshot ends, and those that stand behind it, in order.
  package var configurations: [LoggedMembers] {
    let base = start.index > .zero ? snapshot.members : LoggedMembers(beginningWith: founders)
    return leadsToSnapshot ? [base] + changes : [base]
  }
  /// The latest configuration, and the one before it, if that stands behind the snapshot's end or there.
  package var members: (latest: Members, before: Members?) {
    guard leadsToSnapshot, let last = changes.last else {
      return (start.index > .zero ? snapshot.members.members : Members(voters: founders), nil)
    }
    let before = changes.count > 1 ? changes[changes.count - 2].members : nil
    return (last.members, before ?? (start.index > .zero ? snapshot.members.members : Members(voters: founders)))
  }
  /// The end of the latest snapshot, if the log's files do not lead there.
  package var orphaningSnapshot: LogPosition? { leadsToSnapshot ? nil : start }

  /// Whether the log holds everything up to an index, be it in the snapshot.
  ///
  /// - Parameter digest: of that log, if it is known.
  @inline(__always)
  package func holds(_ index: LogIndex, digest: UInt64?) -> Bool {
    guard index >= start.index else { return true }
    guard index <= lastIndex, let held = self.digest(at: index) else { return false }
    return digest.map { $0 == held } ?? true
  }

  /// The digest of the log up to an index from the snapshot's end to its own.
  @inline(__always)
  package func digest(at index: LogIndex) -> UInt64? {
    guard index > start.index else { return index == start.index ? snapshot.logDigest : nil }
    return index <= lastIndex ? entries[offset(of: index)].digest : nil
  }

  /// Whether this is what the files read as, and what they say: this hard state, and a log up to an index with this digest.
  @inline(__always)
  package func says(_ hardState: HardState, upTo last: LogIndex, digest: UInt64) -> Bool {
    isOfFiles && lastIndex == last && self.hardState == hardState && self.digest(at: last) == digest
  }

  /// Whether two say the same of a server, however they came to it.
  package func agrees(with other: ReferenceDisk) -> Bool {
    hardState == other.hardState && snapshot == other.snapshot && leadsToSnapshot == other.leadsToSnapshot
      && (!leadsToSnapshot || entries == other.entries) && configurations == other.configurations
  }

  /// How many files a server needs that has let go of its log up to an index: the latest snapshot, the last file of the log,
  /// and of the others those from the first on that holds an entry behind both.
  @inline(__always)
  package func neededFiles(compacted: LogIndex) -> Int {
    let disposable = min(start.index, compacted)
    let log = closed.drop { $0.last <= disposable }.count + (lastFile > 0 ? 1 : 0)
    return log + (hasSnapshot ? 1 : 0)
  }

  @inline(__always)
  private func offset(of index: LogIndex) -> Int { Int(index.rawValue - start.index.rawValue) - 1 }
}

// MARK: - Whole files

extension ReferenceDisk {
  /// Of a disk with these files, read as a whole; `nil` if no server could recover from them.
  package init?(reading files: [(name: String, bytes: [UInt8])]) {
    var log: [LogFile] = []
    var snapshots: [(index: UInt64, bytes: [UInt8])] = []
    for (name, bytes) in files {
      if let number = FileName.number(ofLog: name) {
        log.append(LogFile(number: number, bytes: bytes))
      } else if let index = FileName.index(ofSnapshot: name) {
        snapshots.append((index, bytes))
      }
    }
    snapshots.sort { $0.index > $1.index }
    let end = snapshots.lazy.compactMap { SnapshotEnd(index: $0.index, reading: $0.bytes) }.first
    (snapshot, hasSnapshot) = (end ?? .none, end != nil)
    log.sort { $0.number < $1.number }
    // What comes before a gap was removed, and a crash has brought it back.
    var first = max(0, log.count - 1)
    while first > 0, log[first - 1].number + 1 == log[first].number { first -= 1 }
    for place in log.indices[first...] {
      guard add(log[place], isFirst: place == first, isLast: place == log.count - 1) else { return nil }
    }
    // Without a log term and vote are lost; and it must not start behind what the snapshot holds.
    guard lastFile > 0 || snapshots.isEmpty, base <= start.index else { return nil }
    // Nor must anything be missing up to where a snapshot ended that cannot be read.
    guard snapshots.first?.index ?? 0 <= lastIndex.rawValue else { return nil }
    firstFile = log.isEmpty ? 0 : log[first].number
  }

  /// Of a disk with these files, read as a whole: an empty one if no server could recover from them.
  package init(ofAll files: [(name: String, bytes: [UInt8])]) {
    let found = ReferenceDisk(reading: files)
    self = found ?? ReferenceDisk()
    isOfFiles = found != nil
  }

  /// Reads a file of the log that follows those read so far.
  ///
  /// - Returns: whether a server could recover from it.
  private mutating func add(_ file: LogFile, isFirst: Bool, isLast: Bool) -> Bool {
    guard let payload = file.payload(at: 0) else {
      // Torn before its header ended: it was never begun. Only the very first file has none before it.
      hasUnbegun = true
      return isLast && !file.wasSynced(0) && (!isFirst || file.number == 1)
    }
    guard case .header(file.number, let base, let startsOver, let state, let voters) = file.record(payload),
      adopt(state)
    else { return false }
    founders = voters
    if lastFile > 0, !isFirst { closed.append(Closed(number: lastFile, last: end)) }
    if startsOver || isFirst {
      holdNothing(from: LogIndex(1))
      startOver(after: base)
    } else if base != end {
      return false
    }
    (lastFile, length) = (file.number, payload.upperBound)
    return readOn(file, isLast: isLast)
  }

  private mutating func readOn(_ file: LogFile, isLast: Bool) -> Bool {
    var flaw: WriteFlaw?
    return readOn(file, isLast: isLast, synced: .max, flaw: &flaw)
  }

  /// Reads the records of the last file that were not read yet.
  ///
  /// - Parameters:
  ///   - synced: how much of it was durable when they were written.
  ///   - flaw: is set where a mark says more, unless there is one.
  /// - Returns: whether they and what stands behind them are such that a server could recover.
  private mutating func readOn(_ file: LogFile, isLast: Bool, synced: Int, flaw: inout WriteFlaw?) -> Bool {
    while length < file.bytes.count {
      guard let payload = file.payload(at: length) else {
        // A write that a crash has torn, of which nobody was told, unless it had been synced.
        return isLast && !file.wasSynced(length)
      }
      if synced < .max {
        let mark = file.mark(at: length)
        if mark > UInt64(synced) { flaw = flaw ?? .mark(offset: length, mark, synced: synced) }
      }
      switch file.record(payload) {
      case .hardState(let state): guard adopt(state) else { return false }
      case .entries(let first, let place): guard replace(from: first, in: place, of: file) else { return false }
      case .header, nil: return false
      }
      length = payload.upperBound
    }
    return true
  }

  private mutating func adopt(_ state: HardState) -> Bool {
    guard state.term >= hardState.term else { return false }
    hardState = state
    return true
  }

  /// Begins the log anew behind an index.
  private mutating func startOver(after index: LogIndex) {
    if !entries.isEmpty { rewrites += 1 }
    (base, end, termAtSnapshot) = (index, index, nil)
    holdNoEntries()
    noteWhetherItLeads()
  }

  private mutating func holdNoEntries() {
    entries.removeAll(keepingCapacity: true)
    changes.removeAll()
  }

  /// Takes note that earlier files hold nothing from an index on that counts.
  private mutating func holdNothing(from first: LogIndex) {
    for place in closed.indices where closed[place].last >= first { closed[place].last = first.previous }
  }

  private mutating func replace(from first: LogIndex, in place: Range<Int>, of file: LogFile) -> Bool {
    guard first > .zero, first.previous <= end else { return false }
    if first <= end { holdNothing(from: first) }
    if first.previous < base {
      // What they replace may have stood in a file that is gone.
      startOver(after: first.previous)
    } else if first <= end {
      cut(from: first)
    }
    file.walkEntries(in: place) { append($0, of: file) }
    noteWhetherItLeads()
    return true
  }

  private mutating func append(_ entry: DiskEntry, of file: LogFile) {
    end = end.next
    if end > start.index {
      // A log that starts behind the snapshot holds nothing that counts, unless all of it is replaced.
      guard base <= start.index else { return }
      let digest = file.digest(entries.last?.digest ?? snapshot.logDigest, extendedBy: entry)
      entries.append(Held(term: entry.term, digest: digest))
      if case .configuration(let members) = entry.payload {
        changes.append(LoggedMembers(index: end, members: members))
      }
    } else if end == start.index {
      termAtSnapshot = entry.term
    }
  }

  private mutating func cut(from first: LogIndex) {
    rewrites += 1
    end = first.previous
    guard base <= start.index else { return }
    if first > start.index {
      entries.removeSubrange(offset(of: first)...)
      changes.removeAll { $0.index >= first }
    } else {
      termAtSnapshot = nil
      holdNoEntries()
    }
  }

  private mutating func noteWhetherItLeads() {
    leadsToSnapshot = base == start.index || termAtSnapshot == start.term
  }
}

// MARK: - Following a disk

extension ReferenceDisk {
  /// Takes note that a file was synced.
  ///
  /// - Parameters:
  ///   - bytes: what is durable of it; `nil` if its name is not.
  ///   - files: all that is durable.
  /// - Returns: what is wrong with how that was written.
  @discardableResult
  package mutating func noteSync(
    of name: String, bytes: [UInt8]?, files: () -> [(name: String, bytes: [UInt8])]
  ) -> WriteFlaw? {
    // A snapshot under another name counts for nothing before it is renamed.
    let number = FileName.number(ofLog: name)
    guard let bytes, number != nil || FileName.index(ofSnapshot: name) != nil else { return nil }
    let isLast = lastFile > 0 && number == lastFile
    var flaw: WriteFlaw? = isLast && bytes.count > length && hasUnbegun ? .earlierFile : nil
    let file = LogFile(number: lastFile, bytes: bytes)
    if isLast, bytes.count >= length, readOn(file, isLast: true, synced: length, flaw: &flaw) { return flaw }
    readWhole(files())
    return flaw
  }

  /// Takes note that names were synced.
  ///
  /// - Parameter files: all that is durable.
  package mutating func noteNames(_ files: [(name: String, bytes: [UInt8])]) {
    if !follow(files) { readWhole(files) }
  }

  /// Takes note of a crash.
  ///
  /// - Parameter files: what it has left.
  package mutating func noteCrash(_ files: [(name: String, bytes: [UInt8])]) {
    let before = rewrites
    let found = ReferenceDisk(reading: files)
    if let found { self = found }
    isOfFiles = found != nil
    rewrites = before + 1
  }

  /// What a server finds there that reads what is not durable, too; `nil` if it could not recover from that.
  ///
  /// - Parameter files: all that can be read.
  package func found(in files: [(name: String, bytes: [UInt8])]) -> ReferenceDisk? {
    var disk = self
    guard isOfFiles, let last = files.first(where: { FileName.number(ofLog: $0.name) == lastFile }),
      last.bytes.count >= length, disk.readOn(LogFile(number: lastFile, bytes: last.bytes), isLast: true),
      disk.follow(files)
    else { return ReferenceDisk(reading: files) }
    return disk
  }

  private mutating func readWhole(_ files: [(name: String, bytes: [UInt8])]) {
    let before = rewrites
    self = ReferenceDisk(ofAll: files)
    rewrites = before + 1
  }

  /// Takes note of files that have come or gone.
  ///
  /// - Returns: whether that was possible without reading everything.
  private mutating func follow(_ files: [(name: String, bytes: [UInt8])]) -> Bool {
    var (count, newest) = (0, (index: start.index.rawValue, bytes: [UInt8]()))
    var isNewestThere = start.index == .zero
    var (first, last): ((number: UInt64, place: Int), UInt64) = ((.max, 0), 0)
    var isCurrentWhole = false
    for place in files.indices {
      if let number = FileName.number(ofLog: files[place].name) {
        count += 1
        if number < first.number { first = (number, place) }
        last = max(last, number)
        if number == lastFile { isCurrentWhole = files[place].bytes.count == length }
      } else if let index = FileName.index(ofSnapshot: files[place].name), index >= newest.index {
        newest = (index, files[place].bytes)
        isNewestThere = true
      }
    }
    guard lastFile > 0, first.number >= firstFile, first.number <= lastFile,
      last - first.number == UInt64(count) - 1, isNewestThere
    else { return false }
    if newest.index > start.index.rawValue {
      guard let end = SnapshotEnd(index: newest.index, reading: newest.bytes), take(end) else { return false }
      hasSnapshot = true
    } else if !hasSnapshot, !newest.bytes.isEmpty {
      hasSnapshot = SnapshotEnd(index: newest.index, reading: newest.bytes) != nil
    }
    guard last >= lastFile, last == lastFile || isCurrentWhole else { return false }
    hasUnbegun = false
    for next in (lastFile + 1)..<(last + 1) {
      guard let place = files.firstIndex(where: { FileName.number(ofLog: $0.name) == next }),
        add(LogFile(number: next, bytes: files[place].bytes), isFirst: false, isLast: next == last)
      else { return false }
    }
    guard base <= start.index else { return false }
    return first.number == firstFile || start(with: LogFile(number: first.number, bytes: files[first.place].bytes))
  }

  /// Takes note that the files before this one are gone.
  ///
  /// - Returns: whether this surely takes back nothing.
  private mutating func start(with file: LogFile) -> Bool {
    guard let payload = file.payload(at: 0), case .header(_, let base, _, _, _) = file.record(payload),
      base < start.index || base == self.base || base == start.index && leadsToSnapshot
    else { return false }
    firstFile = file.number
    closed.removeAll { $0.number < file.number }
    // A later file may have started over behind that.
    self.base = max(self.base, base)
    return true
  }

  /// Takes note of a later snapshot.
  ///
  /// - Returns: whether that was possible without reading everything.
  private mutating func take(_ later: SnapshotEnd) -> Bool {
    let index = later.position.index
    if index <= end {
      let count = offset(of: index) + 1
      guard leadsToSnapshot, entries[count - 1] == Held(term: later.position.term, digest: later.logDigest) else {
        return false
      }
      termAtSnapshot = later.position.term
      entries.removeFirst(count)
      changes.removeAll { $0.index <= index }
    } else {
      rewrites += 1
      termAtSnapshot = nil
      holdNoEntries()
    }
    snapshot = later
    noteWhetherItLeads()
    return true
  }
}

/// The names of a server's files, by "The bytes of the files" in Sources/ARCHITECTURE.md.
enum FileName {
  private static let log = Array("log-".utf8)
  private static let snapshot = Array("snapshot-".utf8)

  /// - Returns: `nil` if no file of a log bears the name.
  static func number(ofLog name: String) -> UInt64? {
    number(of: name, behind: log).flatMap { $0 > 0 ? $0 : nil }
  }

  /// - Returns: `nil` if no snapshot bears the name.
  static func index(ofSnapshot name: String) -> UInt64? { number(of: name, behind: snapshot) }

  /// The number, without leading zeros, that makes up the rest of a name.
  private static func number(of name: String, behind prefix: [UInt8]) -> UInt64? {
    var name = name
    return name.withUTF8 { name in
      let count = name.count - prefix.count
      guard name.starts(with: prefix), 1..<20 ~= count, name[prefix.count] != 0x30 || count == 1 else { return nil }
      var number: UInt64 = 0
      for digit in name[prefix.count...] {
        guard 0x30...0x39 ~= digit else { return nil }
        number = 10 * number + UInt64(digit - 0x30)
      }
      return number
    }
  }
}

import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

/// The only file of a log, the records in it, and where each ends.
struct SampleLog {
  var image: [UInt8] = []
  var records: [LogRecord] = []
  /// The file's length after the header and after each record.
  var ends: [Int] = []
  private var log = SegmentedLog(of: .test)
  private var term: UInt64 = 0
  private var count = 0

  static let headerBytes = LogLimits.frameBytes + SegmentHeader.bytes

  init(records: Int, seed: UInt64) {
    var samples = Samples(seed: seed)
    image = log.bytes(.hardState(.initial))
    ends = [image.count]
    for _ in 0..<records { add(next(&samples)) }
  }

  mutating func add(_ record: LogRecord) {
    image += log.bytes(record)
    records.append(record)
    ends.append(image.count)
  }

  private mutating func next(_ samples: inout Samples) -> LogRecord {
    guard samples.below(3) > 0 else {
      term += UInt64(samples.below(3))
      return .hardState(HardState(term: Term(term), votedFor: samples.optional { $0.node() }))
    }
    let first = samples.below(count + 1) + 1
    let entries = samples.entries(4)
    count = first - 1 + entries.count
    return .entries(first: LogIndex(UInt64(first)), entries)
  }

  /// What the first so many records say, the plain way.
  func replayed(_ count: Int) -> (hardState: HardState, entries: [Entry]) {
    var state: (hardState: HardState, entries: [Entry]) = (.initial, [])
    for record in records.prefix(count) {
      switch record {
      case .hardState(let hardState): state.hardState = hardState
      case .entries(let first, let entries):
        state.entries = Array(state.entries.prefix(Int(first.rawValue) - 1)) + entries
      }
    }
    return state
  }

  /// Checks that an image gives back exactly the first so many records.
  func expect(_ image: [UInt8], keeps count: Int, comment: Comment) {
    do {
      let recovered = try RecoveredLog(file: image)
      let expected = replayed(count)
      let isSame = recovered.hardState == expected.hardState && recovered.entries == expected.entries
      if !isSame || recovered.keptBytes != ends[count] { Issue.record("kept \(recovered.keptBytes) bytes: \(comment)") }
    } catch {
      Issue.record("\(error): \(comment)")
    }
  }
}

extension SegmentedLog {
  /// The bytes that a record adds to a log that stays in its first file, synced up to there or not.
  mutating func bytes(_ record: LogRecord, isSynced: Bool = true) -> [UInt8] {
    if isSynced { noteSynced(length, ofFile: 1) }
    var files = FileWriter()
    let rules = PaperStorageRules.self
    switch record {
    case .hardState(let hardState):
      append(hardState: hardState, entries: nil, segmentBytes: .max, rules: rules, into: &files)
    case .entries(let first, let entries):
      let changed = Ready.EntriesToPersist(first: first, entries: entries)
      append(hardState: nil, entries: changed, segmentBytes: .max, rules: rules, into: &files)
    }
    return files.takeCommands().reduce([]) { bytes, command in
      if case .append("log-1", let added) = command { bytes + added } else { bytes }
    }
  }
}

extension RecoveredLog {
  /// What a log of a single file says.
  init(file image: [UInt8], rules: any StorageRules.Type = PaperStorageRules.self) throws(StorageDamage) {
    try self.init([(SegmentFile(number: 1), FileImage(name: "log-1", bytes: image))], of: .test, rules: rules)
  }

  /// The length to which the last file is cut; 0 if it was never begun.
  var keptBytes: Int { files.last?.bytes ?? 0 }
}

/// Takes any record for intact that has a checksum.
enum TornTailAccepted: StorageRules {
  static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool { true }
}

@Suite("A file of the log")
struct SegmentedLogTests {
  @Test("A whole log is recovered, conflicts replaced from their first index on")
  func whole() {
    for seed in 0..<50 as Range<UInt64> {
      let sample = SampleLog(records: 20, seed: seed)
      sample.expect(sample.image, keeps: 20, comment: "seed \(seed)")
    }
  }

  @Test("Cut at any byte, the log is a prefix of its whole records")
  func everyCut() throws {
    let sample = SampleLog(records: 12, seed: 7)
    for length in SampleLog.headerBytes...sample.image.count {
      let count = (sample.ends.lastIndex { $0 <= length }) ?? 0
      sample.expect(Array(sample.image.prefix(length)), keeps: count, comment: "cut at \(length)")
    }
    for length in 0..<SampleLog.headerBytes {
      let recovered = try RecoveredLog(file: Array(sample.image.prefix(length)))
      #expect(recovered.files.isEmpty && recovered.hardState == .initial)
      #expect(recovered.obsolete == [SegmentFile(number: 1)])
    }
  }

  @Test("Cut at any byte, then filled with zeros or garbage, the log is a prefix of its whole records")
  func everyTear() {
    let sample = SampleLog(records: 6, seed: 8)
    var samples = Samples(seed: 9)
    for length in SampleLog.headerBytes..<sample.image.count {
      let count = (sample.ends.lastIndex { $0 <= length }) ?? 0
      let kept = Array(sample.image.prefix(length))
      // A zero may be what stood there; then the record is whole after all, and one with zeros cut off is tried above.
      if sample.image[length...].contains(where: { $0 != 0 }) && sample.image[sample.ends[count + 1] - 1] != 0 {
        let torn = kept + [UInt8](repeating: 0, count: 512)
        sample.expect(torn, keeps: count, comment: "zeros from \(length) on")
      }
      let garbage = kept + [sample.image[length] ^ 0x55] + samples.bytes(300)
      sample.expect(garbage, keeps: count, comment: "garbage from \(length) on")
    }
  }

  @Test("A flipped bit in any byte that a whole record follows is refused; in the last record it cuts that record")
  func everyFlip() throws {
    let sample = SampleLog(records: 8, seed: 10)
    let lastStart = sample.ends[7]
    for offset in sample.image.indices {
      var image = sample.image
      image[offset] ^= 1 << UInt8(offset % 8)
      guard offset < lastStart else {
        sample.expect(image, keeps: 7, comment: "flip in byte \(offset)")
        continue
      }
      let record = (sample.ends.firstIndex { offset < $0 }) ?? 0
      let start = record == 0 ? 0 : sample.ends[record - 1]
      let damage = StorageDamage(file: "log-1", offset: start, reason: .badRecord(laterRecord: sample.ends[record]))
      #expect(throws: damage) { try RecoveredLog(file: image) }
    }
  }

  @Test("Of records that were not synced any may be missing: the log ends before the first, and is not refused")
  func everyHole() {
    var (log, image, ends) = (SegmentedLog(of: .test), [UInt8](), [Int]())
    for index in 1...6 as ClosedRange<UInt64> {
      let entry = Entry(term: Term(1), payload: .command([UInt8(index), 1, 2]))
      image += log.bytes(.entries(first: LogIndex(index), [entry]), isSynced: index == 3)
      ends.append(image.count)
    }
    // The first two were synced when the third was written, and nothing since.
    for hole in 0..<6 {
      var torn = image
      let start = hole == 0 ? SampleLog.headerBytes : ends[hole - 1]
      for place in start..<ends[hole] { torn[place] = 0 }
      guard hole < 2 else {
        #expect((try? RecoveredLog(file: torn))?.keptBytes == start, "record \(hole) is missing")
        continue
      }
      let damage = StorageDamage(file: "log-1", offset: start, reason: .badRecord(laterRecord: ends[1]))
      #expect(throws: damage, "record \(hole) is missing") { try RecoveredLog(file: torn) }
    }
  }

  @Test("A log stored as a value within a torn record is not taken for the log's own records")
  func embedded() throws {
    let inner = SampleLog(records: 6, seed: 12)
    var log = SegmentedLog(of: .test)
    let entry = Entry(term: Term(1), payload: .command(inner.image))
    let image = log.bytes(.entries(first: LogIndex(1), [entry]))
    let recovered = try RecoveredLog(file: Array(image.dropLast()))
    #expect(recovered.entries.isEmpty)
    #expect(recovered.keptBytes == SampleLog.headerBytes)
  }

  @Test("More entries than a record holds become several records")
  func split() throws {
    let entries = (0..<10_000).map { Entry(term: Term(UInt64($0)), payload: .noOp) }
    var log = SegmentedLog(of: .test)
    let image = log.bytes(.entries(first: LogIndex(1), entries))
    let recovered = try RecoveredLog(file: image)
    #expect(recovered.entries == entries)
    #expect(recovered.keptBytes == log.length && log.lastIndex == LogIndex(10_000))
  }

  @Test("Bytes with anything wrong are recovered or refused, and no trap")
  func mutations() {
    var samples = Samples(seed: 13)
    for seed in 0..<100 as Range<UInt64> {
      let image = SampleLog(records: 4, seed: seed).image
      for _ in 0..<50 {
        let mutant = samples.mutated(samples.mutated(image))
        if let recovered = try? RecoveredLog(file: mutant) {
          #expect(recovered.keptBytes <= mutant.count)
        }
        _ = try? RecoveredLog(file: mutant, rules: TornTailAccepted.self)
      }
    }
  }

  @Test("The rule decides whether a torn record counts")
  func tornTailAccepted() throws {
    var log = SegmentedLog(of: .test)
    var image = log.bytes(.hardState(HardState(term: Term(1), votedFor: nil)))
    let command = Entry(term: Term(1), payload: .command([1, 2, 3, 4]))
    image += log.bytes(.entries(first: LogIndex(1), [command]))
    image.removeLast(2)
    #expect(try RecoveredLog(file: image).entries.isEmpty)
    let wrong = try RecoveredLog(file: image, rules: TornTailAccepted.self)
    #expect(wrong.entries == [Entry(term: Term(1), payload: .command([1, 2, 0, 0]))])
    #expect(wrong.keptBytes == image.count)
  }
}

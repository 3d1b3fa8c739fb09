import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

/// A log file, the records in it, and where each ends.
struct SampleLog {
  var image: [UInt8] = []
  var records: [WALRecord] = []
  /// The file's length after the header and after each record.
  var ends: [Int] = []
  private var log = WriteAheadLog()
  private var term: UInt64 = 0
  private var count = 0

  static let headerBytes = WALLimits.frameBytes + WALHeader.payload.count

  init(records: Int, seed: UInt64) {
    var samples = Samples(seed: seed)
    ends = [Self.headerBytes]
    for _ in 0..<records { add(next(&samples)) }
  }

  mutating func add(_ record: WALRecord) {
    image += log.append(record)
    records.append(record)
    ends.append(image.count)
  }

  private mutating func next(_ samples: inout Samples) -> WALRecord {
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
      let recovered = try WriteAheadLog.recover(image, rules: PaperStorageRules.self)
      let expected = replayed(count)
      let isSame = recovered.hardState == expected.hardState && recovered.entries == expected.entries
      if !isSame || recovered.keptBytes != ends[count] { Issue.record("kept \(recovered.keptBytes) bytes: \(comment)") }
    } catch {
      Issue.record("\(error): \(comment)")
    }
  }
}

/// Takes any record for intact that has a checksum.
private enum TornTailAccepted: StorageRules {
  static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool { true }
}

@Suite("The write-ahead log")
struct WriteAheadLogTests {
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
      let recovered = try WriteAheadLog.recover(Array(sample.image.prefix(length)), rules: PaperStorageRules.self)
      #expect(recovered.keptBytes == 0 && recovered.log == WriteAheadLog())
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
      let damage = WriteAheadLog.damage(.badRecord(laterRecord: sample.ends[record]), at: start)
      #expect(throws: damage) { try WriteAheadLog.recover(image, rules: PaperStorageRules.self) }
    }
  }

  @Test("A recovered log goes on where it was cut")
  func goesOn() throws {
    var sample = SampleLog(records: 5, seed: 11)
    let torn = Array(sample.image.dropLast(3))
    var recovered = try WriteAheadLog.recover(torn, rules: PaperStorageRules.self)
    let hardState = HardState(term: Term(900), votedFor: NodeID(3))
    let image = torn.prefix(recovered.keptBytes) + recovered.log.append(.hardState(hardState))
    let again = try WriteAheadLog.recover(Array(image), rules: PaperStorageRules.self)
    #expect(again.hardState == hardState)
    #expect(again.entries == sample.replayed(4).entries)
    #expect(again.keptBytes == image.count)
    sample.add(.hardState(hardState))
    sample.expect(sample.image, keeps: 6, comment: "not cut")
  }

  @Test("A log stored as a value within a torn record is not taken for the log's own records")
  func embedded() throws {
    let inner = SampleLog(records: 6, seed: 12)
    var log = WriteAheadLog()
    let entry = Entry(term: Term(1), payload: .command(inner.image))
    let image = log.append(.entries(first: LogIndex(1), [entry]))
    let recovered = try WriteAheadLog.recover(Array(image.dropLast()), rules: PaperStorageRules.self)
    #expect(recovered.entries.isEmpty)
    #expect(recovered.keptBytes == SampleLog.headerBytes)
  }

  @Test("More entries than a record holds become several records")
  func split() throws {
    let entries = (0..<10_000).map { Entry(term: Term(UInt64($0)), payload: .noOp) }
    var log = WriteAheadLog()
    let image = log.append(.entries(first: LogIndex(1), entries))
    let recovered = try WriteAheadLog.recover(image, rules: PaperStorageRules.self)
    #expect(recovered.entries == entries)
    #expect(recovered.log == log)
    #expect(log.append([]).isEmpty)
  }

  @Test("Bytes with anything wrong are recovered or refused, and no trap")
  func mutations() {
    var samples = Samples(seed: 13)
    for seed in 0..<100 as Range<UInt64> {
      let image = SampleLog(records: 4, seed: seed).image
      for _ in 0..<50 {
        let mutant = samples.mutated(samples.mutated(image))
        if let recovered = try? WriteAheadLog.recover(mutant, rules: PaperStorageRules.self) {
          #expect(recovered.keptBytes <= mutant.count)
        }
        _ = try? WriteAheadLog.recover(mutant, rules: TornTailAccepted.self)
      }
    }
  }

  @Test("The rule decides whether a torn record counts")
  func tornTailAccepted() throws {
    var log = WriteAheadLog()
    var image = log.append(.hardState(HardState(term: Term(1), votedFor: nil)))
    let command = Entry(term: Term(1), payload: .command([1, 2, 3, 4]))
    image += log.append(.entries(first: LogIndex(1), [command]))
    image.removeLast(2)
    #expect(try WriteAheadLog.recover(image, rules: PaperStorageRules.self).entries.isEmpty)
    let wrong = try WriteAheadLog.recover(image, rules: TornTailAccepted.self)
    #expect(wrong.entries == [Entry(term: Term(1), payload: .command([1, 2, 0, 0]))])
    #expect(wrong.keptBytes == image.count)
  }
}

import Determinism
import Raft
import Testing

@Suite("The log in memory")
struct RaftLogTests {
  private static func randomEntry(_ draws: inout DiceSequence, term: UInt64) -> Entry {
    let bytes = (0..<draws.next().below(4)).map { _ in UInt8(draws.next().below(3)) }
    return Entry(term: Term(term), payload: draws.next().below(4) == 0 ? .noOp : .command(bytes))
  }

  /// Compares every question that a log answers with what a plain array says.
  private func expect(_ log: RaftLog, holds model: [Entry], _ comment: Comment) {
    #expect(log.lastIndex == LogIndex(UInt64(model.count)), comment)
    #expect(log.lastPosition.term == model.last?.term ?? .zero, comment)
    #expect(log.term(at: .zero) == Term.zero && log.term(at: log.lastIndex.next) == nil, comment)
    #expect(log.term(at: LogIndex(.max)) == nil && log.digest(at: LogIndex(.max)) == nil, comment)
    for (offset, entry) in model.enumerated() {
      let index = LogIndex(UInt64(offset + 1))
      #expect(log[index] == entry && log.term(at: index) == entry.term, comment)
      var first = offset
      while first > 0, model[first - 1].term == entry.term { first -= 1 }
      #expect(log.firstIndex(ofTermAt: index) == LogIndex(UInt64(first + 1)), comment)
      #expect(log.entries(from: index) == Array(model[offset...]), comment)
    }
    for term in 0...((model.last?.term.rawValue ?? 0) + 1) {
      let last = model.lastIndex { $0.term == Term(term) }
      #expect(log.lastIndex(of: Term(term)) == last.map { LogIndex(UInt64($0 + 1)) }, comment)
    }
  }

  @Test("Whatever is appended and cut, it answers as a plain array would", arguments: 0..<40 as Range<UInt64>)
  func model(seed: UInt64) {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 1))
    var log = RaftLog()
    var model: [Entry] = []
    for _ in 0..<40 {
      if draws.next().below(4) == 0, !model.isEmpty {
        let cut = draws.next().below(model.count + 2) + 1
        log.truncate(from: LogIndex(UInt64(cut)))
        model = Array(model.prefix(cut - 1))
      } else {
        let term = (model.last?.term.rawValue ?? 0) + UInt64(draws.next().below(5) / 4)
        let entry = Self.randomEntry(&draws, term: term)
        log.append(entry)
        model.append(entry)
      }
    }
    expect(log, holds: model, "seed \(seed)")
    #expect(log == RaftLog(model), "a log forgets how it came about")
  }

  @Test("A log that lets go of its beginning answers for the rest as it did before", arguments: 0..<40 as Range<UInt64>)
  func compaction(seed: UInt64) {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 4))
    var whole = RaftLog()
    var log = RaftLog()
    var term: UInt64 = 1
    for _ in 0..<60 {
      switch draws.next().below(8) {
      case 0: log.compact(through: LogIndex(UInt64(draws.next().below(Int(whole.lastIndex.rawValue) + 3))))
      case 1:
        let cut = LogIndex(UInt64(draws.next().below(Int(whole.lastIndex.rawValue) + 3)))
        log.truncate(from: cut)
        // What is gone cannot be cut.
        whole.truncate(from: max(cut, log.firstIndex))
      default:
        term += UInt64(draws.next().below(5) / 4)
        let entry = Self.randomEntry(&draws, term: term)
        log.append(entry)
        whole.append(entry)
      }
      #expect(log.lastPosition == whole.lastPosition)
      for number in 0...whole.lastIndex.rawValue + 1 {
        let index = LogIndex(number)
        let isKnown = index >= log.start.index
        #expect(log.term(at: index) == (isKnown ? whole.term(at: index) : nil))
        #expect(log.digest(at: index) == (isKnown ? whole.digest(at: index) : nil))
        #expect(log.entries(from: index) == (index > log.start.index ? whole.entries(from: index) : []))
        if index > log.start.index, index <= log.lastIndex {
          #expect(log.firstIndex(ofTermAt: index) == max(whole.firstIndex(ofTermAt: index), log.firstIndex))
        }
      }
      for number in 1...term {
        let last = whole.lastIndex(of: Term(number))
        #expect(log.lastIndex(of: Term(number)) == last.flatMap { $0 >= log.start.index ? $0 : nil })
      }
    }
    let rest = whole.entries(from: log.firstIndex)
    #expect(log == RaftLog(rest, after: log.start, digest: whole.digest(at: log.start.index) ?? 0))
  }

  @Test("Two digests are equal exactly where the prefixes are", arguments: 0..<40 as Range<UInt64>)
  func digests(seed: UInt64) {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 2))
    let one = (0..<12).map { _ in Self.randomEntry(&draws, term: 1) }
    var other = one
    let place = draws.next().below(12)
    other[place] = Self.randomEntry(&draws, term: UInt64(draws.next().within(1...2)))
    let logs = (RaftLog(one), RaftLog(other))
    for length in 0...12 {
      for otherLength in 0...12 {
        let isEqual = Array(one.prefix(length)) == Array(other.prefix(otherLength))
        let digests = (logs.0.digest(at: LogIndex(UInt64(length))), logs.1.digest(at: LogIndex(UInt64(otherLength))))
        #expect((digests.0 == digests.1) == isEqual, "\(length) and \(otherLength) entries of seed \(seed)")
      }
    }
  }

  @Test("A no-op and an empty command have different digests, and so have a term and a payload that change places")
  func similarEntries() {
    let logs = [
      RaftLog([Entry(term: Term(1), payload: .noOp)]), RaftLog([Entry(term: Term(1), payload: .command([]))]),
      RaftLog([Entry(term: Term(1), payload: .command([0]))]), RaftLog([Entry(term: Term(2), payload: .noOp)]),
      RaftLog([Entry(term: Term(2), payload: .command([1]))]), RaftLog([Entry(term: Term(1), payload: .command([2]))]),
      RaftLog([Entry(term: Term(1), payload: .command([0, 0]))]), RaftLog(),
    ]
    let digests = logs.map { $0.digest(at: $0.lastIndex) }
    for (place, digest) in digests.enumerated() { #expect(digests.firstIndex(of: digest) == place) }
  }

  @Test("Entries are handed out up to a count and until their bytes reach a limit")
  func limits() {
    let log = RaftLog((0..<10).map { _ in Entry(term: Term(1), payload: .command([1, 2, 3])) })
    func count(from first: UInt64, limit: Int = .max, byteLimit: Int = .max) -> Int {
      log.entries(from: LogIndex(first), limit: limit, byteLimit: byteLimit).count
    }
    #expect(count(from: 1) == 10 && count(from: 8) == 3 && count(from: 11) == 0 && count(from: 0) == 0)
    #expect(count(from: 1, limit: 4) == 4 && count(from: 9, limit: 4) == 2 && count(from: 1, limit: 0) == 0)
    #expect(count(from: 1, byteLimit: 1) == 1 && count(from: 1, byteLimit: 3) == 1)
    #expect(count(from: 1, byteLimit: 4) == 2 && count(from: 1, byteLimit: 30) == 10)
  }
}

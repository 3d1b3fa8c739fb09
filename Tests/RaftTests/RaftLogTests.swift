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

  @Test(
    "Appended, cut and compacted, a log knows the configuration of each index that it holds, and the one before",
    arguments: 0..<40 as Range<UInt64>)
  func configurations(seed: UInt64) {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 5))
    let beginning = LoggedMembers(beginningWith: .first(3))
    var log = RaftLog(members: beginning)
    /// Each entry that there is, gone ones too.
    var model: [Entry] = []
    func latest(through index: UInt64) -> LoggedMembers {
      var latest = beginning
      for (offset, entry) in model.prefix(Int(index)).enumerated() {
        if case .configuration(let members) = entry.payload {
          latest = LoggedMembers(index: LogIndex(UInt64(offset + 1)), members: members)
        }
      }
      return latest
    }
    for number in 0..<60 as Range<UInt64> {
      switch draws.next().below(6) {
      case 0: log.compact(through: LogIndex(UInt64(draws.next().below(model.count + 1))))
      case 1:
        let cut = max(UInt64(draws.next().below(model.count + 2)), log.firstIndex.rawValue)
        log.truncate(from: LogIndex(cut))
        model = Array(model.prefix(Int(cut) - 1))
      default:
        let members = Members(voters: NodeSet(rawValue: number + 1))
        let isChange = draws.next().below(3) == 0
        let entry = Entry(term: Term(1), payload: isChange ? .configuration(members) : .command([UInt8(number)]))
        log.append(entry)
        model.append(entry)
      }
      #expect(log.latestMembers == latest(through: UInt64(model.count)))
      for index in log.start.index.rawValue...UInt64(model.count) {
        #expect(log.members(at: LogIndex(index)) == latest(through: index), "at \(index)")
      }
      let last = log.latestMembers.index
      if last > log.start.index { #expect(log.members(before: last) == latest(through: last.previous.rawValue)) }
      #expect(log.members(before: log.configurations[0].index) == nil)
    }
    let rest = log.entries(from: log.firstIndex)
    let digest = log.digest(at: log.start.index) ?? 0
    #expect(log == RaftLog(rest, after: log.start, digest: digest, members: log.members(at: log.start.index)))
  }

  @Test("A leader's snapshot brings the configuration as of its end, and what stands behind that stays")
  func configurationsOfSnapshot() {
    func change(_ count: Int) -> Entry {
      Entry(term: Term(1), payload: .configuration(Members(voters: .first(count))))
    }
    var log = RaftLog([change(1), change(2), change(3)], members: LoggedMembers(beginningWith: .first(9)))
    let told = LoggedMembers(index: LogIndex(2), members: Members(voters: .first(7)))
    log.compact(through: LogIndex(2), members: told)
    #expect(log.configurations == [told, LoggedMembers(index: LogIndex(3), members: Members(voters: .first(3)))])
    log.truncate(from: LogIndex(3))
    #expect(log.latestMembers == told)
    log.truncate(from: LogIndex(1))
    #expect(log.latestMembers == told, "what is gone into the snapshot cannot be cut")
  }

  @Test("Configurations that differ have different digests, and none has that of a command of the same bytes")
  func digestsOfConfigurations() {
    let members = [
      Members(voters: .first(2)), Members(voters: .first(2), outgoing: .first(3)),
      Members(voters: .first(2), learners: NodeSet([.n3])), Members(voters: .first(3)),
      Members(voters: .first(2), outgoing: .first(3), learners: NodeSet([.n4])),
    ]
    let bytes = [UInt8](repeating: 255, count: 8) + [3] + [UInt8](repeating: 0, count: 23)
    let payloads =
      members.map { Entry.Payload.configuration($0) } + [.noOp, .command(bytes), .command(bytes.suffix(24))]
    let digests = payloads.map { RaftLog([Entry(term: Term(1), payload: $0)]).lastDigest }
    #expect(Set(digests).count == digests.count)
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

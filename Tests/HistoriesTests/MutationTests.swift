import Determinism
import Foundation
import Histories
import Testing

/// Files that were right, spoiled. `RAFTCHECK_MUTATIONS` says how many; a few thousand unless given.
@Suite("Spoiled histories")
struct MutationTests {
  private static let count = ProcessInfo.processInfo.environment["RAFTCHECK_MUTATIONS"].flatMap { Int($0) } ?? 3_000
  private static let shares = 8

  @Test(
    "A spoiled file is refused at a place inside it or is a history, and every way to read it agrees",
    arguments: 0..<shares)
  func spoiled(share: Int) throws {
    var (refused, accepted) = (0, 0)
    for number in 0..<Self.count / Self.shares {
      var draws = Dice(seed: UInt64(share)).sequence(Purpose(rawValue: 2), UInt64(number))
      let bytes = SpoiledFile.draw(&draws)
      let whole = read(bytes, inPartsOf: bytes.count, takesShortWay: true)
      // The strongest claim: the short way reads what the careful one does, wherever the file is cut.
      #expect(read(bytes, inPartsOf: bytes.count, takesShortWay: false) == whole, "\(share)/\(number)")
      let size = 1 + draws.next().below(200)
      #expect(read(bytes, inPartsOf: size, takesShortWay: true) == whole, "\(share)/\(number) in parts of \(size)")
      switch whole {
      case .failure(let error):
        refused += 1
        #expect(isInside(error, bytes), "\(share)/\(number): \(error.line):\(error.column) \(error)")
      case .success(let reading):
        accepted += 1
        let fault = fault(of: reading.history)
        #expect(fault == nil, "\(share)/\(number): \(fault ?? "")")
        let lines = reading.history.jsonLines()
        #expect(try History(reading: lines).jsonLines() == lines, "\(share)/\(number) written")
        #expect(try History(reading: reading.history.edn()).jsonLines() == lines, "\(share)/\(number) as EDN")
      }
    }
    #expect(refused > Self.count / Self.shares / 5)
    #expect(accepted > Self.count / Self.shares / 20)
  }

  /// A history, compared by everything that it holds.
  struct Reading: Equatable {
    let history: History

    static func == (one: Reading, other: Reading) -> Bool {
      one.history.header == other.history.header && one.history.events == other.history.events
        && one.history.values.count == other.history.values.count
        && (0..<one.history.values.count).allSatisfy { place in
          let id = ValueID(rawValue: UInt32(place))
          return one.history.values[id] == other.history.values[id]
        }
    }
  }

  private func read(
    _ bytes: [UInt8], inPartsOf size: Int, takesShortWay: Bool
  ) -> Result<Reading, HistoryReadingError> {
    var reader = HistoryReader()
    reader.takesShortWay = takesShortWay
    do {
      for start in stride(from: 0, to: bytes.count, by: max(1, size)) {
        try reader.read(Array(bytes[start..<min(bytes.count, start + size)]))
      }
      return .success(Reading(history: try reader.finish()))
    } catch {
      return .failure(error)
    }
  }

  private func isInside(_ error: HistoryReadingError, _ bytes: [UInt8]) -> Bool {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    return (1...lines.count).contains(error.line) && (1...lines[error.line - 1].count + 1).contains(error.column)
  }

  /// What every history keeps to and this one does not.
  private func fault(of history: History) -> String? {
    var open = [Int32: HistoryEvent]()
    var line: UInt32 = 0
    for (offset, event) in history.events.enumerated() {
      if event.process < 0 { return "event \(offset) is nobody's" }
      if event.line < line { return "event \(offset) goes back in the file" }
      line = event.line
      let ids = [event.key, event.value, event.replacement]
      if ids.contains(where: { $0.rawValue >= history.values.count }) {
        return "event \(offset) has a value of its own"
      }
      if let model = history.header.model, !model.allows(event.function) {
        return "event \(offset) is of another model"
      }
      if event.kind == .invoke {
        if open[event.process] != nil { return "event \(offset) is a second call" }
        if [.put, .append].contains(event.function), event.value == .absent { return "event \(offset) writes nothing" }
        open[event.process] = event
      } else {
        guard let call = open[event.process] else { return "event \(offset) has no call" }
        if call.function != event.function || call.key != event.key { return "event \(offset) ends another call" }
        open[event.process] = nil
      }
      let isAnswer = event.kind == .ok
      if isAnswer == (event.answer == .none) { return "event \(offset) has no answer or one too many" }
    }
    let calls = history.events.count { $0.kind == .invoke }
    return history.operations().count == calls ? nil : "an operation is missing"
  }
}

/// A file in one of the formats with a few things wrong.
enum SpoiledFile {
  private static let console = Array(
    """
    INFO  jepsen.util - 0\t:invoke\t:cas\t[3 0]
    INFO  jepsen.util - 1   :invoke :read   nil
    INFO  jepsen.util - 0\t:fail\t:cas\t[3 0]
    INFO  jepsen.util - 2\t:invoke\t:write\t12
    INFO  jepsen.util - 1   :ok   :read   12
    INFO  jepsen.util - 2   :info   :write  :timed-out
    INFO  jepsen.util - 3   :invoke   :read  nil
    INFO  jepsen.util - 3   :fail   :read  :timed-out

    """.utf8)

  private static let porcupine = Array(
    """
    {:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}
    {:process 1, :type :invoke, :f :get, :key "0", :value nil}
    {:process 0, :type :ok, :f :append, :key "0", :value "x 0 0 y"}
    {:process 1, :type :ok, :f :get, :key "0", :value "x 0 0 y"}
    {:process 0, :type :invoke, :f :put, :key "1", :value ""}
    {:process 1, :type :invoke, :f :get, :key "1", :value nil}
    {:process 0, :type :ok, :f :put, :key "1", :value ""}
    {:process 1, :type :ok, :f :get, :key "1", :value "\\u0041"}

    """.utf8)

  private static let jepsenEvents = [
    "0\t:invoke\t:cas\t[3 0]", "1\t:invoke\t:read\tnil", ":nemesis\t:info\t:start\t{:a #{1 2}}",
    "0\t:fail\t:cas\t[3 0]",
    "2\t:invoke\t:write\t12", "1\t:ok\t:read\t12", "2\t:info\t:write\t12\tindeterminate: Connection", "  reset by peer",
    "3\t:invoke\t:read\tnil", "3\t:fail\t:read\t:timed-out",
  ]

  private static let jepsenText = Array(jepsenEvents.map { $0 + "\n" }.joined().utf8)

  private static let jepsenLog = Array(
    jepsenEvents.map { "2026-01-02 03:04:05,678{GMT}\tINFO\t[jepsen worker 0] jepsen.util: \($0)\n" }.joined().utf8)

  private static let array = Array(
    """
    [{"index":0,"process":0,"type":"invoke","f":"write","value":3},
    { "index" : 1,
      "process" : "nemesis", "type" : "info", "f" : "kill" },
    {"index":2,"process":1,"type":"invoke","f":"cas","value":[3,4]}, {"process":0,"type":"ok","f":"write","value":3},
    {
      "process" : 1, "type" : "ok",
      "f" : "cas", "value" : [3, 4]
    }]

    """.utf8)

  /// Lines that the short way takes, in the orders and with the blanks that it takes.
  private static let plain = Array(
    """
    {"format":"raftcheck-history","version":1,"model":"kv"}
    {"index":0,"time":12,"process":0,"type":"invoke","f":"cas","key":"k0","value":["v33088","v33092"]}
    {"index":1,"time":-5,"process":1,"type":"invoke","f":"get","key":"k0"}
    {"index":2,"time":123456789012,"process":0,"type":"ok","f":"cas","key":"k0","value":false,"seen":"v33086"}
    {"value":"true","key":"k1","f":"put","type":"invoke","process":2,"time":0,"index":3}
    {"process": 1, "type": "ok", "f": "get", "key": "k0", "value": null}
    {"process":2,"type":"ok","f":"put","key":"k1","value":"true","order":12}
    {"process":2,"type":"invoke","f":"append","key":"k1","value":17}
    {"process":1,"type":"invoke","f":"cas","key":"k0","value":[null,-3]}
    {"process":1,"type":"ok","f":"cas","value":[null,-3],"order": 3}
    {"process":2,"type":"info","f":"append"}
    {"process":3,"type":"invoke","f":"delete","key":"k0"}
    {"process":3,"type":"fail","f":"delete","key":"k0"}

    """.utf8)

  static func draw(_ draws: inout DiceSequence) -> [UInt8] {
    let history = AnyHistory.draw(seed: UInt64(draws.next().below(50)), events: 12)
    var bytes =
      switch draws.next().below(11) {
      case 0: console
      case 1: porcupine
      case 2: history.jsonLines()
      case 3, 4: history.edn()
      case 5: jepsenText
      case 6: jepsenLog
      case 7: array
      default: plain
      }
    if draws.next().below(4) == 0, let newline = bytes.firstIndex(of: 0x0A) { bytes.removeSubrange(...newline) }
    for _ in 0...draws.next().below(3) where !bytes.isEmpty { spoil(&bytes, &draws) }
    return bytes
  }

  private static func spoil(_ bytes: inout [UInt8], _ draws: inout DiceSequence) {
    let place = draws.next().below(bytes.count)
    let other = draws.next().below(bytes.count)
    let length = 1 + draws.next().below(40)
    switch draws.next().below(10) {
    case 0: bytes[place] ^= 1 << UInt8(draws.next().below(8))
    case 1: bytes[place] = UInt8(truncatingIfNeeded: draws.next().bits)
    case 2: bytes.removeSubrange(place..<min(bytes.count, place + length))
    case 3: bytes.remove(at: place)
    case 4: bytes.insert(draws.pick(Array("{}[]()\",:;\\#u0 \n\r-9e.".utf8)), at: place)
    case 5 where draws.next().below(4) == 0: bytes.removeLast(bytes.count - place)
    case 6: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + length)], at: other)
    default:
      var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      let (one, two) = (draws.next().below(lines.count), draws.next().below(lines.count))
      switch draws.next().below(6) {
      case 0: lines.swapAt(one, two)
      case 1: lines.insert(lines[one], at: two)
      case 2: lines.remove(at: one)
      case 3: exchangeDigits(in: &lines[one], &draws)
      default: exchangeMembers(in: &lines[one], &draws)
      }
      bytes = Array(lines.joined(separator: [0x0A]))
    }
  }

  /// Doubles, drops or moves what stands between two commas.
  private static func exchangeMembers(in line: inout ArraySlice<UInt8>, _ draws: inout DiceSequence) {
    var members = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let (one, two) = (draws.next().below(members.count), draws.next().below(members.count))
    switch draws.next().below(3) {
    case 0: members.swapAt(one, two)
    case 1: members.insert(members[one], at: two)
    default: members.remove(at: one)
    }
    line = Array(members.joined(separator: [UInt8(ascii: ",")]))[...]
  }

  /// Makes other numbers of the digits of a line, which mostly leaves it well-formed.
  private static func exchangeDigits(in line: inout ArraySlice<UInt8>, _ draws: inout DiceSequence) {
    for place in line.indices where line[place] >= 0x30 && line[place] <= 0x39 && draws.next().below(4) == 0 {
      line[place] = 0x30 + UInt8(draws.next().below(10))
    }
  }
}

import Determinism
import Foundation
import Histories
import Testing

@Suite("EDN")
struct EDNTests {
  private func read(_ text: String, model: ModelName? = nil) throws -> History {
    try History(reading: Array(text.utf8), model: model)
  }

  private func outcomes(_ history: History) -> [Outcome] {
    history.operations().map { history.outcome(of: $0) }
  }

  private static let maps = [
    "{:process 0, :type :invoke, :f :cas, :value [1 2]}", "{:process 1, :type :invoke, :f :write, :value 1}",
    "{:process :nemesis, :type :info, :f :start, :value [:n1 \"a ] b\" #{1} {:x \\}}]}",
    "{:process 1, :type :ok, :f :write, :value 1}", "{:process 0, :type :fail, :f :cas, :value [1 2]}",
    "{:process 1, :type :invoke, :f :read, :value nil}", "{:process 1, :type :ok, :f :read, :value 1}",
  ]

  static let layouts: [String] = {
    let tail = " :index 5, :error [:a {\"}\" 1}], \"k\" #_ 2 #inst \"x\" #_#_ 3 4}"
    let lines = maps.joined(separator: "\n")
    let tagged = maps.map { "#jepsen.history.Op" + $0 }.joined(separator: "\n")
    let spread = maps.map { $0.replacing(" ", with: "\n\t,") }.joined(separator: "\r\n")
    let busy = maps.map { $0.dropLast() + tail }.joined(separator: "\n")
    let list = "(" + maps.joined(separator: ", ") + ")"
    let commented = "; a comment\n\n" + maps.joined(separator: " ; }\n")
    return [lines, "[\(lines)]\n", list, maps.joined(), commented, "[\(tagged)] ; the end", spread, busy]
  }()

  @Test("However the maps stand in the file, the history is the same", arguments: EDNTests.layouts)
  func shapes(_ text: String) throws {
    let whole = try read(text)
    #expect(whole.header.model == .compareAndSetRegister)
    #expect(whole.operations().map { whole.action(of: $0) }.count == 3)
    // A failed compare-and-set did not happen here.
    #expect(outcomes(whole) == [.fail, .ok(.done), .ok(.value([0x31]))])
    let bytes = Array(text.utf8)
    for size in [1, 2, 3, 7, 50] {
      var reader = HistoryReader()
      for start in stride(from: 0, to: bytes.count, by: size) {
        try reader.read(Array(bytes[start..<min(bytes.count, start + size)]))
      }
      #expect(try reader.finish().events == whole.events)
    }
  }

  @Test("The members of a map may stand in any order, and some may be missing")
  func anyOrder() throws {
    let history = try read(
      """
      {:value 5 :f :write :type :invoke :time 17 :process 3 :index 9}
      {:f :write, :time nil, :process 3, :type :info, :error :timeout}
      {:process 4, :type :invoke, :f :read}
      {:process 4, :type :ok, :f :read, :value nil}
      """)
    #expect(outcomes(history) == [.info, .ok(.value(nil))])
    #expect(history.events.map(\.time) == [17, 0, 0, 0])
    #expect(history.events.map(\.line) == [1, 2, 3, 4])
    #expect(history.header.model == .register)
  }

  @Test("jepsen.independent's values hold a key")
  func independentKeys() throws {
    let history = try read(
      """
      {:process 0, :type :invoke, :f :cas, :value [:x [1 nil]]}
      {:process 1, :type :invoke, :f :read, :value [7 nil]}
      {:process 0, :type :ok, :f :cas, :value [:x [1 nil]]}
      {:process 1, :type :ok, :f :read, :value [7 3]}
      """)
    let operations = history.operations()
    #expect(operations.map { history.values[$0.key] } == [Array(":x".utf8), Array("7".utf8)])
    #expect(
      operations.map { history.action(of: $0) } == [.compareAndSet(expected: Array("1".utf8), new: nil), .get])
    #expect(outcomes(history) == [.ok(.swapped), .ok(.value(Array("3".utf8)))])
  }

  @Test("A failed cas is an observation only where the file says so")
  func mismatches() throws {
    let call = "{:process 0, :type :invoke, :f :cas, :value [1 2]}\n{:process 0, :type :fail, :f :cas"
    #expect(try outcomes(read(call + ", :value [1 2]}")) == [.fail])
    #expect(try outcomes(read(call + ", :mismatch false}")) == [.fail])
    #expect(try outcomes(read(call + ", :mismatch true}")) == [.ok(.unseenMismatch)])
    #expect(try outcomes(read(call + ", :mismatch true, :seen nil}")) == [.ok(.mismatch(seen: nil))])
    #expect(try outcomes(read(call + ", :seen 3, :mismatch true}")) == [.ok(.mismatch(seen: [0x33]))])
  }

  @Test("Values that differ in EDN differ, and those that are equal are equal")
  func values() throws {
    let texts = ["5", "+5", "5N", "\"5\"", "\"\\\"5\\\"\"", ":a", "\":a\"", "\"a\"", "\"\"", "-0", "0", "\"-0\""]
    let history = try read(
      texts.enumerated().map { "{:process \($0), :type :invoke, :f :write, :value \($1)}" }.joined(separator: "\n"))
    let ids = history.operations().map(\.argument.rawValue)
    #expect(ids == [1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9])
    let again = try History(reading: history.edn())
    #expect(again.events.map(\.value.rawValue) == ids)
  }

  @Test("A header in a comment on the first line counts, and only there")
  func header() throws {
    let map = "{:process 0, :type :invoke, :f :read, :value nil}"
    let said = "; {\"format\":\"raftcheck-history\",\"version\":1,\"model\":\"cas-register\",\"initial\":\"0\"}"
    let history = try read("\(said)\n\(map)")
    #expect(history.header.model == .compareAndSetRegister)
    #expect(history.header.initial == [0x30])
    #expect(try read("\n\(said)\n\(map)").header.initial == nil)
    #expect(try read("; {:process 1}\n\(map)").header.model == .register)
    #expect(throws: HistoryReadingError.self) { try read("\(said.dropLast())\n\(map)") }
  }

  /// Whether the history is the same after it was written in one format, read, written in the other and read.
  private func staysTheSame(_ history: History) throws -> Bool {
    let lines = history.jsonLines()
    let edn = history.edn()
    let crossed = try History(reading: History(reading: edn).jsonLines())
    let back = try History(reading: History(reading: lines).edn())
    return crossed.header == history.header && crossed.jsonLines() == lines && crossed.edn() == edn
      && back.jsonLines() == lines
  }

  /// Those up to 100,000 bytes: the few larger ones hold more of the same, and take six times as long as all others.
  @Test("The histories of this project stay the same on the way to EDN and back")
  func recorded() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "histories")
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects)
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "jsonl" }
    let histories = try files.map { (name: $0.lastPathComponent, bytes: [UInt8](try Data(contentsOf: $0))) }
      .filter { $0.bytes.count <= 100_000 }
    #expect(histories.count > 50)
    for (name, bytes) in histories { #expect(try staysTheSame(History(reading: bytes)), "\(name)") }
  }

  @Test("Random histories with any bytes stay the same on the way to EDN and back", arguments: 0..<200 as Range<UInt64>)
  func random(seed: UInt64) throws {
    #expect(try staysTheSame(AnyHistory.draw(seed: seed)))
  }
}

/// Histories of everything that a client may do and be told, whether or not a system would do it.
enum AnyHistory {
  private static let texts: [[UInt8]] =
    [
      "", "x", "5", "-5", "0", "-0", "007", "5N", "\"5\"", "\"\"7\"\"", "\"", ":a", "\":a\"", ":é", ":", "nil", "true",
      "é\u{1F600}\"\\\n\t\r\u{1}/\u{7F}", "a b,;]}", "#x", "99999999999999999999", "1.5",
    ].map { Array($0.utf8) } + [[0xFF, 0x00, 0x22], [0xC3], [0x22, 0x35, 0xFE, 0x22]]

  static func draw(seed: UInt64, events: Int64 = 60) -> History {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 1))
    let model = draws.pick([ModelName.keyValue, .register, .compareAndSetRegister])
    var header = HistoryHeader(model: model, seed: seed, expected: seed % 2 == 0 ? .linearizable : nil, origin: "é\"")
    if seed % 3 == 0 { header.initial = draws.pick(texts) }
    var recorder = HistoryRecorder(header: header)
    var open = [Action?](repeating: nil, count: 5)
    for time in 0..<events {
      let process = draws.next().below(open.count)
      if let action = open[process] {
        recorder.complete(process: process, at: time, outcome(of: action, &draws))
        open[process] = nil
      } else {
        let action = action(model, &draws)
        recorder.invoke(process: process, at: time, key: draws.pick(texts), action)
        open[process] = action
      }
    }
    return recorder.finish()
  }

  private static func anything(_ draws: inout DiceSequence) -> [UInt8]? {
    draws.next().below(5) == 0 ? nil : draws.pick(texts)
  }

  private static func action(_ model: ModelName, _ draws: inout DiceSequence) -> Action {
    let known: [Function] = [.get, .put, .append, .delete, .compareAndSet].filter(model.allows)
    switch draws.pick(known) {
    case .get, .object: return .get
    case .put: return .put(draws.pick(texts))
    case .append: return .append(draws.pick(texts))
    case .delete: return .delete
    case .compareAndSet: return .compareAndSet(expected: anything(&draws), new: anything(&draws))
    }
  }

  private static func outcome(of action: Action, _ draws: inout DiceSequence) -> Outcome {
    switch draws.next().below(6) {
    case 0: return .fail
    case 1: return .info
    default: break
    }
    switch action {
    case .get: return .ok(.value(anything(&draws)))
    case .put, .append, .delete: return .ok(.done)
    case .compareAndSet:
      return .ok([.swapped, .unseenMismatch, .mismatch(seen: anything(&draws))][draws.next().below(3)])
    }
  }
}

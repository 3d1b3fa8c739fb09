import Determinism
import Histories
import Testing

@Suite("Writing histories")
struct WritingTests {
  /// A history with everything in it.
  private func sample() -> History {
    var header = HistoryHeader(
      model: .keyValue, seed: .max, bug: "no-sessions", nodes: 5, expected: .notLinearizable, origin: "a \"test\"")
    header.initial = []
    var recorder = HistoryRecorder(header: header)
    let odd: [UInt8] = [0xFF, 0x00, 0x22]
    let text = Array("é\u{1F600}\"\\\n\t\u{1}/".utf8)
    let calls: [(Action, Outcome)] = [
      (.put(text), .ok(.done)), (.get, .ok(.value(text))), (.get, .ok(.value(nil))), (.append(odd), .fail),
      (.delete, .ok(.done)), (.compareAndSet(expected: nil, new: odd), .ok(.swapped)),
      (.compareAndSet(expected: odd, new: nil), .ok(.mismatch(seen: nil))),
      (.compareAndSet(expected: [], new: odd), .ok(.mismatch(seen: text))),
      (.compareAndSet(expected: [], new: []), .ok(.unseenMismatch)), (.put([]), .info),
    ]
    for (place, (action, outcome)) in calls.enumerated() {
      recorder.invoke(process: place, at: Int64(place) * 1_000, key: place % 2 == 0 ? text : odd, action)
      recorder.complete(process: place, at: .max, outcome)
    }
    recorder.invoke(process: 3, at: .max, key: [], .get)
    return recorder.finish()
  }

  @Test("What is written is read again as it was")
  func roundTrip() throws {
    let history = sample()
    let bytes = history.jsonLines()
    let again = try History(reading: bytes)
    #expect(again.header == history.header)
    let isSame = again.jsonLines() == bytes
    #expect(isSame)
    let (first, second) = (history.operations(), again.operations())
    #expect(first.count == second.count)
    for (one, other) in zip(first, second) {
      #expect(history.action(of: one) == again.action(of: other))
      #expect(history.outcome(of: one) == again.outcome(of: other))
      #expect(history.values[one.key] == again.values[other.key])
      #expect(again.callLine(of: other) == other.call + 2)
    }
  }

  @Test("What a terminal would obey is written as an escape, in keys, values and header, and read again as it was")
  func printable() throws {
    let text = "\u{9B}31m\u{202E}\u{7F}é値\u{2028}\u{E0041}\u{301}"
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue, origin: text))
    recorder.invoke(process: 0, at: 0, key: Array(text.utf8), .put(Array(text.utf8)))
    let first = #"{"format":"raftcheck-history","version":1,"model":"kv","\#u{9B}":["\#u{9B}"]}"# + "\n"
    let unknown = try History(reading: Array(first.utf8))
    for (history, isEDN) in [(recorder.finish(), false), (recorder.finish(), true), (unknown, false), (unknown, true)] {
      let bytes = isEDN ? history.edn() : history.jsonLines()
      let written = String(decoding: bytes, as: UTF8.self)
      #expect(written.printableLines == written && written.contains(#"\u009b"#))
      let again = try History(reading: bytes)
      #expect(again.events.count == history.events.count && (isEDN || again.header.origin == history.header.origin))
      for operation in again.operations() { #expect(again.values[operation.key] == Array(text.utf8)) }
      #expect(isEDN || again.jsonLines() == bytes)
    }
  }

  @Test("What the nemesis did stands among the events by its time, and leaves the history as it was")
  func nemesis() throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    recorder.invoke(process: 0, at: 10, key: [0x78], .put([0x79]))
    recorder.complete(process: 0, at: 30, .ok(.done))
    let history = recorder.finish()
    let bytes = history.edn(with: [
      NemesisDeed(time: 5, function: "kill", value: "n1 \"crashes\"", fault: 7),
      NemesisDeed(time: 20, function: "kill", value: nil, fault: 7),
      NemesisDeed(time: 40, function: "transfer", value: "done", fault: nil),
    ])
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst()
    #expect(
      lines == [
        #"{:index 0, :time 5, :process :nemesis, :type :info, :f :kill, :value "n1 \"crashes\"", :fault 7}"#,
        #"{:index 1, :time 10, :process 0, :type :invoke, :f :put, :value ["x" "y"]}"#,
        "{:index 2, :time 20, :process :nemesis, :type :info, :f :kill, :value nil, :fault 7}",
        #"{:index 3, :time 30, :process 0, :type :ok, :f :put, :value ["x" "y"]}"#,
        #"{:index 4, :time 40, :process :nemesis, :type :info, :f :transfer, :value "done"}"#,
      ])
    let isSame = try History(reading: bytes).jsonLines() == history.jsonLines()
    #expect(isSame)
  }

  @Test("Blanks between the values of an unknown member are no text, and are not escaped")
  func blanks() throws {
    let member = "{\"\\\"\\\\\":\t1,\t\"b\u{7F}\":\t[]}"
    let header = "{\"format\":\"raftcheck-history\",\"version\":1,\"model\":\"kv\",\"x\":\(member)}\n"
    let history = try History(reading: Array(header.utf8))
    let bytes = history.jsonLines()
    #expect(String(decoding: bytes, as: UTF8.self).contains(#"{"\"\\": 1, "b\u007f": []}"#))
    #expect(try History(reading: bytes).jsonLines() == bytes)
  }

  @Test("Registers are written with read and write")
  func registerNames() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .register))
    recorder.invoke(process: 0, at: 0, key: [], .get)
    let text = String(decoding: recorder.finish().jsonLines(), as: UTF8.self)
    #expect(text.contains(#""f":"read""#))
  }

  @Test("Escapes mean what JSON says they mean")
  func escapes() throws {
    let text = #"{"process":0,"type":"invoke","f":"put","key":"\u0041\ud83d\ude00\/\b\f\n\r\t","value":"\""}"#
    let history = try History(reading: Array(text.utf8))
    #expect(history.values[history.operations()[0].key] == Array("A\u{1F600}/\u{8}\u{C}\n\r\t".utf8))
  }
}

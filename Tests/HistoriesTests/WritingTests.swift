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

  @Test("Thousands of spoiled files are read or refused, and never trap", arguments: 0..<4)
  func spoiledFiles(_ kind: Int) {
    let console = """
      INFO  jepsen.util - 0\t:invoke\t:cas\t[3 0]
      INFO  jepsen.util - 1   :invoke :read   nil
      INFO  jepsen.util - 0\t:fail\t:cas\t[3 0]
      INFO  jepsen.util - 1   :ok   :read   12
      """
    let porcupine = """
      {:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}
      {:process 1, :type :invoke, :f :get, :key "0", :value nil}
      {:process 0, :type :ok, :f :append, :key "0", :value "x 0 0 y"}
      {:process 1, :type :ok, :f :get, :key "0", :value "x 0 0 y"}
      """
    let original = [sample().jsonLines(), Array(console.utf8), Array(porcupine.utf8), [0, 0x7B, 0x22, 0x5C, 0x75]][kind]
    var draws = Dice(seed: 7).sequence(Purpose(rawValue: 1), UInt64(kind))
    var refused = 0
    for _ in 0..<2_000 {
      var bytes = original
      for _ in 0...draws.next().below(3) { spoil(&bytes, &draws) }
      do { _ = try History(reading: bytes).operations() } catch {
        refused += error.line > 0 && error.column > 0 ? 1 : 0
      }
    }
    #expect(refused > 1_000)
  }

  private func spoil(_ bytes: inout [UInt8], _ draws: inout DiceSequence) {
    guard !bytes.isEmpty else { return }
    let place = draws.next().below(bytes.count)
    switch draws.next().below(5) {
    case 0: bytes[place] = UInt8(truncatingIfNeeded: draws.next().bits)
    case 1: bytes.removeLast(bytes.count - place)
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(draws.pick(Array("{}[]\",:\\u0 \n-9e:".utf8)), at: place)
    default:
      let end = min(bytes.count, place + 1 + draws.next().below(40))
      bytes.insert(contentsOf: bytes[place..<end], at: draws.next().below(bytes.count))
    }
  }

  @Test("A failure's signature is read as it is printed")
  func signatures() {
    for signature in [FailureSignature.notLinearizable, .invariant("ElectionSafety"), .stopped("log damaged")] {
      #expect(FailureSignature(signature.description) == signature)
    }
    #expect(FailureSignature("rain") == nil)
  }
}

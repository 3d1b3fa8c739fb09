import Histories
import Testing

/// The header and events that the tests below go wrong after.
private let header = #"{"format":"raftcheck-history","version":1,"model":"kv"}"#
private let call = #"{"index":0,"time":5,"process":1,"type":"invoke","f":"put","key":"x","value":"1"}"#

@Suite("Reading histories")
struct ReadingTests {
  @Test("A line of 100 MB is refused")
  func longLine() {
    var bytes = Array((header + "\n").utf8)
    bytes += [UInt8](repeating: UInt8(ascii: "x"), count: 100_000_000)
    #expect(throws: HistoryReadingError.self) { try History(reading: bytes) }
  }

  @Test("Bytes that are not UTF-8 are refused within a string")
  func notText() {
    let bytes = Array((header + "\n{\"process\":1,\"key\":\"a").utf8) + [0xFF, UInt8(ascii: "\""), UInt8(ascii: "}")]
    #expect(throws: HistoryReadingError.self) { try History(reading: bytes) }
  }

  @Test("The nemesis does nothing to a history, and unknown keys are kept or ignored")
  func unknownKeys() throws {
    let text = """
      {"format":"raftcheck-history","version":1,"model":"kv","weather":{"rain":[1,2.5e3,true]}}
      {"process":"nemesis","type":"info","f":"kill","value":["n1","n2"]}
      \(call.dropLast()),"error":["timeout"]}
      """
    // The nemesis' functions are its own.
    let history = try History(reading: Array(text.utf8))
    #expect(history.events.count == 1)
    #expect(history.header.unknown.map(\.key) == ["weather"])
    #expect(String(decoding: history.jsonLines(), as: UTF8.self).contains(#","weather":{"rain":[1,2.5e3,true]}}"#))
  }

  @Test("-0 is 0, in plain lines and in others", arguments: ["", " "])
  func negativeZero(blank: String) throws {
    let text = """
      {"process":0,"type":"invoke","f":"write","value":\(blank)-0\(blank)}
      {"process":1,"type":"invoke","f":"write","value":0}
      """
    let history = try History(reading: Array(text.utf8))
    #expect(history.events.map { history.values[$0.value] } == [[0x30], [0x30]])
  }

  @Test("Without a first line 4 is another value than a text of it, in plain lines, others and arrays")
  func types() throws {
    func written(_ values: [String], header: String = "", blank: String = "", isArray: Bool = false) throws -> [String]
    {
      let events = values.enumerated().map { number, value in
        #"{"process":\#(number),"type":"invoke","f":"write",\#(blank)"value":\#(value)}"#
      }
      let text = isArray ? "[" + events.joined(separator: ",") + "]" : header + events.joined(separator: "\n") + "\n"
      let history = try History(reading: Array(text.utf8))
      return history.events.map { String(decoding: history.values[$0.value] ?? [], as: UTF8.self) }
    }
    for blank in ["", "  "] {
      #expect(
        try written(["4", #""4""#, #""5""#, "true", #""true""#], blank: blank) == [
          "4", #""4""#, "5", "true", #""true""#,
        ])
      // Nothing has to be told apart.
      #expect(try written([#""4""#, #""5""#, #""4""#], blank: blank) == ["4", "5", "4"])
      let own = #"{"format":"raftcheck-history","version":1,"model":"register"}"# + "\n"
      #expect(try written(["4", #""4""#], header: own, blank: blank) == ["4", "4"])
    }
    #expect(try written(["4", #""4""#], isArray: true) == ["4", #""4""#])
    let text = """
      {"process":0,"type":"invoke","f":"cas","value":["4",4]}
      {"process":0,"type":"ok","f":"cas","value":false,"seen":"7"}
      {"process":0,"type":"invoke","f":"read","value":null}
      {"process":0,"type":"ok","f":"read","value":7}

      """
    let history = try History(reading: Array(text.utf8))
    func value(_ id: ValueID) -> String { String(decoding: history.values[id] ?? [], as: UTF8.self) }
    #expect(history.events.map { value($0.value) } == [#""4""#, #""7""#, "", "7"])
    #expect(value(history.events[0].replacement) == "4")
  }

  @Test("Without a first line, the names of the functions say what they mean")
  func inferredModel() throws {
    func model(_ function: String) throws -> ModelName? {
      let text = #"{"process":0,"type":"invoke","f":"\#(function)","key":"x","value":"1"}"#
      return try History(reading: Array(text.utf8)).header.model
    }
    #expect(try model("get") == .keyValue)
    #expect(try model("write") == .register)
  }

  @Test("A client whose call ended unknown may call again; the first call stays open")
  func unknownThenAgain() throws {
    let text = [header, call, #"{"process":1,"type":"info","f":"put","error":"timeout"}"#, call].joined(
      separator: "\r\n")
    let operations = try History(reading: Array(text.utf8)).operations()
    #expect(operations.map(\.kind) == [.info, .info])
    #expect(operations.map(\.end) == [1, nil])
  }

  @Test("A console log's failed cas saw another value, its failed read says nothing")
  func consoleLog() throws {
    let text = """
      INFO  jepsen.util - 0\t:invoke\t:cas\t[3 0]
      INFO  jepsen.util - 1   :invoke :read   nil
      INFO  jepsen.util - 0\t:fail\t:cas\t[3 0]
      INFO  jepsen.util - 1   :fail   :read   :timed-out
      """
    let history = try History(reading: Array(text.utf8))
    #expect(history.operations().map { history.outcome(of: $0) } == [.ok(.unseenMismatch), .fail])
    #expect(history.header.model == .compareAndSetRegister)
    let zeros = try History(reading: Array("INFO  jepsen.util - 0 :invoke :cas [-0 0]\n".utf8))
    #expect(zeros.action(of: zeros.operations()[0]) == .compareAndSet(expected: Array("0".utf8), new: Array("0".utf8)))
  }
}

@Suite("Reading bit by bit")
struct ChunkedReadingTests {
  private static let text = """
    {"format":"raftcheck-history","version":1,"model":"kv"}

    {"process":0,"type":"invoke","f":"put","key":"x","value":"a"}
    {"process":1, "type":"invoke", "f":"cas", "key":"x", "value":[null, "b"]}
    {"process":0,"type":"ok","f":"put","key":"x","value":"a","extra":[1,{"deep":null}]}
    {"process":1,"type":"ok","f":"cas","key":"x","value":false,"seen":"\\u0061"}
    {"process":1,"type":"invoke","f":"get","key":"x"}
    {"process":1,"type":"ok","f":"get","key":"x","value":17}
    """

  @Test("It does not matter where the bytes are cut", arguments: 1...40)
  func chunks(size: Int) throws {
    let bytes = Array(Self.text.utf8)
    let whole = try History(reading: bytes)
    var reader = HistoryReader()
    for start in stride(from: 0, to: bytes.count, by: size) {
      try reader.read(Array(bytes[start..<min(bytes.count, start + size)]))
    }
    let history = try reader.finish()
    #expect(history.events == whole.events)
    #expect(history.jsonLines() == whole.jsonLines())
    #expect(history.events.map(\.line) == [3, 4, 5, 6, 7, 8])
  }

  @Test("Plain lines and careful ones mean the same")
  func plainAndCareful() throws {
    // A blank before each brace is enough to be read with care.
    let careful = Self.text.split(separator: "\n").map { " " + $0 }.joined(separator: "\n")
    let one = try History(reading: Array(Self.text.utf8))
    let other = try History(reading: Array(careful.utf8))
    #expect(one.jsonLines() == other.jsonLines())
  }

  @Test("Every wrong line is refused at its place, however plain the rest of it is")
  func refusals() {
    let wrong = [
      #"{"process":0,"process":1,"type":"invoke","f":"get","key":"x"}"#,
      #"{"process":01,"type":"invoke","f":"get","key":"x"}"#,
      #"{"process":1.5,"type":"invoke","f":"get","key":"x"}"#,
      #"{"process":-1,"type":"invoke","f":"get","key":"x"}"#,
      #"{"process":99999999999999999999,"type":"invoke","f":"get","key":"x"}"#,
      #"{"process":1,"type":"invoke","f":"get","key":"x"}}"#,
      #"{"process":1,"type":"invoke","f":"get","key":"x","#,
      #"{"process":1,"type":"invoke","f":"get","key":"x" "value":null}"#,
      #"{"process":1,"type":"invoked","f":"get","key":"x"}"#,
      #"{"process":1,"type":"invoke","f":"got","key":"x"}"#,
      #"{"process":1,"type":"invoke","f":"cas","key":"x","value":["a"]}"#,
      #"{"process":1,"type":"invoke","f":"cas","key":"x","value":["a","b","c"]}"#,
      #"{"process":1,"type":"invoke","f":"put","key":"x","value":tru}"#,
      #"{"process":1,"type":"invoke","f":"put","key":5,"value":"a"}"#,
      #"{"process":1,"type":"ok","f":"put","key":"x","value":"a"}"#,
    ]
    for line in wrong {
      let text = "{\"format\":\"raftcheck-history\",\"version\":1}\n\(line)\n"
      do {
        _ = try History(reading: Array(text.utf8))
        Issue.record("\(line) was read")
      } catch {
        #expect(error.line == 2, "\(line)")
        #expect(error.column >= 1, "\(line)")
      }
    }
  }
}

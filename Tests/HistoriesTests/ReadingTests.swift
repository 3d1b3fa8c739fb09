import Histories
import Testing

/// The header and events that the tests below go wrong after.
private let header = #"{"format":"raftcheck-history","version":1,"model":"kv"}"#
private let call = #"{"index":0,"time":5,"process":1,"type":"invoke","f":"put","key":"x","value":"1"}"#

@Suite("Reading histories")
struct ReadingTests {
  /// What is wrong with a file, where, and what is said about it.
  struct Fault: CustomStringConvertible {
    let name: String
    let text: String
    let line: Int
    let column: Int
    let sentence: String
    var description: String { name }

    init(_ name: String, _ lines: [String], _ line: Int, _ column: Int, _ sentence: String) {
      self.name = name
      text = lines.joined(separator: "\n")
      self.line = line
      self.column = column
      self.sentence = sentence
    }
  }

  static let faults: [Fault] = headerFaults + eventFaults + logFaults

  private static let headerFaults: [Fault] = [
    Fault("empty", [], 1, 1, "expected a history, found no line that is not blank"),
    Fault("blank", ["", "  ", ""], 1, 1, "expected a history, found no line that is not blank"),
    Fault(
      "binary", ["\u{0}\u{1}ELF"], 1, 1,
      "expected a history in JSON Lines, a Jepsen console log or a Porcupine key-value log (found out from its start), found byte 0"
    ),
    Fault(
      "of a later version", [#"{"format":"raftcheck-history","version":2}"#], 1, 41,
      "expected version 1 of the format, the latest that this program reads, found version 2"),
    Fault(
      "without a version", [#"{"format":"raftcheck-history"}"#], 1, 1,
      "expected a \"version\" beside the format, found a first line without it"),
    Fault(
      "of another format", [#"{"format":"tea","version":1}"#], 1, 11,
      "expected the format \"raftcheck-history\", found \"tea\""),
    Fault(
      "of an unknown model", [#"{"format":"raftcheck-history","version":1,"model":"mutex"}"#], 1, 51,
      "expected a model: \"kv\" or \"register\" or \"cas-register\", found \"mutex\""),
    Fault(
      "with an unknown verdict", [#"{"format":"raftcheck-history","version":1,"expected":"yes"}"#], 1, 54,
      "expected a verdict: \"linearizable\" or \"not-linearizable\", found \"yes\""),
    Fault(
      "with two models", [#"{"format":"raftcheck-history","version":1,"model":"kv","model":"kv"}"#], 1, 64,
      "expected each key once, found a second value of one"),
  ]

  private static let eventFaults: [Fault] = [
    Fault(
      "cut in a string", [header, #"{"index":0,"process":1,"ty"#], 2, 27,
      "expected the closing quote of the string that starts at column 24, found the end of the line"),
    Fault(
      "cut in an object", [header, #"{"index":0,"process":1"#], 2, 23, "expected ',' or '}', found the end of the line"),
    Fault(
      "a return without a call", [header, #"{"process":1,"type":"ok","f":"get","key":"x","value":null}"#], 2, 12,
      "expected a call of process 1 before its return, found a return without a call"),
    Fault(
      "two calls at once", [header, call, call], 3, 31,
      "expected process 1 to return before it calls again, found a second call while the one of line 2 is open"),
    Fault(
      "the return of something else", [header, call, #"{"process":1,"type":"ok","f":"get","value":null}"#], 3, 12,
      "expected the return of put, called on line 2, found the return of get"),
    Fault(
      "the return of another key", [header, call, #"{"process":1,"type":"ok","f":"put","key":"y"}"#], 3, 12,
      "expected the key of the call on line 2, found another key"),
    Fault(
      "the return of another value",
      [header, call, #"{"process":1,"type":"ok","f":"put","key":"x","value":"2"}"#], 3, 12,
      "expected the value of the call on line 2, found another value"),
    Fault(
      "a key of the wrong type", [header, #"{"process":1,"type":"invoke","f":"get","key":5}"#], 2, 46,
      "expected a string as the key, found '5'"),
    Fault(
      "a key left out", [header, #"{"process":1,"type":"invoke","f":"get"}"#], 2, 40,
      "expected a \"key\" in the event, found the end of the line"),
    Fault(
      "a process of the wrong type", [header, #"{"process":[1],"type":"invoke"}"#], 2, 12,
      "expected a process: an integer from 0 to 2147483647, or \"nemesis\", found '['"),
    Fault(
      "a process too large", [header, #"{"process":2147483648,"type":"invoke","f":"get"}"#], 2, 12,
      "expected a process from 0 to 2147483647, found 2147483648"),
    Fault(
      "a time beyond 64 bits", [header, #"{"time":9223372036854775808}"#], 2, 9,
      "expected a time in nanoseconds, found a number beyond 64 bits"),
    Fault(
      "a time with a fraction", [header, #"{"time":1.5}"#], 2, 9,
      "expected a time in nanoseconds, found a number with a fraction or an exponent"),
    Fault(
      "an unknown type", [header, #"{"process":1,"type":"maybe"}"#], 2, 21,
      "expected a type: \"invoke\", \"ok\", \"fail\" or \"info\", found another text"),
    Fault(
      "an unknown function", [header, #"{"process":1,"type":"invoke","f":"steal"}"#], 2, 34,
      "expected a function: get, put, append, delete, cas, read or write, found \"steal\""),
    Fault(
      "a cas of one value", [header, #"{"process":1,"type":"invoke","f":"cas","key":"x","value":"1"}"#], 2, 58,
      "expected the value [old, new] of a cas, each a string or null, found '\"'"),
    Fault(
      "half a surrogate pair", [header, #"{"process":1,"key":"\ud83d"}"#], 2, 21,
      "expected a Unicode character, found half of a surrogate pair"),
    Fault(
      "bad base64", [header, #"{"process":1,"key":{"base64":"a"}}"#], 2, 30,
      "expected a base64 text, found something else"),
    Fault(
      "text behind the event", [header, call + " x"], 2, call.utf8.count + 2,
      "expected the end of the line, found 'x'"),
    Fault(
      "arrays too deep", [header, #"{"extra":"# + String(repeating: "[", count: 100_000)], 2, 74,
      "expected at most 64 arrays and objects within each other, found one more"),
    Fault(
      "a function of another model",
      [#"{"format":"raftcheck-history","version":1,"model":"register"}"#, #"{"process":1,"type":"invoke","f":"cas"}"#],
      2, 34, "expected a function of the model register, found \"cas\""),
  ]

  private static let logFaults: [Fault] = [
    Fault(
      "a console log's other line", ["INFO  jepsen.core - hello"], 1, 7,
      "expected a line like \"INFO  jepsen.util - 0 :invoke :read nil\", found 'j'"),
    Fault(
      "a console log's type", ["INFO  jepsen.util - 0\t:call\t:read\tnil"], 1, 23,
      "expected a type: :invoke, :ok, :fail or :info, found \":call\""),
    Fault(
      "a console log's half cas", ["INFO  jepsen.util - 0\t:invoke\t:cas\t[3"], 1, 38,
      "expected an integer or nil, found the end of the line"),
    Fault(
      "a Porcupine log's cut line", [#"{:process 0, :type :invoke, :f :append, :key "0", :va"#], 1, 51,
      "expected :value, found ':'"),
    Fault(
      "a Porcupine log's get of nothing",
      [
        #"{:process 0, :type :invoke, :f :get, :key "7", :value nil}"#,
        #"{:process 0, :type :ok, :f :get, :key "7", :value nil}"#,
      ], 2, 54,
      "expected a string as the value, found nil"),
  ]

  @Test("What is wrong is said in one sentence, with line and column", arguments: faults)
  func sentence(of fault: Fault) {
    do {
      _ = try History(reading: Array(fault.text.utf8))
      Issue.record("it was read")
    } catch {
      #expect(error.description == fault.sentence)
      #expect(error.line == fault.line)
      #expect(error.column == fault.column)
    }
  }

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
      #"{"process":1,"type":"invoke","f":"put","key":"x","value":true}"#,
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

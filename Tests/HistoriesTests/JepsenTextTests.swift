import Histories
import Testing

/// What operations do and how they end, in few words.
private func told(_ history: History) -> [String] {
  func text(_ value: [UInt8]?) -> String { value.map { String(decoding: $0, as: UTF8.self) } ?? "nil" }
  return history.operations().map { operation in
    let key = history.values[operation.key].map { "\(text($0)): " } ?? ""
    let action =
      switch history.action(of: operation) {
      case .get: "read"
      case .put(let value): "write \(text(value))"
      case .compareAndSet(let expected, let new): "cas \(text(expected)) \(text(new))"
      default: "other"
      }
    return switch history.outcome(of: operation) {
    case .ok(.value(let value)): "\(key)\(action) -> \(text(value))"
    case .ok(.done), .ok(.swapped): "\(key)\(action) ok"
    case .ok: "\(key)\(action) mismatch"
    case .fail: "\(key)\(action) failed"
    case .info: "\(key)\(action) unknown"
    }
  }
}

private func read(_ text: String, format: HistoryFormat? = nil) throws -> History {
  try History(reading: Array(text.utf8), format: format)
}

private func problem(_ text: String, format: HistoryFormat? = nil) -> String {
  do {
    _ = try read(text, format: format)
    return "it was read"
  } catch let error as HistoryReadingError {
    return "\(error.line):\(error.column): \(error)"
  } catch {
    return "\(error)"
  }
}

@Suite("Jepsen's texts and logs")
struct JepsenTextTests {
  private static let events = [
    "0\t:invoke\t:write\t[7 1]", "1\t:invoke\t:cas\t[7 [1 2]]", ":nemesis\t:info\t:start\t[:cut {\"n1\" #{\"n2\"}}]",
    "0\t:ok\t:write\t[7 1]", "1\t:fail\t:cas\t[7 [1 2]]", "0\t:invoke\t:read\t[7 nil]", "0\t:ok\t:read\t[7 1]",
    "1\t:invoke\t:write\t[7 3]", "1\t:info\t:write\t[7 3]\tindeterminate: Timeout",
  ]
  private static let expected = ["7: write 1 ok", "7: cas 1 2 failed", "7: read -> 1", "7: write 3 unknown"]

  @Test("A history.txt means what the history.edn beside it does")
  func text() throws {
    let history = try read(Self.events.joined(separator: "\n"))
    #expect(told(history) == Self.expected)
    #expect(history.header.model == .compareAndSetRegister)
    // Some separate by spaces.
    let spaced = Self.events.map { $0.replacing("\t", with: "  ") }.joined(separator: "\r\n")
    #expect(try told(read(spaced)) == Self.expected)
  }

  @Test("The text of an error may go on in the next lines, and stand where a value would")
  func errors() throws {
    let history = try read(
      """
      3 :invoke :write 5
      3 :info :write 5\tRemote host said:
        {:process, all kinds of things]
      java.net.SocketTimeoutException
      3 :invoke :read nil
      3 :fail :read :timed-out "
      """)
    #expect(told(history) == ["write 5 unknown", "read failed"])
  }

  @Test(
    "What stands before an event is the logger's, in each form that Jepsen had; other loggers' lines are left out",
    arguments: [
      "2025-06-23 19:42:00,476{GMT}\tINFO\t[jepsen worker 1] jepsen.util: ",
      "INFO [2017-06-29 10:05:12,126] jepsen worker 1 - jepsen.util ",
      "2015-06-30 12:00:00,001 INFO  jepsen.util - ", "2026-01-01 00:00:00,000{UTC}\tINFO\t[x] jepsen.print: ",
    ])
  func logs(preamble: String) throws {
    let others = [
      "2025-06-23 19:41:59,000{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:", "{:nodes [\"n1\"]}",
      preamble + "Waiting for a port", "WARN something else", "\tat jepsen.util.Forgettable(util.clj:5)",
    ]
    let lines = others + Self.events.flatMap { [preamble + $0] + others }
    #expect(try told(read(lines.joined(separator: "\n"))) == Self.expected)
  }

  @Test("A plain console log keeps its meaning beside lines of other loggers")
  func plainLog() throws {
    let text = """
      INFO  jepsen.core - Worker 0 starting
      INFO  jepsen.util - 0\t:invoke\t:cas\t[3 0]
      WARN  jepsen.control - Encountered an error
      java.io.IOException: End of IO Stream Read
      INFO  jepsen.util - 0\t:fail\t:cas\t[3 0]
      """
    #expect(try told(read(text)) == ["cas 3 0 mismatch"])
  }

  @Test("What is wrong is told with its place")
  func problems() {
    #expect(problem("0 :invoke :read nil\nhello") == "2:1: expected an event, as in \"0 :invoke :read nil\", found 'h'")
    #expect(
      problem("0\t:call\t:read\tnil") == "1:3: expected a type: :invoke, :ok, :fail or :info, found \":call\"")
    #expect(problem("0\t:invoke\t:read\tnil nil") == "1:21: expected the end of the line, found 'n'")
    #expect(problem("0\t:invoke\t:write\t[1") == "1:20: expected a value, found the end of the line")
    let start = "2025-06-23 19:42:00,476{GMT}\tINFO\t[jepsen worker 1] jepsen.util: "
    #expect(
      problem("\(start)0\t:invoke\t:read\tnil\n\(start)1\t:ok\t:read\tnil")
        == "2:\(start.utf8.count + 1): expected a call of process 1 before its return, found a return without a call")
    #expect(
      problem("2025-06-23 19:42:00,476{GMT}\tINFO\t[main] jepsen.core: Hello\nand more\n")
        == "2:1: expected a line like \"INFO  jepsen.util - 0 :invoke :read nil\" somewhere, found a log without one")
  }
}

@Suite("Beginnings of files")
struct BeginningTests {
  @Test("Three bytes that say UTF-8 are left out; UTF-16 is named", arguments: [1, 2, 3, 100])
  func byteOrderMark(size: Int) throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = mark + Array("{:process 1, :type :invoke, :f :read}".utf8)
    var reader = HistoryReader()
    for start in stride(from: 0, to: bytes.count, by: size) {
      try reader.read(Array(bytes[start..<min(bytes.count, start + size)]))
    }
    #expect(try reader.finish().events.count == 1)
    for mark: [UInt8] in [[0xFF, 0xFE], [0xFE, 0xFF]] {
      do {
        _ = try History(reading: mark + [0x7B, 0, 0x7B, 0])
        Issue.record("it was read")
      } catch {
        #expect(error.found == "the byte order mark of UTF-16")
      }
    }
  }

  @Test(
    "A single object that is no history is told what it seems to be",
    arguments: [
      (
        "{:linear {:valid? true}, :valid? true}",
        "the results of a Jepsen test (results.edn): a map with :valid? and no event"
      ),
      ("{:nodes [\"n1\"], :name \"a\"}", "the description of a Jepsen test, without its history"),
      ("{\"traceEvents\":[{\"ph\":\"X\"}]}", "a trace for Chrome or Perfetto"),
      ("{\n  \"seeds\": 5,\n  \"verdict\": \"x\"\n}", "an object that is no event, with \"seeds\", \"verdict\""),
    ])
  func foreign(text: String, name: String) {
    #expect(problem(text) == "1:1: expected a history, found what seems to be \(name)")
  }
}

@Suite("Arrays of JSON")
struct JSONArrayTests {
  private static let compact = """
    [{"type":"invoke","f":"write","value":1,"process":0,"time":1,"index":0},
    {"type":"info","f":"kill","value":null,"process":"nemesis"},
    {"type":"ok","f":"write","value":1,"process":0,"time":2,"index":1}]
    """
  private static let pretty = """
    [ {
      "type" : "invoke", "f" : "write",
      "value" : 1,
      "process" : 0
    },
    { "type" : "ok",
      "process" : 0, "value" : 1,
      "f" : "write"
    } ]

    """

  @Test("Events may stand in an array, in one line each or in many", arguments: [compact, pretty])
  func arrays(text: String) throws {
    let whole = try read(text)
    #expect(told(whole) == ["write 1 ok"])
    let bytes = Array(text.utf8)
    for size in [1, 3, 10] {
      var reader = HistoryReader()
      for start in stride(from: 0, to: bytes.count, by: size) {
        try reader.read(Array(bytes[start..<min(bytes.count, start + size)]))
      }
      #expect(try reader.finish().events == whole.events)
    }
  }

  @Test("What is wrong in an array is told with its place")
  func problems() {
    let event = #"{"type":"invoke","f":"read","process":0}"#
    #expect(problem("[\(event) \(event)]") == "1:43: expected ',' or ']', found '{'")
    #expect(problem("[\(event),]") == "1:43: expected an object: '{', found ']'")
    #expect(problem("[\(event)") == "1:42: expected ']' behind the last object, found the end of the file")
    #expect(problem("[\(event)]\n5") == "2:1: expected the end of the file, found '5'")
    #expect(
      problem("[\n{\"type\":\"invoke\",\n  \"f\": \"read\",\n  \"process\": \"7\"}]")
        == "4:14: expected a process: an integer from 0 to 2147483647, or \"nemesis\", found a number in quotes")
  }
}

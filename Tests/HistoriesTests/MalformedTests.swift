import Histories
import Testing

/// The header and events that the tests below go wrong after.
private let header = #"{"format":"raftcheck-history","version":1,"model":"kv"}"#
private let call = #"{"index":0,"time":5,"process":1,"type":"invoke","f":"put","key":"x","value":"1"}"#
/// The functions that there are, as a sentence names them.
private let functions =
  "read, write, cas, get, put, append, delete, acquire, release, add, remove, contains, generate, enqueue, dequeue, drain, "
  + "push, pop, txn or transfer"
private let ednCall = "{:process 1, :type :invoke, :f :write, :value 1}"

@Suite("Malformed histories")
struct MalformedTests {
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

  static let faults: [Fault] = headerFaults + eventFaults + valueFaults + ednFaults + ednValueFaults + logFaults

  private static let headerFaults: [Fault] = [
    Fault("empty", [], 1, 1, "expected a history, found no line that is not blank"),
    Fault("blank", ["", "  ", ""], 1, 1, "expected a history, found no line that is not blank"),
    Fault(
      "binary", ["\u{0}\u{1}ELF"], 1, 1,
      "expected a history in JSON or JSON Lines, EDN, a text, log or store of Jepsen, a Porcupine key-value log or operations of etcd's robustness tests (found out from its start), found byte 0"
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
      "of an unknown model", [#"{"format":"raftcheck-history","version":1,"model":"heap"}"#], 1, 51,
      "expected a model: \(ModelName.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")), found \"heap\""),
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
      "expected a function: \(functions), found \"steal\""),
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

  private static let valueFaults: [Fault] = [
    Fault(
      "a process twice", [header, #"{"process":1,"process":1}"#], 2, 24,
      "expected each key once, found a second value of one"),
    Fault(
      "a type left out", [header, #"{"process":1,"f":"get"}"#], 2, 24,
      "expected a \"type\" in the event, found the end of the line"),
    Fault(
      "an answer that a put cannot give",
      [header, call, #"{"process":1,"type":"ok","f":"put","value":true}"#], 3, 12,
      "expected the value of the call on line 2, found another value"),
    Fault(
      "a get without an answer",
      [header, #"{"process":1,"type":"invoke","f":"get","key":"x"}"#, #"{"process":1,"type":"ok","f":"get"}"#], 3, 36,
      "expected the value that was read, a string or null, found the end of the line"),
    Fault(
      "a value with a needless zero", [header, #"{"process":1,"type":"invoke","f":"put","key":"x","value":01}"#], 2,
      58, "expected a digit that starts a number, 0 only alone, found '0'"),
    Fault(
      "an unknown escape", [header, #"{"process":1,"key":"a\q"}"#], 2, 23,
      "expected one of \" \\ / b f n r t u after a backslash, found 'q'"),
    Fault(
      "an append in a file of registers",
      [
        #"{"process":1,"type":"invoke","f":"write","value":"1"}"#,
        #"{"process":2,"type":"invoke","f":"append","key":"x","value":"1"}"#,
      ],
      2, 34, "expected a function of the model cas-register, found \"append\""),
    Fault(
      "a call without a key among others with one",
      [#"{"process":1,"type":"invoke","f":"read","key":"x"}"#, #"{"process":2,"type":"invoke","f":"read"}"#], 2, 12,
      "expected a key, as in the call on line 1, found a call without one"),
    Fault(
      "another line than the first cut", [header, call, "{"], 3, 2,
      "expected a key in quotes, found the end of the line"),
  ]

  private static let ednFaults: [Fault] = [
    Fault(
      "EDN cut in a map", [ednCall, "{:process 1,"], 2, 13,
      "expected the end of the map that starts on line 2, column 1, found the end of the file"),
    Fault(
      "EDN cut in a string", [ednCall, "{:error \"a}", "b"], 3, 2,
      "expected the end of the map that starts on line 2, column 1, found the end of the file"),
    Fault(
      "an open vector", ["[" + ednCall, ednCall.replacing("1", with: "2")], 2, 49,
      "expected ']' behind the last map, found the end of the file"),
    Fault(
      "a vector closed as a list", ["[" + ednCall + ")"], 1, 50,
      "expected a map of an operation, as in {:process 0, :type :invoke, :f :read, :value nil}, found ')'"),
    Fault("a map behind the vector", ["[" + ednCall + "]", ednCall], 2, 1, "expected the end of the file, found '{'"),
    Fault(
      "a number among the maps", [ednCall, "17"], 2, 1,
      "expected a map of an operation, as in {:process 0, :type :invoke, :f :read, :value nil}, found '1'"),
    Fault(
      "a tagged vector among the maps", [ednCall, "#a [1]"], 2, 4, "expected a map of an operation: '{', found '['"),
    Fault("brackets that cross", [ednCall, "{:error [1}]}"], 2, 11, "expected a value, found '}'"),
    Fault("a key without a value", [ednCall, "{:process 1, :error}"], 2, 20, "expected a value, found '}'"),
    Fault(
      "values too deep",
      [ednCall, "{:x " + String(repeating: "[", count: 70) + String(repeating: "]", count: 70) + "}"], 2, 69,
      "expected at most 64 values within each other, found one more"),
    Fault(
      "a process twice in EDN", ["{:process 1, :process 1}"], 1, 23,
      "expected each key once, found a second value of one"),
    Fault(
      "a process that is a text in EDN", ["{:process \"one\"}"], 1, 11,
      "expected a process: an integer from 0 to 2147483647, or :nemesis, found '\"'"),
    Fault(
      "a process that is a ratio", ["{:process 1/2}"], 1, 11,
      "expected a process: an integer from 0 to 2147483647, or :nemesis, found '1'"),
    Fault(
      "a process below zero", ["{:process -1, :type :ok}"], 1, 11, "expected a process from 0 to 2147483647, found -1"),
    Fault("no process", ["{:type :ok, :f :read}"], 1, 21, "expected a :process in the event, found '}'"),
    Fault("no type", ["{:process 1, :f :read}"], 1, 22, "expected a :type in the event, found '}'"),
    Fault(
      "a type of its own", ["{:process 1, :type :call}"], 1, 20,
      "expected a type: :invoke, :ok, :fail or :info, found \":call\""),
    Fault("no function", ["{:process 1, :type :ok}"], 1, 23, "expected an :f in the event, found '}'"),
    Fault(
      "a function that is not known", ["{:process 1, :type :invoke, :f :steal, :value [[:r 1 nil]]}"], 1, 32,
      "expected a function: \(functions), found \":steal\""),
    Fault(
      "a time with a fraction in EDN", ["{:time 1.5}"], 1, 8,
      "expected a time in nanoseconds, found a number with a fraction or an exponent"),
  ]

  private static let ednValueFaults: [Fault] = [
    Fault(
      "a cas of one value in EDN", ["{:process 1, :type :invoke, :f :cas, :value 1}"], 1, 45,
      "expected the value [old, new] of a cas, each an integer, a string or a keyword or nil, found '1'"),
    Fault(
      "a read of nothing at all", ["{:process 1, :type :invoke, :f :read}", "{:process 1, :type :ok, :f :read}"], 2, 33,
      "expected the value that was read, an integer, a string or a keyword or nil, found '}'"),
    Fault(
      "a key-value function without a key", ["{:process 1, :type :invoke, :f :append, :value 1}"], 1, 48,
      "expected a value with its key, as in [\"k\" \"v\"], found '1'"),
    Fault(
      "a call without the key that others have",
      ["{:process 1, :type :invoke, :f :write, :value [0 1]}", "{:process 2, :type :invoke, :f :write, :value 1}"], 2,
      11, "expected a key, as in the call on line 1, found a call without one"),
    Fault(
      "a call with a key that others do not have",
      [ednCall, "{:process 2, :type :invoke, :f :write, :key 0, :value 1}"],
      2, 11, "expected no key, as in the call on line 1, found a call with one"),
    Fault(
      "an answer without the key of its call",
      ["{:process 1, :type :invoke, :f :read, :value [0 nil]}", "{:process 1, :type :ok, :f :read, :value 5}"], 2, 42,
      "expected a value with its key, as in [\"k\" \"v\"], found '5'"),
    Fault(
      "another value than the call's", [ednCall, "{:process 1,", ":type :ok, :f :write, :value 2}"], 2, 11,
      "expected the value of the call on line 1, found another value"),
    Fault(
      "a return without a call in EDN", ["{:process 1, :type :ok, :f :write, :value 2}"], 1, 11,
      "expected a call of process 1 before its return, found a return without a call"),
    Fault(
      "a mismatch of something that is no cas", [ednCall, "{:process 1, :type :fail, :f :write, :mismatch true}"], 2,
      20, "expected :fail :cas beside :mismatch true, found ':'"),
    Fault(
      "an unknown escape in EDN", ["{:process 1, :error \"\\q\"}"], 1, 23,
      "expected one of \" \\ / b f n r t u after a backslash, found 'q'"),
    Fault(
      "bad base64 in EDN", ["{:process 1, :type :ok, :f :put, :value #raftcheck/base64 \"a\"}"], 1, 59,
      "expected a base64 text, found something else"),
    Fault(
      "a header that is cut", ["; {\"format\":\"raftcheck-history\"", ednCall], 1, 32,
      "expected ',' or '}', found the end of the line"),
  ]

  private static let logFaults: [Fault] = [
    Fault(
      "a console log's cas of one value", ["INFO  jepsen.util - 0\t:invoke\t:cas\t3"], 1, 36,
      "expected the value [old new] of a cas, found '3'"),
    Fault(
      "a console log's answer to nobody", ["INFO  jepsen.util - 0\t:ok\t:read\t3"], 1, 21,
      "expected a call of process 0 before its return, found a return without a call"),
    Fault(
      "a console log's nobody", ["INFO  jepsen.util - :nemesisX foo"], 1, 29, "expected a blank, found 'X'"),
    Fault("a console log's process", ["INFO  jepsen.util - x\t:ok\t:read\t3"], 1, 21, "expected a process, found 'x'"),
    Fault(
      "a Porcupine log's other line", [#"{:process 0, :type :invoke, :f :get, :key "7", :value nil}"#, "x"], 2, 1,
      "expected '{', found 'x'"),
    Fault(
      "a Porcupine log's open string", [#"{:process 0, :type :invoke, :f :get, :key "7, :value nil}"#], 1, 58,
      "expected the closing quote of the string that starts at column 43, found the end of the line"),
    Fault(
      "a Porcupine log's value of another put",
      [
        #"{:process 0, :type :invoke, :f :put, :key "7", :value "1"}"#,
        #"{:process 0, :type :ok, :f :put, :key "7", :value "2"}"#,
      ], 2, 11, "expected the value of the call on line 1, found another value"),
    Fault(
      "a console log without an event", ["INFO  jepsen.core - hello"], 1, 1,
      "expected a line like \"INFO  jepsen.util - 0 :invoke :read nil\" somewhere, found a log without one"),
    Fault(
      "a console log's other line", ["INFO  jepsen.util - 0\t:invoke\t:read\tnil", "INFO, hello"], 2, 5,
      "expected a line like \"INFO  jepsen.util - 0 :invoke :read nil\", found ','"),
    Fault(
      "a number in quotes for a process", [header, #"{"process":"1","type":"invoke"}"#], 2, 12,
      "expected a process: an integer from 0 to 2147483647, or \"nemesis\", found a number in quotes"),
    Fault(
      "a client with a name", [header, #"{"process":"alice","type":"invoke"}"#], 2, 12,
      "expected a process: an integer from 0 to 2147483647, or \"nemesis\", found another text"),
    Fault(
      "a client with a name in EDN", ["{:process :alice}"], 1, 11,
      "expected a process: an integer from 0 to 2147483647, or :nemesis, found \":alice\""),
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

  @Test("There are more than forty kinds, each of another name")
  func manyKinds() {
    #expect(Set(Self.faults.map(\.name)).count == Self.faults.count)
    #expect(Self.faults.count > 40)
  }
}

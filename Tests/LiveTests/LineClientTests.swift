import Determinism
import Foundation
import Histories
import Runs
import System
import Testing

@testable import Live

/// Clients are shell scripts, which are everywhere.
@Suite(
  "Clients that speak lines",
  .enabled(if: FileManager.default.isExecutableFile(atPath: Program.file), "the program is not built beside the tests")
)
struct LineClientTests {
  private let server = LiveServer(NodeID(2), at: [SocketAddress(host: "127.0.0.1", port: 7_001)], data: "/d")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func client(_ script: String) -> LineClient {
    LineClient(["/bin/sh", "-c", script], log: "\(folder.path)/log", startPatience: .zero)
  }

  /// A client that answers everything with these lines, one after the other.
  private func client(answering lines: [String]) -> LineClient {
    client(lines.map { "read line; echo '\($0)'; " }.joined() + "cat >/dev/null")
  }

  private func attempt(_ client: LineClient, _ action: Action, within patience: Duration = .seconds(10)) -> Attempt {
    client.attempt(action, on: Array("k".utf8), at: server, within: patience)
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test("An operation is one line of JSON")
  func requests() throws {
    let actions: [Action] = [
      .get, .put(bytes("v")), .append(bytes("\"")), .delete, .compareAndSet(expected: nil, new: bytes("v")),
      .compareAndSet(expected: bytes("v"), new: nil),
    ]
    let client = client(
      "while read -r line; do printf '%s\\n' \"$line\" >> \(folder.path)/asked; echo '{\"outcome\":\"fail\"}'; done")
    for action in actions { #expect(attempt(client, action, within: .milliseconds(20_000)) == Attempt(.fail)) }
    client.close()
    let place = #""node":"n2","address":"127.0.0.1:7001","timeout_ms":20000,"id":"#
    #expect(
      try folder.text(of: "asked") == """
        {"op":"get","key":"k",\(place)1}
        {"op":"put","key":"k","value":"v",\(place)2}
        {"op":"append","key":"k","value":"\\"",\(place)3}
        {"op":"delete","key":"k",\(place)4}
        {"op":"cas","key":"k","expected":null,"new":"v",\(place)5}
        {"op":"cas","key":"k","expected":"v","new":null,\(place)6}

        """)
    #expect(client.problems == 0)
  }

  @Test("An outcome is what the line says")
  func outcomes() {
    let cas = Action.compareAndSet(expected: bytes("a"), new: bytes("b"))
    let cases: [(line: String, action: Action, attempt: Attempt)] = [
      (#"{"outcome":"ok"}"#, .put(bytes("v")), Attempt(.ok(.done))),
      (#" { "outcome" : "ok" , "took" : [1.5] } "#, .delete, Attempt(.ok(.done))),
      (#"{"outcome":"ok","value":"x"}"#, .get, Attempt(.ok(.value(bytes("x"))))),
      (#"{"outcome":"ok","value":null}"#, .get, Attempt(.ok(.value(nil)))),
      (#"{"outcome":"ok","swapped":true}"#, cas, Attempt(.ok(.swapped))),
      (#"{"outcome":"ok","swapped":false}"#, cas, Attempt(.ok(.unseenMismatch))),
      (#"{"outcome":"ok","swapped":false,"seen":"c"}"#, cas, Attempt(.ok(.mismatch(seen: bytes("c"))))),
      (#"{"outcome":"ok","swapped":false,"seen":null}"#, cas, Attempt(.ok(.mismatch(seen: nil)))),
      (#"{"outcome":"fail","reason":"no leader"}"#, .put(bytes("v")), Attempt(.fail, "no leader")),
      (#"{"outcome":"info","reason":"lost"}"#, .put(bytes("v")), Attempt(.info, "lost")),
      (#"{"outcome":"info"}"#, .get, Attempt(.fail)),
    ]
    let client = client(answering: cases.map(\.line))
    for (line, action, wanted) in cases { #expect(attempt(client, action) == wanted, "\(line)") }
    #expect(client.problems == 0)
    client.close()
  }

  @Test("An answer that says nothing leaves the outcome unknown, and is told")
  func misunderstandings() {
    let cases: [(line: String, action: Action, clause: String)] = [
      ("hello", .delete, "is no line of JSON: expected a value at byte 0"),
      ("[]", .delete, "is an array; expected an object"),
      ("{}", .delete, #"has no "outcome""#),
      (#"{"outcome":"done"}"#, .delete, #"has an "outcome" that is none of "ok", "fail", "info""#),
      (#"{"outcome":"ok"}"#, .get, #"has no "value", a string or null, which a get that is ok needs"#),
      (#"{"outcome":"ok","value":1}"#, .get, #"has a "value" that is a number; expected a string or null"#),
      (
        #"{"outcome":"ok"}"#, .compareAndSet(expected: nil, new: nil),
        #"has no "swapped", true or false, which a cas that is ok needs"#
      ),
    ]
    for (line, action, clause) in cases {
      let problem = #expect(throws: LineProtocol.Misunderstanding.self) {
        try LineProtocol.attempt(from: line, of: action, number: 7)
      }
      #expect(problem?.clause == clause)
    }
    let client = client("read line; echo one; read line; echo two; cat >/dev/null")
    let log = "what it complained of is in \(folder.path)/log"
    let sentence =
      #"the client sh answered "one", which is no line of JSON: expected a value at byte 0; "# + log
    #expect(attempt(client, .delete) == Attempt(.info, sentence))
    // It was started anew, for it says "one" again; a read has failed.
    #expect(attempt(client, .get) == Attempt(.fail, sentence))
    #expect(client.problems == 2 && client.firstProblem?.description == sentence && client.fatalProblem == nil)
    #expect(attempt(client, .put([])).outcome == .info)
    #expect(client.fatalProblem?.description == "\(sentence); 3 times in a row it did not work")
    #expect(attempt(client, .put([])) == Attempt(.fail, client.fatalProblem?.description))
  }

  @Test("A client that hangs is given up after the time it had, as often as it hangs")
  func hanging() {
    let client = client("while read line; do :; done")
    for _ in 0..<4 { #expect(attempt(client, .delete, within: .milliseconds(1)).outcome == .info) }
    #expect(
      client.firstProblem?.description
        == "the client sh did not answer in 0.301 s, nor anything before; does it flush its output after each line?; "
        + "what it complained of is in \(folder.path)/log")
    #expect(client.problems == 4 && client.fatalProblem == nil)
  }

  @Test("A client that dies in the middle of an operation is started anew")
  func dying() throws {
    let client = client(
      "read line; echo '{\"outcome\":\"ok\"}'; read line; echo oh no >&2; exit 3")
    for _ in 0..<2 {
      #expect(attempt(client, .delete).outcome == .ok(.done))
      let reason = "the client sh ended with 3 before it answered; what it complained of is in \(folder.path)/log"
      #expect(attempt(client, .delete) == Attempt(.info, reason))
    }
    // It had answered in between.
    #expect(client.problems == 2 && client.fatalProblem == nil)
    #expect(try folder.text(of: "log") == "oh no\noh no\n")
  }

  @Test("A client that cannot be started, or dies at once, is given up")
  func neverStarting() {
    let absent = LineClient(["/no/such/client"], log: "\(folder.path)/log")
    let dying = client("exit 1")
    for _ in 0..<3 {
      #expect(attempt(absent, .delete).outcome == .fail)
      #expect(attempt(dying, .get).outcome == .fail)
    }
    #expect(
      absent.fatalProblem?.description
        == "the client client cannot be started: cannot start /no/such/client: no such file or directory; 3 times in a row "
        + "it did not work")
    #expect(dying.fatalProblem != nil)
  }

  @Test("What a client says unasked, or in a line without end, is no answer")
  func unasked() {
    let talkative = client("echo hello; while read line; do echo '{\"outcome\":\"ok\"}'; done")
    #expect(attempt(talkative, .delete).outcome == .info)
    #expect(talkative.problems == 1)
    let endless = client("read line; head -c 1100000 /dev/zero | tr '\\0' a; cat >/dev/null")
    #expect(attempt(endless, .delete).reason?.contains("answered with more than 1 MiB in one line") == true)
  }

  @Test(
    "Nothing is left of a client that is closed, nor of what it has started",
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self"), "there is no /proc"))
  func closing() throws {
    let client = client(
      "sleep 1000 & echo $! > \(folder.path)/id; while read line; do echo '{\"outcome\":\"ok\"}'; done")
    #expect(attempt(client, .delete).outcome == .ok(.done))
    let id = try #require(Int32(try folder.text(of: "id").trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(FileManager.default.fileExists(atPath: "/proc/\(id)"))
    client.close()
    #expect(!FileManager.default.fileExists(atPath: "/proc/\(id)"))
  }
}

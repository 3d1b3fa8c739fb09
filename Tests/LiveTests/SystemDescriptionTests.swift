import Determinism
import Histories
import Testing

@testable import Live

@Suite("A system's description")
struct SystemDescriptionTests {
  private func read(_ text: String) throws(LiveProblem) -> SystemDescription {
    try SystemDescription(reading: Array(text.utf8), path: "s.json")
  }

  @Test("What is not said is as usual")
  func shortest() throws {
    let system = try read(#"{"name": "kv", "server": ["kv", "{port}"], "client": ["ask"]}"#)
    #expect(system.name == "kv" && system.server == ["kv", "{port}"] && system.client == .program(["ask"]))
    #expect(system.ports == ["client"] && system.peer == "{address}" && system.betweenPeers == ",")
    #expect(system.readiness == .connects && system.links == .packets && system.options.isEmpty)
    #expect(system.faults == SystemDescription.usualFaults && system.operations == [.get, .put])
    #expect(system.electionTimeout == .milliseconds(500)...Duration.seconds(1))
    #expect(system.heartbeatInterval == .milliseconds(100))
  }

  @Test("All can be said")
  func whole() throws {
    let system = try read(
      """
      {
        "name": "kv-2", "server": ["kv", "--id={node}", "{peers}", "{option.mode}"], "client": ["{option.python}", "c"],
        "environment": {"KV_HOME": "{data}", "PATH_2": "{folder}/bin:/bin"},
        "ports": ["client", "peer"], "peers": {"each": "{name}={address.peer}", "between": " "},
        "ready": "answers-reads",
        "options": {"mode": {"values": ["a", "b"], "default": "b", "purpose": "how"}, "python": {"default": "python3"}},
        "faults": ["kill", "minority-third"], "operations": ["get", "cas"],
        "election": ["1s", "2s"], "heartbeat": "250ms"
      }
      """)
    #expect(system.environment.map(\.name) == ["KV_HOME", "PATH_2"])
    #expect(system.environment.map(\.value) == ["{data}", "{folder}/bin:/bin"])
    #expect(system.ports == ["client", "peer"] && system.peer == "{name}={address.peer}" && system.betweenPeers == " ")
    #expect(system.readiness == .answersReads)
    #expect(system.options == [.init("mode", ["b", "a"], "how"), .init("python", ["python3"], "", isOpen: true)])
    #expect(system.faults == [.kill, .minorityThird] && system.operations == [.get, .compareAndSet])
    #expect(system.electionTimeout == .seconds(1)...Duration.seconds(2))
    #expect(system.heartbeatInterval == .milliseconds(250))
  }

  @Test("Options can stand in an array, and their values alone behind a name")
  func options() throws {
    let plain = try read(#"{"name": "a", "server": ["a"], "client": ["c"], "options": {"mode": ["a", "b"]}}"#)
    let listed = try read(
      #"{"name": "a", "server": ["a"], "client": ["c"], "options": [{"name": "mode", "values": ["a", "b"]}]}"#)
    #expect(plain.options == [.init("mode", ["a", "b"], "")] && listed.options == plain.options)
  }

  /// What stands in a description behind its three members that must be there, and what is said of it.
  private static let wrongMembers: [(text: String, sentence: String)] = [
    (#""port": []"#, #""port" is no member of a system; did you mean "ports"?"#),
    (
      #""frobnicate": 1"#,
      #""frobnicate" is no member of a system; its members are name, server, client, environment, ports, peers, ready, "#
        + "options, faults, operations, election, heartbeat"
    ),
    (#""name": "b""#, #"the name "name" stands there twice"#),
    (
      #""ports": "client""#,
      #"ports: expected an array of names such as ["client", "peer"], found "client""#
    ),
    (
      #""ports": []"#,
      #"ports: expected an array of names such as ["client", "peer"], found an array of nothing"#
    ),
    (#""ports": ["a", "a"]"#, #"ports[1]: "a" stands there twice"#),
    (
      #""ports": ["a b"]"#,
      #"ports[0]: expected a name of at most 32 out of a-z, A-Z, 0-9, - and _, not one of the last two first, found "a b""#
    ),
    (
      #""ready": "connect""#,
      #"ready: expected "connects" or "answers-reads", found "connect"; did you mean "connects"?"#
    ),
    (#""ready": true"#, #"ready: expected "connects" or "answers-reads", found true"#),
    (#""faults": ["kil"]"#, #"faults[0]: "kil" is no fault; did you mean "kill"?"#),
    (#""faults": ["kill", "kill"]"#, #"faults[1]: "kill" stands there twice"#),
    (
      #""faults": ["reorder"]"#,
      #"faults[0]: "reorder" needs a protocol that raftcheck understands; between the servers of a folder it can only drop "#
        + "packets"
    ),
    (
      #""faults": ["clock-jump"]"#,
      #"faults[0]: "clock-jump" needs a server that takes orders from raftcheck, as only raftkv does"#
    ),
    (#""faults": ["bit-flip"]"#, #"faults[0]: "bit-flip" exists in simulated runs only"#),
    (#""operations": ["put"]"#, #"operations: expected "get" among them: without reads nothing can be judged"#),
    (
      #""operations": ["get"]"#,
      #"operations: expected a write beside "get": a store that nobody writes to stays empty"#
    ),
    (
      #""operations": ["get", "append", "set"]"#,
      #"operations[2]: expected "get", "put", "append", "delete" or "cas", found "set"; did you mean "get"?"#
    ),
    (#""election": ["1s"]"#, #"election: expected an array of two times such as ["500ms", "1s"], found an array"#),
    (#""election": ["2s", "1s"]"#, "election: expected the shorter time first"),
    (#""election": ["1s", "2 s"]"#, #"election[1]: expected a time such as "500ms" or "2s", found "2 s""#),
    (#""heartbeat": 100"#, #"heartbeat: expected a time such as "500ms" or "2s", found 100"#),
    (#""heartbeat": "90000s""#, "heartbeat: expected at most 60s"),
    (
      #""heartbeat": "1s""#,
      "heartbeat: expected a shorter time than those of election, or no server would ever wait for a heartbeat"
    ),
    (#""peers": {"eac": "{address}"}"#, #""eac" is no member of peers; did you mean "each"?"#),
    (
      #""peers": {"each": "{peers}"}"#,
      "peers.each: {peers} means nothing here; known here: {node}, {name}, {host}, {port}, {address}, {port.client}, "
        + "{address.client}"
    ),
    (
      #""environment": []"#,
      #"environment: expected an object such as {"PYTHONPATH": "{folder}/lib"}, found an array of nothing"#
    ),
    (
      #""environment": {"A B": "1"}"#,
      #"expected the name of a variable out of a-z, A-Z, 0-9 and _, found "A B""#
    ),
    (#""environment": {"A": 1}"#, "environment.A: expected a string, found 1"),
    (
      #""options": {"mode": []}"#,
      "options.mode: expected an array of strings, the usual one first, found an array of nothing"
    ),
    (
      #""options": {"mode": {"values": ["a", "b"], "default": "c"}}"#,
      #"options.mode.default: expected "a" or "b", found "c""#
    ),
    (#""options": {"mode": {"value": ["a"]}}"#, #""value" is no member of an option; did you mean "values"?"#),
    (#""options": [{"values": ["a"]}]"#, #"options[0]: "name" is missing"#),
    (#""options": "mode""#, #"options: expected an object such as {"reads": ["strict", "stale"]}, found "mode""#),
  ]

  @Test("A mistake in a member is told with its place, what was found and what was expected")
  func wrongMembers() throws {
    for (text, sentence) in Self.wrongMembers {
      let problem = #expect(throws: LiveProblem.self) {
        try read("{\"name\": \"a\", \"server\": [\"a\"], \"client\": [\"c\"],\n\(text)}")
      }
      #expect(problem?.kind == .content)
      let said = problem?.description ?? ""
      #expect(said.hasPrefix("s.json:2:") && said.hasSuffix(": \(sentence)"), "\(said)")
    }
  }

  /// Whole files, and what is said of them.
  private static let wrongFiles: [(text: String, sentence: String)] = [
    ("", "s.json:1:1: expected a value"),
    ("[]", "s.json:1:1: the file as a whole: expected an object, found an array of nothing"),
    ("{\n  \"name\": \"a\",\n}", "s.json:3:1: expected the name of a member"),
    ("{\"name\": \"a\"} x", "s.json:1:15: expected nothing more after the value"),
    ("{\"server\": [\"a\"]}", "s.json:1:1: \"name\" is missing: what the system is called"),
    ("{\"name\": \"a\"}", "s.json:1:1: \"server\" is missing: the words that start a server"),
    ("{\"name\": \"a\", \"server\": [\"a\"]}", "s.json:1:1: \"client\" is missing: the words that start a client"),
    (
      "{\"name\": \"../a\"}",
      "s.json:1:10: name: expected a name of at most 32 out of a-z, A-Z, 0-9, - and _, not one of the last two first, found \"../a\""
    ),
    (
      "{\"name\": \"a\", \"server\": \"python3 server.py\"}",
      "s.json:1:25: server: expected an array of words such as [\"python3\", \"{folder}/server.py\"], found one string; no "
        + "shell takes it apart"
    ),
    ("{\"name\": \"a\", \"server\": [\"\"]}", "s.json:1:26: server[0]: expected a program, found \"\""),
    ("{\"name\": \"a\", \"server\": [\"a\", 7]}", "s.json:1:31: server[1]: expected a string, found 7"),
    ("{\"name\": \"a\", \"server\": [\"a\\u0000\"]}", "s.json:1:26: server[0]: expected a string without a zero byte"),
    (
      "{\"name\": \"a\", \"server\": [\"a\", \"{adress}\"]}",
      "s.json:1:31: server[1]: {adress} means nothing here; did you mean \"{address}\"?"
    ),
    (
      "{\"name\": \"a\", \"server\": [\"a\"], \"client\": [\"{node}\"]}",
      "s.json:1:43: client[0]: {node} means nothing here; known here: {folder}"
    ),
    (
      "{\"name\": \"a\", \"server\": [\"{folder}/../b\"]}",
      "s.json:1:26: server[0]: \"{folder}/../b\" leaves its folder by \"..\"; write the path without it"
    ),
    (
      "{\"name\": \"a\", \"server\": [\"a\", \"--lib=/opt/a:/opt/a/../b\"]}",
      "s.json:1:31: server[1]: \"--lib=/opt/a:/opt/a/../b\" leaves its folder by \"..\"; write the path without it"
    ),
  ]

  @Test("A file that is no description is told why")
  func wrongFiles() throws {
    for (text, sentence) in Self.wrongFiles {
      let problem = #expect(throws: LiveProblem.self) { try read(text) }
      #expect(problem?.description == sentence)
    }
  }

  @Test("No member may be larger than a command line takes")
  func bounds() throws {
    func sentence(server: String) -> String? {
      let problem = #expect(throws: LiveProblem.self) {
        try read(#"{"name": "a", "client": ["c"], "server": \#(server)}"#)
      }
      return problem?.description
    }
    let many = (0..<65).map { _ in "\"a\"" }.joined(separator: ",")
    #expect(sentence(server: "[\(many)]") == "s.json:1:42: server: expected at most 64 elements, found 65")
    let long = String(repeating: "a", count: 4_097)
    #expect(sentence(server: "[\"\(long)\"]") == "s.json:1:43: server[0]: expected at most 4096 bytes, found 4097")
    let deep = String(repeating: "[", count: 10_000)
    #expect(sentence(server: deep)?.hasSuffix("expected at most 16 levels of arrays and objects") == true)
  }

  @Test("What a folder's words name is in the folder")
  func folder() throws {
    let folder = try TemporaryFolder()
    func sentence(server: String) throws -> String? {
      try folder.write(#"{"name": "a", "client": ["c"], "server": \#(server)}"#, to: "system.json")
      let problem = #expect(throws: LiveProblem.self) { try SystemDescription(readingFolder: folder.path) }
      return problem?.description
    }
    let missing = #expect(throws: LiveProblem.self) { try SystemDescription(readingFolder: folder.path) }
    #expect(
      missing?.description == "\(folder.path)/system.json: cannot be read: there is no such file or folder")
    try folder.write("", to: "server.py")
    let place = "\(folder.path)/system.json:1:54: server[1]:"
    #expect(
      try sentence(server: #"["python3", "./server.py"]"#)
        == #"\#(place) "./server.py" is a file of the folder; write "{folder}/server.py""#)
    #expect(
      try sentence(server: #"["python3", "{folder}/sever.py"]"#)
        == #"\#(place) there is no file "sever.py" in the folder"#)
    try folder.write(
      #"{"name": "a", "client": ["c"], "server": ["python3", "{folder}/server.py"]}"#, to: "system.json")
    #expect(try SystemDescription(readingFolder: folder.path).server == ["python3", "{folder}/server.py"])
    try folder.write(String(repeating: " ", count: 1 << 20 | 1), to: "system.json")
    let large = #expect(throws: LiveProblem.self) { try SystemDescription(readingFolder: folder.path) }
    #expect(large?.description == "\(folder.path)/system.json: is too large; expected at most 1 MiB")
  }

  @Test("The worked example is written into a folder and reads as a system")
  func pysyncobj() throws {
    let folder = try TemporaryFolder()
    try SystemDescription.writePySyncObj(to: "\(folder.path)/system")
    let system = try SystemDescription(readingFolder: "\(folder.path)/system")
    #expect(system.name == SystemDescription.pysyncobjName && system.operations.count == 5)
    #expect(system.options.map(\.name) == ["reads", "python"])
  }
}

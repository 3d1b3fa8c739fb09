import Determinism
import System
import Testing

@testable import Live

@Suite("Placeholders")
struct PlaceholdersTests {
  private let servers = NodeID.first(3).map { node in
    let ports = [UInt16(7_000), 8_000].map { $0 + UInt16(node.number) }
    return LiveServer(
      node, at: ports.map { SocketAddress(host: "10.0.0.\(node.number)", port: $0) }, data: "/d/\(node)")
  }

  private func description(server: [String]) -> SystemDescription {
    var system = SystemDescription(
      name: "kv", server: server, client: .program(["{folder}/client", "{option.mode}"]), faults: [], operations: [])
    system.ports = ["client", "peer"]
    (system.peer, system.betweenPeers) = ("{name}=http://{address.peer}", ";")
    system.options = [.init("mode", ["a", "b"], ""), .init("python", ["python3"], "", isOpen: true)]
    return system
  }

  @Test("Each name stands for what belongs to the server")
  func names() throws {
    let words = [
      "{option.python}", "{folder}/kv", "--id={node}", "{name}", "{host}", "{port},{port.peer}", "{address}",
      "{address.peer}", "{data}/log", "{peers}", "{others}", "{option.mode}",
    ]
    let system = try LiveSystem(description(server: words), in: "/", choosing: [("mode", "b")])
    #expect(
      system.command(for: servers[1], among: servers) == [
        "python3", "//kv", "--id=2", "n2", "10.0.0.2", "7002,8002", "10.0.0.2:7002", "10.0.0.2:8002", "/d/n2/log",
        "n1=http://10.0.0.1:8001;n2=http://10.0.0.2:8002;n3=http://10.0.0.3:8003",
        "n1=http://10.0.0.1:8001;n3=http://10.0.0.3:8003", "b",
      ])
    #expect(system.clientCommand == ["//client", "b"])
    #expect(system.options.map(\.value) == ["b", "python3"])
  }

  @Test("Braces around anything but a name stand for themselves")
  func braces() {
    for word in ["{}", "{ node }", "{\"a\": 1}", "{node", "node}", "{1}", "{{}}"] {
      #expect(Template(word).names == [] && Template(word).filled { _ in "?" } == word)
    }
    #expect(Template("{{node}}").filled { "<\($0)>" } == "{<node>}")
    #expect(Template("a{b}c{d.e-f_1}").parts == [.text("a"), .placeholder("b"), .text("c"), .placeholder("d.e-f_1")])
  }

  @Test("A server's environment is this program's, with others in place of some")
  func environment() throws {
    var kv = description(server: ["kv"])
    kv.environment = [("PATH", "/only"), ("KV_DATA", "{data}")]
    let variables = try LiveSystem(kv).environment(for: servers[0], among: servers)
    #expect(variables.filter { $0.hasPrefix("PATH=") } == ["PATH=/only"])
    #expect(variables.contains("KV_DATA=/d/n1") && variables.count >= EnvironmentVariables.all.count)
  }

  @Test("Options that are none, or have no such value, are told")
  func choices() throws {
    func sentence(_ choices: [(name: String, value: String)], of system: SystemDescription? = nil) -> String? {
      let system = system ?? description(server: ["kv"])
      return #expect(throws: LiveProblem.self) { try LiveSystem(system, choosing: choices) }?.description
    }
    #expect(sentence([("mod", "a")]) == #""mod" is no option of kv; did you mean "mode"?"#)
    #expect(sentence([("speed", "a")]) == #""speed" is no option of kv; it has mode, python"#)
    #expect(sentence([("mode", "a"), ("mode", "b")]) == "the option mode is given twice")
    #expect(sentence([("mode", "c")]) == #"the option mode is "c"; expected "a" or "b"; did you mean "a"?"#)
    var bare = description(server: ["kv"])
    bare.options = [.init("path", [], "")]
    #expect(sentence([], of: bare) == "the option path has no value: give it one with --option path=VALUE")
    bare.options = []
    #expect(sentence([("mode", "a")], of: bare) == #""mode" is no option of kv, which has none"#)
    #expect(
      try LiveSystem(description(server: ["kv"]), choosing: [("python", "/p")]).options.map(\.value) == ["a", "/p"])
  }
}

import Determinism
import Foundation
import Histories
import Runs
import Scenarios
import System
import Testing

@testable import Live

/// Programs that a run needs and a machine may not have.
private enum Programs {
  static let raftkv = "\(Program.file.folderAndName.folder)/raftkv"
  static let hasRaftkv = FileManager.default.isExecutableFile(atPath: raftkv)
  static let hasPython =
    ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
    .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") } == true
}

/// Whole runs, of real servers.
@Suite(
  "Live runs", .serialized,
  .enabled(if: FileManager.default.isExecutableFile(atPath: Program.file), "the program is not built beside the tests")
)
struct LiveRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// How many processes name the folder of this test.
  private func processes() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
      guard Int(name) != nil, let words = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
        return false
      }
      return String(decoding: words, as: UTF8.self).contains(folder.path)
    }
  }

  private func runs(_ system: LiveSystem, seed: UInt64, _ knobs: LiveKnobs) throws -> LiveRuns {
    LiveRuns(system, named: "s", options: [], bug: nil, plan: nil, seed: seed, knobs: knobs, in: "\(folder.path)/out")
  }

  @Test(
    "Three servers of raftkv that are killed and parted are linearizable",
    .enabled(if: Programs.hasRaftkv, "raftkv is not built beside the tests"))
  func ownStore() throws {
    let system = try LiveSystem.named("raftkv", choosing: [("program", Programs.raftkv)], in: folder.path)
    let knobs = LiveKnobs.plain(faults: [.kill, .one, .halves])
    // A seed switches whole kinds off.
    let seed = try #require(
      (0..<1_000 as Range<UInt64>).first { seed in
        let faults = Scenario(seed: seed, live: knobs).faults
        func has(_ isSuch: (FaultAction) -> Bool) -> Bool {
          faults.contains { fault in
            guard case .time(let at) = fault.trigger, at < .seconds(2) else { return false }
            return isSuch(fault.action)
          }
        }
        return has { if case .kill = $0 { true } else { false } } && has(\.isOfLinks)
      })
    let report = try runs(system, seed: seed, knobs).run(0, report: { _ in }, shouldStop: { false })
    let outcome = report.outcome
    #expect(report.verdict == .linearizable, "seed \(seed): \(report.undecidedReason ?? "\(outcome.endings)")")
    #expect(outcome.counts.begun == outcome.counts.ok + outcome.counts.failed + outcome.counts.unknown)
    #expect(outcome.counts.ok > 0)
    #expect(outcome.kills > 0)
    #expect(outcome.deeds.contains { $0.fault.action.isOfLinks })
    #expect(try LivePlan(at: "\(report.folder)/plan.json").scenario == outcome.scenario)
    for name in ["history.jsonl", "n1.log", "n2.log", "n3.log"] { #expect(Files.isFile("\(report.folder)/\(name)")) }
    #expect(try processes() == [])
  }

  @Test(
    "A race in a dictionary server that a folder describes is found",
    .enabled(if: Programs.hasPython, "there is no python3"))
  func race() throws {
    try folder.write(Self.server, to: "server.py")
    try folder.write(Self.client, to: "client.py")
    try folder.write(
      """
      {"name": "dictionary", "server": ["python3", "{folder}/server.py", "{port}"],
       "client": ["python3", "{folder}/client.py"], "operations": ["get", "put", "append"], "faults": []}
      """, to: "system.json")
    let system = try LiveSystem.named(folder.path, choosing: [], in: folder.path)
    var knobs = LiveKnobs.plain(nodes: 1, duration: .seconds(2))
    (knobs.clients, knobs.rate, knobs.changes) = (4, 200, system.description.changes)
    // Two appends must meet, which they need not do in one run.
    var report = try runs(system, seed: 1, knobs).run(0, report: { _ in }, shouldStop: { false })
    for seed in 2...6 as ClosedRange<UInt64> where report.verdict != .notLinearizable {
      report = try runs(system, seed: seed, knobs).run(0, report: { _ in }, shouldStop: { false })
    }
    #expect(report.verdict == .notLinearizable)
    #expect(report.essence != nil)
    #expect(try processes() == [])
  }

  @Test("A client that never answers well ends the run with a sentence")
  func brokenClient() throws {
    try folder.write(
      """
      {"name": "s", "server": ["sleep", "100"], "client": ["sh", "-c", "while read -r line; do echo nonsense; done"],
       "faults": []}
      """, to: "system.json")
    let system = try LiveSystem.named(folder.path, choosing: [], in: folder.path)
    let scenario = Scenario(seed: 1, live: .plain(nodes: 1))
    let crowd = LiveCrowd(
      LiveRun(system, scenario, in: folder.path),
      [LiveServer(NodeID(1), at: [SocketAddress(host: "127.0.0.1", port: 1)], data: folder.path)],
      LiveRecorder(HistoryHeader(model: .keyValue, nodes: 1, origin: "test"), from: SystemClock.monotonic))
    let start = SystemClock.monotonic
    crowd.begin(scenario.workload.clients, from: start, until: start + .seconds(60)) { false }
    crowd.wait()
    let problem = try #require(crowd.problem)
    #expect(problem.kind == .content)
    #expect(problem.description.contains("answered \"nonsense\""))
  }

  /// Appends without a lock, and takes its time.
  private static let server = """
    import socketserver, sys, time

    store = {}

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                op, key, *rest = line.decode().rstrip("\\n").split(" ")
                if op == "put":
                    store[key] = rest[0]
                if op == "append":
                    old = store.get(key, "")
                    time.sleep(0.01)
                    store[key] = old + rest[0]
                self.wfile.write((store.get(key, "-") + "\\n").encode())

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    """

  private static let client = """
    import json, socket, sys

    for line in sys.stdin:
        request = json.loads(line)
        host, port = request["address"].split(":")
        try:
            with socket.create_connection((host, int(port)), request["timeout_ms"] / 1000) as connection:
                words = [request["op"], request["key"]] + ([request["value"]] if "value" in request else [])
                connection.sendall((" ".join(words) + "\\n").encode())
                answer = connection.makefile().readline().rstrip("\\n")
            outcome = {"outcome": "ok"}
            if request["op"] == "get":
                outcome["value"] = None if answer == "-" else answer
        except OSError as problem:
            outcome = {"outcome": "info", "reason": str(problem)}
        print(json.dumps(outcome), flush=True)
    """
}

import Benchmarks
import Foundation
import Linearizability
import Live
import Runs
import Testing

@testable import raftcheck

@Suite(
  "What --json prints", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct JSONProgramTests {
  private static let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
  private static let failing = ["--seed", "0", "--bug", "ack-before-sync"] + quick
  private static let cases = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ReportingTests/Cases").path

  /// What no quick run brings about: a disk that fills up, a campaign of a minute, a process that traps, a wrong engine or
  /// story, input that breaks the program, a bench of a million operations. What `bugs run --shrink` prints is held against
  /// the document where it is run.
  private static let rare = [
    "raftcheck-run/1.problem", "raftcheck-fuzz/2.problem", "raftcheck-story/1.sequelReplay",
    "raftcheck-fuzz/2.canary", "Canary.", "FailingSeed.anomaly", "FailingSeed.errorLines", "FailingSeed.refusal",
    "raftcheck-small-history/1.limit", "Value.base64", "Growth.", "Disagreement.", "HostileFinding.",
    "raftcheck-sizes/1", "SmallBug.", "ShrunkSeed.", "raftcheck-bisection/1", "LiveRun.sentence",
    "raftcheck-live/1.reduction", "LiveReduction.",
  ]

  /// Commands that print an object, with their exit codes.
  private func commands(_ folder: String) -> [([String], Int32)] {
    return [
      (["--seed", "42", "--check-determinism"] + Self.quick, 0),
      (Self.failing + ["--out", folder], 1),
      (["replay", "\(folder)/0/unshrunk.json", "--step"], 1),
      (["show", "\(folder)/0/case.json", "--html", "\(folder)/page.html"], 0),
      (["fuzz", "0..<3", "--bug", "ack-before-sync"] + Self.quick, 1),
      (["check", "\(folder)/bad.jsonl", "\(folder)/missing.jsonl", "--expected"], 74),
      (["check", "\(folder)/bad.jsonl", "--max-expansions", "1", "--algorithm", "slots"], 2),
      (["check", "\(folder)/store"], 0),
      (["check", "\(folder)/assumed.jsonl", "\(folder)/used.jsonl"], 1),
      (["shrink", "\(folder)/assumed.jsonl"], 1),
      (["shrink", "\(folder)/bad.jsonl", "--out", "\(folder)/small.jsonl"], 1),
      (["convert", "\(folder)/bad.jsonl", "\(folder)/bad.edn"], 0),
      (["replay", "\(Self.cases)/fails-when-unknown.json"], 1),
      (["show", "\(Self.cases)/fails-when-unknown.json"], 0),
      (["show", "\(Self.cases)/snapshot-discards-suffix.json"], 0),
      (["show", "\(Self.cases)/commits-earlier-terms.json"], 0),
      (["show", "\(Self.cases)/vote-set-by-append.json"], 0),
      (["corpus", "add", "\(Self.cases)/deaf-when-full.json", "--corpus", "\(folder)/corpus"], 0),
      (["corpus", "run", "--corpus", "\(folder)/other"], 1),
      (["corpus", "minimise", "--corpus", "\(folder)/twice"], 0),
      (["completions", "bash"], 0),
      (["bugs", "list"], 0), (["bugs", "show", "ack-before-sync"], 0),
      (["bugs", "run", "ack-before-sync", "--catches", "1"], 0),
      (["bench", "check", "\(folder)/bad.jsonl", "--algorithm", "auto"], 0),
      (["bench", "agree", "--random", "20"], 0), (["bench", "agree", "--large", "1"], 0),
      (["bench", "hostile", "--inputs", "10", "--kinds", "histories"], 0),
      (
        [
          "live", "--system", "raftkv", "--nodes", "1", "--seed", "1", "--duration", "500ms", "--faults", "none",
          "--out",
          "\(folder)/live",
        ], 0
      ),
    ]
  }

  @Test("Every key of every command is in Sources/JSON.md with its type, and every key there can appear")
  func document() throws {
    let folder = try TemporaryFolder()
    try prepare(folder)
    var tables = try JSONTables()
    let text = try JSONTables.text()
    #expect(Anomaly.allCases.allSatisfy { text.contains("`\($0.rawValue)`") })
    #expect(tables.formats.sorted() == JSONFormat.allCases.map(\.name).sorted())
    #expect(CommandLineProgram.commands.allSatisfy { $0.syntax.option("--json") != nil })
    for (command, exitCode) in commands(folder.path) {
      let result = try Program.run(command + ["--json"])
      #expect(result.exitCode == exitCode, "\(command): \(result.errors)")
      for line in result.output.split(separator: "\n") {
        #expect(try tables.objections(to: line) == [], "\(command)")
      }
    }
    #expect(try tables.objections(to: Self.raftBench) == [])
    #expect(try tables.objections(to: Self.simulationBench) == [])
    #expect(try tables.objections(to: Self.liveBench) == [])
    #expect(tables.unseen.filter { key in !Self.rare.contains { key.hasPrefix($0) } } == [])
  }

  /// As `bench raft` and `bench simulate` print it, of the least that they could measure.
  private static var raftBench: String {
    let loads = [
      RaftLoad(part: .core, open: 1, entriesPerAppend: 1, window: 1, snapshotEntries: 2),
      RaftLoad(
        part: .server, open: 1, entriesPerAppend: 1, window: 1,
        delays: RaftDelays(sync: .milliseconds(1), message: .milliseconds(1))),
    ]
    let rows = loads.map { RaftRow($0, $0.run(proposals: 4) { Stopwatch.processorTime }) }
    return JSONText.of(.benchRaft, RaftBenchObject(rows: rows))
  }

  private static var simulationBench: String {
    let row = SimulationRow(SimulationLoad.run(seeds: 0..<0, checksInvariants: true) { Stopwatch.processorTime })
    return JSONText.of(.benchSimulate, SimulationBenchObject(rows: [row]))
  }

  /// As `bench live` prints it, of servers that answered once.
  private static var liveBench: String {
    let figures = LoadFigures(latencies: [1], failures: 0, time: .seconds(1), clientTime: .zero)
    let row = LiveBenchRow(.raftkv, nodes: 1, clients: 1, .put, rounds: [figures], besideEtcd: [figures])
    return JSONText.of(.benchLive, LiveBenchObject(LiveBench([.raftkv], in: "/"), [row]))
  }

  /// A history without an order.
  private func prepare(_ folder: TemporaryFolder) throws {
    let lines = [
      #"{"format":"raftcheck-history","version":1,"model":"kv","expected":"not-linearizable"}"#,
      #"{"process":0,"type":"invoke","f":"put","key":"x","value":"1"}"#, #"{"process":0,"type":"ok","f":"put"}"#,
      #"{"process":0,"type":"invoke","f":"put","key":"x","value":"2"}"#, #"{"process":0,"type":"ok","f":"put"}"#,
      #"{"process":1,"type":"invoke","f":"get","key":"x"}"#, #"{"process":1,"type":"ok","f":"get","value":"1"}"#,
    ]
    _ = try folder.write(lines.joined(separator: "\n") + "\n", to: "bad.jsonl")
    _ = try folder.write("0 :invoke :read nil\n0 :ok :read nil\n", to: "store/a/history.txt")
    _ = try folder.write("{:linear {:valid? false}, :valid? false}\n", to: "store/a/results.edn")
    // One that another initial value explains, and whose times run back.
    _ = try folder.write(
      """
      {"time":5,"process":1,"type":"invoke","f":"read"}
      {"time":6,"process":1,"type":"ok","f":"read","value":"7"}
      {"time":1,"process":2,"type":"invoke","f":"write","value":"8"}
      {"time":2,"process":2,"type":"ok","f":"write"}

      """, to: "assumed.jsonl")
    // One whose only write of 1 was used up.
    _ = try folder.write(
      """
      {"process":1,"type":"invoke","f":"write","value":"1"}
      {"process":2,"type":"invoke","f":"read"}
      {"process":2,"type":"ok","f":"read","value":"1"}
      {"process":3,"type":"invoke","f":"write","value":"2"}
      {"process":3,"type":"ok","f":"write"}
      {"process":2,"type":"invoke","f":"read"}
      {"process":2,"type":"ok","f":"read","value":"1"}

      """, to: "used.jsonl")
    // A case twice, and one that fails otherwise than it says.
    let saved = try String(contentsOfFile: "\(Self.cases)/deaf-when-full.json", encoding: .utf8)
    let other = saved.replacingOccurrences(of: "liveness/FollowerSilent", with: "liveness/NoLeader")
    _ = try folder.write(other, to: "other/case.json")
    _ = try folder.write(saved, to: "twice/case.json")
    _ = try folder.write(saved + "\n", to: "twice/larger.json")
  }

  @Test("What would go to standard output beside the object is refused")
  func twoOutputs() throws {
    for command in [
      ["fuzz", "--count", "1", "--hashes"], ["bugs", "list", "--names"], ["bench", "check", "--emit", "x"],
      ["show", "case.json", "--html", "-"], ["convert", "a", "-", "--to", "edn"], ["shrink", "a.jsonl", "--out", "-"],
      ["run", "--seed", "1", "--history", "-"],
    ] {
      let result = try Program.run(command + ["--json"])
      #expect(result.exitCode == 64 && result.output == "", "\(command)")
      #expect(result.errors.contains("--json"), "\(command)")
    }
  }

  @Test("A story as JSON says what the text says, and of a case that does not fail that nothing broke")
  func story() throws {
    let folder = try TemporaryFolder()
    let path = "\(Self.cases)/ack-before-sync.json"
    let result = try Program.run(["show", path, "--json"])
    let told = try Program.run(["show", path]).output.inOneLine
    let story = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let lines = try #require(story["lines"] as? [[String: Any]])
    #expect(!lines.isEmpty && lines.map { $0["number"] as? Int } == lines.indices.map { $0 + 1 })
    for line in lines { #expect(told.contains(try #require(line["text"] as? String).inOneLine)) }
    let sentences = [try #require(story["sentence"] as? String)] + (story["reasons"] as? [String] ?? [])
    for sentence in sentences { #expect(told.contains(sentence.inOneLine), "\(sentence)") }
    #expect(story["comparison"] as? String == "same")

    #expect(try Program.run(["--seed", "9", "--out", folder.path] + Self.quick).exitCode == 0)
    let held = try Program.run(["show", "\(folder.path)/9/case.json", "--json"])
    #expect(held.exitCode == 0)
    let nothing = try #require(JSONSerialization.jsonObject(with: Data(held.output.utf8)) as? [String: Any])
    #expect(nothing["verdict"] as? String == "linearizable" && (nothing["lines"] as? [Any])?.isEmpty == true)
  }
}

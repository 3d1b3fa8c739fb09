import Foundation
import Testing

@Suite("The program judges and measures", .enabled(if: Program.executable != nil, "the program is not built"))
struct JudgingProgramTests {
  private let history = """
    {"process":0,"type":"invoke","f":"put","key":"x","value":"1"}
    {"process":0,"type":"ok","f":"put","key":"x"}
    {"process":1,"type":"invoke","f":"get","key":"x"}
    {"process":1,"type":"ok","f":"get","key":"x","value":"1"}
    """

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("Several files are summed up in a table: verdicts, files, operations")
  func table() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(history, to: "a.jsonl")
    _ = try folder.write(
      history.replacingOccurrences(of: "\"value\":\"1\"}\n", with: "\"value\":\"2\"}\n"), to: "b.jsonl")
    let result = try Program.run(["check", folder.path])
    #expect(result.exitCode == 1)
    let rows = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.contains { $0.starts(with: ["linearizable", "1", "2"]) })
    #expect(rows.contains { $0.starts(with: ["not", "linearizable", "1", "2"]) })
    #expect(rows.contains { $0.starts(with: ["together", "2", "4"]) })
    #expect(result.errors == "")
  }

  @Test("A limit of memory is undecided and says what was spent")
  func memory() throws {
    let result = try Program.run(["check", "--memory", "64K", "-"], input: history)
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("undecided: the memory limit was reached when 0 bytes of it had been read"))
    let json = try object(try Program.run(["check", "--json", "--memory", "64K", "-"], input: history).output)
    #expect(json["verdict"] as? String == "unknown")
  }

  @Test("A history of many keys is judged, or undecided, within the memory that it may take", arguments: [24, 60, 400])
  func manyKeys(megabytes: Int) throws {
    let folder = try TemporaryFolder()
    var text = "{\"format\":\"raftcheck-history\",\"version\":1,\"model\":\"kv\"}\n"
    for number in 0..<100_000 {
      text += "{\"process\":1,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"k\(number)\",\"value\":\"1\"}\n"
      text += "{\"process\":1,\"type\":\"ok\",\"f\":\"put\",\"key\":\"k\(number)\"}\n"
    }
    let path = try folder.write(text, to: "many.jsonl")
    let result = try Program.run(["check", "--json", "--memory", "\(megabytes)M", path])
    #expect(result.exitCode == 0 || result.exitCode == 2 && megabytes < 400)
    let file = try (object(result.output)["files"] as? [[String: Any]])?.first
    if let peak = file?["peakBytes"] as? Int { #expect(peak < (megabytes << 20) / 10 * 11) }
    // No more than some hundred bytes for each key beside the program itself.
    if result.exitCode == 0 { #expect((file?["peakBytes"] as? Int ?? .max) < 60 << 20) }
  }

  @Test("A history is measured in a process of its own, by each engine")
  func benchFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(history, to: "a.jsonl")
    let rows = try #require(
      try object(Program.run(["bench", "check", "--json", path]).output)["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["algorithm"] as? String } == ["auto", "zones", "slots", "wing-gong"])
    for row in rows {
      let figures = try #require((row["seeds"] as? [[String: Any]])?.first)
      #expect(figures["verdict"] as? String == "linearizable")
      #expect(figures["operations"] as? Int == 2)
      #expect(figures["peakBytes"] as? Int ?? 0 > 1 << 20)
    }
    let missing = try Program.run(["bench", "check", "\(folder.path)/missing"])
    #expect(missing.exitCode == 74)
    #expect(missing.errors.contains("there is no such file"))
  }

  @Test("Workloads are written for this program and for Porcupine, without compare-and-set where it knows none")
  func emit() throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["bench", "check", "--emit", "\(folder.path)/out", "five-1k-c50-bad"])
    #expect(result.exitCode == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/out").sorted()
    #expect(
      names == ["five-1k-c50-bad-nocas.jsonl", "five-1k-c50-bad-nocas.porcupine.txt", "five-1k-c50-bad.jsonl"])
    let log = try String(contentsOfFile: "\(folder.path)/out/five-1k-c50-bad-nocas.porcupine.txt", encoding: .utf8)
    #expect(log.hasPrefix("{:process "))
    #expect(!log.contains(":cas"))
  }

  @Test(
    "What cannot be understood is said in one sentence",
    arguments: [
      (["bench", "check", "hard-c50-v6"], "Did you mean \"hard-c50-v5\"?"),
      (["bench", "agree", "--random", "5", "--large", "5"], "give one"),
      (["bench", "agree", "--seed", "5"], "needs --random or --large"),
      (["bench", "agree", "--large", "9223372036854775807"], "expected a whole number, 1 to 1000000"),
      (["bench", "agree", "--random", "9223372036854775807"], "expected a whole number, 1 to 100000000"),
      (["bench", "raft", "--proposals", "9223372036854775807"], "expected a whole number, 1 to 100000000"),
      (["bench", "simulate", "--seeds", "0..<18446744073709551615"], "expected at most 1000000"),
    ] as [([String], String)])
  func usage(words: [String], sentence: String) throws {
    let result = try Program.run(words)
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
  }

  @Test("An order given by another member is replayed and told; one that no event has is an error")
  func givenOrder() throws {
    let folder = try TemporaryFolder()
    let placed = history.replacingOccurrences(of: "\"type\":\"ok\"", with: "\"type\":\"ok\",\"revision\":\"7\"")
    let path = try folder.write(placed, to: "a.jsonl")
    let plain = try object(try Program.run(["check", path, "--json"]).output)
    let replayed = try object(try Program.run(["check", path, "--order", "revision", "--json"]).output)
    let counts = [plain, replayed].map { (($0["files"] as? [[String: Any]])?.first)?["keysInGivenOrder"] as? Int }
    #expect(counts == [0, 1])
    #expect(try Program.run(["check", path, "--order", "revision"]).output.contains("by the order given"))
    let missing = try Program.run(["check", path, "--order", "version"])
    #expect(missing.exitCode == 65)
    #expect(missing.errors.contains("a.jsonl: no event has a member \"version\""), "\(missing.errors)")
  }

  @Test("A run is decided by the order of its effects, and its history from the file, whatever the judge may search")
  func orderOfEffects() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/history.jsonl"
    let words = ["run", "--seed", "3", "--operations", "40", "--duration", "1s", "--max-expansions", "1", "--json"]
    let run = try object(try Program.run(words + ["--history", path]).output)
    #expect(run["verdict"] as? String == "linearizable")
    #expect(run["keysInGivenOrder"] as? Int ?? 0 > 0)
    let checked = try object(try Program.run(["check", path, "--max-expansions", "1", "--json"]).output)
    #expect(
      (checked["files"] as? [[String: Any]])?.first?["keysInGivenOrder"] as? Int == run["keysInGivenOrder"] as? Int)
    let none = try Program.run(["fuzz", "--count", "1", "--max-expansions", "0"])
    #expect(none.exitCode == 64 && none.errors.contains("--max-expansions is \"0\""), "\(none.errors)")
  }

  @Test("Random and long histories: the engines agree, and the figures are told", arguments: ["--random", "--large"])
  func agree(kind: String) throws {
    let result = try Program.run(["bench", "agree", kind, "12", "--json"])
    #expect(result.exitCode == 0)
    let json = try object(result.output)
    #expect(json["histories"] as? Int == 12)
    #expect(json["verdict"] as? String == "agreed")
    #expect((json["contestants"] as? [[String: Any]])?.count == (kind == "--random" ? 9 : 8))
  }
}

import Foundation
import Testing

@Suite("replay --step", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct StepProgramTests {
  private let folder: TemporaryFolder
  private let path: String
  /// What is printed without --step.
  private let plain: [String: Any]

  init() throws {
    folder = try TemporaryFolder()
    let knobs = ["--operations", "10", "--clients", "2", "--duration", "300ms", "--nodes", "3"]
    _ = try Program.run(["run", "--seed", "5", "--out", folder.path] + knobs)
    path = "\(folder.path)/5/case.json"
    plain = try Self.object(Program.run(["replay", path, "--json"]).output)
  }

  private static func object(_ line: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  @Test("Every event is an object in a line of its own, in order, and the run's own object comes last")
  func json() throws {
    let result = try Program.run(["replay", path, "--step", "--json"])
    #expect(result.exitCode == 0 && result.errors.isEmpty)
    let lines = result.output.split(separator: "\n")
    let run = try Self.object(lines[lines.count - 1])
    #expect(run["eventHash"] as? String == plain["eventHash"] as? String)
    #expect(run["events"] as? Int == lines.count - 1)
    var time = 0
    for (place, line) in lines.dropLast().enumerated() {
      let event = try Self.object(line)
      let nodes = try #require(event["nodes"] as? [[String: Any]])
      let at = try #require(event["atNanoseconds"] as? Int)
      #expect(event["event"] as? Int == place + 1 && at >= time)
      #expect(nodes.compactMap { $0["node"] as? String } == ["n1", "n2", "n3"])
      for key in ["role", "term", "lastIndex", "lastTerm", "commitIndex"] {
        #expect(nodes.allSatisfy { $0[key] != nil }, "\(key)")
      }
      if let cause = event["cause"] as? Int { #expect(cause <= place) }
      time = at
    }
  }

  @Test("Where nobody sits at a terminal all events are printed, then the run; what changed is marked")
  func text() throws {
    let result = try Program.run(["replay", path, "--step"])
    let events = try #require(plain["events"] as? Int)
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    let rows = lines.filter { $0.contains("  log ") && $0.contains("  commit ") }
    #expect(rows.count == 3 * events)
    #expect(lines.filter { $0.contains(" s  ") && $0.prefix(6).contains { $0.isNumber } }.count == events)
    #expect(rows.contains { $0.hasPrefix("        * n") && $0.contains("leader") })
    #expect(result.output.contains("\nLINEARIZABLE   seed 5 ") && result.exitCode == 0)
  }
}

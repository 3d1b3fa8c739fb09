import Foundation
import Testing

@Suite(
  "Time, memory and stack of a run are bounded",
  .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct RunLimitTests {
  /// More than any machine runs in the times below.
  private static let long = ["--seed", "7", "--operations", "100000", "--clients", "64", "--duration", "3600s"]

  @Test(
    "A run that the clock or the memory cuts exits 2, says what was reached, and saves no case",
    arguments: [("--timeout", "300ms", "time"), ("--memory", "30M", "memory")])
  func cut(option: String, limit: String, name: String) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["run"] + Self.long + ["--out", folder.path, option, limit])
    #expect(result.exitCode == 2 && result.output == "")
    #expect(result.errors == "seed 7: undecided: the \(name) limit was reached\n")
    let saved = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    #expect(!saved.contains { $0.hasSuffix("case.json") })
  }

  @Test("Cases are run and told within limits, too", arguments: ["replay", "show", "shrink"])
  func cases(command: String) throws {
    let folder = try TemporaryFolder()
    let small = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
    _ = try Program.run(["run", "--seed", "1", "--out", folder.path] + small)
    let path = "\(folder.path)/1/case.json"
    let result = try Program.run([command, path, "--memory", "64K"])
    #expect(result.exitCode == 2 && result.output == "")
    #expect(result.errors == "\(path): undecided: the memory limit was reached\n")
  }

  @Test("A walk through a run whose reader takes too long ends with the time, and the verdict is told")
  func walking() throws {
    let folder = try TemporaryFolder()
    let small = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
    _ = try Program.run(["run", "--seed", "1", "--out", folder.path] + small)
    let (path, pipe) = ("\(folder.path)/1/case.json", "\(folder.path)/pipe")
    let slowReader = "mkfifo \(pipe); (sleep 3; tail -n 1) <\(pipe) >\(folder.path)/last & exec >\(pipe)"
    let result = try Program.run(["replay", path, "--step", "--json", "--timeout", "2s"], after: slowReader)
    #expect(result.exitCode == 0)
    let number = try #require(result.errors.wholeMatch(of: /.*: no event behind (\d+) is shown: a limit was reached\n/))
    #expect((Int(number.1) ?? 0) % 100 == 0)
    while try String(contentsOfFile: "\(folder.path)/last", encoding: .utf8).isEmpty { usleep(10_000) }
    #expect(try String(contentsOfFile: "\(folder.path)/last", encoding: .utf8).contains("\"verdict\":\"linearizable\""))
  }

  @Test("A run whose time is up while it is shrunk is a violation, kept as far as it got")
  func shrinking() throws {
    let folder = try TemporaryFolder()
    // It is run at once; to shrink it to its end would take many times as long as there is.
    let words = [
      "run", "--seed", "1637", "--bug", "reads-leader-without-quorum", "--no-invariants", "--nodes", "3", "--clients",
      "4", "--keys", "1", "--operations", "30", "--duration", "500ms", "--faults", "one,primaries,halves", "--timeout",
      "1s", "--out", folder.path,
    ]
    let start = ContinuousClock.now
    let result = try Program.run(words)
    #expect(ContinuousClock.now - start < .seconds(20))
    #expect(result.exitCode == 1)
    #expect(result.output.contains("NOT LINEARIZABLE"))
    let refusals = ["not shrunk: a limit is near\n", "seed 1637: not shrunk: the time limit was reached\n"]
    #expect(result.output.contains("ended early: ") || refusals.contains(result.errors))
    #expect(try Program.run(["replay", "\(folder.path)/1637/case.json"]).exitCode == 1)
  }

  @Test("A small stack is enough for every command")
  func stack() throws {
    let result = try Program.run(["--seed", "42", "--operations", "20", "--duration", "500ms"], after: "ulimit -s 64")
    #expect(result.exitCode == 0)
  }
}

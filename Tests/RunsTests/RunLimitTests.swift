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

  @Test("When its time is nearly up shrinking ends with the smallest so far, and the violation counts")
  func shrinking() throws {
    let folder = try TemporaryFolder()
    // Shrunk to its end it would take a minute or more.
    let words = ["run", "--seed", "340", "--bug", "vote-set-by-append", "--timeout", "10s", "--out", folder.path]
    let result = try Program.run(words)
    #expect(result.exitCode == 1)
    #expect(result.output.contains("INVARIANT BROKEN") && result.output.contains("interrupted: "))
    #expect(try Program.run(["replay", "\(folder.path)/340/case.json"]).exitCode == 1)
  }

  @Test("A small stack is enough for every command")
  func stack() throws {
    let result = try Program.run(["--seed", "42", "--operations", "20", "--duration", "500ms"], after: "ulimit -s 64")
    #expect(result.exitCode == 0)
  }
}

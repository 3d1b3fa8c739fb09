import Foundation
import KnownBugs
import Testing

@Suite("The commands about known bugs", .enabled(if: Program.executable != nil, "the program is not beside the tests"))
struct BugProgramTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("bugs show prints a bug's rule, its effects and a command that shows it")
  func show() throws {
    let bug = try #require(KnownBug.named("append-always-truncates"))
    let text = try Program.run(["bugs", "show", bug.name])
    #expect(text.exitCode == 0)
    for part in [bug.mistake, bug.rule, bug.trigger, bug.seenIn, "raftcheck bugs run \(bug.name)"] {
      #expect(text.output.contains(part), "\(part)")
    }
    let told = try object(try Program.run(["bugs", "show", bug.name, "--json"]).output)
    #expect(told["rule"] as? String == bug.rule)
    #expect(told["effects"] as? [String] == bug.effects.map(\.rawValue))
  }

  @Test(
    "What cannot be understood is said in one sentence",
    arguments: [
      (["show"], "needs the name of one bug"), (["show", "no-session"], "Did you mean \"no-sessions\"?"),
      (["show", "append-async-aba"], "is left out of the catalogue"),
      (["run", "no-such-bug"], "no known bug \"no-such-bug\""),
      (["run", "--catches", "0"], "--catches is \"0\""), (["run", "--seeds", "5"], "expected a range of seeds"),
      (["run", "--json", "--markdown"], "give one of them"),
      (["run", "--stories"], "--stories checks what is told of minimal cases; give --shrink, too."),
      (["run", "commit-regresses", "--black-box"], "Clients are not expected to notice commit-regresses"),
      (["run", "--as-operator", "--black-box"], "give one of them"),
      (["shwo"], "`raftcheck bugs show`"),
    ] as [([String], String)])
  func usage(words: [String], sentence: String) throws {
    let result = try Program.run(["bugs"] + words)
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(result.output == "")
  }

  @Test("The story of a minimal case is compared with its trace: a count, what differs, and 1 if anything does")
  func stories() throws {
    let words = ["bugs", "run", "vote-not-persisted", "--catches", "1", "--shrink", "--stories"]
    let result = try Program.run(words + ["--json"])
    var tables = try JSONTables()
    #expect(try tables.objections(to: result.output) == [])
    let bug = try #require((try object(result.output)["bugs"] as? [[String: Any]])?.first)
    let differing = try #require((bug["shrunk"] as? [[String: Any]])?.first?["disagreements"] as? [[String: Any]])
    #expect(bug["storiesAgree"] as? Int == (differing.isEmpty ? 1 : 0))
    #expect(result.exitCode == (differing.isEmpty ? 0 : 1))
    let text = try Program.run(words)
    #expect(text.exitCode == result.exitCode)
    #expect(text.output.contains("stories agree   \(differing.isEmpty ? 1 : 0) of 1"))
  }

  @Test("A bug that was caught comes with the command that shows it; 0 tells that all were caught")
  func caught() throws {
    // Its minimal case is found within a few dozen runs.
    let words = ["bugs", "run", "vote-not-persisted", "--seeds", "0..<20", "--catches", "1"]
    let result = try Program.run(words + ["--json"])
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    let told = try object(result.output)
    #expect(told["caught"] as? Int == 1)
    let bug = try #require((told["bugs"] as? [[String: Any]])?.first)
    #expect(bug["effect"] as? String == "invariant")
    let command = try #require(bug["reproduce"] as? String)
    let replayed = command.split(separator: " ").dropFirst().map(String.init)
    #expect(try Program.run(replayed).exitCode == 1)

    let markdown = try Program.run(words + ["--markdown"]).output
    #expect(markdown.contains(", seeds 0..<20, each until caught 1 time. "))
    let mistake = try #require(KnownBug.named("vote-not-persisted")).mistake
    #expect(markdown.contains("| `vote-not-persisted` | \(mistake) |"))
    #expect(markdown.contains("`\(command)` |"))
    #expect(markdown.contains("| `append-async-aba` |"))
  }

  @Test("A bug that no seed catches makes 2; a black box names its own command")
  func missed() throws {
    let missed = try Program.run(["bugs", "run", "fsync-error-ignored", "--seeds", "0..<1"])
    #expect(missed.exitCode == 2)
    #expect(missed.output.hasPrefix("0 OF 1 CAUGHT"))
    let blackBox = try Program.run(
      ["bugs", "run", "reads-any-node", "--black-box", "--seeds", "0..<20", "--catches", "1", "--json"])
    #expect(blackBox.exitCode == 0)
    #expect(blackBox.output.contains("--bug reads-any-node --no-invariants"))
    let operated = try Program.run(
      ["bugs", "run", "purged-prev-is-conflict", "--as-operator", "--seeds", "0..<200", "--catches", "1", "--json"])
    #expect(operated.exitCode == 0 && operated.output.contains("--bug purged-prev-is-conflict --as-operator"))
    #expect(operated.output.contains("\"signature\":\"stopped/"))
  }
}

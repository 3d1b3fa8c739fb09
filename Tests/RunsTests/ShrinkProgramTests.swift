import Foundation
import Testing

@Suite("`raftcheck shrink` of a history", .enabled(if: Program.executable != nil, "the program is not built"))
struct ShrinkProgramTests {
  /// A stale read, and what has nothing to do with it.
  private let history = """
    {"process":1,"type":"invoke","f":"put","key":"x","value":"1"}
    {"process":7,"type":"invoke","f":"put","key":"y","value":"1"}
    {"process":1,"type":"ok","f":"put","key":"x"}
    {"process":2,"type":"invoke","f":"get","key":"x"}
    {"process":2,"type":"ok","f":"get","key":"x","value":"1"}
    {"process":1,"type":"invoke","f":"put","key":"x","value":"2"}
    {"process":1,"type":"ok","f":"put","key":"x"}
    {"process":3,"type":"invoke","f":"get","key":"x"}
    {"process":4,"type":"invoke","f":"append","key":"x","value":"3"}
    {"process":3,"type":"ok","f":"get","key":"x","value":"1"}

    """

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("It draws the few operations, names the rule that broke, and gives the argument in steps")
  func story() throws {
    let result = try Program.run(["shrink", "-"], input: history)
    #expect(result.exitCode == 1)
    #expect(result.errors == "")
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "NOT LINEARIZABLE   standard input   kv   6 operations, 2 keys")
    #expect(lines[1] == "c3 read x = 1 after c1's put x = 2 had returned")
    #expect(lines[2].contains("to 3 operations; nothing more can be left out (5 ways tried)"))
    #expect(
      lines[3...].joined(separator: "\n") == """

          c1  |- put x = 1 -| |- put x = 2 -|
          c3                                  |- get x -> 1 -|
                                              c3 read x = 1 after c1's put x = 2 had returned
          x   |nothing or 1 |1|1 or 2       |2               |none|
              (what it could be, by what is drawn here alone)

          1. c1's put x = 1 returned: x is then 1.
          2. c1's put x = 2 returned; it was called after c1's put x = 1 had returned: x is then 2.
          3. c3's get x was called after c1's put x = 2 had returned; as long as it was open x could, by
             these operations, only be 2. But it read 1, which was not possible any more after c1's put x =
             2 returned.

          Another operation that did not fail and may change x had been called before c3's get x returned,
            and cannot help: whenever it took effect, as far as its call and return allow, these operations
            have no order.

          standard input:1: put x = 1
          standard input:6: put x = 2
          standard input:8: get x -> 1

        """)
  }

  @Test("The small history is written, in either format, and has no order either")
  func out() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(history, to: "a.jsonl")
    for name in ["small.jsonl", "small.edn"] {
      let out = "\(folder.path)/\(name)"
      #expect(try Program.run(["shrink", file, "--out", out]).output.hasSuffix("the small history is in \(out)\n"))
      let checked = try Program.run(["check", "--json", out])
      #expect(checked.exitCode == 1)
      #expect(try object(checked.output)["operations"] as? Int == 3)
    }
    let alone = try Program.run(["shrink", file, "--out", "-"])
    #expect(alone.output == (try String(contentsOfFile: "\(folder.path)/small.jsonl", encoding: .utf8)))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == history)
  }

  @Test("`--json` tells the operations, the argument, and each weakening that is left")
  func json() throws {
    let result = try object(Program.run(["shrink", "--json", "-"], input: history).output)
    #expect(result["verdict"] as? String == "not-linearizable")
    #expect(result["sentence"] as? String == "c3 read x = 1 after c1's put x = 2 had returned")
    #expect(result["isMinimal"] as? Bool == true)
    #expect(result["operations"] as? Int == 6)
    #expect((result["argument"] as? [String])?.count == 3)
    #expect(result["possibleValues"] as? [String] == ["nothing or 1", "1", "1 or 2", "2", "2", "no value at all"])
    let shrunk = try #require(result["shrunk"] as? [[String: Any]])
    #expect(shrunk.map { $0["callLine"] as? Int } == [1, 6, 8])
    #expect(shrunk.map { $0["place"] as? Int } == [0, 3, 4])
    let weakenings = try #require(result["weakenings"] as? [[String: String]])
    #expect(weakenings.allSatisfy { $0["without"] == "linearizable" })
    #expect(weakenings.contains { $0["thing"] == "that c3's get x was called after c1's put x = 2 had returned" })
  }

  @Test("What has an order is left as it is, and what cannot be done is said")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(history.split(separator: "\n").dropLast(3).joined(separator: "\n"), to: "good.jsonl")
    let result = try Program.run(["shrink", good, "--out", "\(folder.path)/small.jsonl"])
    #expect(result.exitCode == 0)
    #expect(result.output.inOneLine == "LINEARIZABLE \(good) there is nothing to shrink")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/small.jsonl"))
    for (arguments, exitCode, sentence) in [
      ([], 64, "needs one case or history"), ([good, good], 64, "needs one case or history"),
      ([good, "--out", good], 64, "is the file to read"), ([good, "--json", "--out", "-"], 64, "cannot both"),
      (["\(folder.path)/missing"], 74, "there is no such file"), ([good, "--model", "x"], 64, "--model is \"x\""),
    ] as [([String], Int32, String)] {
      let result = try Program.run(["shrink"] + arguments)
      #expect(result.exitCode == exitCode)
      #expect(result.errors.contains(sentence), "\(arguments)")
    }
    let broken = try Program.run(
      ["shrink", "-"], input: "{\"process\":1,\"type\":\"ok\",\"f\":\"get\",\"value\":\"1\"}\n")
    #expect(broken.exitCode == 65)
    #expect(broken.errors.hasPrefix("standard input:1:"))
  }

  @Test("The console log of Jepsen is read as `check` reads it")
  func consoleLog() throws {
    let log = """
      INFO  jepsen.util - 0\t:invoke\t:write\t3
      INFO  jepsen.util - 0\t:ok\t:write\t3
      INFO  jepsen.util - 1\t:invoke\t:cas\t[3 0]
      INFO  jepsen.util - 1\t:fail\t:cas\t[3 0]

      """
    let result = try Program.run(["shrink", "-"], input: log)
    #expect(result.exitCode == 1)
    #expect(result.output.contains("c1's cas 3 to 0 failed after c0's write 3 had returned\n"))
    #expect(result.output.contains("only be 3. But it failed, so it must have found something else than 3.\n"))
  }
}

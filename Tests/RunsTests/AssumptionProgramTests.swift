import Foundation
import Testing

@Suite(
  "`raftcheck check` says what its verdict assumes", .enabled(if: Program.executable != nil, "the program is not built")
)
struct AssumptionProgramTests {
  private func edn(_ events: [(type: String, process: Int, function: String, value: String, time: Int)]) -> String {
    events.map {
      "{:type :\($0.type), :process \($0.process), :f :\($0.function), :value \($0.value), :time \($0.time)}\n"
    }.joined()
  }

  private func file(_ input: String, _ options: [String] = []) throws -> [String: Any] {
    let result = try Program.run(["check", "--json", "-"] + options, input: input)
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return try #require((object?["files"] as? [[String: Any]])?.first)
  }

  @Test("A history in which nothing is known to have taken effect is no pass")
  func nothingObserved() throws {
    let failed = edn([
      ("invoke", 1, "write", "3", 1), ("fail", 1, "write", "3", 2), ("invoke", 2, "read", "nil", 3),
      ("info", 2, "read", "nil", 4),
    ])
    let header = #"{"format":"raftcheck-history","version":1,"model":"kv","expected":"linearizable"}"# + "\n"
    for (input, sentence) in [
      (failed, "Of 2 operations none is known to have taken effect: 1 failed and 1 has an unknown outcome."),
      (header, "There is no operation."),
    ] {
      for options in [[], ["--expected"]] {
        let result = try Program.run(["check", "-"] + options, input: input)
        #expect(result.exitCode == 4)
        #expect(result.output.hasPrefix("NOTHING OBSERVED"))
        #expect(result.output.inOneLine.contains(sentence), "\(result.output)")
      }
      #expect(try file(input)["verdict"] as? String == "nothing-observed")
      let shrunk = try Program.run(["shrink", "-"], input: input)
      #expect(shrunk.exitCode == 4 && shrunk.output.hasPrefix("NOTHING OBSERVED"))
    }
  }

  @Test("One operation that took effect makes a verdict, and a file without any spoils a pass of others")
  func severalFiles() throws {
    let folder = try TemporaryFolder()
    let good = edn([("invoke", 1, "write", "3", 1), ("ok", 1, "write", "3", 2), ("invoke", 2, "write", "4", 3)])
    #expect(try Program.run(["check", folder.write(good, to: "a.edn")]).exitCode == 0)
    _ = try folder.write(edn([("invoke", 1, "write", "3", 1)]), to: "b.edn")
    let result = try Program.run(["check", folder.path])
    #expect(result.exitCode == 4)
    let rows = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.contains { $0.starts(with: ["nothing", "observed", "1", "1"]) })
    let bad = edn([("invoke", 1, "read", "nil", 1), ("ok", 1, "read", "4", 2)])
    _ = try folder.write(bad, to: "c.edn")
    #expect(try Program.run(["check", folder.path]).exitCode == 1)
  }

  @Test("An initial value that makes a history linearizable is named, and so is the option")
  func initial() throws {
    let input = edn([
      ("invoke", 1, "read", "nil", 1), ("ok", 1, "read", "7", 2), ("invoke", 2, "write", "8", 3),
      ("ok", 2, "write", "8", 4),
    ])
    let result = try Program.run(["check", "-"], input: input)
    #expect(result.exitCode == 1)
    #expect(
      result.output.inOneLine.contains(
        "--initial 7 makes it linearizable: the read of lines 1-2 found 7 before any operation can have left it."))
    #expect(try Program.run(["check", "-", "--initial", "7"], input: input).exitCode == 0)
    let assumptions = try #require(try file(input)["assumptions"] as? [[String: Any]])
    #expect(assumptions.map { $0["name"] as? String } == ["initial"])
    #expect(assumptions.first?["option"] as? [String] == ["--initial", "7"])
    #expect(assumptions.first?["lines"] as? [Int] == [1, 2])
    #expect(try Program.run(["shrink", "-"], input: input).output.contains("--initial 7 makes it linearizable"))
  }

  @Test("Reads of nil say nothing with --nil unknown")
  func readsOfNil() throws {
    let input = edn([
      ("invoke", 1, "write", "2", 1), ("ok", 1, "write", "2", 2), ("invoke", 2, "read", "nil", 3),
      ("ok", 2, "read", "nil", 4),
    ])
    let result = try Program.run(["check", "-"], input: input)
    #expect(result.exitCode == 1)
    #expect(
      result.output.inOneLine.contains("--nil unknown makes it linearizable: a read of nil, as the read of lines 3-4"))
    #expect(try Program.run(["check", "-", "--nil", "unknown"], input: input).exitCode == 0)
    #expect(try Program.run(["check", "-", "--nil", "absent"], input: input).exitCode == 1)
    #expect(try Program.run(["check", "-", "--nil", "null"], input: input).exitCode == 64)
  }

  @Test("That a value was written as one type and read as another is said")
  func types() throws {
    let input = edn([
      ("invoke", 1, "write", "12", 1), ("ok", 1, "write", "12", 2), ("invoke", 2, "read", "nil", 3),
      ("ok", 2, "read", "\"12\"", 4),
    ])
    let result = try Program.run(["check", "-"], input: input)
    #expect(result.exitCode == 1)
    #expect(
      result.output.inOneLine.contains(
        "12 was written as a number, by the write of lines 1-2, and read as a string, \"12\", by the read of lines 3-4."
      ))
    #expect(result.output.inOneLine.contains("A client that mixes types is the likely cause."))
  }

  @Test("Times that go back by whole operations are a warning, and --by-time goes by them")
  func times() throws {
    let late = [("invoke", 1, "write", "1", 10), ("ok", 1, "write", "1", 20)]
    let early = [("invoke", 2, "read", "nil", 1), ("ok", 2, "read", "nil", 2)]
    let result = try Program.run(["check", "-"], input: edn(late + early))
    #expect(result.exitCode == 1)
    #expect(
      result.output.inOneLine.contains("Time goes backwards by a whole operation: the one called on line 3 ended"))
    #expect(
      result.output.inOneLine.contains("--by-time takes that of the times, by which it is linearizable."),
      "\(result.output)")
    #expect(try Program.run(["check", "-", "--by-time"], input: edn(late + early)).exitCode == 0)
    // A pass by the order of lines is not one by that of times.
    let other = [("invoke", 2, "read", "nil", 1), ("ok", 2, "read", "1", 2)]
    let passed = try Program.run(["check", "-"], input: edn(late + other))
    #expect(passed.exitCode == 0 && passed.output.inOneLine.contains("by which it is not linearizable."))
    #expect(try file(edn(late + other))["timesRunBack"] as? Int == 1)
    #expect(try Program.run(["check", "-", "--by-time"], input: edn(late + other)).exitCode == 1)
    let ofOne = edn([("invoke", 1, "write", "1", 10), ("ok", 1, "write", "1", 5)])
    let refused = try Program.run(["check", "-", "--by-time"], input: ofOne)
    #expect(refused.exitCode == 65 && refused.errors.contains("standard input:2: the time of process 1 goes back"))
  }

  @Test("How many keys have no order is said, for one of them is explained")
  func keysWithoutOrder() throws {
    let events: [(type: String, key: String, f: String, value: String)] = [
      ("invoke", "a", "put", ",\"value\":\"1\""), ("ok", "a", "put", ""), ("invoke", "a", "get", ""),
      ("ok", "a", "get", ",\"value\":\"2\""), ("invoke", "b", "get", ""), ("ok", "b", "get", ",\"value\":null"),
      ("invoke", "c", "get", ""), ("ok", "c", "get", ",\"value\":\"9\""),
    ]
    var input = #"{"format":"raftcheck-history","version":1,"model":"kv"}"# + "\n"
    for (index, event) in events.enumerated() {
      input +=
        "{\"index\":\(index),\"time\":\(index),\"process\":1,\"type\":\"\(event.type)\",\"f\":\"\(event.f)\","
        + "\"key\":\"\(event.key)\"\(event.value)}\n"
    }
    let sentence = "2 of 3 keys have no order. Explained here is key a; the other is c."
    #expect((try file(input)["explanation"] as? String)?.hasPrefix(sentence + "\n") == true)
    #expect(try Program.run(["check", "-"], input: input).output.inOneLine.contains(sentence))
  }

  @Test("The longest order, what stands against going on, and a write that was used up are data as well")
  func violation() throws {
    let input = edn([
      ("invoke", 1, "write", "5", 0), ("info", 1, "write", "5", 0), ("invoke", 2, "read", "nil", 0),
      ("ok", 2, "read", "5", 0), ("invoke", 3, "write", "6", 0), ("ok", 3, "write", "6", 0),
      ("invoke", 2, "read", "nil", 0), ("ok", 2, "read", "5", 0),
    ])
    let file = try file(input)
    let violation = try #require((file["violations"] as? [[String: Any]])?.first)
    let prefix = try #require(violation["longestPrefix"] as? [[String: Any]])
    #expect(prefix.map { $0["callLine"] as? Int } == [1, 3, 5])
    #expect((violation["culprit"] as? [String: Any])?["endLine"] as? Int == 8)
    let blocked = try #require((violation["blocked"] as? [[String: Any]])?.first)
    #expect((blocked["wanted"] as? [String: String]) == ["text": "5"])
    #expect((blocked["wantedUntil"] as? [String: Any])?["callLine"] as? Int == 5)
    #expect((blocked["writer"] as? [String: Any])?["process"] as? Int == 1)
    #expect((blocked["writerUsedBy"] as? [String: Any])?["endLine"] as? Int == 4)
    let explanation = try #require(file["explanation"] as? String)
    #expect(
      explanation.contains(
        "c1's write 5 -> unknown (lines 1-2) cannot help: it had taken effect by line 4, for without it c2's read -> 5 "
          + "(lines 3-4) has no order, and a write takes effect once."
      ))
  }
}

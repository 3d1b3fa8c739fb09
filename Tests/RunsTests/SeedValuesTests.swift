import Campaigns
import Terminal
import Testing

@testable import raftcheck

@Suite("Seeds and shards as they are typed")
struct SeedValuesTests {
  private static let syntax = Syntax(
    name: "fuzz", summary: "",
    options: [Option("--seeds", "A..<B", ""), Option("--start", "N", ""), Syntax.shard, Syntax.seedFrom], examples: [])

  private func arguments(_ words: String...) throws -> Arguments {
    try Arguments(words, of: Self.syntax, in: "raftcheck")
  }

  private func problem(_ words: String..., in body: (Arguments) throws -> Void) -> String {
    do {
      try body(Arguments(words, of: Self.syntax, in: "raftcheck"))
      return "no problem"
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "A range is half open with ..< and includes its end otherwise",
    arguments: [
      ("0..<100", 0, 99), ("0..100", 0, 100), ("0-100", 0, 100), ("0...100", 0, 100), ("7..7", 7, 7),
      ("18446744073709551614-18446744073709551615", .max - 1, .max), ("0..18446744073709551615", 0, .max),
      ("0..<18446744073709551615", 0, .max - 1),
    ] as [(String, UInt64, UInt64)])
  func ranges(text: String, first: UInt64, last: UInt64) throws {
    #expect(try arguments("--seeds", text).seedRange("--seeds") == SeedRange(first, through: last))
    if last < .max { #expect(try arguments("--seeds", text).seeds("--seeds") == first..<last + 1) }
  }

  @Test(
    "What is no range is told with what was expected",
    arguments: [
      ("5..<5", "which holds no seed; expected its start below its end, as in 0..<2000"),
      ("9..5", "which holds no seed; expected its start no greater than its end"),
      ("seven", "expected a range of seeds such as 0..<2000."), ("1,5", "expected a range of seeds"),
      ("7", "expected a range of seeds such as 0..<2000, or for this one 7..<8."), ("..5", "expected a range"),
      ("5..", "expected a range"), ("-5", "expected a range"), ("0..-5", "expected a range"),
      ("0..18446744073709551616", "expected a range"), ("18446744073709551615", "such as 0..<2000."),
    ])
  func noRanges(text: String, sentence: String) {
    let found = problem("--seeds=\(text)") { _ = try $0.seedRange("--seeds") }
    #expect(found.contains("--seeds is \"\(text)\"") && found.contains(sentence), "\(found)")
  }

  @Test("A command that takes no last seed, or few of them, says so")
  func limits() {
    #expect(
      problem("--seeds", "5..18446744073709551615") { _ = try $0.seeds("--seeds") }
        == "--seeds is \"5..18446744073709551615\"; expected an end below 2^64 - 1, the last seed.")
    #expect(
      problem("--seeds", "0..9") { _ = try $0.seeds("--seeds", atMost: 9) }.contains("10 seeds; expected at most 9"))
    #expect(problem("--seeds", "0..<9") { _ = try $0.seeds("--seeds", atMost: 9) } == "no problem")
  }

  @Test("A line says what a range means that includes its end")
  func notes() throws {
    #expect(try arguments("--seeds", "0..<100").seedsNote("--seeds") == nil)
    #expect(try arguments().seedsNote("--seeds") == nil)
    #expect(
      try arguments("--seeds", "0-1000").seedsNote("--seeds")
        == "--seeds 0-1000 includes seed 1000: 1,001 seeds; 0..<1000 would leave it out.")
    #expect(try arguments("--seeds", "3..3").seedsNote("--seeds") == "--seeds 3..3 includes seed 3: 1 seed.")
  }

  @Test("A shard is typed as I/N from 0, or found out")
  func shards() throws {
    #expect(try arguments().shard() == nil)
    #expect(try arguments("--shard", "0/8").shard() == Shard(index: 0, total: 8))
    #expect(try arguments("--shard", "7/8").shard() == Shard(index: 7, total: 8))
    let environment = ["JOB_COMPLETION_INDEX": "3"]
    #expect(try arguments("--shard", "auto/8").shard(in: { environment[$0] }) == Shard(index: 3, total: 8))
    for (text, sentence) in [
      ("8/8", "expected one from 0/8 to 7/8"), ("1/0", "expected I/N"), ("1", "expected I/N"), ("a/b", "expected I/N"),
      ("1/2/3", "expected I/N"), ("-1/2", "expected I/N"), ("auto/0", "expected auto, or auto/N"),
      ("auto/x", "expected auto, or auto/N"),
    ] {
      let found = problem("--shard=\(text)") { _ = try $0.shard(in: { _ in nil }) }
      #expect(found.contains("--shard is \"\(text)\"; \(sentence)"), "\(found)")
    }
    #expect(problem("--shard", "auto") { _ = try $0.shard(in: { _ in nil }) }.contains("expected --shard I/N"))
  }

  @Test("A campaign begins where it is told, at what a text makes, or at today's seeds")
  func origins() throws {
    #expect(try arguments("--start", "7").seedOrigin() == .seed(7))
    #expect(try arguments("--seed-from", "0f53935").seedOrigin() == .text("0f53935"))
    #expect(try arguments().seedOrigin().firstSeed >= 20_000_000_000)
    #expect(problem("--start", "7", "--seed-from", "x") { _ = try $0.seedOrigin() }.contains("give one of them"))
  }
}

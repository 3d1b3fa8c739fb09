import Foundation
import Runs
import Testing

@Suite("Golden files")
struct GoldenTests {
  /// One line a seed, as `raftcheck fuzz --seeds '0..<50' --hashes` prints them.
  private let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden/event-hashes.txt")

  /// `.ci/run` compares all fifty, by the release and by the debug binary.
  @Test("Seeds have their golden event hashes (CONTRIBUTING.md says what to do where they change)")
  func eventHashes() throws {
    let rewrites = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
    let lines = (UInt64(0)..<(rewrites ? 50 : 6)).map { seed in
      "\(seed) \(Run(seed: seed).simulate().outcome.eventHash.hexadecimal)"
    }
    if rewrites {
      try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
      Issue.record("The golden file was rewritten. Read the difference, then test without UPDATE_GOLDENS.")
      return
    }
    let golden = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines == Array(golden.prefix(lines.count)) && golden.count == 50)
  }
}

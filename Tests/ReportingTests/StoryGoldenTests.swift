import Foundation
import KnownBugs
import Reporting
import Runs
import Scenarios
import Testing
import Traces

@Suite("Stories as they are printed")
struct StoryGoldenTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Stories")

  /// Minimal scenarios, named after the bugs that they bring out.
  private static let bugs = [
    "commits-earlier-terms", "reads-leader-without-quorum", "election-not-randomised", "vote-compares-conjunction",
  ]

  private static func story(of bug: String) throws -> Story {
    let bytes = try Data(contentsOf: folder.appendingPathComponent("\(bug).json"))
    var scenario = try JSONDecoder().decode(Scenario.self, from: bytes)
    scenario.scenarioVersion = Scenario.currentVersion
    let run = Run(scenario: scenario, bug: KnownBug.named(bug))
    let report = run.traced()
    return Story(of: try #require(FailingRun(report, replay: "raftcheck replay case.json")))
  }

  @Test("Real failures are told as they were", arguments: bugs)
  func golden(_ bug: String) throws {
    try compare(Self.story(of: bug).text(), with: bug)
  }

  @Test("Failures written by hand are told as they were", arguments: ["stale-read", "figure-8"])
  func handmade(_ name: String) throws {
    let run = name == "figure-8" ? PageSamples.figureEight : PageSamples.staleRead
    try compare(Story(of: run).text(), with: name)
  }

  private func compare(_ text: String, with name: String) throws {
    // The version of the program is no part of the story.
    let told = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("version ") }
      .joined(separator: "\n")
    let file = Self.folder.appendingPathComponent("\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" {
      try told.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("The golden file was rewritten. Read the difference, then test without UPDATE_GOLDENS.")
      return
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == told)
  }

  @Test("Figure 8 is told in its order: two leaders' entries, the old one committed by counting, and overwritten")
  func figureEight() throws {
    let story = try Self.story(of: "commits-earlier-terms")
    let lines = (story.narrative + story.sequel).map { ($0.node, $0.text) }
    var places: [Int] = []
    for part in ["appends entry 1 (", "becomes leader of term 2", "by counting copies", "removes entry 1 of term 1"] {
      let from = places.last ?? 0
      places.append(try #require(lines.indices.first { $0 >= from && lines[$0].1.contains(part) }, "\(part)"))
    }
    #expect(lines[places[0]].0 != lines[places[1]].0)
    #expect(lines[places[3]].1.contains("which \(lines[places[2]].0?.description ?? "") had committed"))
  }
}

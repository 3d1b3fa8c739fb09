import Foundation
import KnownBugs
import Runs
import Scenarios
import Testing
import Traces

@testable import Reporting

/// Real failing runs to be told.
enum AgreementSamples {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The minimal cases that the project keeps, one for each known bug, by name.
  static let cases: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent("Cases"), includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "json" }.map { $0.deletingPathExtension().lastPathComponent }
      .sorted()
  }()

  /// The run of a scenario whose story is kept.
  static func run(ofStory bug: String) throws -> FailingRun {
    let bytes = try Data(contentsOf: folder.appendingPathComponent("Stories/\(bug).json"))
    var scenario = try JSONDecoder().decode(Scenario.self, from: bytes)
    scenario.scenarioVersion = Scenario.currentVersion
    let report = Run(scenario: scenario, bug: KnownBug.named(bug)).traced()
    return try #require(FailingRun(report, replay: "raftcheck replay case.json"))
  }
}

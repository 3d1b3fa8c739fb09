import Foundation
import KnownBugs
import Reporting
import Runs

/// The smallest run that is known for each bug of the catalogue, as `raftcheck --seed N --bug NAME` has saved it.
enum MinimalCases {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Cases")

  /// The names of the bugs.
  static let names = KnownBug.catalogue.map(\.name)

  /// A minimal case that was run again.
  struct Told: Sendable {
    let run: FailingRun
    let story: Story
  }

  /// Every case, run once for all tests.
  private static let all: [String: Result<Told, any Error>] = Dictionary(
    uniqueKeysWithValues: names.map { name in
      (
        name,
        Result {
          let run = try rerun(name)
          return Told(run: run, story: Story(of: run))
        }
      )
    })

  /// The run again, judged, with all that is told of it.
  static func told(_ name: String) throws -> Told {
    guard let told = all[name] else { throw HoldsNow(name: name) }
    return try told.get()
  }

  private static func rerun(_ name: String) throws -> FailingRun {
    let file = try CaseFile(at: folder.appendingPathComponent("\(name).json").path)
    let report = file.run.traced()
    guard let run = FailingRun(report, minimality: file.minimality(of: report), replay: "raftcheck replay case.json")
    else { throw HoldsNow(name: name) }
    return run
  }

  /// The run does not fail any more.
  struct HoldsNow: Error {
    let name: String
  }
}

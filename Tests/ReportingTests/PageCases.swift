import Foundation
import KnownBugs
import Runs
import Testing

@testable import Reporting

/// The runs of which pages are tested.
enum PageCases {
  /// A failing run and what its page's file is called.
  struct Named: Sendable {
    var name: String
    var run: FailingRun
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Cases")

  /// The minimal cases that are kept, in the order of their names, and the runs written by hand.
  static let minimal: Result<[Named], any Error> = Result {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let kept = try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
      let saved = try CaseFile(at: folder.appendingPathComponent(name).path)
      let report = saved.run.simulate(tracing: true).judged()
      let run = try #require(FailingRun(report, replay: "raftcheck replay \(name)"), "\(name) fails")
      return Named(name: String(name.dropLast(".json".count)), run: run)
    }
    return kept
      + PageSamples.all.map { Named(name: "sample-\($0.scenario.seed)", run: $0) }
  }

  /// A run as it was found, in which hundreds of things happen.
  static func unshrunk() throws -> Named {
    let bug = try #require(KnownBug.named("commits-earlier-terms"))
    let report = Run(seed: 3, bug: bug).simulate(tracing: true).judged()
    return Named(name: "unshrunk", run: try #require(FailingRun(report, replay: "raftcheck --seed 3")))
  }
}

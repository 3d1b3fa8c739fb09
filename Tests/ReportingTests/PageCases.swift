import Foundation
import KnownBugs
import Runs
import Testing

@testable import Reporting

/// The runs of which pages are tested.
enum PageCases {
  /// A failing run, what it is called, and its page.
  struct Named: Sendable {
    let name: String
    let run: FailingRun
    let page: Page

    init(_ name: String, _ run: FailingRun) {
      (self.name, self.run) = (name, run)
      page = Page(of: run, caseText: "{}\n")
    }
  }

  /// The minimal cases that are kept, in the order of their names, and the runs written by hand.
  static let minimal: Result<[Named], any Error> = Result {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: MinimalCases.folder.path)) ?? []
    let kept = try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
      let bug = String(name.dropLast(".json".count))
      return Named(bug, try MinimalCases.told(bug).run)
    }
    return kept
      + PageSamples.all.map { Named("sample-\($0.scenario.seed)", $0) }
  }

  /// A run as it was found, in which hundreds of things happen.
  static func unshrunk() throws -> Named {
    let bug = try #require(KnownBug.named("commits-earlier-terms"))
    let report = Run(seed: 103, bug: bug).traced()
    return Named("unshrunk", try #require(FailingRun(report, replay: "raftcheck --seed 103")))
  }
}

import Reporting
import Traces

/// A failing run of a campaign, and what it was shrunk to. It is kept in a folder that may be moved: what is told of it
/// names files of that folder.
package struct FoundFailure: Sendable {
  /// The run as it was found.
  package let report: RunReport
  package let minimal: MinimalRun
  /// The minimal run, with all that its story needs.
  package let failing: FailingRun
  package let story: Story

  package init(_ report: RunReport, shrunkTo minimal: MinimalRun) {
    let replay = CaseFile.replayCommand(for: CaseFolder.minimalName)
    guard
      let failing = FailingRun(
        minimal.report, minimality: minimal.minimality, time: nil, replay: replay, leadingTo: minimal.sequel,
        at: CaseFolder.sequelName)
    else { preconditionFailure("the smallest failing run of seed \(report.run.scenario.seed) does not fail") }
    (self.report, self.minimal, self.failing) = (report, minimal, failing)
    story = Story(of: failing)
  }

  /// What replays it.
  var script: String {
    """
    #!/bin/sh
    # \(minimal.report.signature?.description ?? "") of seed \(report.run.scenario.seed), made minimal. Needs \(Program.identity): in PATH, or
    # where RAFTCHECK says, by its whole path.
    cd "$(dirname "$0")" && exec "${RAFTCHECK:-\(Program.name)}" replay \(CaseFolder.minimalName) "$@"

    """
  }
}

import Reporting
import Runs
import System

/// What `--json` says of a run that was shrunk.
struct MinimalCaseObject: Encodable {
  let certificate: [CertificateLine]
  let deliveries: Int
  let end: String
  let eventHash: String
  let faults: Int
  /// Whether nothing more can be taken away.
  let isComplete: Bool
  let nodes: Int
  let operations: Int
  let otherFailures: [String]
  /// Where they are saved, in the same order.
  let otherPaths: [String]?
  /// Where the story is saved as a page and as text.
  let pagePath: String?
  let replay: String
  let reportPath: String?
  let signature: String
  /// What happened, for people.
  let story: String
  let trials: Int
  /// Where the run that it was made from is saved.
  let unshrunkPath: String?
  let wallNanoseconds: Int64

  init(_ result: CaseShrinking.Result) {
    let minimality = result.minimal.minimality
    certificate = minimality.certificate
    deliveries = minimality.after.deliveries
    eventHash = result.minimal.report.outcome.eventHash.hexadecimal
    faults = minimality.after.faults
    (end, isComplete) = (minimality.end.rawValue, minimality.isComplete)
    nodes = minimality.after.nodes
    operations = minimality.after.operations
    otherFailures = minimality.otherFailures
    let signatures = result.minimal.otherFailures.map(\.signature).sorted { $0.description < $1.description }
    otherPaths = result.folder.map { folder in signatures.map { folder.path(of: $0).displayed } }
    (pagePath, reportPath) = (result.folder?.pagePath.displayed, result.folder?.reportPath.displayed)
    unshrunkPath = result.folder.map(\.unshrunkPath).flatMap { Files.isFile($0) ? $0.displayed : nil }
    replay = result.failing.replay
    signature = result.failing.signature.description
    story = Story(of: result.failing).text()
    trials = minimality.trials
    wallNanoseconds = result.minimal.time.nanoseconds
  }
}

extension CaseShrinking.Result {
  /// The story of the minimal run for people, and where more of it is.
  func lines(in layout: Layout) -> [StoryLine] {
    let story = Story(of: failing).lines(in: layout)
    guard let folder else { return story }
    return story + layout.paragraph("report   ", .quiet, .whole(folder.pagePath.displayed))
      + minimal.otherFailures.flatMap { other in
        layout.paragraph(
          "also     ", .quiet,
          StoryLine("\(other.signature), met on the way: ")
            + .whole(CaseFile.replayCommand(for: folder.path(of: other.signature))))
      }
  }
}

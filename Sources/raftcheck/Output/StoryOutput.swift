import Determinism
import Reporting
import Runs

/// What `show --json` prints: the story of a case, or that nothing broke.
struct StoryOutput {
  private let object: StoryObject

  /// - Parameters:
  ///   - report: of the case's run.
  ///   - path: of the case.
  ///   - failing: the run, if something broke.
  ///   - page: where the page was written, if it was.
  init(_ saved: CaseFile, _ report: RunReport, _ failing: FailingRun?, at path: String, page: String?) {
    object = StoryObject(saved, report, failing, at: path, page: page)
  }

  /// For programs: one object, sorted keys.
  var json: String { JSONText.of(.story, object) }
}

private struct StoryObject: Encodable {
  let anomaly: String?
  let bug: String?
  let certificate: [CertificateLine]
  /// How the run compares with the one that was saved.
  let comparison: String
  let damage: String?
  let eventHash: String
  let explanation: String?
  /// What happened.
  let lines: [LineObject]
  let linesLeftOut: Int
  let pagePath: String?
  /// Why that must not be.
  let reasons: [String]
  let remarks: [String]
  let replay: String
  let seed: UInt64
  let sentence: String?
  /// What it led to when nobody stopped it.
  let sequel: [LineObject]
  let sequelReplay: String?
  let shrinking: ShrinkingObject?
  let signature: String?
  let size: RunSize
  let verdict: String

  init(_ saved: CaseFile, _ report: RunReport, _ failing: FailingRun?, at path: String, page: String?) {
    let story = failing.map(Story.init)
    anomaly = report.anomaly?.rawValue
    bug = report.run.bug?.name
    certificate = failing?.certificate ?? []
    comparison = saved.comparison(with: report.outcome).rawValue
    damage = story?.damage
    eventHash = report.outcome.eventHash.hexadecimal
    explanation = report.explanation
    lines = story?.narrative.map(LineObject.init) ?? []
    linesLeftOut = story?.leftOut ?? 0
    pagePath = page
    (reasons, remarks) = (story?.reasons ?? [], story?.remarks ?? [])
    replay = CaseFile.replayCommand(for: path)
    seed = report.run.scenario.seed
    sentence = story?.sentence
    sequel = story?.sequel.map(LineObject.init) ?? []
    sequelReplay = failing?.sequelReplay
    shrinking = failing?.shrinking.map(ShrinkingObject.init)
    signature = report.signature?.description
    size = RunSize(of: report.run.scenario, report.outcome)
    verdict = report.verdict.rawValue
  }
}

/// A line of what happened.
private struct LineObject: Encodable {
  let atNanoseconds: Int64
  /// From 1, as `replay --step` counts them.
  let events: [Int]
  /// Events that it mentions besides.
  let mentions: [Int]
  let node: String?
  let number: Int
  let role: String?
  /// Rules that decided otherwise than the published ones.
  let rules: [String]
  let term: UInt64?
  let text: String

  init(_ line: NarrativeLine) {
    (atNanoseconds, number, text) = (line.at.nanoseconds, line.number, line.text)
    (events, mentions) = (line.events.map { $0 + 1 }, line.mentions.map { $0 + 1 })
    (node, role, term) = (line.node?.description, line.role?.name, line.term?.rawValue)
    rules = line.decisions.map(\.rule.rawValue)
  }
}

/// What a run was shrunk from.
private struct ShrinkingObject: Encodable {
  let after: RunSize
  let before: RunSize
  let end: String
  let isComplete: Bool
  let otherFailures: [String]
  let trials: Int

  init(_ summary: ShrinkingSummary) {
    (after, before, trials) = (summary.after, summary.before, summary.trials)
    (end, isComplete) = (summary.end.rawValue, summary.end == .minimal)
    otherFailures = summary.otherFailures.map(\.description)
  }
}

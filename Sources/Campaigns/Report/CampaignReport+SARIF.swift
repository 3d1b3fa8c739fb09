import Determinism
import Reporting
import Runs

extension CampaignReport {
  /// The file's name in a campaign's folder.
  package static let sarifName = "results.sarif"

  /// `results.sarif`: SARIF 2.1.0 with what GitHub's code scanning asks for. Each bucket is a result, and keeps its
  /// fingerprint from one night to the next. It takes less than 10 MB.
  package var sarif: [UInt8] { CanonicalJSON.encode(SARIFFile(self)) + [0x0A] }
}

/// Puts the file together, within its limits.
private struct SARIFResults {
  /// GitHub takes 10 MB of a compressed file, and shows 5,000 results and 1,000 steps of each.
  private static let maxBytes = 8_000_000
  private static let (maxResults, maxSteps) = (1_000, 200)
  /// What a step and a result take besides their words and the name of the file, and more than that.
  private static let bytesOfStep = 300
  private static let bytesOfResult = 700

  private let uri: String
  private let rules: [ReportKind]
  private var room = Self.maxBytes
  private var shown: [ReportEntry] = []
  private(set) var results: [SARIFFile.Result] = []
  /// How many results have no place, and how many have none for their stories.
  private(set) var leftOut = 0
  private(set) var withoutStory = 0

  init(_ report: CampaignReport, rules: [ReportKind]) {
    (uri, self.rules) = (ReportText.uri(report.anchor), rules)
    // What nobody finds out about the program that is tested is no result.
    for entry in report.entries where rules.contains(entry.kind) { add(entry) }
    // No story takes the room of a result.
    for (place, entry) in shown.enumerated() { results[place].codeFlows = flow(of: entry).map { [$0] } }
  }

  private mutating func add(_ entry: ReportEntry) {
    let message = Self.message(of: entry)
    let bytes = cost(message, Self.bytesOfResult)
    guard results.count < Self.maxResults, bytes <= room, let rule = rules.firstIndex(of: entry.kind) else {
      leftOut += 1
      return
    }
    room -= bytes
    shown.append(entry)
    results.append(
      SARIFFile.Result(
        ruleId: entry.kind.name, ruleIndex: rule, message: SARIFFile.Message(message),
        locations: [SARIFFile.Location(at: uri)],
        partialFingerprints: SARIFFile.Result.Fingerprints(primaryLocationLineHash: entry.name)))
  }

  /// The story, if there is one and room for it.
  private mutating func flow(of entry: ReportEntry) -> SARIFFile.CodeFlow? {
    let lines = ReportText.lines(entry.story, atMost: Self.maxSteps)
    guard !lines.isEmpty else { return nil }
    let bytes = lines.reduce(0) { $0 + cost($1, Self.bytesOfStep) }
    guard bytes <= room else {
      withoutStory += 1
      return nil
    }
    room -= bytes
    let steps = lines.map { line in
      SARIFFile.CodeFlow.ThreadFlow.Step(location: SARIFFile.Location(at: uri, SARIFFile.Message(line)))
    }
    return SARIFFile.CodeFlow(threadFlows: [SARIFFile.CodeFlow.ThreadFlow(locations: steps)])
  }

  /// No character takes more than twice its bytes.
  private func cost(_ text: String, _ others: Int) -> Int { 2 * text.utf8.count + uri.utf8.count + others }

  /// GitHub shows the first sentence where there is little room.
  private static func message(of entry: ReportEntry) -> String {
    var parts = [ReportText.line(entry.sentence)]
    if !entry.facts.isEmpty { parts.append("\(ReportText.line(entry.facts.joined(separator: "; "))).") }
    if let refusal = entry.refusal { parts.append(ReportText.line(refusal)) }
    if let command = entry.command { parts.append("Again: \(ReportText.line(command))") }
    if let replay = entry.replay { parts.append("Minimal, in the campaign's folder: \(replay)") }
    return parts.joined(separator: "\n")
  }
}

extension SARIFFile {
  init(_ report: CampaignReport) {
    let rules = ReportKind.findable
    let found = SARIFResults(report, rules: rules)
    let shard = report.plan.shard
    let category = shard.total > 1 ? "shard-\(shard.index)-of-\(shard.total)/" : ""
    runs = [
      Run(
        tool: Run.Tool(driver: Run.Tool.Driver(rules: rules.map { Rule($0) })),
        automationDetails: Run.AutomationDetails(id: "\(Program.name)/\(category)"),
        invocations: [
          Run.Invocation(
            executionSuccessful: report.record.problem == nil,
            toolExecutionNotifications: Self.notifications(report, found))
        ], results: found.results)
    ]
  }

  /// What is to be known besides the results.
  private static func notifications(
    _ report: CampaignReport, _ found: SARIFResults
  ) -> [Run.Invocation.Notification] {
    var notes = [("note", "\(report.headline) (\(report.range))")]
    notes += report.undecidedTexts.map { ("warning", $0) }
    if report.record.wasInterrupted { notes.append(("warning", "Somebody interrupted the campaign.")) }
    if let problem = report.record.problem { notes.append(("error", problem.description)) }
    if found.leftOut > 0 {
      let results = Words.count(found.leftOut, "more result")
      notes.append(("warning", "\(results) are left out here; they are in \(CampaignSummaryFile.name)."))
    }
    if found.withoutStory > 0 {
      let results = Words.count(found.withoutStory, "result")
      notes.append(("warning", "\(results) stand here without their stories, which are in the campaign's folder."))
    }
    return notes.map { Run.Invocation.Notification(level: $0.0, message: Message(ReportText.line($0.1))) }
  }
}

/// The file, as far as it is used. The names are those of the format.
private struct SARIFFile: Encodable {
  struct Message: Encodable {
    let text: String

    init(_ text: String) { self.text = ReportText.sarif(text) }
  }

  struct Rule: Encodable {
    struct Configuration: Encodable {
      let level = "error"
    }

    /// By which GitHub says what is shown first.
    struct Properties: Encodable {
      let precision = "very-high"
      let severity = "error"

      private enum CodingKeys: String, CodingKey {
        case precision
        case severity = "problem.severity"
      }
    }

    let id: String
    let name: String
    let shortDescription: Message
    let fullDescription: Message
    let help: Message
    let defaultConfiguration = Configuration()
    let properties = Properties()

    init(_ kind: ReportKind) {
      (id, name) = (kind.name, kind.name)
      let demand = kind.demand
      shortDescription = Message(demand.title)
      fullDescription = Message("\(demand.sentence) Else: \(demand.consequence)")
      help = Message("\(demand.sentence)\n\nElse: \(demand.consequence)\n\n\(kind.advice)")
    }
  }

  /// What is found has no place in the sources, so all of it is shown at the beginning of one file.
  struct Location: Encodable {
    struct Physical: Encodable {
      struct Artifact: Encodable {
        let uri: String
      }

      struct Region: Encodable {
        let startLine = 1
        let startColumn = 1
        let endLine = 1
        let endColumn = 2
      }

      let artifactLocation: Artifact
      let region = Region()
    }

    let physicalLocation: Physical
    let message: Message?

    init(at uri: String, _ message: Message? = nil) {
      physicalLocation = Physical(artifactLocation: Physical.Artifact(uri: uri))
      self.message = message
    }
  }

  struct CodeFlow: Encodable {
    struct ThreadFlow: Encodable {
      struct Step: Encodable {
        let location: Location
      }

      let locations: [Step]
    }

    let threadFlows: [ThreadFlow]
  }

  struct Result: Encodable {
    struct Fingerprints: Encodable {
      let primaryLocationLineHash: String
    }

    let ruleId: String
    let ruleIndex: Int
    let level = "error"
    let message: Message
    let locations: [Location]
    let partialFingerprints: Fingerprints
    var codeFlows: [CodeFlow]?
  }

  struct Run: Encodable {
    struct Tool: Encodable {
      struct Driver: Encodable {
        let name = Program.name
        let version = Program.version
        let semanticVersion = Program.version
        let rules: [Rule]
      }

      let driver: Driver
    }

    struct AutomationDetails: Encodable {
      let id: String
    }

    struct Invocation: Encodable {
      struct Notification: Encodable {
        let level: String
        let message: Message
      }

      let executionSuccessful: Bool
      let toolExecutionNotifications: [Notification]
    }

    let tool: Tool
    let automationDetails: AutomationDetails
    let columnKind = "utf16CodeUnits"
    let invocations: [Invocation]
    let results: [Result]
  }

  let schema = "https://json.schemastore.org/sarif-2.1.0.json"
  let version = "2.1.0"
  let runs: [Run]

  private enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }
}

import Determinism
import Reporting
import Runs
import Scenarios

extension CampaignReport {
  /// The file's name in a campaign's folder.
  package static let junitName = "junit.xml"

  /// `junit.xml`: a campaign as one suite of tests, for Jenkins (its junit-10.xsd), GitLab and GitHub. Each bucket is a
  /// test that failed, what held is one that passed, and what nobody knows one that was skipped.
  package var junit: [UInt8] { Array(JUnitFile(self).text.utf8) }
}

/// Puts the file together.
private struct JUnitFile {
  /// GitLab reads no file of more than 30 MB. Behind so many bytes stories are left out.
  private static let roomForStories = 8 << 20
  private static let (maxCases, maxStoryLines) = (2_000, 200)
  /// GitLab tells tests apart by class and name, and groups them by class.
  private static let className = "\(Program.name).fuzz"

  private enum Outcome {
    case passed(String)
    case failure(ReportKind, String, text: String)
    case error(ReportKind, String, text: String)
    case skipped(String)
  }

  private struct Case {
    var name: String
    var outcome: Outcome
    var time: Duration?
  }

  private let report: CampaignReport
  private let cases: [Case]

  init(_ report: CampaignReport) {
    self.report = report
    cases = Self.cases(of: report)
  }

  // MARK: The tests

  private static func cases(of report: CampaignReport) -> [Case] {
    var cases: [Case] = []
    var room = roomForStories
    for entry in report.entries.prefix(maxCases) {
      let text = text(of: entry, withStory: room > 0)
      room -= text.utf8.count
      let outcome: Outcome =
        switch entry.kind {
        case .failure, .savedCase: .failure(entry.kind, entry.sentence, text: text)
        default: .error(entry.kind, entry.sentence, text: text)
        }
      cases.append(Case(name: entry.name, outcome: outcome))
    }
    let others = report.entries.count - maxCases
    if others > 0, let entry = report.entries.last {
      let sentence = "\(Words.count(others, "more bucket")) are in \(CampaignSummaryFile.name)."
      cases.append(Case(name: "more buckets", outcome: .failure(entry.kind, sentence, text: sentence)))
    }
    let held = report.summary.verdicts[.linearizable]
    if held > 0 {
      let text = "\(held.grouped) of \(Words.count(report.summary.seeds, "seed")) held."
      cases.append(Case(name: report.range, outcome: .passed(text), time: report.summary.times.wall))
    }
    if !report.undecidedTexts.isEmpty {
      let text = report.undecidedTexts.map(ReportText.line).joined(separator: " ")
      cases.append(Case(name: "undecided", outcome: .skipped(text)))
    }
    if let canary = report.record.canary, !canary.isBlind, let text = report.canaryText {
      let outcome: Outcome = canary.isDecided ? .passed(text) : .skipped(text)
      cases.append(Case(name: "known bug \(canary.bug)", outcome: outcome))
    }
    return cases
  }

  private static func text(of entry: ReportEntry, withStory: Bool) -> String {
    var lines = [ReportText.line(entry.sentence)] + entry.facts + ["must hold: \(entry.kind.demand.sentence)"]
    if let refusal = entry.refusal { lines.append(ReportText.line(refusal)) }
    let story = entry.story
    if !story.isEmpty {
      lines.append("")
      lines += withStory ? ReportText.lines(story, atMost: maxStoryLines) : ["The story is in \(entry.folder ?? "")."]
    }
    lines.append("")
    if let command = entry.command { lines.append("again: \(ReportText.line(command))") }
    if let replay = entry.replay { lines.append("minimal, in the campaign's folder: \(replay)") }
    if entry.command == nil { lines.append(entry.kind.advice) }
    return lines.joined(separator: "\n")
  }

  // MARK: The file

  var text: String {
    let wall = report.summary.times.wall.inSeconds
    var failures = 0
    var errors = 0
    var skipped = 0
    for one in cases {
      switch one.outcome {
      case .passed: break
      case .failure: failures += 1
      case .error: errors += 1
      case .skipped: skipped += 1
      }
    }
    var xml = XMLText()
    let counts: [(StaticString, String)] = [
      ("tests", "\(cases.count)"), ("failures", "\(failures)"), ("errors", "\(errors)"), ("time", wall),
    ]
    xml.element("testsuites", [("name", Program.name)] + counts) { xml in
      xml.element("testsuite", [("name", "\(Program.name) fuzz"), ("skipped", "\(skipped)")] + counts) { xml in
        xml.element("properties", []) { xml in
          for (name, value) in properties where !value.isEmpty {
            xml.element("property", [("name", name), ("value", value)])
          }
        }
        for one in cases { write(one, &xml) }
      }
    }
    return xml.text
  }

  private var properties: [(String, String)] {
    [
      ("version", Program.version), ("scenarioVersion", "\(Scenario.currentVersion)"),
      ("firstSeed", "\(report.plan.firstSeed)"), ("shard", "\(report.plan.shard.index)/\(report.plan.shard.total)"),
      ("options", report.plan.options.joined(separator: " ")),
      ("bugs", report.plan.setup.bugs.joined(separator: " ")), ("verdict", report.verdict),
      ("isInterrupted", "\(report.record.wasInterrupted)"),
    ]
  }

  private func write(_ one: Case, _ xml: inout XMLText) {
    let time = one.time ?? .zero
    xml.element(
      "testcase", [("name", one.name), ("classname", Self.className), ("time", time.inSeconds)]
    ) { xml in
      switch one.outcome {
      case .passed(let text): xml.element("system-out", [], text: text)
      case .failure(let kind, let message, let text):
        xml.element("failure", [("message", ReportText.line(message)), ("type", kind.name)], text: text)
      case .error(let kind, let message, let text):
        xml.element("error", [("message", ReportText.line(message)), ("type", kind.name)], text: text)
      case .skipped(let message): xml.element("skipped", [("message", message)])
      }
    }
  }
}

/// XML that is put together element by element, one a line.
private struct XMLText {
  private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  private var depth = 0

  mutating func element(_ name: StaticString, _ attributes: [(StaticString, String)], content: (inout XMLText) -> Void)
  {
    open(name, attributes)
    text += ">\n"
    depth += 1
    content(&self)
    depth -= 1
    text += "\(indent)</\(name)>\n"
  }

  mutating func element(_ name: StaticString, _ attributes: [(StaticString, String)], text words: String = "") {
    open(name, attributes)
    text += words.isEmpty ? "/>\n" : ">\(ReportText.xml(words))</\(name)>\n"
  }

  private mutating func open(_ name: StaticString, _ attributes: [(StaticString, String)]) {
    text += "\(indent)<\(name)"
    for (name, value) in attributes { text += " \(name)=\"\(ReportText.xml(value.printable))\"" }
  }

  private var indent: String { String(repeating: "  ", count: depth) }
}

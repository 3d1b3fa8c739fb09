import Determinism
import Reporting
import Runs
import Scenarios

extension CampaignReport {
  /// The file's name in a campaign's folder.
  package static let indexName = "index.html"

  /// `index.html`: the campaign at a glance, in one file without scripts. It leads to the pages of its buckets.
  package var index: [UInt8] { Array(IndexPage(report: self).html.utf8) }
}

/// Puts the page together.
private struct IndexPage {
  /// So many buckets are shown, the first of them with so many lines of their stories.
  private static let (maxBuckets, maxStories, maxStoryLines) = (500, 100, 40)

  let report: CampaignReport
  private var summary: CampaignSummary { report.summary }

  var html: String {
    Markup.page(title: "\(report.verdict): \(report.headline) – \(Program.name)", style: IndexStyle.text) { page in
      page.element("main") { page in
        header(&page)
        failures(&page)
        tried(&page)
        goingOn(&page)
      }
      page.element("footer", text: Program.identity)
    }
  }

  // MARK: The verdict

  private func header(_ page: inout Markup) {
    page.element("header") { page in
      page.element("p", ("class", "kind")) { page in
        page.element("strong", ("class", mood), text: report.verdict)
        page.element("span", text: report.range)
        if !report.plan.options.isEmpty { page.element("span", text: report.plan.options.joined(separator: " ")) }
        if report.record.wasInterrupted { page.element("span", text: "interrupted") }
      }
      page.element("h1", ("class", report.headline.count > 80 ? "long" : nil), text: report.headline)
      if !report.plan.setup.bugs.isEmpty {
        page.element("p", ("class", "bug")) { page in
          page.text("With the known bug ")
          page.element("code", text: report.plan.setup.bugs.joined(separator: ", "))
          page.text(" switched on.")
        }
      }
      sizes(&page)
      for text in report.undecidedTexts { page.element("p", text: ReportText.line(text)) }
      if let text = report.canaryText { page.element("p", text: "Known bug: \(text)") }
    }
  }

  private var mood: String {
    switch report.record.severity {
    case .pass: summary.seeds == 0 ? "doubtful" : "held"
    case .undecided: "doubtful"
    default: "broken"
    }
  }

  private func sizes(_ page: inout Markup) {
    let faults = summary.faults.all.filter { !$0.name.isLoss }.reduce(0) { $0 + $1.count }
    let figures = [
      ("seeds", summary.seeds.grouped), ("a second", report.rate), ("failing seeds", summary.failures.grouped),
      ("buckets", report.entries.count { $0.isBucket }.grouped), ("operations", summary.operations.grouped),
      ("faults", faults.grouped),
    ]
    page.element("dl", ("class", "sizes")) { page in
      for (name, figure) in figures {
        page.element("div") { page in
          page.element("dt", text: name)
          page.element("dd") { $0.element("b", text: figure) }
        }
      }
    }
  }

  // MARK: What is wrong

  private func failures(_ page: inout Markup) {
    guard !report.entries.isEmpty else { return }
    page.element("section", ("id", "failures")) { page in
      page.element("h2", text: "What is wrong")
      for (place, entry) in report.entries.prefix(Self.maxBuckets).enumerated() {
        write(entry, withStory: place < Self.maxStories, &page)
      }
      let others = report.entries.count - Self.maxBuckets
      if others > 0 {
        page.element("p", text: "\(Words.count(others, "more bucket")) are in \(CampaignSummaryFile.name).")
      }
    }
  }

  private func write(_ entry: ReportEntry, withStory: Bool, _ page: inout Markup) {
    page.element("article", ("id", "bucket-\(entry.name)")) { page in
      page.element("h3") { $0.element("code", text: entry.name) }
      page.element("p", ("class", "what"), text: ReportText.line(entry.sentence))
      if !entry.facts.isEmpty { page.element("p", ("class", "quiet"), text: entry.facts.joined(separator: " · ")) }
      if let refusal = entry.refusal { page.element("p", ("class", "quiet"), text: ReportText.line(refusal)) }
      let story = ReportText.lines(entry.story, atMost: Self.maxStoryLines)
      if withStory, !story.isEmpty {
        page.element("details") { page in
          page.element("summary", text: entry.best?.minimal == nil ? "What it wrote" : "What happens")
          page.element("ol", ("class", "story")) { page in
            for line in story { page.element("li", text: line) }
          }
        }
      }
      if let again = entry.command {
        command(again, "as it was found", &page)
        if let replay = entry.replay { command(replay, "minimal, in the campaign's folder", &page) }
        links(to: entry, &page)
      } else {
        page.element("p", text: entry.kind.advice)
      }
    }
  }

  private func command(_ text: String, _ label: String, _ page: inout Markup) {
    page.element("p", ("class", "label-of-command"), text: label)
    page.element("pre", ("tabindex", "0")) { $0.element("code", text: text) }
  }

  /// To the files that are there for sure.
  private func links(to entry: ReportEntry, _ page: inout Markup) {
    guard let folder = entry.folder, let best = entry.best else { return }
    let found = ["report.txt", best.errorLines == nil ? "case.json" : "repro.sh"]
    let names = best.minimal == nil ? found : ["report.html", "report.txt", "minimal.json", "case.json"]
    page.element("p", ("class", "links")) { page in
      for name in names {
        page.element("a", ("href", ReportText.uri(folder + name)), text: name)
        page.text(" ")
      }
    }
  }

  // MARK: What was tried

  private func tried(_ page: inout Markup) {
    guard summary.seeds > 0 else { return }
    page.element("section", ("id", "tried")) { page in
      page.element("h2", text: "What the seeds went through")
      let faults = summary.faults.all
      counts("faults", faults.map { ($0.name.rawValue, $0.count, summary.seedsByFault[$0.name]) }, "took hold", &page)
      let moments = summary.moments.all
      counts(
        "faults at moments", moments.map { ($0.name.rawValue, $0.count, summary.seedsByMoment[$0.name]) }, "began",
        &page)
      counts("clients", summary.traits.all.map { ($0.name.rawValue, nil, $0.count) }, nil, &page)
      if summary.members.seeds > 0 {
        counts(
          "what operators want of the members", summary.members.aims.all.map { ($0.name.rawValue, nil, $0.count) }, nil,
          &page)
      }
      page.element("ul") { page in
        for line in figures { page.element("li", text: line) }
      }
    }
  }

  /// Names, how often each came about, and in how many seeds.
  private func counts(
    _ title: String, _ rows: [(name: String, count: Int?, seeds: Int)], _ label: String?, _ page: inout Markup
  ) {
    let absent = rows.count { $0.seeds == 0 }
    page.element("details") { page in
      page.element(
        "summary",
        text: "\(rows.count - absent) kinds of \(title)" + (absent > 0 ? ", and \(absent) that never came about" : ""))
      page.element("div", ("class", "scroll")) { page in
        page.element("table") { page in
          page.element("thead") { page in
            page.element("tr") { page in
              page.element("th", ("scope", "col"), text: "kind")
              if let label { page.element("th", ("scope", "col"), ("class", "figure"), text: label) }
              page.element("th", ("scope", "col"), ("class", "figure"), text: "in seeds")
            }
          }
          page.element("tbody") { page in
            for row in rows {
              page.element("tr") { page in
                page.element("td", text: row.name)
                if let count = row.count { page.element("td", ("class", "figure"), text: count.grouped) }
                page.element("td", ("class", "figure"), text: row.seeds.grouped)
              }
            }
          }
        }
      }
    }
  }

  private var figures: [String] {
    let members = summary.members
    var lines = [
      "Operations: \(summary.operationsOK.grouped) took effect, \(summary.operationsFailed.grouped) did not, and "
        + "of \(summary.operationsUnknown.grouped) nobody knows.",
      "The leader changed five times or more with operations open in \(count(summary.seedsWithLeaderChanges)), and with a "
        + "snapshot under way in \(count(summary.seedsWithSnapshotAtLeaderChange)).",
      "A leader stepped down with reads waiting in \(count(summary.seedsWithReadsAtStepDown)).",
      "A crash fell between an append and its sync in \(count(summary.seedsWithCrashBeforeSync)), and the whole cluster was "
        + "down at once in \(count(summary.seedsWithWholeClusterDown)).",
    ]
    if members.seeds > 0 {
      lines.append(
        "Members changed in \(count(members.seeds)): a leader came while a configuration was not committed in "
          + "\(count(members.seedsWithOpenChange)), and servers differed in theirs for more than an election timeout in "
          + "\(count(members.seedsWithLongSplit)).")
    }
    let times = summary.times
    lines.append(
      "Simulated time \(summary.virtualTime), \(Words.count(summary.events, "event")); wall time \(times.wall), "
        + "processor time \(times.processor).")
    return lines
  }

  private func count(_ seeds: Int) -> String { Words.count(seeds, "seed") }

  // MARK: How to go on

  private func goingOn(_ page: inout Markup) {
    page.element("section", ("id", "going-on")) { page in
      page.element("h2", text: "How to go on")
      for text in report.goingOn { page.element("p", text: text) }
      page.element("p", ("class", "links")) { page in
        for name in [CampaignSummaryFile.name, "failures.ndjson", CampaignReport.junitName, CampaignReport.sarifName] {
          page.element("a", ("href", name), text: name)
          page.text(" ")
        }
      }
    }
  }
}

/// What this page needs besides the style of all pages.
private enum IndexStyle {
  static let text: StaticString = """

    .kind strong.held { color: var(--t7) }
    .kind strong.doubtful { color: var(--t0) }
    article { border: 1px solid var(--hair); border-left: 4px solid var(--bad); border-radius: 8px; background: var(--sheet);
      padding: 0.9rem 1.1rem 0.3rem; margin: 0 0 1.1rem }
    article h3 { margin: 0 0 0.4rem; overflow-wrap: anywhere }
    article .what { font-weight: 550; overflow-wrap: anywhere }
    article p { margin-bottom: 0.5rem }
    article pre { background: var(--wash); margin: 0.5rem 0; padding: 0.5rem 0.8rem; user-select: all; white-space: pre-wrap;
      overflow-wrap: anywhere }
    article .label-of-command { color: var(--quiet); font-size: 0.8rem; margin: 0.5rem 0 -0.35rem }
    .story { font-size: 0.9rem; padding: 0.2rem 0 0.4rem }
    .story li { padding: 0.1rem 0 }
    .links a { margin-right: 0.9rem; white-space: nowrap }
    td.figure, th.figure { text-align: right }
    """
}

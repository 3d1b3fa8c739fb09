import Determinism
import Histories
import Linearizability
import Traces

/// A failing run as one HTML file that shows and tells it.
///
/// The file needs nothing else: no network, no other file, and no script but for what is merely convenient. Its policy
/// forbids every request.
package struct Page: Sendable {
  /// The file's content.
  package let html: String
  /// All that its diagram draws, from which its markup is made; none without a trace.
  package let marks: [PageMark]

  /// - Parameter caseText: the case's file, to copy; without one the page shows none.
  package init(of run: FailingRun, caseText: String? = nil) {
    let writer = PageWriter(run, caseText: caseText)
    (html, marks) = (writer.html, writer.drawing.marks)
  }

  /// The file's content as bytes.
  package var bytes: [UInt8] { Array(html.utf8) }
}

/// Puts the page together.
struct PageWriter {
  let run: FailingRun
  let story: StoryDraft
  let caseText: String?
  let history: PageHistory
  /// What is told in lines.
  let lines: [NarrativeLine]
  let drawing: PageSpaceTime
  let terms: PageTerms

  init(_ run: FailingRun, caseText: String?) {
    self.run = run
    self.caseText = caseText
    story = StoryDraft(run)
    history = PageHistory(run, told: story.shown)
    lines = story.narrative.lines + (story.sequel?.lines ?? [])
    drawing = PageSpaceTime(of: run, history, lines)
    terms = PageTerms(drawing, lines)
  }

  var html: String {
    Markup.page(
      title: "\(story.sentence) – raftcheck, seed \(run.scenario.seed)", script: PageScript.text
    ) { page in
      page.element("main") { page in
        header(&page)
        clients(&page)
        if run.signature == .linearizability { argument(&page) }
        whatHappened(&page)
        if run.signature != .linearizability { argument(&page) }
        certificate(&page)
        again(&page)
      }
      page.element("footer", text: "\(run.program) · seed \(run.scenario.seed) · \(run.signature)")
    }
  }

  // MARK: The verdict

  private func header(_ page: inout Markup) {
    page.element("header") { page in
      page.element("p", ("class", "kind")) { page in
        page.element("strong", text: kind)
        page.element("span", text: "seed \(run.scenario.seed)")
        page.element("span", text: kindDetail)
      }
      page.element("h1", ("class", story.sentence.count > 80 ? "long" : nil), text: story.sentence)
      if let bug = run.bug {
        page.element("p", ("class", "bug")) { page in
          page.text("With the known bug ")
          page.element("code", text: bug.name)
          page.text(" switched on: \(bug.mistake)")
        }
      }
      sizes(&page)
    }
  }

  private var kind: String {
    switch run.signature {
    case .linearizability: "Not linearizable"
    case .invariant: "Invariant broken"
    case .liveness: "No progress"
    case .stopped: "Node stopped"
    }
  }

  private var kindDetail: String {
    guard run.signature == .linearizability, let counterexample = run.counterexample else {
      return run.signature.description
    }
    let key = counterexample.key.map { "key \(Wording.show($0)), " } ?? ""
    return key + counterexample.anomaly.rawValue.replacing("-", with: " ")
  }

  /// What was shrunk to what, or how large the run is.
  private func sizes(_ page: inout Markup) {
    let shrinking = run.shrinking
    let after = shrinking?.after ?? RunSize(of: run.scenario, run.outcome)
    let figures = [
      ("nodes", shrinking?.before.nodes, after.nodes), ("operations", shrinking?.before.operations, after.operations),
      ("faults", shrinking?.before.faults, after.faults),
      ("messages", shrinking?.before.deliveries, after.deliveries),
    ]
    page.element("dl", ("class", "sizes")) { page in
      for (name, before, after) in figures {
        page.element("div") { page in
          page.element("dt", text: name)
          page.element("dd") { page in
            if let before, before != after {
              page.element("s", text: before.grouped)
              page.element("span", ("class", "to"), text: "→")
            }
            page.element("b", text: after.grouped)
          }
        }
      }
    }
    if let leftOut = story.leftOutText { page.element("p", ("class", "quiet"), text: "\(leftOut.capitalisedFirst).") }
    guard let shrinking else { return }
    page.element("p", ("class", "quiet")) { page in
      let time = shrinking.time.map { " in \($0)" } ?? ""
      let runs = Words.count(shrinking.trials, "run")
      let account =
        switch shrinking.end {
        case .minimal: "Shrunk\(time), in \(runs), until nothing more could be taken away."
        case .stopped: "Shrinking was ended early, after \(runs)\(time): this is the smallest that had been found."
        case .budgetUsedUp:
          "Shrinking used up its budget of work, in \(runs)\(time): this is the smallest that was found."
        }
      page.text(account)
      if !shrinking.otherFailures.isEmpty {
        page.text(" \(shrinking.otherFailuresText.capitalisedFirst).")
      }
    }
  }

  // MARK: What is left, and how to see it again

  private func certificate(_ page: inout Markup) {
    guard !run.certificate.isEmpty else { return }
    page.element("section", ("id", "certificate")) { page in
      page.element("h2", text: run.certificateTitle)
      page.element(
        "p", ("class", "quiet"),
        text: "What becomes of the run without each single thing in it."
          + (story.leftOutText.map { " Besides, \($0) already." } ?? ""))
      let few = run.certificate.count <= Self.fewThings + 3 ? run.certificate.count : Self.fewThings
      table(run.certificate.prefix(few), &page)
      guard few < run.certificate.count else { return }
      page.element("details") { page in
        page.element("summary", text: "and without each of \(run.certificate.count - few) other things")
        table(run.certificate[few..<min(run.certificate.count, Self.manyThings)], &page)
        let more = run.certificate.count - Self.manyThings
        if more > 0 { page.element("p", ("class", "quiet"), text: "\(more.grouped) more are in the case's file.") }
      }
    }
  }

  /// So many things are shown at once.
  private static let fewThings = 10
  /// And so many are written at all.
  private static let manyThings = 500

  private func table(_ lines: ArraySlice<CertificateLine>, _ page: inout Markup) {
    page.element("div", ("class", "scroll")) { page in
      page.element("table") { page in
        page.element("thead") { page in
          page.element("tr") { page in
            page.element("th", ("scope", "col"), text: "without")
            page.element("th", ("scope", "col"), text: "then the run")
          }
        }
        page.element("tbody") { page in
          for line in lines {
            page.element("tr") { page in
              page.element("td", text: line.thing)
              page.element("td", text: line.without)
            }
          }
        }
      }
    }
  }

  private func again(_ page: inout Markup) {
    page.element("section", ("id", "again")) { page in
      page.element("h2", text: "See it again")
      page.element("div", ("class", "copy")) { page in
        page.element("pre", ("tabindex", "0")) { $0.element("code", text: run.replay) }
      }
      guard let caseText else { return }
      page.element("details", ("class", "copy")) { page in
        page.element("summary", text: "The case, as a file to replay (\(caseText.utf8.count.grouped) bytes)")
        page.element("pre", ("tabindex", "0")) { $0.element("code", text: caseText) }
      }
    }
  }
}

import Determinism
import Foundation
import Histories
import KnownBugs
import Runs
import Scenarios
import Testing
import Traces

@testable import Reporting

@Suite("A page")
struct PageTests {
  @Test("Nothing is asked of anywhere else: no address, no style or script from outside, no request")
  func selfContained() throws {
    let html = Page(of: PageSamples.staleRead, caseText: "{}\n").html
    for attribute in ["src", "srcset", "action", "data", "poster", "xlink:href", "formaction"] {
      #expect(!html.contains(" \(attribute)="), "\(attribute)")
    }
    for part in html.components(separatedBy: "href=\"").dropFirst() {
      #expect(part.hasPrefix("#") || part.hasPrefix("data:,\""), "\(part.prefix(60))")
    }
    for part in html.components(separatedBy: "url(").dropFirst() { #expect(part.hasPrefix("#"), "\(part.prefix(60))") }
    for word in [
      "@import", "fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "import(", "http:", "https:",
    ] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(html.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "))
  }

  @Test("Every element is closed where it should be, and no name is given twice")
  func wellFormed() throws {
    for run in PageSamples.all {
      var elements = ElementReader(Page(of: run, caseText: "{}\n").html)
      try elements.readAll()
      #expect(Set(elements.names).count == elements.names.count)
      for target in elements.targets { #expect(elements.names.contains(target), "\(target)") }
    }
  }

  @Test("What comes from a scenario is shown, and neither breaks the page nor runs in it")
  func hostileText() throws {
    var run = PageSamples.staleRead
    let text = "</script><script>alert(1)</script> \" onload='x' & \u{202E}\u{0}"
    run.certificate[0].thing = text
    run.replay = text
    let html = Page(of: run, caseText: text).html
    #expect(!html.contains("<script>alert"))
    #expect(!html.unicodeScalars.contains("\u{202E}"))
    #expect(
      html.contains(
        "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot; onload='x' &amp; \\u{202E}\\u{0}"))
    var elements = ElementReader(html)
    try elements.readAll()
  }

  @Test("Of very many things that are needed the page writes some, and how many more there are")
  func manyThings() {
    var run = PageSamples.staleRead
    run.certificate = (0..<1_700).map {
      CertificateLine(.operation, thing: "thing \($0)", without: "linearizable", isReplaceable: false)
    }
    let html = Page(of: run).html
    #expect(html.contains("thing 499<") && !html.contains("thing 500<"))
    #expect(html.contains("1,200 more are in the case's file."))
  }

  @Test("Each line of the story is in the diagram, by its number")
  func numbers() {
    for run in PageSamples.all {
      let story = Story(of: run)
      #expect(story.narrative.count > 3)
      let html = Page(of: run).html
      for line in story.narrative + story.sequel {
        #expect(html.contains("id=\"mark-\(line.number)\""))
        #expect(html.contains("id=\"line-\(line.number)\""))
      }
    }
  }

  @Test("What the failure leads to is drawn below it")
  func sequel() {
    let run = PageSamples.figureEight
    let story = Story(of: run)
    #expect(!story.sequel.isEmpty)
    let drawing = PageSpaceTime(of: run, PageHistory(run, told: []), story.narrative + story.sequel)
    let rows = PageRows(drawing)
    for row in drawing.rows.indices {
      #expect((rows.y[row] > rows.failureY) == (drawing.rows[row].event >= run.outcome.trace.count))
    }
  }

  @Test("No words lie on others, rows go down with time, and arrows too")
  func layout() {
    for run in PageSamples.all { expectClearLayout(of: run) }
  }

  @Test("A run as it was found, with hundreds of events, is drawn as clearly, and what is left out is said")
  func unshrunk() throws {
    let bug = try #require(KnownBug.named("commits-earlier-terms"))
    let report = Run(seed: 103, bug: bug).traced()
    let run = try #require(FailingRun(report, replay: "raftcheck --seed 103"))
    expectClearLayout(of: run)
    let html = Page(of: run).html
    #expect(html.contains(" are drawn: those of the story, and the last before the failure."))
    var elements = ElementReader(html)
    try elements.readAll()
  }

  @Test("A run without a trace makes a page without a diagram")
  func traceless() throws {
    var run = PageSamples.staleRead
    run.outcome.trace = []
    let html = Page(of: run).html
    #expect(html.contains("c3 read x = 1"))
    #expect(!html.contains("class=\"drawing\""))
    var elements = ElementReader(html)
    try elements.readAll()
  }

  private func expectClearLayout(of run: FailingRun) {
    let story = Story(of: run)
    let drawing = PageSpaceTime(of: run, PageHistory(run, told: []), story.narrative + story.sequel)
    let rows = PageRows(drawing)
    #expect(rows.y == rows.y.sorted())
    for (one, label) in rows.labels.enumerated() {
      for other in rows.labels[..<one] where other.x == label.x {
        #expect(abs(other.y - label.y) >= 16, "\(drawing.arrows[label.arrow].text)")
      }
    }
    for (one, note) in drawing.notes.enumerated() {
      for other in 0..<one where drawing.notes[other].lane == note.lane {
        #expect(abs(rows.noteY[other] - rows.noteY[one]) >= 20, "\(note.text)")
      }
      for label in rows.labels where abs(label.y - rows.noteY[one]) < 18 {
        #expect(abs(label.x.share - rows.laneX[note.lane].share) > rows.laneWidth[note.lane].share, "\(note.text)")
      }
    }
    for (index, arrow) in drawing.arrows.enumerated() { #expect(rows.ends[index].y > rows.start(of: arrow)) }
  }
}

/// Reads a page's elements as strictly as XML's rules would.
private struct ElementReader {
  private(set) var names: [String] = []
  private(set) var targets: [String] = []
  private var rest: Substring
  private var open: [Substring] = []

  struct Problem: Error { var what: String }

  init(_ html: String) { rest = html.dropFirst("<!DOCTYPE html>\n".count) }

  mutating func readAll() throws {
    while let start = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: start)...]
      guard let end = rest.firstIndex(of: ">") else { throw Problem(what: "no end of \(rest.prefix(40))") }
      let tag = rest[..<end]
      rest = rest[rest.index(after: end)...]
      try read(tag)
    }
    guard open.isEmpty else { throw Problem(what: "not closed: \(open)") }
  }

  private mutating func read(_ tag: Substring) throws {
    if tag.hasPrefix("/") {
      guard open.popLast() == tag.dropFirst() else { throw Problem(what: "closes what is not open: \(tag)") }
      return
    }
    let name = tag.prefix { $0 != " " && $0 != "/" }
    for part in tag.components(separatedBy: " id=\"").dropFirst() { names.append(String(part.prefix { $0 != "\"" })) }
    for part in tag.components(separatedBy: " href=\"#").dropFirst() {
      targets.append(String(part.prefix { $0 != "\"" }))
    }
    guard tag.count(where: { $0 == "\"" }).isMultiple(of: 2), !tag.contains("<") else {
      throw Problem(what: "bad quotes: \(tag)")
    }
    guard !tag.hasSuffix("/") else { return }
    open.append(name)
    // Style and script hold no elements.
    if name == "style" || name == "script" {
      guard let end = rest.range(of: "</\(name)") else { throw Problem(what: "\(name) without end") }
      rest = rest[end.lowerBound...]
    }
  }
}

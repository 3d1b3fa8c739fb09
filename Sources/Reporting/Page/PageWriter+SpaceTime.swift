import Determinism
import Raft
import Traces

extension PageWriter {
  /// The story beside the space-time diagram.
  func whatHappened(_ page: inout Markup) {
    guard !drawing.rows.isEmpty || !lines.isEmpty else { return }
    page.element("section", ("id", "happened")) { page in
      page.element("h2", text: "What happened")
      page.element("div", ("class", "sides")) { page in
        narrative(&page)
        if !drawing.rows.isEmpty { diagram(PageRows(drawing, failureText: failureText), &page) }
      }
      accounts(&page)
    }
  }

  // MARK: The story

  private func narrative(_ page: inout Markup) {
    let drawn = (drawing.notes.flatMap(\.numbers) + drawing.banners.flatMap(\.numbers)).filter(\.isFirst).map(\.line)
    page.element("div", ("class", "narrative")) { page in
      page.element("ol") { page in
        for line in story.narrative.lines { write(line, isDrawn: drawn.contains(line.number), &page) }
      }
      if story.narrative.leftOut > 0 {
        page.element(
          "p", ("class", "quiet"), text: "\(Words.count(story.narrative.leftOut, "step")) that matter less left out.")
      }
      if let sequel = story.sequel, !sequel.lines.isEmpty {
        page.element("h3", text: StoryDraft.sequelTitle)
        if let replay = run.sequelReplay { page.element("p") { $0.element("code", text: replay) } }
        page.element("ol") { page in
          for line in sequel.lines { write(line, isDrawn: drawn.contains(line.number), &page) }
        }
        if let damage = story.damage { page.element("p", ("class", "damage"), text: damage) }
      }
    }
  }

  /// Where the servers stand at the failure: a title, and lines as they stand on a terminal.
  private func accounts(_ page: inout Markup) {
    let lines = story.accounts
    guard let title = lines.first else { return }
    page.element("h3") { page in
      for part in title.parts { page.element(part.tone == .quiet ? "small" : "span", text: part.text) }
    }
    page.element("pre", ("tabindex", "0")) { page in
      page.text(lines.dropFirst().map { $0.parts.map(\.text).joined() }.joined(separator: "\n"))
    }
  }

  private func write(_ line: NarrativeLine, isDrawn: Bool, _ page: inout Markup) {
    let term = line.term.map { " \(terms.hue($0))" } ?? ""
    page.element("li", ("id", "line-\(line.number)"), ("class", "line\(term)")) { page in
      if isDrawn {
        page.element(
          "a", ("class", "number"), ("href", "#mark-\(line.number)"),
          ("aria-label", "\(line.number), in the diagram"), text: "\(line.number)")
      } else {
        page.element("span", ("class", "number"), text: "\(line.number)")
      }
      page.element("span", ("class", "when"), text: "\(line.at)")
      page.element("span", ("class", "told")) { page in
        if let node = line.node { page.element("b", ("class", "who"), text: node.description) }
        page.text((line.node == nil ? "" : " ") + line.text)
        if let standing = Self.standing(line) { page.element("small", text: standing) }
      }
    }
  }

  /// The role and term behind a line, where it has them.
  private static func standing(_ line: NarrativeLine) -> String? {
    let words = [line.role?.name, line.term.map { "term \($0)" }].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  // MARK: The diagram

  private func diagram(_ rows: PageRows, _ page: inout Markup) {
    page.element(
      "figure", ("class", "spacetime"), ("aria-label", "Space-time diagram; the story tells the same in words")
    ) { page in
      page.element("div", ("class", "names")) { page in
        for (lane, actor) in drawing.lanes.enumerated() {
          page.element("b", ("style", "left:\(rows.laneX[lane].percent)"), text: "\(actor)")
        }
      }
      page.element("div", ("class", "time"), ("style", "height:\(rows.height)px")) { times(rows, &$0) }
      page.element("div", ("class", "drawing"), ("style", "height:\(rows.height)px")) { page in
        page.element("svg", ("width", "100%"), ("height", "\(rows.height)"), ("aria-hidden", "true")) { page in
          definitions(&page)
          for span in drawing.spans { draw(span, rows, &page) }
          for index in drawing.arrows.indices { draw(drawing.arrows[index], to: rows.ends[index], rows, &page) }
          for segment in drawing.segments { draw(segment, rows, &page) }
        }
        for label in rows.labels { write(label, drawing.arrows[label.arrow], &page) }
        for (index, note) in drawing.notes.enumerated() {
          let isAlone = drawing.notes.count { $0.row == note.row && abs($0.lane - note.lane) <= 1 } == 1
          write(note, at: rows.noteY[index], rows, isAlone: isAlone, &page)
        }
        for (index, banner) in drawing.banners.enumerated() { write(banner, at: rows.bannerY[index], &page) }
        page.element("p", ("class", "failure"), ("style", "top:\(rows.failureY)px"), text: failureText)
      }
      page.element("figcaption") { caption(rows, &$0) }
    }
  }

  private var failureText: String {
    switch run.signature {
    case .linearizability:
      history.culprit.map { history.calls[$0] }.map { "no order explains c\($0.process)'s \($0.request) \($0.answer)" }
        ?? "no order explains this answer"
    case .invariant(let name): "\(name.rawValue) is broken"
    case .liveness(let name): "no progress: \(name.rawValue)"
    case .stopped(let reason): "a node has stopped: \(reason.rawValue)"
    }
  }

  private func times(_ rows: PageRows, _ page: inout Markup) {
    var taken: [(y: Int, text: String)] = []
    func write(_ text: String, at y: Int, _ kind: String, _ page: inout Markup) {
      guard taken.allSatisfy({ abs($0.y - y) >= ($0.text == text ? 60 : 14) }) else { return }
      taken.append((y, text))
      page.element("span", ("class", kind), ("style", "top:\(y)px"), text: text)
    }
    for one in rows.breaks { write("⋮ \(one.time.span)", at: one.y, "break", &page) }
    let told = drawing.notes.filter { !$0.numbers.isEmpty }.map(\.row) + drawing.banners.map(\.row)
    for row in told + Array(drawing.rows.indices) {
      let isNoted = drawing.notes.contains { $0.row == row }
      write(drawing.rows[row].at.inSeconds, at: rows.y[row] + (isNoted ? PageRows.noteDrop : 0), "tick", &page)
    }
  }

  /// What the lanes, lines and marks that are there mean.
  private func legend(_ page: inout Markup) {
    let segments = drawing.segments
    page.element("ul", ("class", "legend")) { page in
      for (kind, text) in Self.looks where segments.contains(where: { $0.look.kind == kind }) {
        sample(text, &page) { page in
          if kind == "down" || kind == "absent" { return Self.line(&page, "lane \(kind)") }
          let width = Self.laneWidth(kind)
          page.void(
            "rect", ("class", "lane \(kind) t1"), ("x", "1"), ("y", "\(7 - width / 2)"), ("width", "28"),
            ("height", "\(width)"), ("rx", "2"))
        }
      }
      if segments.contains(where: { $0.look == .operation(isCulprit: true) }) {
        sample("the operation with the wrong answer", &page) {
          $0.void("rect", ("class", "lane operation culprit"), ("x", "1"), ("y", "3"), ("width", "28"), ("height", "8"))
        }
      }
      if !drawing.spans.isEmpty {
        sample("cut off, or held back", &page) {
          $0.void("rect", ("width", "30"), ("height", "14"), ("fill", "url(#cut)"))
        }
      }
      if drawing.arrows.contains(where: \.isStory) {
        sample("a message of the story", &page) { page in
          page.element("g", ("class", "arrow story")) { Self.line(&$0) }
        }
      }
      if drawing.arrows.contains(where: { $0.fate == .underWay }) {
        sample("still under way", &page) { page in
          page.element("g", ("class", "arrow under-way")) { Self.line(&$0) }
        }
      }
      if drawing.arrows.contains(where: { $0.fate == .lost || $0.fate == .unheard }) {
        page.element("li") { page in
          page.element("span", ("class", "lost"), text: "×")
          page.text(" a message that is lost")
        }
      }
    }
    colours(&page)
  }

  /// Which colour is which term.
  private func colours(_ page: inout Markup) {
    guard !terms.terms.isEmpty else { return }
    page.element("ul", ("class", "legend")) { page in
      for first in terms.terms.prefix(PageTerms.colours) {
        let same = terms.terms.filter { terms.hue($0) == terms.hue(first) }
        page.element("li") { page in
          page.element("span", ("class", "swatch \(terms.hue(first))")) { _ in }
          page.text("term \(same.map(\.description).joined(separator: ", "))")
        }
      }
    }
  }

  private func sample(_ text: String, _ page: inout Markup, _ draw: (inout Markup) -> Void) {
    page.element("li") { page in
      page.element("svg", ("width", "30"), ("height", "14"), ("aria-hidden", "true"), content: draw)
      page.element("span", text: text)
    }
  }

  private static func line(_ page: inout Markup, _ kind: String? = nil) {
    page.void("line", ("class", kind), ("x1", "1"), ("x2", "29"), ("y1", "7"), ("y2", "7"))
  }

  /// How lanes look, and what that means.
  private static let looks = [
    ("follower", "follower"), ("pre-candidate", "pre-candidate"), ("candidate", "candidate"), ("leader", "leader"),
    ("absent", "not started yet"), ("down", "down"), ("paused", "stands still"), ("operation", "a client's operation"),
  ]

  private func caption(_ rows: PageRows, _ page: inout Markup) {
    legend(&page)
    var remarks = ["Time, in seconds, runs down"]
    remarks[0] += rows.breaks.isEmpty ? ", not to scale." : ", not to scale; ⋮ marks where much of it was cut."
    if drawing.notes.flatMap(\.marks).contains(where: { $0.kind == .part }) {
      remarks.append("What a server becomes by an entry stands on its lane where a leader appends that entry.")
    }
    if terms.terms.count > PageTerms.colours { remarks.append("Colours repeat after \(PageTerms.colours) terms.") }
    if drawing.drawnMessages < drawing.messages {
      remarks.append(
        "Of \(drawing.messages.grouped) messages \(drawing.drawnMessages.grouped) are drawn: those of the story, and the "
          + "last before the failure.")
    }
    if drawing.undrawnTurns > 0 {
      remarks.append("The first \(drawing.undrawnTurns.grouped) crashes, restarts, elections and faults are not drawn.")
    }
    if drawing.eventsBehind > 0 {
      remarks.append("The run goes on for another \(Words.count(drawing.eventsBehind, "event")).")
    }
    page.element("p", text: remarks.joined(separator: " "))
  }
}

extension Duration {
  /// As a stretch of time, roughly: `41 ms`, `1.2 s`.
  fileprivate var span: String {
    let milliseconds = nanoseconds / 1_000_000
    return milliseconds < 1_000 ? "\(milliseconds) ms" : "\(milliseconds / 1_000).\(milliseconds / 100 % 10) s"
  }
}

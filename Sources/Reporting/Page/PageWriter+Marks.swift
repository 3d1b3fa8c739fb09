import Raft

// What a space-time diagram consists of: lines and lanes are drawn, words stand above the drawing, for these can be
// shortened where there is no room for them.
extension PageWriter {
  /// Arrows' heads, and what shades servers that are cut off.
  func definitions(_ page: inout Markup) {
    page.element("defs") { page in
      for kind in ["head", "head-story", "head-client"] {
        page.element(
          "marker", ("id", kind), ("viewBox", "0 0 8 8"), ("refX", "11"), ("refY", "4"), ("markerWidth", "8"),
          ("markerHeight", "8"), ("markerUnits", "userSpaceOnUse"), ("orient", "auto")
        ) { $0.void("path", ("class", kind), ("d", "M0 0.8L8 4L0 7.2z")) }
      }
      page.element(
        "pattern", ("id", "cut"), ("width", "7"), ("height", "7"), ("patternUnits", "userSpaceOnUse"),
        ("patternTransform", "rotate(45)")
      ) { page in
        page.void("rect", ("class", "cut-ground"), ("width", "7"), ("height", "7"))
        page.void("rect", ("class", "cut-line"), ("width", "1.5"), ("height", "7"))
      }
    }
  }

  func draw(_ span: PageSpaceTime.Span, _ rows: PageRows, _ page: inout Markup) {
    let (top, bottom) = (rows.y[span.rows.lowerBound], rows.y[span.rows.upperBound])
    let isToTheEnd = span.rows.upperBound == rows.y.count - 1
    for lane in span.lanes {
      let width = rows.laneWidth[lane]
      let left = Across(share: rows.laneX[lane].share - width.share / 2)
      page.element(
        "rect", ("class", "span"), ("x", left.percent), ("width", width.percent), ("y", "\(top)"),
        ("height", "\(max(4, (isToTheEnd ? rows.height : bottom) - top))"), ("fill", "url(#cut)"),
        ("data-kind", span.mark.kind.rawValue), ("data-event", span.mark.eventText)
      ) { $0.element("title", text: span.mark.text) }
    }
  }

  func draw(_ arrow: PageSpaceTime.Arrow, to end: PageRows.End, _ rows: PageRows, _ page: inout Markup) {
    let isClients = arrow.text.isEmpty && !arrow.isStory
    let kinds = ["arrow", arrow.isStory ? "story" : nil, arrow.fate == .underWay ? "under-way" : nil]
    let head: String? =
      arrow.fate != .arrived ? nil : isClients ? "url(#head-client)" : arrow.isStory ? "url(#head-story)" : "url(#head)"
    let (x, y) = (rows.laneX[arrow.from].percent, "\(rows.start(of: arrow))")
    let mark = drawing.mark(of: arrow)
    page.element(
      "g", ("class", kinds.compactMap(\.self).joined(separator: " ")), ("data-kind", mark.kind.rawValue),
      ("data-event", mark.eventText)
    ) { page in
      page.element("title", text: arrow.detail)
      // A thin line is hard to point at.
      page.void("line", ("class", "hit"), ("x1", x), ("y1", y), ("x2", end.x.percent), ("y2", "\(end.y)"))
      page.void("line", ("x1", x), ("y1", y), ("x2", end.x.percent), ("y2", "\(end.y)"), ("marker-end", head))
      if arrow.fate == .lost || arrow.fate == .unheard {
        page.element("svg", ("x", end.x.percent), ("y", "\(end.y)"), ("overflow", "visible")) { page in
          page.void("path", ("class", "cross"), ("d", "M-4 -4L4 4M4 -4L-4 4"))
        }
      }
    }
  }

  /// How broad a lane of such a look is.
  static func laneWidth(_ kind: String) -> Int {
    switch kind {
    case "follower": 4
    case "down": 4
    case "operation": 8
    default: 10
    }
  }

  func draw(_ segment: PageSpaceTime.Segment, _ rows: PageRows, _ page: inout Markup) {
    let (top, bottom) = (rows.y[segment.rows.lowerBound], rows.y[segment.rows.upperBound])
    let isFirst = segment.rows.lowerBound == 0
    let kind = segment.look.kind
    let hue =
      switch segment.look {
      case .role(_, let term): " \(terms.hue(term))"
      case .operation(true): " culprit"
      default: ""
      }
    let width = Self.laneWidth(kind)
    let mark = drawing.mark(of: segment)
    let start = isFirst && kind != "operation" ? 0 : top
    let end = segment.isOpen && kind != "operation" ? rows.height : bottom
    guard segment.look != .down, segment.look != .absent else {
      let x = rows.laneX[segment.lane].percent
      return page.void(
        "line", ("class", "lane \(kind)"), ("x1", x), ("x2", x), ("y1", "\(start)"), ("y2", "\(end)"),
        ("data-kind", mark.kind.rawValue), ("data-event", mark.eventText))
    }
    page.void(
      "rect", ("class", "lane \(kind)\(hue)"), ("x", rows.laneX[segment.lane].percent), ("y", "\(start)"),
      ("width", "\(width)"), ("height", "\(max(2, end - start))"),
      ("rx", kind == "follower" ? "0" : "3"),
      ("transform", "translate(-\(width / 2) 0)"), ("data-kind", mark.kind.rawValue), ("data-event", mark.eventText))
  }

  // MARK: Words

  func write(_ label: PageRows.Label, _ arrow: PageSpaceTime.Arrow, _ page: inout Markup) {
    let isLost = arrow.fate == .lost || arrow.fate == .unheard
    page.element(
      "span", ("class", "label\(arrow.isStory ? " story" : "")"),
      (
        "style",
        "left:\(label.x.percent);top:\(label.y)px;max-width:calc(\(label.width.percent) - 12px)"
      ), ("title", arrow.detail)
    ) { page in
      if isLost { page.element("span", ("class", "lost"), text: "× ") }
      words(arrow.text, arrow.short, &page)
    }
  }

  func write(_ note: PageSpaceTime.Note, at y: Int, _ rows: PageRows, isAlone: Bool, _ page: inout Markup) {
    let kinds = [
      "note", note.lane == 0 ? "first" : note.lane == rows.laneX.count - 1 ? "last" : nil, isAlone ? nil : "crowd",
      note.text.count > 20 ? "long" : nil,
      note.numbers.isEmpty ? nil : "story", note.isFailure ? "bad" : nil, note.term.map(terms.hue),
    ]
    page.element(
      "span", ("class", kinds.compactMap(\.self).joined(separator: " ")),
      (
        "style",
        "left:\(rows.laneX[note.lane].percent);top:\(y)px;--lane:\(rows.laneWidth[note.lane].percent)"
      ), ("title", note.detail), ("data-kind", note.marks.map(\.kind.rawValue).joined(separator: " ")),
      ("data-event", note.marks.first?.eventText)
    ) { page in
      numbers(note.numbers, &page)
      if !note.text.isEmpty { words(note.text, note.short, &page) }
    }
  }

  /// Words of which the page shows as many as fit.
  private func words(_ long: String, _ short: String, _ page: inout Markup) {
    page.element(
      "span", ("class", "words"), ("data-long", long), ("data-short", short == long ? nil : short), text: long)
  }

  func write(_ banner: PageSpaceTime.Banner, at y: Int, _ page: inout Markup) {
    let isEnd = banner.mark.kind == .faultEnds || banner.mark.kind == .stormEnds
    page.element(
      "span", ("class", isEnd ? "banner end" : "banner"), ("style", "top:\(y)px"),
      ("data-kind", banner.mark.kind.rawValue), ("data-event", banner.mark.eventText)
    ) { page in
      numbers(banner.numbers, &page)
      page.element("span", text: banner.mark.text)
    }
  }

  private func numbers(_ numbers: [PageSpaceTime.Number], _ page: inout Markup) {
    for number in numbers {
      page.element(
        "a", ("class", "number"), ("id", number.isFirst ? "mark-\(number.line)" : nil),
        ("href", "#line-\(number.line)"), ("aria-label", "line \(number.line) of the story"), text: "\(number.line)")
    }
  }
}

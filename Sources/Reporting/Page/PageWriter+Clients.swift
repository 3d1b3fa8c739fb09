import Determinism
import Scenarios

extension PageWriter {
  /// What the clients saw: a bar for each operation, and why no order explains them.
  func clients(_ page: inout Markup) {
    guard !history.shown.isEmpty else { return }
    page.element("section", ("id", "clients")) { page in
      page.element("h2", text: "What the clients saw")
      if history.shown.count < history.calls.count {
        page.element(
          "p", ("class", "quiet"),
          text: "Of \(history.calls.count.grouped) operations \(history.shown.count) are shown: those that the "
            + "failure is about.")
      }
      let scale = TimelineScale(history.shown.map { history.calls[$0] })
      page.element("ol", ("class", "timeline")) { page in
        for place in history.shown { row(history.calls[place], scale, &page) }
        ribbon(scale, &page)
      }
      page.element(
        "p", ("class", "axis"), text: "Time runs to the right, not to scale."
      )
    }
  }

  /// Why that must not be.
  func argument(_ page: inout Markup) {
    guard !story.reasons.isEmpty else { return }
    page.element("section", ("id", "argument")) { page in
      page.element("h2", text: "Why that is wrong")
      page.element("ol", ("class", "argument")) { page in
        for step in story.reasons { page.element("li", text: step) }
      }
      for remark in story.remarks { page.element("p", text: remark) }
    }
  }

  private func row(_ call: PageHistory.Call, _ scale: TimelineScale, _ page: inout Markup) {
    let isCulprit = call.place == history.culprit
    let kinds = [
      "op", isCulprit ? "culprit" : nil, call.isUnknown ? "unknown" : nil, call.isFailed ? "failed" : nil,
    ].compactMap(\.self)
    page.element("li", ("class", kinds.joined(separator: " "))) { page in
      page.element("div", ("class", "what")) { page in
        page.element("b", text: "c\(call.process)")
        page.element("span", ("class", "request"), text: call.request)
        page.element("span", ("class", "answer"), text: isCulprit ? "\(call.answer) (wrong)" : call.answer)
        let end = call.end.map { " to \($0)" } ?? ", open to the end"
        page.element("span", ("class", "when"), text: "\(call.start)\(end)")
      }
      let (left, right) = (scale.x(call.start), call.end.map(scale.x) ?? Across(share: 10_000))
      let width = Across(share: max(60, right.share - left.share))
      page.element("div", ("class", "lane-of")) { page in
        page.element("svg", ("class", "bar"), ("width", "100%"), ("height", "100%"), ("aria-hidden", "true")) { page in
          if let culprit = history.culprit.map({ history.calls[$0] }) {
            for time in [culprit.start, culprit.end].compactMap(\.self) {
              let x = scale.x(time).percent
              page.void("line", ("class", "plumb"), ("x1", x), ("x2", x), ("y1", "0"), ("y2", "100%"))
            }
          }
          page.void(
            "rect", ("x", left.percent), ("width", width.percent), ("y", "50%"), ("height", "14"), ("rx", "3"),
            ("transform", "translate(0 -7)"))
          if isCulprit {
            page.element("svg", ("x", right.percent), ("y", "50%"), ("overflow", "visible")) { page in
              page.void("path", ("class", "cross"), ("d", "M-5 -5L5 5M5 -5L-5 5"))
            }
          }
        }
      }
      if isCulprit, let remark = story.remark { page.element("p", ("class", "remark"), text: remark) }
    }
  }
}

extension PageWriter {
  /// What the value could be after each call and return, below the bars.
  private func ribbon(_ scale: TimelineScale, _ page: inout Markup) {
    guard !history.possible.isEmpty else { return }
    let fields = history.possible.indices.map { place in
      let end = place + 1 < history.possible.count ? scale.x(history.possible[place + 1].from) : Across(share: 10_000)
      return RibbonField(start: scale.x(history.possible[place].from), end: end, text: history.possible[place].text)
    }
    let isListed = !fields.allSatisfy(\.holdsText)
    page.element("li", ("class", isListed ? "op possible listed" : "op possible")) { page in
      page.element("div", ("class", "what")) { page in
        page.element("b", text: history.cell)
        page.element("span", ("class", "when"), text: "what it could be, by these operations")
      }
      page.element("div", ("class", "lane-of")) { page in
        page.element("svg", ("class", "bar"), ("width", "100%"), ("height", "100%")) { page in
          for field in fields { field.draw(&page) }
        }
      }
      // Where the texts have no room in the fields.
      page.element("p", ("class", "sequence"), text: fields.map(\.text).joined(separator: ", then "))
    }
  }
}

/// A time through which the same values were possible.
private struct RibbonField {
  let start: Across
  let end: Across
  let text: String

  private var width: Across { Across(share: max(0, end.share - start.share)) }

  /// Whether the text has room in it on a wide page.
  var holdsText: Bool { width.share >= 120 + 100 * text.columns }

  func draw(_ page: inout Markup) {
    page.element("svg", ("x", start.percent), ("y", "0"), ("width", width.percent), ("height", "100%")) { page in
      page.element("title", text: text)
      page.void("rect", ("width", "100%"), ("y", "50%"), ("height", "20"), ("transform", "translate(0 -10)"))
      if holdsText { page.element("text", ("x", "4"), ("y", "50%"), ("dy", "0.33em"), text: text) }
    }
  }
}

/// Where calls and returns lie across a timeline: in their order, what lies far apart in time a bit farther apart.
private struct TimelineScale {
  private var times: [Duration] = []
  private var places: [Int] = []

  init(_ calls: [PageHistory.Call]) {
    let all = calls.flatMap { [$0.start] + [$0.end].compactMap(\.self) }.sorted()
    for time in all where times.last != time { times.append(time) }
    for (index, time) in times.enumerated() {
      guard index > 0 else {
        places.append(0)
        continue
      }
      // Twice the time is one step more.
      let ticks = max(1, (time - times[index - 1]).nanoseconds / 250_000)
      places.append((places.last ?? 0) + 3 + (Int64.bitWidth - ticks.leadingZeroBitCount))
    }
  }

  /// The last piece is left for what never returns.
  func x(_ time: Duration) -> Across {
    let index = min(times.partitioningIndex { $0 >= time }, times.count - 1)
    return Across(share: 100 + (index < 0 ? 0 : places[index]) * 9_300 / max(1, places.last ?? 1))
  }
}

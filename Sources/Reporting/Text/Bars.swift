import Determinism

/// Operations drawn as bars, so that one sees at a glance what came before what:
///
///     c1  |- put x = 1 -| |- put x = 2 -|
///     c2                                  |- get x -> 1 -|
///                                         must be 2: c1's put x = 2 had returned before this get was called
///
/// From left to right is the order of calls and returns, not the time between them. One whose result nobody knows ends in
/// `>` at the right edge, and one whose return is of no account in `)`. Where the texts do not fit into the bars, each bar
/// has a line of its own with its text in front:
///
///     c1  put x = 1    |--|
///     c1  put x = 2         |--|
///     c2  get x -> 1             |--|
///
/// Where that is too long as well, the text stands above its bar; and where even the bars do not fit, each operation has a
/// line of text with the places of its call and its return among all of them:
///
///     c1  put x = 1   1-2
package struct Bars: Hashable, Sendable {
  /// One operation.
  package struct Bar: Hashable, Sendable {
    /// Who did it.
    package var lane: String
    /// What was asked and answered, short: `get x -> 1`.
    package var text: String
    /// When it was called, in any unit. On equal times calls come before returns.
    package var call: Int
    /// When it returned; `nil` if nobody knows its result.
    package var end: Int?
    /// Whether it is of no account that it returned.
    package var isForgotten: Bool
    /// What there is to say below the bar.
    package var remark: String?
    /// Whether it is to catch the eye.
    package var isMarked: Bool

    package init(
      lane: String, text: String, call: Int, end: Int?, isForgotten: Bool = false, remark: String? = nil,
      isMarked: Bool = false
    ) {
      (self.lane, self.text, self.call, self.end) = (lane, text, call, end)
      self.isForgotten = isForgotten
      (self.remark, self.isMarked) = (remark, isMarked)
    }
  }

  /// A part of a line, for whoever paints it.
  package struct Span: Hashable, Sendable {
    /// What a part of a line is.
    package enum Role: Hashable, Sendable {
      /// Blanks and the names of the lanes.
      case plain
      case bar
      case markedBar
      case remark
      case ribbon
    }

    package var text: String
    package var role: Role

    package init(_ text: String, _ role: Role) {
      (self.text, self.role) = (text, role)
    }
  }

  /// The lines, from left to right in parts.
  package let lines: [[Span]]

  /// - Parameters:
  ///   - bars: in any order.
  ///   - ribbon: to be drawn below them.
  ///   - width: of the lines; only a word that is longer goes beyond it.
  package init(_ bars: [Bar], above ribbon: Ribbon? = nil, width: Int = 80) {
    let sorted = bars.enumerated().sorted { ($0.element.call, $0.offset) < ($1.element.call, $1.offset) }
    lines = BarLayout(sorted.map(\.element), ribbon, width: width).lines()
  }

  /// The lines to be printed, behind a margin.
  package func printed(behind margin: String) -> [StoryLine] {
    lines.map { spans in
      var line = StoryLine(margin)
      for span in spans {
        switch span.role {
        case .plain, .bar: line.add(span.text)
        case .markedBar: line.add(span.text, .bad)
        case .remark: line.add(span.text, .doubtful)
        case .ribbon: line.add(span.text, .quiet)
        }
      }
      return line
    }
  }

  /// The lines as plain text.
  package var text: String {
    lines.map { spans in spans.map(\.text).joined() }.joined(separator: "\n")
  }
}

/// Finds a column for each call and return, and draws.
private struct BarLayout {
  /// In the order of their calls.
  private let bars: [Bars.Bar]
  private let ribbon: Ribbon?
  private let width: Int
  /// The columns of lane names, and of the texts in front of the bars, with the blanks behind them.
  private let nameWidth: Int
  private let textWidth: Int

  init(_ bars: [Bars.Bar], _ ribbon: Ribbon?, width: Int) {
    (self.bars, self.ribbon, self.width) = (bars, ribbon, width)
    nameWidth = (bars.map(\.lane.columns) + [ribbon?.lane.columns ?? 0]).max().map { $0 + 2 } ?? 2
    textWidth = (bars.map(\.text.columns).max() ?? 0) + 2
  }

  /// Where a bar begins and ends, behind all that stands in front.
  private struct Extent {
    var start: Int
    var end: Int
  }

  /// Where everything is drawn.
  private struct Plan {
    /// By bar.
    var extents: [Extent]
    /// Of the calls and returns in their order.
    var columns: [(at: Int, column: Int)] = []
    /// How many columns there are.
    var span = 0
  }

  func lines() -> [[Bars.Span]] {
    guard !bars.isEmpty else { return [] }
    for holdsRibbon in ribbon == nil ? [false] : [true, false] {
      for (gap, sharesColumns) in [(2, false), (1, true)] {
        let plan = plan(gap: gap, sharesColumns: sharesColumns, holdsText: true, holdsRibbon: holdsRibbon)
        if nameWidth + plan.span <= width { return lanes(plan.extents) + below(plan) }
      }
    }
    for gap in [3, 2, 1] {
      let plan = plan(gap: gap, sharesColumns: false, holdsText: false)
      if nameWidth + textWidth + plan.span <= width { return rows(plan.extents) + below(plan, textWidth) }
    }
    let tight = plan(gap: 1, sharesColumns: true, holdsText: false)
    if nameWidth + textWidth + tight.span <= width { return rows(tight.extents) + below(tight, textWidth) }
    for gap in [3, 2, 1] {
      let plan = plan(gap: gap, sharesColumns: false, holdsText: false)
      if nameWidth + plan.span <= width {
        return texts { bar($0, plan.extents[$0], at: plan.extents[$0].start) } + below(plan)
      }
    }
    if nameWidth + tight.span <= width {
      return texts { bar($0, tight.extents[$0], at: tight.extents[$0].start) } + below(tight)
    }
    return texts { [Bars.Span("\(Layout.blanks(nameWidth))\(places[$0])", .plain)] }
  }

  /// The ribbon.
  ///
  /// - Parameter front: columns between the names and the bars.
  private func below(_ plan: Plan, _ front: Int = 0) -> [[Bars.Span]] {
    guard let ribbon else { return [] }
    let placed = PlacedRibbon(ribbon, columns: plan.columns, end: plan.span - 1)
    let room = Layout(width: max(20, width - nameWidth))
    let remark = ribbon.remark.map { room.wrapped(StoryLine($0)) } ?? []
    let below = remark.map { [Bars.Span(Layout.blanks(nameWidth), .plain), Bars.Span($0.plainText, .ribbon)] }
    if front == 0, let line = placed.texts(nameWidth: nameWidth), line.reduce(0, { $0 + $1.text.columns }) <= width {
      return [line] + below
    }
    let signs = placed.signs(nameWidth: nameWidth, front: front, width: width)
    return signs.isEmpty ? [] : signs + below
  }

  /// - Parameters:
  ///   - gap: between one event's column and the next one's.
  ///   - sharesColumns: whether calls with no return between them begin in one column, and returns with no call between
  ///     them end in one: what came before what looks the same.
  ///   - holdsText: whether each bar is long enough for its text.
  ///   - holdsRibbon: whether each field of the ribbon is.
  private func plan(gap: Int, sharesColumns: Bool, holdsText: Bool, holdsRibbon: Bool = false) -> Plan {
    var extents = bars.map { _ in Extent(start: 0, end: 0) }
    var columns: [(at: Int, column: Int)] = []
    var fields = holdsRibbon ? ribbon?.fields[...] ?? [] : []
    // Where the last field begins, and how long it is.
    var field = (start: 0, width: 0)
    let events =
      bars.indices.map { (at: bars[$0].call, isReturn: false, bar: $0) }
      + bars.indices.compactMap { place in bars[place].end.map { (at: $0, isReturn: true, bar: place) } }
    var column = -gap
    var wasReturn: Bool?
    for event in events.sorted(by: { ($0.at, $0.isReturn ? 1 : 0, $0.bar) < ($1.at, $1.isReturn ? 1 : 0, $1.bar) }) {
      if !sharesColumns || wasReturn != event.isReturn { column += gap }
      wasReturn = event.isReturn
      if event.isReturn { column = max(column, extents[event.bar].start + shortest(event.bar, holdsText)) }
      if let next = fields.first, next.start <= event.at {
        // One that begins in the same column takes its place.
        if columns.last?.column != column { column = max(column, field.start + field.width) }
        field = (column, PlacedRibbon.width(of: next.text))
        fields = fields.dropFirst()
      }
      columns.append((event.at, column))
      if event.isReturn { extents[event.bar].end = column } else { extents[event.bar].start = column }
    }
    // What is open stays so to the right edge.
    let open = bars.indices.filter { bars[$0].end == nil }
    for place in open { column = max(column, extents[place].start + shortest(place, holdsText)) }
    for place in open { extents[place].end = column + gap }
    let last = max(extents.map(\.end).max() ?? 0, field.start + field.width)
    return Plan(extents: extents, columns: columns, span: last + 1)
  }

  private func shortest(_ bar: Int, _ holdsText: Bool) -> Int {
    holdsText ? bars[bar].text.columns + 5 : 3
  }

  /// A line for each lane, and one more where a bar still lies in its way.
  private func lanes(_ extents: [Extent]) -> [[Bars.Span]] {
    var rows: [(lane: String, bars: [Int])] = []
    for place in bars.indices {
      let free = rows.firstIndex { row in
        row.lane == bars[place].lane && row.bars.allSatisfy { extents[$0].end < extents[place].start }
      }
      if let free {
        rows[free].bars.append(place)
      } else {
        // Lines of one lane stay together.
        let last = rows.lastIndex { $0.lane == bars[place].lane }.map { $0 + 1 } ?? rows.count
        rows.insert((bars[place].lane, [place]), at: last)
      }
    }
    return rows.flatMap { row in
      var spans = [Bars.Span(Layout.padded(row.lane, to: nameWidth), .plain)]
      var column = 0
      for place in row.bars {
        spans.append(Bars.Span(Layout.blanks(extents[place].start - column), .plain))
        spans.append(bar(place, extents[place], holdsText: true))
        column = extents[place].end + 1
      }
      return [spans] + row.bars.flatMap { remark(on: $0, at: nameWidth + extents[$0].start) }
    }
  }

  /// A line for each bar.
  private func rows(_ extents: [Extent]) -> [[Bars.Span]] {
    bars.indices.flatMap { place in
      let front = Layout.padded(bars[place].lane, to: nameWidth)
      let text = Bars.Span(Layout.padded(bars[place].text, to: textWidth), bars[place].isMarked ? .markedBar : .plain)
      let line = [
        Bars.Span(front, .plain), text, Bars.Span(Layout.blanks(extents[place].start), .plain),
        bar(place, extents[place], holdsText: false),
      ]
      return [line] + remark(on: place, at: nameWidth + textWidth + extents[place].start)
    }
  }

  /// The text of each bar, and something below it.
  private func texts(_ below: (Int) -> [Bars.Span]) -> [[Bars.Span]] {
    let layout = Layout(width: width)
    return bars.indices.flatMap { place in
      let role: Bars.Span.Role = bars[place].isMarked ? .markedBar : .plain
      let front = Layout.padded(bars[place].lane, to: nameWidth)
      let text = layout.paragraph(front, nil, bars[place].text).map { [Bars.Span($0.plainText, role)] }
      return text + [below(place)] + remark(on: place, at: nameWidth)
    }
  }

  private func bar(_ place: Int, _ extent: Extent, at column: Int) -> [Bars.Span] {
    [Bars.Span(Layout.blanks(nameWidth + column), .plain), bar(place, extent, holdsText: false)]
  }

  /// Of each bar the places of its call and its return among all calls and returns, from 1.
  private var places: [String] {
    let calls = bars.indices.map { (at: bars[$0].call, isReturn: 0, bar: $0) }
    let returns = bars.indices.compactMap { bar in bars[bar].end.map { (at: $0, isReturn: 1, bar: bar) } }
    var texts = bars.map { _ in "" }
    for (place, event) in (calls + returns).sorted(by: <).enumerated() {
      texts[event.bar] += event.isReturn == 0 ? "\(place + 1)-" : "\(place + 1)"
    }
    return texts
  }

  private func bar(_ place: Int, _ extent: Extent, holdsText: Bool) -> Bars.Span {
    let bar = bars[place]
    var inner = String(repeating: "-", count: max(0, extent.end - extent.start - 1))
    if holdsText {
      let dashes = inner.count - bar.text.columns - 2
      // In the middle, but for one without an end.
      let front = bar.end == nil ? 1 : dashes / 2
      inner = String(repeating: "-", count: front) + " \(bar.text) " + String(repeating: "-", count: dashes - front)
    }
    let tip = bar.end == nil ? ">" : bar.isForgotten ? ")" : "|"
    return Bars.Span("|\(inner)\(tip)", bar.isMarked ? .markedBar : .bar)
  }

  /// The remark, below where its bar begins, or further left if it would not fit there.
  private func remark(on place: Int, at column: Int) -> [[Bars.Span]] {
    guard let remark = bars[place].remark else { return [] }
    let column = max(nameWidth, min(column, width - remark.columns))
    var lines: [String] = []
    for word in remark.split(separator: " ") {
      if let last = lines.last, column + last.columns + 1 + String(word).columns <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { [Bars.Span(Layout.blanks(column), .plain), Bars.Span($0, .remark)] }
  }
}

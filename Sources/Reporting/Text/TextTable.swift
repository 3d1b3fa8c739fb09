import Determinism

/// A table in plain text.
///
/// Where its columns need more room than a line has, in this order: they move together; the cells of a column of text are
/// broken between words; the columns that matter least are left out, which a line below says; each row becomes a
/// paragraph.
package struct TextTable {
  /// A column.
  package struct Column: Sendable {
    fileprivate var title: String
    fileprivate var isNumber: Bool
    fileprivate var wraps = false
    /// Which is left out first, second and so on; `nil` for one that stays.
    fileprivate var goes: Int?

    /// A column whose cells begin on the left.
    ///
    /// - Parameters:
    ///   - wraps: whether its cells may be broken.
    ///   - goes: whether it is the first, the second and so on that is left out; it stays unless given.
    package static func text(_ title: String, wraps: Bool = false, goes: Int? = nil) -> Column {
      Column(title: title, isNumber: false, wraps: wraps, goes: goes)
    }

    /// A column whose cells end on the right.
    package static func number(_ title: String, goes: Int? = nil) -> Column {
      Column(title: title, isNumber: true, goes: goes)
    }
  }

  private let columns: [Column]
  private var rows: [(cells: [String], tone: StoryTone?)] = []

  /// - Parameter columns: without titles, there is no line for them.
  package init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row.
  ///
  /// - Parameter tone: of its first cell.
  package mutating func add(_ cells: [String], tone: StoryTone? = nil) {
    rows.append((cells.map(\.printable), tone))
  }

  /// The lines, titles first.
  package func lines(in layout: Layout) -> [StoryLine] {
    var shown = Array(columns.indices)
    while true {
      if let setting = Setting(self, shown, layout) {
        let titles = columns.contains { !$0.title.isEmpty } ? lines(columns.map(\.title), .quiet, .quiet, setting) : []
        return titles + rows.flatMap { lines($0.cells, $0.tone, nil, setting) } + note(without: shown, layout)
      }
      let next = shown.filter { columns[$0].goes != nil }.min { columns[$0].goes ?? 0 < columns[$1].goes ?? 0 }
      guard let next else { return paragraphs(layout) }
      shown.removeAll { $0 == next }
    }
  }

  /// How wide the columns are, if they fit.
  private struct Setting {
    var shown: [Int]
    var widths: [Int]
    var gap: Int

    /// The least of a column of text in which there is something to read.
    private static let leastText = 28

    init?(_ table: TextTable, _ shown: [Int], _ layout: Layout) {
      self.shown = shown
      let cells = { (column: Int) in [table.columns[column].title] + table.rows.map { $0.cells[column] } }
      widths = shown.map { column in cells(column).map(\.columns).max() ?? 0 }
      gap = 3
      if width <= layout.width { return }
      gap = 2
      if width <= layout.width { return }
      guard let text = shown.firstIndex(where: { table.columns[$0].wraps }) else { return nil }
      let longest = cells(shown[text]).flatMap { $0.split(separator: " ") }.map { String($0).columns }.max() ?? 0
      let room = layout.width - (width - widths[text])
      guard room >= max(longest, min(widths[text], Self.leastText)) else { return nil }
      widths[text] = room
    }

    private var width: Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }
  }

  private func lines(
    _ cells: [String], _ first: StoryTone?, _ others: StoryTone?, _ setting: Setting
  ) -> [StoryLine] {
    let broken = zip(setting.shown, setting.widths).map { column, width in
      columns[column].wraps ? Layout.standard.wrapped(cells[column], columns: width) : [cells[column]]
    }
    return (0..<(broken.map(\.count).max() ?? 0)).map { number in
      var line = StoryLine()
      let last = broken.lastIndex { number < $0.count && !$0[number].isEmpty } ?? 0
      for place in 0...last {
        let cell = number < broken[place].count ? broken[place][number] : ""
        let isNumber = columns[setting.shown[place]].isNumber
        if place > 0 { line.add(Layout.blanks(setting.gap)) }
        if isNumber { line.add(Layout.blanks(setting.widths[place] - cell.columns)) }
        line.add(cell, place == 0 ? first : others)
        if !isNumber, place < last { line.add(Layout.blanks(setting.widths[place] - cell.columns)) }
      }
      return line
    }
  }

  private func note(without shown: [Int], _ layout: Layout) -> [StoryLine] {
    let left = columns.indices.filter { !shown.contains($0) }.map { columns[$0].title }
    guard !left.isEmpty else { return [] }
    return layout.wrapped(StoryLine("Not shown, for the line is too short: \(left.joined(separator: ", ")).", .quiet))
  }

  /// Of each row the first cell, and the others below it, all with their titles.
  private func paragraphs(_ layout: Layout) -> [StoryLine] {
    rows.flatMap { row -> [StoryLine] in
      let others = columns.indices.dropFirst().filter { !row.cells[$0].isEmpty }
        .map { "\(columns[$0].title) \(row.cells[$0])" }
      let name = StoryLine(columns[0].title.isEmpty ? "" : "\(columns[0].title) ", .quiet)
      return layout.wrapped(name + StoryLine(row.cells[0], row.tone))
        + layout.wrapped(StoryLine("  " + others.joined(separator: "   ")), indent: 2)
    }
  }
}

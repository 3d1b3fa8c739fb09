/// A table in plain text, whose columns are as wide as they need to be.
struct TextTable {
  /// On which side a column's cells line up: numbers on the right.
  enum Side {
    case left, right
  }

  private let columns: [(title: String, side: Side)]
  private var rows: [(cells: [String], tone: Console.Tone?)] = []

  /// - Parameter columns: without titles, there is no line for them.
  init(columns: [(title: String, side: Side)]) {
    self.columns = columns
  }

  /// Adds a row.
  ///
  /// - Parameter tone: of its first cell.
  mutating func add(_ cells: [String], tone: Console.Tone? = nil) {
    rows.append((cells, tone))
  }

  /// The lines, titles first.
  func text(on console: Console) -> String {
    let widths = columns.indices.map { column in
      rows.reduce(columns[column].title.count) { max($0, $1.cells[column].count) }
    }
    func line(_ cells: [String], _ tone: Console.Tone?) -> String {
      var line = ""
      for (column, cell) in cells.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        let padded = columns[column].side == .left ? cell + space : space + cell
        line += (column > 0 ? "   " : "") + (column == 0 ? tone.map { console.paint(padded, $0) } ?? padded : padded)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    let titles = columns.contains { !$0.title.isEmpty } ? [console.paint(line(columns.map(\.title), nil), .quiet)] : []
    return (titles + rows.map { line($0.cells, $0.tone) }).joined(separator: "\n")
  }
}

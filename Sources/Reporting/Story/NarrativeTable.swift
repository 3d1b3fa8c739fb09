import Determinism

/// A narrative as it is printed: number, time, server, role and term, and what happens. Where too little room is left for
/// what happens it stands below the rest.
struct NarrativeTable {
  private let narrative: [NarrativeLine]
  private let marksLast: Bool
  private let numberWidth: Int
  private let timeWidth: Int
  private let roleWidth: Int

  /// The fewest columns of text beside the others.
  private static let leastText = 40
  private static let roleTitle = "role, term"
  private static let nodeWidth = 3

  /// - Parameter marksLast: whether the last line is the failure.
  init(_ narrative: [NarrativeLine], marksLast: Bool) {
    (self.narrative, self.marksLast) = (narrative, marksLast)
    numberWidth = max(3, "\(narrative.last?.number ?? 0)".count + 1)
    timeWidth = narrative.map { $0.at.description.count }.max() ?? 0
    let roles = narrative.map { Self.role($0) }
    roleWidth = max(roles.map(\.count).max() ?? 0, roles.contains { !$0.isEmpty } ? Self.roleTitle.count : 0)
  }

  /// The lines, titles first.
  func lines(in layout: Layout) -> [StoryLine] {
    let front = numberWidth + timeWidth + Self.nodeWidth + roleWidth + 8
    let isBeside = layout.width - front >= Self.leastText
    var heading = StoryLine()
    heading.add(Layout.aligned("time", to: numberWidth + 2 + timeWidth), .quiet)
    heading.add("  node\(roleWidth > 0 ? "  \(Self.roleTitle)" : "")", .quiet)
    return [heading]
      + narrative.enumerated().flatMap { place, line -> [StoryLine] in
        let tone: StoryTone? = marksLast && place == narrative.count - 1 ? .bad : nil
        guard isBeside else {
          return [columns(of: line, besideText: false)]
            + layout.paragraph(Layout.blanks(numberWidth + 2), nil, line.text, tone)
        }
        return layout.wrapped(StoryLine(line.text, tone), columns: layout.width - front).enumerated().map {
          ($0 == 0 ? columns(of: line, besideText: true) : StoryLine(Layout.blanks(front))) + $1
        }
      }
  }

  /// All but what happens.
  private func columns(of line: NarrativeLine, besideText isBeside: Bool) -> StoryLine {
    let number = Layout.aligned("\(line.number)", to: numberWidth)
    let time = Layout.aligned(line.at.description, to: timeWidth)
    let (node, role) = (line.node?.description ?? "", Self.role(line))
    var columns = StoryLine("\(number)  \(time)", .quiet)
    if isBeside {
      columns.add("  \(Layout.padded(node, to: Self.nodeWidth))", .strong)
      columns.add("  \(Layout.padded(role, to: roleWidth))  ", .quiet)
    } else if !node.isEmpty {
      columns.add("  \(role.isEmpty ? node : Layout.padded(node, to: Self.nodeWidth))", .strong)
      columns.add(role.isEmpty ? "" : "  \(role)", .quiet)
    }
    return columns
  }

  /// `leader 2`: what a server is, and in which term.
  private static func role(_ line: NarrativeLine) -> String {
    guard let role = line.role else { return "" }
    return line.term.map { "\(role.name) \($0)" } ?? role.name
  }
}

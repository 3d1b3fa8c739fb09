import Determinism

/// A narrative as it is printed: number, time, server, role and term, and what happens.
struct NarrativeTable {
  let lines: [StoryLine]

  /// - Parameter marksLast: whether the last line is the failure.
  init(_ narrative: [NarrativeLine], marksLast: Bool) {
    let numberWidth = max(3, "\(narrative.last?.number ?? 0)".count + 1)
    let timeWidth = narrative.map { $0.at.description.count }.max() ?? 0
    let roles = narrative.map { Self.role($0) }
    let roleWidth = max(roles.map(\.count).max() ?? 0, roles.contains { !$0.isEmpty } ? Self.roleTitle.count : 0)
    var heading = StoryLine()
    let title = Typesetting.padded(
      Typesetting.aligned("time", to: numberWidth + timeWidth), to: numberWidth + timeWidth + 2)
    heading.add("\(title)  node   \(roleWidth > 0 ? Self.roleTitle : "")", .quiet)
    lines =
      [heading]
      + narrative.enumerated().flatMap { place, line -> [StoryLine] in
        let isLast = marksLast && place == narrative.count - 1
        let front = [
          Typesetting.aligned("\(line.number)", to: numberWidth),
          Typesetting.aligned(line.at.description, to: timeWidth),
        ].joined(separator: "  ")
        let node = Typesetting.padded(line.node?.description ?? "", to: 3)
        let role = Typesetting.padded(Self.role(line), to: roleWidth)
        let width = front.count + node.count + role.count + 6
        let parts = Typesetting.wrapped(line.text, to: max(40, Typesetting.width - width))
        return parts.enumerated().map { number, part in
          var printed = StoryLine()
          if number == 0 {
            printed.add(front + "  ", .quiet)
            printed.add(node + "  ", .strong)
            printed.add(role + "  ", .quiet)
          } else {
            printed.add(String(repeating: " ", count: width))
          }
          printed.add(part, isLast ? .bad : nil)
          return printed
        }
      }
  }

  private static let roleTitle = "role, term"

  /// `leader 2`: what a server is, and in which term.
  private static func role(_ line: NarrativeLine) -> String {
    guard let role = line.role else { return "" }
    return line.term.map { "\(role.name) \($0)" } ?? role.name
  }
}

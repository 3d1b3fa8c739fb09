import Reporting

/// What `--help` prints.
package enum Help {
  /// The help of one command.
  ///
  /// - Parameters:
  ///   - program: its name.
  ///   - ending: what the exit codes mean, if that is to be told.
  package static func lines(
    of syntax: Syntax, _ program: String, ending: String?, in layout: Layout
  ) -> [StoryLine] {
    let operands = syntax.operands.map { " \($0)" } ?? ""
    var lines = layout.wrapped(StoryLine("\(program) \(syntax.name)\(operands) [OPTION...]"), indent: 2)
    lines += [StoryLine()] + layout.wrapped(StoryLine("\(capitalised(syntax.summary)).")) + [StoryLine()]
    lines.append(StoryLine("Options:"))
    for option in syntax.options {
      let name = option.name + (option.value.map { " \($0)" } ?? "")
      lines += layout.paragraph("  \(Layout.padded(name, to: 22)) ", nil, option.summary)
    }
    lines += [StoryLine(), StoryLine("Examples:")]
    for example in syntax.examples {
      lines += layout.paragraph("  ", nil, .whole(example.line)) + layout.paragraph("      ", nil, example.purpose)
    }
    if let note = syntax.note { lines += [StoryLine()] + layout.prose(note) }
    return lines + (ending.map { [StoryLine()] + layout.prose($0) } ?? [])
  }

  private static func capitalised(_ text: String) -> String {
    (text.first.map { $0.uppercased() } ?? "") + text.dropFirst()
  }
}

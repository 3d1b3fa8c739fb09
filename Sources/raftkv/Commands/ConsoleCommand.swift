import Determinism
import Hosting
import Reporting
import System
import Terminal

/// `raftkv console`: one command after the other, over the same connections and in the same session.
enum ConsoleCommand {
  static let command = Command(
    syntax: Syntax(
      name: "console", summary: "read commands from a terminal or a pipe", options: ClientCommand.sharedOptions,
      examples: [
        ("raftkv console", "then `put x 1`, `get x`, `help`, and Ctrl-D to end"),
        ("printf 'put x 1\\nget x\\n' | raftkv console --json", "one object for each line"),
      ],
      note: """
        \(rules) From a pipe, all lines are done, and the exit code is that of the first one that was not 0.
        """),
    run: run)

  private static let rules = """
    A line is a command of `raftkv` without its name. Blanks in a value stand between quotes; between double quotes \\n, \\t,
    \\\\, \\" and \\xNN stand for a byte. What follows on a # is skipped.
    """

  private static let prompt = Array("raftkv> ".utf8)

  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    var context = try ClientCommand.context(arguments, console)
    context.isConsole = true
    let isTyped = StandardInput.isTerminal
    let hasPrompt = isTyped && console.isTerminal
    var lines = InputLines()
    var number = 0
    var code = ExitCode.done
    while !console.isOutputLost {
      if hasPrompt { console.write(prompt) }
      guard let line = try lines.next() else {
        // The shell's prompt stands on a line of its own.
        if hasPrompt { console.print() }
        break
      }
      number += 1
      if !isTyped { context.line = number }
      guard let ending = carryOut(line, &context) else { break }
      if code == .done { code = ending }
    }
    return isTyped ? .done : code
  }

  /// Does what a line says.
  ///
  /// - Returns: `nil` if it ends the console.
  private static func carryOut(_ line: InputLines.Line, _ context: inout ClientContext) -> ExitCode? {
    do {
      guard case .bytes(let bytes) = line else {
        throw UsageError("the line has more than \(InputLines.maxBytes) bytes; expected fewer.")
      }
      let words = try ConsoleWords.of(bytes)
      guard let first = words.first else { return .done }
      if ["exit", "quit"].contains(first), words.count == 1 { return nil }
      if first == "help" || words.prefix(while: { $0 != "--" }).contains("--help") {
        help(words.first { $0 != "help" && $0 != "--help" }, context.console)
        return .done
      }
      guard let command = ClientCommand.all.first(where: { $0.syntax.name == first }) else {
        let names = ClientCommand.all.map(\.syntax.name) + ["help", "exit"]
        let hint = Suggestion.clause(for: first, among: names)
        throw UsageError("there is no command \"\(first)\" here; `help` names them.\(hint)")
      }
      return try command.run(
        Arguments(Array(words.dropFirst()), of: command.syntax, in: KeyValueProgram.name), &context)
    } catch {
      // Whoever reads objects gets one for each line.
      if context.isJSON {
        context.print(
          .object([
            JSONMember("outcome", .string(APIOutcome.failed.rawValue)), JSONMember("error", .string("\(error)")),
          ]))
      }
      context.console.complain("\(context.place)\(error)\(error is UsageError ? "" : ".")")
      return (error as? HostProblem)?.exitCode ?? .usage
    }
  }

  private static func help(_ name: String?, _ console: Console) {
    if let command = ClientCommand.all.first(where: { $0.syntax.name == name }) {
      let (syntax, layout) = (command.syntax, console.layout)
      console.print(layout.paragraph("  \(syntax.name) \(syntax.operands ?? "")   ", nil, syntax.summary))
      for option in syntax.options {
        let name = option.name + (option.value.map { " \($0)" } ?? "")
        console.print(layout.paragraph("  \(Layout.padded(name, to: 22)) ", nil, option.summary))
      }
      return console.print(syntax.note.map { layout.prose($0) } ?? [])
    }
    for command in ClientCommand.all {
      let usage = "\(command.syntax.name) \(command.syntax.operands ?? "")"
      console.print(console.layout.paragraph(Layout.padded("  \(usage)", to: 32), nil, command.syntax.summary))
    }
    console.print(console.layout.paragraph(Layout.padded("  help [COMMAND]", to: 32), nil, "show this, or its options"))
    console.print(console.layout.paragraph(Layout.padded("  exit", to: 32), nil, "end, as Ctrl-D does"))
    console.print(console.layout.prose(rules))
  }
}

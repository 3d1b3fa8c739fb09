import Campaigns
import Determinism
import Glibc
import Live
import Runs
import System
import Terminal

/// One command of the program.
struct Command: Sendable {
  /// What it understands.
  let syntax: Syntax
  /// Does it. Throws `UsageError` or `FileProblem`, nothing else.
  let run: @Sendable (Arguments, Console) throws -> CommandOutcome
}

/// Finds the command and reports what stopped it.
enum CommandLineProgram {
  /// The name of every command and how it is made, in the order of the help: what a command understands is written down
  /// when it is asked for, for to write all of it takes as long as to judge a small history.
  static let makers: [(name: String, make: @Sendable () -> Command)] = [
    ("run", { RunCommand.command }), ("fuzz", { FuzzCommand.command }), ("merge", { MergeCommand.command }),
    ("check", { CheckCommand.command }), ("shrink", { ShrinkCommand.command }), ("replay", { ReplayCommand.command }),
    ("show", { ShowCommand.command }), ("convert", { ConvertCommand.command }), ("live", { LiveCommand.command }),
    ("bugs list", { BugsListCommand.command }), ("bugs show", { BugsShowCommand.command }),
    ("bugs run", { BugsRunCommand.command }), ("bench check", { BenchCheckCommand.command }),
    ("bench agree", { BenchAgreeCommand.command }), ("bench raft", { BenchRaftCommand.command }),
    ("bench simulate", { BenchSimulateCommand.command }), ("bench live", { BenchLiveCommand.command }),
    ("bench hostile", { BenchHostileCommand.command }), ("corpus add", { CorpusAddCommand.command }),
    ("corpus run", { CorpusRunCommand.command }), ("corpus minimise", { CorpusMinimiseCommand.command }),
    ("bisect", { BisectCommand.command }), ("completions", { CompletionsCommand.command }),
  ]

  /// Every command, in the order of the help.
  static var commands: [Command] { makers.map { $0.make() } }

  /// What stands behind the program's name. The system hands over bytes, of which the standard library would repair those
  /// that are no text: a file of such a name could not be found any more.
  static var words: [String] {
    (0..<Int(CommandLine.argc)).dropFirst().compactMap { place in
      CommandLine.unsafeArgv[place].map { word in
        String(systemBytes: UnsafeBufferPointer(start: word, count: strlen(word)).map { UInt8(bitPattern: $0) })
      }
    }
  }

  /// - Parameter words: what stands behind the program's name.
  static func main(_ words: [String], on console: Console) -> ExitCode {
    let code = run(words, on: console).exitCode
    guard console.isOutputLost else { return code }
    if let problem = console.outputProblem { console.complain(problem) }
    // A verdict that was not printed must not look like one; a mistake of this program still counts.
    return code == .internalError ? code : .inputOutput
  }

  private static func run(_ words: [String], on console: Console) -> CommandOutcome {
    do {
      return try dispatch(words, on: console)
    } catch let error as UsageError {
      console.complain("raftcheck: \(error)")
      return .misused
    } catch let problem as FileProblem {
      // First in its line, so that a terminal or an editor can jump to file:line:column.
      console.complain("\(problem)")
      return .problem(problem)
    } catch {
      console.complain("raftcheck: internal error: \(error).")
      return .defect
    }
  }

  private static func dispatch(_ words: [String], on console: Console) throws -> CommandOutcome {
    guard let first = words.first else {
      throw UsageError("nothing to do; try `raftcheck --seed 42` or `raftcheck --help`.")
    }
    if first == "--help" || first == "-h" || first == "help" {
      return try help(first == "help" ? Array(words.dropFirst()) : [], on: console)
    }
    if first == "--version" || first == "-V" {
      console.print(Program.identity)
      return .done
    }
    if first == Guard.word { exit(Guard.run(Array(words.dropFirst()))) }
    if first == Worker.word { exit(Worker.run()) }
    if first == DeterminismCheck.word { return try SecondRunCommand.run(Array(words.dropFirst()), on: console) }
    // `raftcheck --seed 42` is short for `raftcheck run --seed 42`.
    if first.hasPrefix("-") { return try run(RunCommand.command, words, on: console) }
    let words = Newcomer.meant(by: words) ?? words
    if let command = command(named: words) {
      return try run(command, Array(words.dropFirst(command.syntax.words.count)), on: console)
    }
    let family = family(of: first)
    guard family.isEmpty else {
      if words.dropFirst() == ["--help"] { return try help([first], on: console) }
      throw UsageError("expected \(family.map { "`raftcheck \($0.syntax.name)`" }.joined(separator: " or ")).")
    }
    throw UsageError(Newcomer.advice(on: first) ?? unknown(first))
  }

  /// The command with whose name the words begin.
  private static func command(named words: [String]) -> Command? {
    makers.first { words.starts(with: $0.name.split(separator: " ").map(String.init)) }?.make()
  }

  /// The commands whose names of two words begin with this one.
  private static func family(of word: String) -> [Command] {
    commands.filter { $0.syntax.words.count > 1 && $0.syntax.words.first == word }
  }

  private static func unknown(_ word: String) -> String {
    let hint = Suggestion.clause(for: word, among: commands.map(\.syntax.name))
    return "there is no command \"\(word)\"; `raftcheck --help` names them.\(hint)"
  }

  /// `raftcheck help`, `raftcheck help fuzz`, `raftcheck help bugs`.
  private static func help(_ words: [String], on console: Console) throws -> CommandOutcome {
    guard let first = words.first(where: { !$0.hasPrefix("-") }) else {
      console.print(Overview.lines(of: commands, in: console.layout))
      return .done
    }
    if let command = command(named: words), command.syntax.words == words {
      return try run(command, ["--help"], on: console)
    }
    let family = family(of: first)
    guard words.count == 1, !family.isEmpty else { throw UsageError(unknown(words.joined(separator: " "))) }
    console.print(family.flatMap { Overview.entry($0.syntax.name, $0.syntax.summary, in: console.layout) })
    return .done
  }

  private static func run(
    _ command: Command, _ words: [String], on console: Console
  ) throws -> CommandOutcome {
    if words.contains("--help") || words.contains("-h") {
      console.print(Help.lines(of: command.syntax, Program.name, ending: Overview.exitCodes, in: console.layout))
      return .done
    }
    Interruption.endAtOnce()
    return try command.run(Arguments(words, of: command.syntax, in: Program.name), console)
  }
}

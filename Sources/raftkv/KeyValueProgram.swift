import Determinism
import Glibc
import Hosting
import System
import Terminal

/// What the program tells the shell.
enum ExitCode: Int32 {
  case done = 0
  /// What was asked for was not and will not be done, as with a compare-and-set that found something else.
  case failed = 1
  /// It may have been done.
  case unknown = 2
  case usage = 64
  case badInput = 65
  case unavailable = 69
  case safety = 70
  case inputOutput = 74
}

extension HostProblem {
  var exitCode: ExitCode {
    switch kind {
    case .usage: .usage
    case .data: .badInput
    case .unavailable: .unavailable
    case .inputOutput: .inputOutput
    case .safety: .safety
    }
  }
}

/// One command of the program.
struct Command: Sendable {
  let syntax: Syntax
  /// Does it. Throws `UsageError` or `HostProblem`, nothing else.
  let run: @Sendable (Arguments, Console) throws -> ExitCode
}

/// Finds the command and reports what stopped it.
enum KeyValueProgram {
  static let name = "raftkv"

  /// Every command, in the order of the help.
  static let commands = [ServeCommand.command] + ClientCommand.all.map(\.command) + [ConsoleCommand.command]

  /// What stands behind the program's name. The system hands over bytes, of which the standard library would repair those
  /// that are no text: another key would be read.
  static var words: [String] {
    (0..<Int(CommandLine.argc)).dropFirst().compactMap { place in
      CommandLine.unsafeArgv[place].map { word in
        String(systemBytes: UnsafeBufferPointer(start: word, count: strlen(word)).map { UInt8(bitPattern: $0) })
      }
    }
  }

  static func end(with code: ExitCode) -> Never { exit(code.rawValue) }

  /// - Parameter words: what stands behind the program's name.
  static func main(_ words: [String], on console: Console) -> ExitCode {
    let code = run(words, on: console)
    guard console.isOutputLost, code == .done || code == .failed else { return code }
    if let problem = console.outputProblem { console.complain("\(name): \(problem).") }
    // A value that was not printed must not look like one that was.
    return .inputOutput
  }

  private static func run(_ words: [String], on console: Console) -> ExitCode {
    do {
      return try dispatch(words, on: console)
    } catch let error as UsageError {
      console.complain("\(name): \(error)")
      return .usage
    } catch let problem as HostProblem {
      console.complain("\(name): \(problem).")
      return problem.exitCode
    } catch {
      console.complain("\(name): internal error: \(error).")
      return .safety
    }
  }

  private static func dispatch(_ words: [String], on console: Console) throws -> ExitCode {
    guard let first = words.first else {
      throw UsageError("nothing to do; try `\(name) serve --id 1 --data data/1 --bootstrap` or `\(name) --help`.")
    }
    if first == "--help" || first == "-h" || first == "help" {
      console.print(Overview.lines(in: console.layout))
      return .done
    }
    if first == "--version" {
      console.print("\(name) \(version)")
      return .done
    }
    for command in commands {
      let name = command.syntax.words
      if Array(words.prefix(name.count)) == name {
        return try run(command, Array(words.dropFirst(name.count)), on: console)
      }
    }
    let hint = Suggestion.clause(for: first, among: commands.map(\.syntax.name))
    throw UsageError("there is no command \"\(first)\"; `\(name) --help` names them.\(hint)")
  }

  /// That of the project.
  static let version = "0.1.0"

  private static func run(_ command: Command, _ words: [String], on console: Console) throws -> ExitCode {
    let options = words.prefix { $0 != "--" }
    if options.contains("--help") || options.contains("-h") {
      console.print(Help.lines(of: command.syntax, name, ending: Overview.exitCodes, in: console.layout))
      return .done
    }
    return try command.run(Arguments(words, of: command.syntax, in: name), console)
  }
}

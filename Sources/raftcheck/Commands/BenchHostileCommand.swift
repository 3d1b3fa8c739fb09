import Benchmarks
import Determinism
import Reporting
import Runs
import Terminal

/// `raftcheck bench hostile`.
enum BenchHostileCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench hostile", summary: "try to break this program with spoiled files, odd command lines and signals",
    options: [
      Option("--inputs", "N", "so many inputs; \(standardInputs.grouped) unless given"),
      Option("--time", "TIME", "instead: inputs for so long, as in 1h"),
      Option("--kinds", "LIST", "\(kinds); all unless given"),
      Option("--seed", "N", "makes the inputs; 0 unless given"),
      Option("--out", "DIR", "save the inputs that found something, N in DIR/N, each with what to type"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench hostile --time 1m --out out", "a minute of all kinds"),
      ("raftcheck bench hostile --inputs 200000 --kinds histories,cases", "files alone, which are quick"),
    ],
    note: """
      The program is started on each input as another process, with \(HostileRun.addressKiB >> 20) GiB of address space, a \
      stack of \(HostileRun.stackKiB) KiB and \(HostileTrial.timeLimit) of time. Found is what dies by a signal, ends with
      a code that has no place there, takes longer or holds more than it was told, says nothing, prints what no terminal
      should get, or leaves files that do not belong together. Times count only while nobody else uses the machine. The
      same seed makes the same inputs; when exactly a signal arrives is left to chance. The exit code is 70 if anything was
      found.
      """)

  private static let standardInputs = 1_000
  private static let kinds = Syntax.names(HostileTrial.Kind.self)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let inputs = try arguments.number("--inputs", in: 1...Int(Int32.max))
    let time = try arguments.duration("--time")
    guard inputs == nil || time == nil else {
      throw UsageError("--inputs and --time both say how far to go; give one.")
    }
    let run = HostileRun(
      seed: try arguments.seed("--seed") ?? 0,
      kinds: try arguments.choices("--kinds", HostileTrial.Kind.self) ?? HostileTrial.Kind.allCases,
      inputs: inputs ?? (time == nil ? standardInputs : .max), time: time, out: arguments.value("--out"),
      commands: CommandLineProgram.commands.map(\.syntax))
    if let out = arguments.value("--out") { try Files.prepareFolder(out) }
    Interruption.watch()
    let (summary, problem) = try run.run(showing: { console.showProgress($0) })
    console.showProgress("")
    let output = HostileOutput(summary, seed: run.seed)
    if arguments.has("--json") {
      console.print(JSONText.of(.benchHostile, output))
    } else {
      console.print(output.lines(in: console.layout))
    }
    if let problem { console.complain("\(problem)") }
    let found = summary.findings.count
    return CommandOutcome.tries(found: found, wasInterrupted: Interruption.isRequested).unsaved(problem)
  }
}

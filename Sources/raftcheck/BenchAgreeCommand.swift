import Benchmarks
import Runs

/// `raftcheck bench agree`.
enum BenchAgreeCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench agree", summary: "compare the judge with brute force on every small history",
    options: [
      Option("--operations", "N", "up to so many operations, 1 to 5; 4 unless given"),
      Option("--processes", "N", "so many clients, 1 to 3; 2 unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench agree", "every history of up to four operations of two clients on a register of two values")
    ])

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let operations = try arguments.number("--operations", in: 1...5) ?? 4
    let processes = try arguments.number("--processes", in: 1...3) ?? 2
    let watch = Stopwatch()
    let agreement = Agreement.run(operations: operations, processes: processes)
    let hasAgreed = agreement.disagreements.isEmpty
    if arguments.has("--json") {
      console.print(
        JSONText.of(
          AgreementObject(
            disagreements: agreement.disagreements, histories: agreement.histories,
            notLinearizable: agreement.notLinearizable, verdict: hasAgreed ? "agreed" : "disagreed",
            version: Program.version, wallNanoseconds: watch.elapsed.nanoseconds)))
    } else {
      let word = hasAgreed ? console.paint("AGREED", .good) : console.paint("DISAGREED", .bad)
      console.print(
        "\(word)   \(Figures.grouped(agreement.histories)) histories, "
          + "\(Figures.grouped(agreement.notLinearizable)) of them not linearizable   \(Figures.time(watch.elapsed))")
      for history in agreement.disagreements { console.print("\n\(history)") }
    }
    // A judge that is wrong is this program's mistake, not a finding about somebody's history.
    return hasAgreed ? .held : .internalError
  }
}

/// What `bench agree --json` prints.
private struct AgreementObject: Encodable {
  let disagreements: [String]
  let histories: Int
  let notLinearizable: Int
  let verdict: String
  let version: String
  let wallNanoseconds: Int64
}

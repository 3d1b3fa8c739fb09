import Benchmarks
import Determinism
import Reporting
import Runs
import Terminal

/// `raftcheck bench agree`.
enum BenchAgreeCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench agree", summary: "compare the engines with brute force and with each other",
    options: [
      Option("--operations", "N", "every history of up to so many operations, 1 to \(mostOperations); 4 unless given"),
      Option("--processes", "N", "so many clients, 1 to \(mostProcesses); 2 unless given"),
      Option("--random", "N", "instead: N random histories of up to 8 operations"),
      Option("--large", "N", "instead: N random histories of 100 to 2,000 operations, without brute force"),
      Option("--seed", "N", "makes the random histories; 0 unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench agree", "every history of up to four operations of two clients on a register of two values"),
      ("raftcheck bench agree --random 1000000", "every engine, and the slots in each mode, beside brute force"),
      ("raftcheck bench agree --large 1000", "longer ones: an engine may give up, but none may contradict another"),
    ],
    note: """
      An order that cannot be replayed counts as a wrong answer, and so does a certificate of the zones that is not itself
      without an order or holds more than six operations. Whoever is wrong, the history is printed; the exit code is 70.
      """)

  /// With more the histories are too many for brute force.
  private static let mostOperations = 5
  private static let mostProcesses = 3

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let operations = try arguments.number("--operations", in: 1...mostOperations)
    let processes = try arguments.number("--processes", in: 1...mostProcesses)
    let random = try arguments.number("--random", in: 1...RandomAgreement.largestCount)
    let large = try arguments.number("--large", in: 1...LargeAgreement.largestCount)
    let seed = try arguments.seed("--seed")
    let kinds = [operations != nil || processes != nil, random != nil, large != nil].count { $0 }
    guard kinds <= 1 else {
      throw UsageError("--random, --large and --operations or --processes are different comparisons; give one.")
    }
    guard seed == nil || random != nil || large != nil else {
      throw UsageError("--seed makes random histories; it needs --random or --large.")
    }
    let watch = Stopwatch()
    var output: AgreementOutput
    if let random {
      output = AgreementOutput(RandomAgreement.run(RandomAgreement.engines, count: random, seed: seed ?? 0))
    } else if let large {
      output = AgreementOutput(LargeAgreement.run(count: large, seed: seed ?? 0))
    } else {
      output = AgreementOutput(Agreement.run(operations: operations ?? 4, processes: processes ?? 2))
    }
    output.wallNanoseconds = watch.elapsed.nanoseconds
    if arguments.has("--json") {
      console.print(JSONText.of(.benchAgree, output))
    } else {
      console.print(output.lines(in: console.layout))
    }
    return .agreement(isComplete: output.disagreements.isEmpty)
  }
}

/// What came of a comparison: what `--json` prints, and a text for people.
private struct AgreementOutput: Encodable {
  /// How many certificates hold so many operations, from none on.
  let certificateSizes: [Int]?
  let contestants: [Contestant]
  let disagreements: [String]
  let histories: Int
  let notLinearizable: Int
  let operations: Int?
  let undecided: Int?
  let verdict: String
  var wallNanoseconds: Int64 = 0

  struct Contestant: Encodable {
    let decided: Int
    let name: String
    let wrong: Int

    init(_ contestant: RandomAgreement.Contestant) {
      decided = contestant.decided
      name = contestant.name
      wrong = contestant.wrong
    }
  }

  init(_ agreement: Agreement) {
    (certificateSizes, contestants, operations, undecided) = (nil, [], nil, nil)
    disagreements = agreement.disagreements
    histories = agreement.histories
    notLinearizable = agreement.notLinearizable
    verdict = Self.word(disagreements)
  }

  init(_ agreement: RandomAgreement) {
    (operations, undecided) = (nil, nil)
    certificateSizes = agreement.certificateSizes
    contestants = agreement.contestants.map(Contestant.init)
    disagreements = agreement.contestants.compactMap(\.firstWrong)
    histories = agreement.histories
    notLinearizable = agreement.notLinearizable
    verdict = Self.word(disagreements)
  }

  init(_ agreement: LargeAgreement) {
    certificateSizes = nil
    contestants = agreement.contestants.map(Contestant.init)
    disagreements = agreement.contradictions
    histories = agreement.histories
    notLinearizable = agreement.notLinearizable
    operations = agreement.operations
    undecided = agreement.undecided
    verdict = Self.word(disagreements)
  }

  private static func word(_ disagreements: [String]) -> String { disagreements.isEmpty ? "agreed" : "disagreed" }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    var parts = ["\(histories.grouped) histories"]
    if let operations { parts.append("\(operations.grouped) operations") }
    parts.append("\(notLinearizable.grouped) of them not linearizable")
    if let undecided { parts.append("\(undecided.grouped) that nobody decided") }
    var title = StoryLine(verdict.uppercased(), disagreements.isEmpty ? .good : .bad)
    title.add("   \(parts.joined(separator: ", "))   \(Figures.time(.nanoseconds(wallNanoseconds)))")
    var lines = layout.wrapped(title, indent: 2)
    if !contestants.isEmpty {
      var table = TextTable([.text("engine"), .number("keys decided"), .number("wrong")])
      for one in contestants {
        table.add([one.name, one.decided.grouped, one.wrong.grouped], tone: one.wrong > 0 ? .bad : nil)
      }
      lines += [StoryLine()] + table.lines(in: layout)
    }
    if let certificateSizes {
      let sizes = certificateSizes.enumerated().filter { $0.element > 0 }.map {
        "  \($0.offset): \($0.element.grouped)"
      }
      lines += [StoryLine()]
      lines += layout.wrapped(StoryLine("Certificates of the zones, by how many operations they hold:"))
      lines += layout.wrapped(StoryLine(sizes.joined(separator: "   ")), indent: 2)
    }
    for history in disagreements { lines += [StoryLine()] + layout.block(history) }
    return lines
  }
}

import Benchmarks
import Determinism
import Runs

/// `raftcheck bench agree`.
enum BenchAgreeCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench agree", summary: "compare the engines with brute force and with each other",
    options: [
      Option("--operations", "N", "every history of up to so many operations, 1 to 5; 4 unless given"),
      Option("--processes", "N", "so many clients, 1 to 3; 2 unless given"),
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

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let operations = try arguments.number("--operations", in: 1...5)
    let processes = try arguments.number("--processes", in: 1...3)
    let random = try arguments.number("--random", in: 1...Int.max)
    let large = try arguments.number("--large", in: 1...Int.max)
    let seed = try arguments.seed("--seed")
    let kinds = [operations != nil || processes != nil, random != nil, large != nil].count { $0 }
    guard kinds <= 1 else {
      throw UsageError("--random, --large and --operations or --processes are different comparisons; give one.")
    }
    guard seed == nil || random != nil || large != nil else {
      throw UsageError("--seed makes random histories; it needs --random or --large.")
    }
    let watch = Stopwatch()
    var story: AgreementStory
    if let random {
      story = AgreementStory(RandomAgreement.run(RandomAgreement.engines, count: random, seed: seed ?? 0))
    } else if let large {
      story = AgreementStory(LargeAgreement.run(count: large, seed: seed ?? 0))
    } else {
      story = AgreementStory(Agreement.run(operations: operations ?? 4, processes: processes ?? 2))
    }
    story.wallNanoseconds = watch.elapsed.nanoseconds
    console.print(arguments.has("--json") ? JSONText.of(story) : story.text(on: console))
    // A judge that is wrong is this program's mistake, not a finding about somebody's history.
    return story.disagreements.isEmpty ? .held : .internalError
  }
}

/// What came of a comparison: what `--json` prints, and a text for people.
private struct AgreementStory: Encodable {
  /// How many certificates hold so many operations, from none on.
  let certificateSizes: [Int]?
  let contestants: [Contestant]
  let disagreements: [String]
  let histories: Int
  let notLinearizable: Int
  let operations: Int?
  let undecided: Int?
  let verdict: String
  let version = Program.version
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

  func text(on console: Console) -> String {
    let word = console.paint(verdict.uppercased(), disagreements.isEmpty ? .good : .bad)
    var title = ["\(word)   \(Figures.grouped(histories)) histories"]
    if let operations { title.append("\(Figures.grouped(operations)) operations") }
    title.append("\(Figures.grouped(notLinearizable)) of them not linearizable")
    if let undecided { title.append("\(Figures.grouped(undecided)) that nobody decided") }
    var lines = [title.joined(separator: ", ") + "   " + Figures.time(.nanoseconds(wallNanoseconds))]
    if !contestants.isEmpty {
      var table = TextTable(columns: [("engine", .left), ("keys decided", .right), ("wrong", .right)])
      for one in contestants {
        table.add(
          [one.name, Figures.grouped(one.decided), Figures.grouped(one.wrong)], tone: one.wrong > 0 ? .bad : nil)
      }
      lines += ["", table.text(on: console)]
    }
    if let certificateSizes {
      let sizes = certificateSizes.enumerated().filter { $0.element > 0 }
      lines += ["", "Certificates of the zones, by how many operations they hold:"]
      lines.append(sizes.map { "  \($0.offset): \(Figures.grouped($0.element))" }.joined(separator: "   "))
    }
    for history in disagreements { lines.append("\n\(history)") }
    return lines.joined(separator: "\n")
  }
}

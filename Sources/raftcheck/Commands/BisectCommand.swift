import Campaigns
import Reporting
import Runs
import System
import Terminal

/// `raftcheck bisect`.
enum BisectCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let build = "swift build -c release --product raftcheck"
  private static let program = ".build/release/raftcheck"

  private static let syntax = Syntax(
    name: "bisect", summary: "find the commit with which a case began to fail", operands: "CASE",
    options: [
      Option("--good", "COMMIT", "one at which it holds; needed"),
      Option("--bad", "COMMIT", "one at which it fails; needed"),
      Option("--build", "COMMAND", "makes the program; `\(build)` unless given"),
      Option("--program", "PATH", "where it is then, below the repository; \(program) unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bisect out/42/case.json --good v0.1 --bad main", "which commit between them broke it")
    ],
    note: """
      Commits are built and tried by `git bisect run`, in a worktree in the folder of temporary files: your own files stay
      as they are, and nothing of it is left, also after Ctrl-C. Both ends are tried first. A commit that does not build, that
      reads no such case, or at which it fails in another way, is passed over. Exits 2 if of several commits nobody can tell which it is.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    // As hooks of git have them: they would turn what is done in the worktree against the user's own files.
    EnvironmentVariables.remove(["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"])
    guard arguments.operands.count == 1, let operand = arguments.operands.first else {
      throw UsageError("`raftcheck bisect` needs one case, as in `raftcheck bisect out/42 --good v0.1 --bad main`.")
    }
    guard let good = arguments.value("--good"), let bad = arguments.value("--bad") else {
      throw UsageError("`raftcheck bisect` needs --good COMMIT, at which the case holds, and --bad COMMIT.")
    }
    let path = try CaseOperand.path(operand, for: "bisect")
    let saved = try CaseFile(at: path)
    Signals.heedChildren()
    Interruption.watch(heedsTermination: true)
    let bisection = try Bisection(
      Bisection.Plan(
        casePath: path, signature: saved.expected.signature, good: good, bad: bad,
        build: arguments.value("--build") ?? build, program: arguments.value("--program") ?? program))
    defer { bisection.remove() }
    let ending = try bisection.run(
      report: { console.complain($0) }, shouldStop: { Interruption.isRequested || console.isOutputLost })
    if arguments.has("--json") {
      console.print(JSONText.of(.bisection, BisectionObject(ending, path, good: good, bad: bad)))
    } else {
      console.print(lines(of: ending, in: console.layout))
    }
    return .bisection(ending)
  }

  private static func lines(of ending: Bisection.Ending, in layout: Layout) -> [StoryLine] {
    switch ending {
    case .found(let commit):
      return [StoryLine("FIRST BAD COMMIT", .bad)] + layout.paragraph("  ", nil, StoryLine(commit.title))
    case .undecided(let commits):
      return [
        StoryLine("UNDECIDED   one of \(Words.count(commits.count, "commit")), which could not all be tried", .doubtful)
      ]
        + commits.flatMap { layout.paragraph("  ", nil, StoryLine($0.title)) }
    case .interrupted: return [StoryLine("INTERRUPTED", .doubtful)]
    }
  }
}

/// What `bisect --json` prints.
private struct BisectionObject: Encodable {
  let bad: String
  let candidates: [String]
  let casePath: String
  let commit: String?
  let good: String
  let title: String?

  init(_ ending: Bisection.Ending, _ path: String, good: String, bad: String) {
    (self.good, self.bad, casePath) = (good, bad, path.displayed)
    switch ending {
    case .found(let commit): (self.commit, title, candidates) = (commit.id, commit.title, [commit.id])
    case .undecided(let commits): (commit, title, candidates) = (nil, nil, commits.map(\.id))
    case .interrupted: (commit, title, candidates) = (nil, nil, [])
    }
  }
}

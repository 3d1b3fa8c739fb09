import Campaigns
import Runs
import Terminal

/// What the commands about the corpus have in common.
enum CorpusCommand {
  static let option = Option("--corpus", "DIR", "where the cases are; \(Corpus.standardFolder) unless given")

  /// The corpus that is meant.
  static func corpus(_ arguments: Arguments) throws(UsageError) -> Corpus {
    if let folder = arguments.value("--corpus") { return Corpus(folder) }
    guard Files.isFolder(Corpus.standardFolder) else {
      throw UsageError("There is no folder \(Corpus.standardFolder) here; name the corpus by --corpus DIR.")
    }
    return Corpus(Corpus.standardFolder)
  }
}

/// `raftcheck corpus add`.
enum CorpusAddCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "corpus add", summary: "keep cases that failed, to be replayed from now on", operands: "CASE...",
    options: [CorpusCommand.option, Syntax.json, Syntax.help],
    examples: [
      ("raftcheck corpus add out/42/case.json", "the case that `raftcheck run` has made minimal"),
      ("raftcheck corpus add out/42 out/55 --corpus cases", "a folder stands for the case in it"),
    ],
    note: """
      A case is copied as it is, under the name of its known bug or of how it failed, and the beginning of its run's
      identity. One that is there already, held, or does not read is refused; the others are taken.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    guard !arguments.operands.isEmpty else {
      throw UsageError("`raftcheck corpus add` needs a case, as in `raftcheck corpus add out/42/case.json`.")
    }
    let corpus = try CorpusCommand.corpus(arguments)
    let paths = try arguments.operands.map { try CaseOperand.path($0, for: "corpus add") }
    var problem: FileProblem?
    var added: [Corpus.Entry] = []
    for path in paths {
      do throws(FileProblem) {
        let entry = try corpus.add(path)
        added.append(entry)
        if !arguments.has("--json") { console.print(CorpusOutput.line(added: entry)) }
        if entry.saved.minimality == nil {
          console.complain("\(path): was never made small; `raftcheck shrink` does that")
        }
      } catch {
        console.complain("\(error)")
        problem = problem ?? error
      }
    }
    if arguments.has("--json") { console.print(CorpusOutput.json(added: added)) }
    return CommandOutcome.done.unsaved(problem)
  }
}

/// `raftcheck corpus run`.
enum CorpusRunCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "corpus run", summary: "replay all cases that are kept",
    options: [CorpusCommand.option, Syntax.json, Syntax.help],
    examples: [
      ("raftcheck corpus run", "this project's own cases, in its folder"),
      ("raftcheck corpus run --corpus cases", "those of another folder"),
    ],
    note: """
      On the published rules each case must hold; with its known bug, if it has one, it must fail as it did when it was
      saved. Where another version of the program runs it otherwise, only how it ends counts. What cannot be read is told
      and ends the command with 65, unless a case failed; the others are replayed.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let corpus = try CorpusCommand.corpus(arguments)
    var output = CorpusOutput(corpus)
    for name in try corpus.names() where !console.isOutputLost {
      do throws(FileProblem) {
        let replay = CorpusReplay(of: try corpus.entry(name))
        output.add(replay)
        if !arguments.has("--json") { console.print(CorpusOutput.lines(of: replay, in: console.layout)) }
      } catch {
        console.complain("\(error)")
        output.add(error)
      }
    }
    if arguments.has("--json") {
      console.print(output.json)
    } else {
      console.print(output.summary(in: console.layout))
    }
    return .corpus(output)
  }
}

/// `raftcheck corpus minimise`.
enum CorpusMinimiseCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "corpus minimise", summary: "name the cases that a smaller one covers, and remove them if asked",
    options: [
      CorpusCommand.option, Option("--remove", nil, "remove them; they are only named unless given"), Syntax.json,
      Syntax.help,
    ],
    examples: [
      ("raftcheck corpus minimise", "what would go, and why"),
      ("raftcheck corpus minimise --remove", "it goes"),
    ],
    note: """
      Of the cases of one known bug that fail in the same way the smallest file stays. A case without a known bug stays
      always, for how it failed does not say which mistake it was; so does what cannot be read.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let corpus = try CorpusCommand.corpus(arguments)
    let (cases, problems) = try corpus.entries()
    for problem in problems { console.complain("\(problem)") }
    // Only one that still is as it must be can stand for another.
    let covered = Corpus.covered(among: cases.filter { CorpusReplay(of: $0).finding == .held })
    let removes = arguments.has("--remove")
    for one in covered {
      if removes { try corpus.remove(one.entry) }
      if !arguments.has("--json") {
        console.print(CorpusOutput.lines(of: one, isRemoved: removes, in: console.layout))
      }
    }
    if arguments.has("--json") {
      console.print(CorpusOutput.json(covered, isRemoved: removes, of: cases.count))
    } else {
      console.print(CorpusOutput.summary(covered.count, of: cases.count, isRemoved: removes))
    }
    return CommandOutcome.done.unsaved(problems.first)
  }
}

import Determinism
import Histories
import Judging
import Linearizability
import Reporting
import Runs
import System
import Terminal

/// `raftcheck check`.
enum CheckCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "check", summary: "judge recorded histories, whoever recorded them", operands: "FILE...",
    options: Syntax.history(timed: "for each file") + [
      Option("--algorithm", "NAME", Syntax.names(Algorithm.self) + "; auto unless given"),
      Option("--max-expansions", "N", "configurations for each key; a billion unless given"),
      Option("--order", "MEMBER", "the events' member with their places in an order to try first; order unless given"),
      Option("--html", "FILE", "write one history as a page that needs nothing else; - is standard output"),
      Option("--expected", nil, "exit 0 if and only if each verdict is the one in the file's first line"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck check out/42/history.jsonl", "one file; its format is found out from its start"),
      ("raftcheck check --expected histories/", "every \(endings) file in a folder and below it"),
      ("raftcheck check store/", "the history of each run of Jepsen, beside Jepsen's own verdict"),
      ("raftcheck check --model cas-register etcd_000.log", "a console log of Jepsen"),
      ("raftcheck check --html history.html history.edn", "the same to look at: its operations on a time axis"),
      ("cat history.jsonl | raftcheck check -", "standard input"),
      ("raftcheck check --order revision etcd.edn", "the order of etcd's revisions is replayed before one is searched"),
      ("raftcheck check --initial 0 --nil unknown register.edn", "as Knossos's models of registers take it"),
    ],
    note: """
      In a folder no link is followed, and only plain files are read; names that begin with a dot are left out. What looks
      like a history and cannot be read is told and counted, the rest is judged, and the exit code is then 65 or 74
      unless a violation was found. A pipe can be named itself. Of a run of Jepsen (store/NAME/TIME) one history is judged: \
      history.edn, else history.txt, test.jepsen or jepsen.log. What its results.edn says of it is compared with the \
      verdict, and changes no exit code. The folders client-N of etcd's robustness tests are one history. Files may be \
      compressed by gzip or zstd.

      Where another way to take a history gives it an order (another initial value, reads of nil that say nothing, values of
      one type, failed operations that took effect or failed compare-and-sets that never ran, the order of times), that is
      said below its explanation, with the option for it. A history in which no operation is known to have taken effect
      shows nothing: the exit code is 4.
      """)

  private static let endings = HistorySearch.endings.joined(separator: ", ")

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let options = try options(arguments)
    guard !arguments.operands.isEmpty else {
      throw UsageError("`raftcheck check` needs a file, a folder or - for standard input.")
    }
    let subjects = arguments.operands.flatMap { Self.subjects(of: $0, on: console) }
    Interruption.watch(patience: .milliseconds(150))
    let progress = CheckProgress(on: console, files: subjects.count, timeout: options.limits.time)
    let shouldStop: @Sendable () -> Bool = {
      progress.show()
      return Interruption.isRequested
    }
    let page = arguments.value("--html")
    if page != nil, subjects.count != 1 {
      throw UsageError("--html shows one history; expected one file that holds one.")
    }
    if let page, let found = try? subjects[0].history.get(), found.files.contains(where: { Files.areSame($0, page) }) {
      throw UsageError("\"\(page)\" is the history to read; expected another file to write.")
    }
    if page == "-", arguments.has("--json") {
      throw UsageError("--json and the page cannot both go to standard output.")
    }
    var output = CheckOutput(comparesExpected: arguments.has("--expected"))
    let width = subjects.compactMap { try? $0.history.get().path.displayed.printable.columns }.max() ?? 0
    for subject in subjects where !Interruption.isRequested && !console.isOutputLost {
      do throws(FileProblem) {
        let found = try subject.history.get()
        progress.begin(found.path.displayed)
        let (checked, remarks) = try check(
          found, below: subject.folder, options, isExplained: !output.comparesExpected, shouldStop)
        progress.end(operations: checked.judgement.operations)
        output.add(checked, remarks)
        if !arguments.has("--json"), page != "-" {
          let file = CheckedFileOutput(checked, remarks, options.limits, output.comparesExpected, nameWidth: width)
          console.print(file.lines(in: console.layout))
        }
        if let page { try Files.write(HistoryPage(of: checked).bytes, to: page) }
      } catch let problem {
        progress.end(operations: 0)
        // The other files are still worth a verdict.
        if !Interruption.isRequested {
          console.complain("\(problem)")
          output.add(problem)
        }
      }
    }
    let outcome = CommandOutcome.check(output, wasInterrupted: Interruption.isRequested)
    if arguments.has("--json") {
      console.print(output.json(outcome.exitCode))
    } else if subjects.count > 1 {
      console.print(output.lines(in: console.layout))
    }
    if subjects.isEmpty {
      console.complain("there is no \(endings) file in \(arguments.operands.map(\.displayed).joined(separator: ", "))")
    }
    return outcome
  }

  /// What is to be judged, or could be and is not; and the folder in which it was found, if it was.
  private typealias Subject = (history: HistorySearch.Finding, folder: String?)

  private static func subjects(of operand: String, on console: Console) -> [Subject] {
    guard Files.isFolder(operand) else { return [(.success(HistorySearch.Found(path: operand)), nil)] }
    let search = HistorySearch(in: operand)
    if let link = search.linkedFolders.first {
      let others = search.linkedFolders.count - 1
      let more = others == 0 ? "" : ", nor \(Words.count(others, "other")) in \(operand)"
      console.complain("\(link): is a link to a folder and was not followed\(more); name it to have it judged")
    }
    return search.findings.map { ($0, operand) }
  }

  /// Reads and judges one file. Its time runs from before it is read.
  ///
  /// - Parameter isExplained: whether people want to hear on what the verdict rests.
  private static func check(
    _ found: HistorySearch.Found, below folder: String?, _ options: CheckOptions, isExplained: Bool,
    _ shouldStop: @escaping @Sendable () -> Bool
  ) throws(FileProblem) -> (CheckedHistory, CheckRemarks) {
    let watch = Stopwatch()
    if folder == nil { try refuseOwnFormats(found.path) }
    let recorded = try RecordedHistory(found, below: folder, options: options, shouldStop: shouldStop)
    var limits: JudgingLimits {
      var limits = options.limits
      limits.time = limits.time.map { max(.zero, $0 - .nanoseconds(watch.elapsed.nanoseconds)) }
      return limits
    }
    var timed = options
    timed.limits = limits
    let checked = recorded.judged(timed, shouldStop: shouldStop)
    if let misfit = checked.misfit { throw misfit }
    return (checked, isExplained ? CheckRemarks(on: checked, limits, shouldStop: shouldStop) : CheckRemarks())
  }

  /// Says what a file is that this program has written, and that is no history.
  private static func refuseOwnFormats(_ path: String) throws(FileProblem) {
    guard let format = CaseFile.foreignFormat(at: path) else { return }
    guard format == CaseFile.format else {
      throw FileProblem(.content, "\(path): is of the format \(format); expected a history")
    }
    let word = path.shellWord
    throw FileProblem(
      .content,
      "\(path): is a case and no history; `raftcheck show \(word)` tells its story, `raftcheck replay \(word)` runs it again"
    )
  }

  private static func options(_ arguments: Arguments) throws -> CheckOptions {
    var options = try arguments.historyOptions()
    options.algorithm = try arguments.choice("--algorithm", Algorithm.self) ?? .auto
    if let limit = try arguments.maxExpansions() { options.limits.expansions = limit }
    options.orderMember = arguments.value("--order")
    return options
  }
}

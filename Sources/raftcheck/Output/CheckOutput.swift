import Determinism
import Judging
import Linearizability
import Reporting
import Runs
import Terminal

/// What all files together came to. It keeps no history: there may be many, and large ones.
struct CheckOutput {
  /// Whether each file's first line says what to expect.
  let comparesExpected: Bool
  private var files: [FileObject] = []
  /// The worst verdict of all.
  private(set) var worst = Severity.pass
  /// What could not be read.
  private(set) var problems: [FileProblem] = []
  /// Files that do not say what to expect, and files whose verdict is not what they say.
  private(set) var unstated = 0
  private(set) var unexpected = 0
  /// Runs of Jepsen of which it says the same, and those of which it says something else.
  private var asJepsen = 0
  private var unlikeJepsen = 0
  /// Files in which nothing was observed.
  private(set) var unobserved = 0
  private var time = Duration.zero

  init(comparesExpected: Bool) {
    self.comparesExpected = comparesExpected
  }

  /// Adds a file that was judged.
  mutating func add(_ checked: CheckedHistory, _ remarks: CheckRemarks) {
    files.append(FileObject(checked, remarks, comparesExpected: comparesExpected))
    time = time + checked.time
    if let agrees = checked.jepsen?.agrees { if agrees { asJepsen += 1 } else { unlikeJepsen += 1 } }
    guard checked.observesSomething else {
      unobserved += 1
      return
    }
    worst = max(worst, checked.severity)
    if checked.expected == nil { unstated += 1 } else if !checked.isAsExpected { unexpected += 1 }
  }

  /// Adds a file that could not be read.
  mutating func add(_ problem: FileProblem) {
    problems.append(problem)
  }

  /// Whether no file was judged.
  var isEmpty: Bool { files.isEmpty }

  private var asExpected: Int { files.count - unstated - unexpected - unobserved }

  /// A table for people.
  func lines(in layout: Layout) -> [StoryLine] {
    let verdicts: [(name: String, label: String, tone: StoryTone)] =
      [
        ("linearizable", "linearizable", .good), ("not-linearizable", "not linearizable", .bad),
        ("unknown", "undecided", .doubtful),
      ] + (unobserved == 0 ? [] : [(CheckedHistory.nothingObserved, "nothing observed", .doubtful)])
    var table = TextTable([.text(""), .number("files"), .number("operations"), .number("time")])
    for verdict in verdicts {
      let group = files.filter { $0.verdict == verdict.name }
      let tone = group.isEmpty ? nil : verdict.tone
      table.add(
        [
          verdict.label, group.count.grouped, group.reduce(0) { $0 + $1.operations }.grouped,
          Figures.milliseconds(.nanoseconds(group.reduce(0) { $0 + $1.wallNanoseconds })),
        ], tone: tone)
    }
    if !problems.isEmpty { table.add(["unreadable", problems.count.grouped, "", ""], tone: .bad) }
    let all = files.count + problems.count
    table.add(["together", all.grouped, operations.grouped, Figures.milliseconds(time)])
    if comparesExpected { table.add(["as expected", asExpected.grouped, "", ""]) }
    if asJepsen + unlikeJepsen > 0 { table.add(["Jepsen agrees", asJepsen.grouped, "", ""]) }
    if unlikeJepsen > 0 { table.add(["Jepsen differs", unlikeJepsen.grouped, "", ""], tone: .doubtful) }
    return [StoryLine()] + table.lines(in: layout)
  }

  private var operations: Int { files.reduce(0) { $0 + $1.operations } }

  /// One object for programs.
  func json(_ exitCode: ExitCode) -> String {
    JSONText.of(
      .check,
      CheckObject(
        asExpected: comparesExpected ? asExpected : nil, exitCode: exitCode.rawValue, files: files,
        operations: operations, problems: problems.map(\.description), verdict: verdict(exitCode)))
  }

  /// Of all files together. One that was not read could hold anything.
  private func verdict(_ exitCode: ExitCode) -> String {
    if files.isEmpty && problems.isEmpty { return "nothing-ran" }
    if worst == .violation { return "not-linearizable" }
    if unobserved > 0, worst == .pass, problems.isEmpty { return CheckedHistory.nothingObserved }
    return worst == .pass && problems.isEmpty && exitCode != .interrupted ? "linearizable" : "unknown"
  }
}

/// What `check --json` prints.
private struct CheckObject: Encodable {
  /// How many files, if that was asked.
  let asExpected: Int?
  let exitCode: Int32
  let files: [FileObject]
  let operations: Int
  let problems: [String]
  let verdict: String
}

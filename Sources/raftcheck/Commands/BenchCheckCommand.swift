import Benchmarks
import Determinism
import Judging
import Linearizability
import Reporting
import Runs
import Terminal

/// `raftcheck bench check`.
enum BenchCheckCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench check", summary: "measure the judge on long and on hard histories", operands: "[NAME|FILE...]",
    options: [
      Option("--seed", "N", "makes the workloads; 0 unless given"),
      Option("--algorithm", "NAME", "this engine only; auto, and the others where they soon answer, unless given"),
      Option("--timeout", "TIME", "for each check; 60s for auto and 5s for the others unless given"),
      Option("--emit", "DIR", "write the workloads there and measure nothing"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench check", "every workload"),
      ("raftcheck bench check hard-c50-v5 --algorithm slots", "one workload, one engine"),
      ("raftcheck bench check history.jsonl", "a history of your own"),
      ("raftcheck bench check --emit out", "the same histories as files, for other checkers"),
    ],
    note: """
      Workloads: \(Workload.all.map(\.name).joined(separator: " ")).

      Each check is made in a process of its own, whose peak memory is that of one history. "bad" and "hard" histories
      are spoiled by one late stale read, repeated only where operations of unknown result could explain one. --emit
      also writes logs of Porcupine, whose key-value model knows no compare-and-set: a workload that has any is written
      once more without, as NAME-nocas.
      """)

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let seed = try arguments.seed("--seed") ?? 0
    let algorithm = try arguments.choice("--algorithm", Algorithm.self)
    let timeout = try arguments.duration("--timeout")
    let subjects = try subjects(arguments.operands)
    if let folder = arguments.value("--emit") {
      guard !arguments.has("--json") else {
        throw UsageError("--emit measures nothing and prints the names of files; leave out --json.")
      }
      try Files.prepareFolder(folder)
      for case .workload(let workload) in subjects {
        for path in try BenchFiles.emit(workload, seed: seed, into: folder) { console.print(path) }
      }
      return .done
    }
    // One history and one engine: this process is the one that is measured.
    if subjects.count == 1, case .file(let path) = subjects[0], let algorithm {
      let figures = try measure(path, by: algorithm, within: timeout)
      report([BenchRow(algorithm: algorithm, workload: path, seeds: [figures])], [], arguments, console)
      return .done
    }
    Interruption.watch()
    var bench = BenchRun(seed: seed, timeout: timeout, on: console)
    bench.isQuiet = arguments.has("--json")
    defer { bench.cleanUp() }
    for subject in subjects where !Interruption.isRequested {
      do {
        try bench.measure(subject, by: algorithm.map { [$0] } ?? Algorithm.allCases)
      } catch let problem {
        // Ctrl-C also ends the process that measures: that is no problem of its own.
        guard Interruption.isRequested else { throw problem }
      }
    }
    if Interruption.isRequested { return .interrupted }
    report(bench.rows, bench.growth, arguments, console)
    return .done
  }

  private static let memoryLimit = 4 << 30

  private static func measure(
    _ path: String, by algorithm: Algorithm, within time: Duration?
  ) throws(FileProblem) -> CheckFigures {
    var options = CheckOptions(
      limits: JudgingLimits(
        expansions: .max, bytes: .max, residentBytes: memoryLimit, time: time.map { .nanoseconds($0.nanoseconds) }))
    options.algorithm = algorithm
    let watch = Stopwatch()
    let recorded = try RecordedHistory(path: path, options: options)
    let readNanoseconds = watch.elapsed.nanoseconds
    return CheckFigures(recorded.judged(options).judgement, readNanoseconds: readNanoseconds)
  }

  private static func subjects(_ operands: [String]) throws(UsageError) -> [BenchSubject] {
    guard !operands.isEmpty else { return Workload.all.map { .workload($0) } }
    var subjects: [BenchSubject] = []
    for operand in operands {
      if let workload = Workload.all.first(where: { $0.name == operand }) {
        subjects.append(.workload(workload))
      } else if operand.contains(where: { $0 == "/" || $0 == "." }) {
        subjects.append(.file(operand))
      } else {
        let hint = Suggestion.clause(for: operand, among: Workload.all.map(\.name))
        throw UsageError("there is no workload \"\(operand)\"; `raftcheck bench check --help` names them.\(hint)")
      }
    }
    return subjects
  }

  private static func report(_ rows: [BenchRow], _ growth: [BenchGrowth], _ arguments: Arguments, _ console: Console) {
    if arguments.has("--json") {
      console.print(JSONText.of(.benchCheck, BenchObject(growth: growth, rows: rows)))
      return
    }
    var table = BenchRow.table
    for row in rows { row.add(to: &table) }
    let layout = console.layout
    console.print(table.lines(in: layout))
    for row in rows where row.seeds.count > 1 {
      console.print([StoryLine()] + layout.wrapped(StoryLine(row.spread), indent: 2))
    }
    guard !growth.isEmpty else { return }
    let title = "Growth from 10,000 to 1,000,000 operations: the exponent of each, where 1 is linear."
    console.print([StoryLine()] + layout.wrapped(StoryLine(title)) + [StoryLine()])
    var exponents = TextTable([.text("workload"), .number("read"), .number("check"), .number("memory")])
    for one in growth {
      exponents.add([one.workload] + [one.read, one.check, one.memory].map { Figures.fixed($0, 2) })
    }
    console.print(exponents.lines(in: layout))
  }
}

/// What `bench check --json` prints.
struct BenchObject: Codable {
  let growth: [BenchGrowth]
  let rows: [BenchRow]
}

/// How time and memory grow: with the operations to the power of these.
struct BenchGrowth: Codable {
  let workload: String
  let read: Double
  let check: Double
  let memory: Double
}

/// One engine on one workload, from one seed or from several.
struct BenchRow: Codable {
  let algorithm: String
  let workload: String
  let seeds: [CheckFigures]

  init(algorithm: Algorithm, workload: String, seeds: [CheckFigures]) {
    self.algorithm = algorithm.rawValue
    self.workload = workload
    self.seeds = seeds
  }

  /// An empty table for rows.
  static var table: TextTable {
    TextTable([
      .text("workload"), .text("engine"), .number("operations", goes: 6), .number("read", goes: 3),
      .number("split", goes: 1), .number("check"), .number("explain", goes: 2), .number("operations/s", goes: 5),
      .number("peak", goes: 7), .number("expansions", goes: 4), .text("verdict"),
    ])
  }

  /// Adds it to a table; of several seeds the mean.
  func add(to table: inout TextTable) {
    guard let first = seeds.first else { return }
    let verdicts = Set(seeds.map(\.verdict.rawValue)).sorted().joined(separator: ", ")
    table.add([
      workload, algorithm, mean(\.operations).grouped,
      Self.milliseconds(mean(\.readNanoseconds)), Self.milliseconds(mean(\.splitNanoseconds)),
      Self.milliseconds(mean(\.checkNanoseconds)), Self.milliseconds(mean(\.tellNanoseconds)),
      seeds.count == 1 ? first.operationsPerSecond.grouped : "",
      Figures.size(seeds.map(\.peakBytes).max() ?? 0), mean(\.expansions).grouped, verdicts,
    ])
  }

  /// One line about several seeds.
  var spread: String {
    let times = seeds.map(\.checkNanoseconds)
    return "\(workload), \(algorithm), \(Words.count(seeds.count, "seed")): check "
      + "min \(Self.milliseconds(times.min() ?? 0))   mean \(Self.milliseconds(mean(\.checkNanoseconds)))   "
      + "max \(Self.milliseconds(times.max() ?? 0))   undecided \(seeds.count { $0.verdict == .unknown })"
  }

  private func mean<Number: BinaryInteger>(_ figure: (CheckFigures) -> Number) -> Number {
    seeds.reduce(0) { $0 + figure($1) } / Number(max(1, seeds.count))
  }

  private static func milliseconds(_ nanoseconds: Int64) -> String { Figures.milliseconds(.nanoseconds(nanoseconds)) }
}

import Benchmarks
import Determinism
import Runs

/// `raftcheck bench simulate`.
enum BenchSimulateCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench simulate", summary: "measure how fast whole runs are simulated and judged",
    options: [
      Option("--seeds", "A..<B", "these seeds; \(standardSeeds) unless given"), Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench simulate", "with and without invariants"),
      ("raftcheck bench simulate --seeds '0..<200' --json", "more seeds, for a program"),
    ],
    note: """
      Each seed is \(SimulationLoad.knobs.nodes ?? 0) servers under the faults that the seed draws, for 30 s of virtual time \
      and the calm behind it, with
      \(SimulationLoad.knobs.operations?.grouped ?? "") operations planned, of which a seed gets as many done as its faults \
      let. Its history is judged. Times are processor time.
      """)

  private static let standardSeeds: Range<UInt64> = 0..<40

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let seeds = try arguments.seeds("--seeds") ?? standardSeeds
    let rows = [true, false].map { checksInvariants in
      SimulationRow(
        SimulationLoad.run(seeds: seeds, checksInvariants: checksInvariants) { Stopwatch.processorTime })
    }
    if arguments.has("--json") {
      console.print(JSONText.of(SimulationBenchObject(rows: rows, version: Program.version)))
    } else {
      var table = SimulationRow.table
      for row in rows { table.add(row.cells) }
      console.print(table.text(on: console))
    }
    return rows.allSatisfy { $0.unsound == 0 } ? .held : .violation
  }
}

/// What `bench simulate --json` prints.
private struct SimulationBenchObject: Encodable {
  let rows: [SimulationRow]
  let version: String
}

/// The seeds, with or without invariants.
private struct SimulationRow: Encodable {
  let checksInvariants: Bool
  let seeds: Int
  let unsound: Int
  let events: Int
  let operations: Int
  let leastOperations: Int
  let faults: Int
  let virtualNanoseconds: Int64
  let simulatingNanoseconds: Int64
  let judgingNanoseconds: Int64
  let seedsPerMinute: Double
  let eventsPerSecond: Double
  let virtualSecondsPerSecond: Double

  init(_ figures: SimulationFigures) {
    checksInvariants = figures.checksInvariants
    seeds = figures.seeds
    unsound = figures.unsound
    events = figures.events
    operations = figures.operations
    leastOperations = figures.leastOperations
    faults = figures.faults
    virtualNanoseconds = figures.virtualNanoseconds
    simulatingNanoseconds = figures.simulatingNanoseconds
    judgingNanoseconds = figures.judgingNanoseconds
    seedsPerMinute = figures.seedsPerMinute
    eventsPerSecond = figures.eventsPerSecond
    virtualSecondsPerSecond = figures.virtualSecondsPerSecond
  }

  /// An empty table for rows.
  static var table: TextTable {
    TextTable(columns: [
      ("invariants", .left), ("seeds", .right), ("operations/seed", .right), ("least", .right), ("faults/seed", .right),
      ("events/seed", .right), ("CPU/seed", .right), ("judging", .right), ("seeds/CPU-min", .right),
      ("events/s", .right), ("virtual s/s", .right), ("unsound", .right),
    ])
  }

  var cells: [String] {
    let nanoseconds = simulatingNanoseconds + judgingNanoseconds
    let perSeed = { (total: Int) in Figures.grouped(total / max(1, seeds)) }
    return [
      checksInvariants ? "all" : "none", Figures.grouped(seeds), perSeed(operations), Figures.grouped(leastOperations),
      perSeed(faults), perSeed(events), Figures.milliseconds(.nanoseconds(nanoseconds / Int64(max(1, seeds)))),
      Figures.percent(Int(judgingNanoseconds), of: Int(nanoseconds)), Figures.fixed(seedsPerMinute, 0),
      Figures.fixed(eventsPerSecond, 0), Figures.fixed(virtualSecondsPerSecond, 0), Figures.grouped(unsound),
    ]
  }
}

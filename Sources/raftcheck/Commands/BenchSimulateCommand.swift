import Benchmarks
import Determinism
import Reporting
import Runs
import Terminal

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
  /// Some hours' work.
  private static let mostSeeds: UInt64 = 1_000_000

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let seeds = try arguments.seeds("--seeds", atMost: mostSeeds) ?? standardSeeds
    if let note = try arguments.seedsNote("--seeds") { console.complain(note) }
    let rows = [true, false].map { checksInvariants in
      SimulationRow(
        SimulationLoad.run(seeds: seeds, checksInvariants: checksInvariants) { Stopwatch.processorTime })
    }
    if arguments.has("--json") {
      console.print(JSONText.of(.benchSimulate, SimulationBenchObject(rows: rows)))
    } else {
      var table = SimulationRow.table
      for row in rows { table.add(row.cells) }
      console.print(table.lines(in: console.layout))
    }
    return .measuredRuns(failed: rows.reduce(0) { $0 + $1.unsound })
  }
}

/// What `bench simulate --json` prints.
struct SimulationBenchObject: Encodable {
  let rows: [SimulationRow]
}

/// The seeds, with or without invariants.
struct SimulationRow: Encodable {
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
    TextTable([
      .text("invariants"), .number("seeds", goes: 7), .number("operations/seed", goes: 4), .number("least", goes: 1),
      .number("faults/seed", goes: 3), .number("events/seed", goes: 5), .number("CPU/seed", goes: 8),
      .number("judging", goes: 2), .number("seeds/CPU-min"), .number("events/s"), .number("virtual s/s", goes: 6),
      .number("unsound"),
    ])
  }

  var cells: [String] {
    let nanoseconds = simulatingNanoseconds + judgingNanoseconds
    let perSeed = { (total: Int) in (total / max(1, seeds)).grouped }
    return [
      checksInvariants ? "all" : "none", seeds.grouped, perSeed(operations), leastOperations.grouped,
      perSeed(faults), perSeed(events), Figures.milliseconds(.nanoseconds(nanoseconds / Int64(max(1, seeds)))),
      Figures.percent(Int(judgingNanoseconds), of: Int(nanoseconds)), Figures.fixed(seedsPerMinute, 0),
      Figures.fixed(eventsPerSecond, 0), Figures.fixed(virtualSecondsPerSecond, 0), unsound.grouped,
    ]
  }
}

import Determinism
import Live
import Reporting
import Runs
import Scenarios
import System
import Terminal

/// `raftcheck bench live`.
enum BenchLiveCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let standardFolder = "out/bench-live"

  private static let syntax = Syntax(
    name: "bench live", summary: "measure real servers: raftkv beside etcd",
    options: [
      Option("--time", "TIME", "how long each operation is measured in a round; 10s unless given"),
      Option("--rounds", "N", "the systems in turn, so many times; 5 unless given"),
      Option("--clients", "LIST", "so many at a time, as in 1,64; 1,4,16,64 unless given"),
      Option("--nodes", "LIST", "servers of a cluster; 1,3 unless given"),
      Option("--system", "LIST", "raftkv, etcd; both unless given, if etcd is installed"),
      Option("--out", "DIR", "the servers' files are in it; \(standardFolder) unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench live", "half an hour on a machine that does nothing else"),
      ("raftcheck bench live --nodes 3 --clients 16 --rounds 3 --time 5s", "one part of it, sooner"),
    ],
    note: """
      Servers are processes on this machine with their usual settings, and sync before they answer. Clients are threads of
      this program, the same for both systems but for what they write into a request and read from an answer: each has a
      connection that stays open to one server, and asks one thing after the other. Values have 100 bytes. Figures are
      medians of the rounds, but for the longest time; "CPU" is the clients' processor time for an operation. The ratio is
      raftkv's operations per second by etcd's in the same round, the median of the rounds.
      """)

  private static let mostClients = 1_024
  private static let mostRounds = 1_000

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let systems = try systems(arguments, on: console)
    let folder = arguments.value("--out") ?? standardFolder
    try Files.makeFolder(folder)
    var bench = LiveBench(systems, in: try Files.resolved(folder))
    bench.time = try arguments.duration("--time") ?? bench.time
    bench.rounds = try arguments.number("--rounds", in: 1...mostRounds) ?? bench.rounds
    bench.clients = try arguments.numbers("--clients", in: 1...mostClients) ?? bench.clients
    bench.nodes = try arguments.numbers("--nodes", in: 1...ScenarioLimits.maxNodes) ?? bench.nodes
    Signals.heedChildren()
    OpenFileLimit.raise()
    let rows: [LiveBenchRow]
    do throws(LiveProblem) {
      rows = try bench.run { console.showProgress($0) }
    } catch {
      throw FileProblem(error.kind == .content ? .content : .system, "\(error)")
    }
    console.showProgress("")
    if arguments.has("--json") {
      console.print(JSONText.of(.benchLive, LiveBenchObject(bench, rows)))
    } else {
      var table = LiveBenchObject.table
      for row in rows { table.add(row.cells) }
      console.print(table.lines(in: console.layout))
    }
    return .done
  }

  private static func systems(_ arguments: Arguments, on console: Console) throws -> [BenchedSystem] {
    if let chosen = try arguments.choices("--system", BenchedSystem.self) {
      guard let missing = chosen.first(where: { !$0.isInstalled }) else { return chosen }
      throw FileProblem(.system, "\(missing.rawValue) is not installed; install it, or give --system raftkv")
    }
    let installed = BenchedSystem.allCases.filter(\.isInstalled)
    for system in BenchedSystem.allCases where !system.isInstalled {
      console.complain("\(system.rawValue) is not installed: raftkv is measured alone.")
    }
    return installed
  }
}

/// What `bench live --json` prints.
struct LiveBenchObject: Encodable {
  let roundNanoseconds: Int64
  let rows: [LiveBenchObject.Row]
  let valueBytes: Int

  init(_ bench: LiveBench, _ rows: [LiveBenchRow]) {
    roundNanoseconds = bench.time.nanoseconds
    self.rows = rows.map(Row.init)
    valueBytes = LiveBench.valueBytes
  }

  /// One operation on one cluster.
  struct Row: Encodable {
    let clientNanoseconds: Int64
    let clients: Int
    let failures: Int
    let medianNanoseconds: Int64
    let mostNanoseconds: Int64
    let nodes: Int
    let operation: String
    let percentile99Nanoseconds: Int64
    let perSecond: Double
    let ratio: Double?
    let rounds: [Double]
    let system: String

    init(_ row: LiveBenchRow) {
      (nodes, clients, failures) = (row.nodes, row.clients, row.failures)
      (operation, system) = (row.operation.rawValue, row.system.rawValue)
      clientNanoseconds = row.clientTime.nanoseconds
      medianNanoseconds = row.median.nanoseconds
      percentile99Nanoseconds = row.percentile99.nanoseconds
      mostNanoseconds = row.most.nanoseconds
      (perSecond, ratio, rounds) = (row.perSecond, row.ratio, row.rounds.map(\.perSecond))
    }
  }

  /// An empty table for rows.
  static var table: TextTable {
    TextTable([
      .number("nodes"), .number("clients"), .text("asked"), .text("system"), .number("a second"),
      .number("median", goes: 4), .number("99%", goes: 3), .number("most", goes: 2), .number("failed"),
      .number("CPU", goes: 1), .number("ratio"),
    ])
  }
}

extension LiveBenchRow {
  /// As they stand in the table.
  fileprivate var cells: [String] {
    [
      nodes.grouped, clients.grouped, operation.rawValue, system.rawValue, Figures.fixed(perSecond, 0),
      Figures.milliseconds(median), Figures.milliseconds(percentile99), Figures.milliseconds(most), failures.grouped,
      Figures.milliseconds(clientTime), ratio.map { Figures.fixed($0, 2) } ?? "-",
    ]
  }
}

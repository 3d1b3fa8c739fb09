import Benchmarks
import Determinism
import Reporting
import Runs
import Terminal

/// `raftcheck bench raft`.
enum BenchRaftCommand {
  /// The command, as the program finds it.
  static let command = Command(syntax: syntax, run: run)

  private static let syntax = Syntax(
    name: "bench raft", summary: "measure how much a cluster of three replicates in memory",
    options: [
      Option("--proposals", "N", "for each load; \(standardProposals.grouped) unless given"),
      Syntax.json, Syntax.help,
    ],
    examples: [
      ("raftcheck bench raft", "every load"),
      ("raftcheck bench raft --proposals 10000 --json", "sooner, for a program"),
    ],
    note: """
      "core" is the protocol alone, "server" all of a server, with requests, messages, log and snapshots as bytes and the
      state machine. Proposals are counted when all three servers have applied them, and so is the processor time of all
      three. Entries gather into one append when more proposals are open than the window lets travel. A message arrives at
      once; a flush ends when all messages that were under way have arrived. The last load alone takes simulated time: 1 ms
      for a sync, 0.1 ms for a message, none for a server. Its syncs are those of the leader's disk.
      """)

  private static let standardProposals = 100_000
  /// Some hours' work.
  private static let mostProposals = 100_000_000

  @Sendable
  private static func run(_ arguments: Arguments, on console: Console) throws -> CommandOutcome {
    let proposals = try arguments.number("--proposals", in: 1...mostProposals) ?? standardProposals
    let rows = RaftLoad.all.map { load in
      RaftRow(load, load.run(proposals: proposals) { Stopwatch.processorTime })
    }
    if arguments.has("--json") {
      console.print(JSONText.of(.benchRaft, RaftBenchObject(rows: rows)))
      return .done
    }
    var (table, timed) = (RaftRow.table, RaftRow.timedTable)
    for row in rows {
      if let cells = row.timedCells { timed.add(cells) } else { table.add(row.cells) }
    }
    console.print(table.lines(in: console.layout))
    console.print()
    console.print(timed.lines(in: console.layout))
    return .done
  }
}

/// What `bench raft --json` prints.
struct RaftBenchObject: Encodable {
  let rows: [RaftRow]
}

/// One load and what came of it.
struct RaftRow: Encodable {
  let part: RaftLoad.Part
  let openProposals: Int
  let maxEntriesPerAppend: Int
  let windowEntries: Int
  let snapshotEntries: Int?
  let proposals: Int
  let processorNanoseconds: Int64
  let proposalsPerSecond: Int
  let entriesPerAppend: Double
  let messages: Int
  let messageBytes: Int
  let diskBytes: Int
  let snapshots: Int
  let syncNanoseconds: Int64?
  let messageNanoseconds: Int64?
  let simulatedNanoseconds: Int64?
  let proposalsPerSimulatedSecond: Int?
  let leaderSyncs: Int?
  let proposalsPerSync: Double?

  init(_ load: RaftLoad, _ figures: RaftFigures) {
    part = load.part
    openProposals = load.open
    maxEntriesPerAppend = load.entriesPerAppend
    windowEntries = load.window
    snapshotEntries = load.snapshotEntries
    proposals = figures.proposals
    processorNanoseconds = figures.processorNanoseconds
    proposalsPerSecond = figures.proposalsPerSecond
    entriesPerAppend = figures.entriesPerAppend
    messages = figures.traffic.messages
    messageBytes = figures.traffic.messageBytes
    diskBytes = figures.traffic.diskBytes
    snapshots = figures.traffic.snapshots
    syncNanoseconds = load.delays?.sync.nanoseconds
    messageNanoseconds = load.delays?.message.nanoseconds
    simulatedNanoseconds = load.delays.map { _ in figures.simulatedNanoseconds }
    proposalsPerSimulatedSecond = figures.proposalsPerSimulatedSecond
    leaderSyncs = load.delays.map { _ in figures.traffic.leaderSyncs }
    proposalsPerSync = figures.proposalsPerSync
  }

  /// An empty table for rows.
  static var table: TextTable {
    TextTable([
      .text("part"), .number("open"), .number("append"), .number("window", goes: 7), .number("snapshot every", goes: 6),
      .number("proposals", goes: 2), .number("CPU", goes: 8), .number("proposals/s"),
      .number("entries/append", goes: 4),
      .number("messages", goes: 3), .number("wire", goes: 5), .number("disk", goes: 5), .number("snapshots", goes: 1),
    ])
  }

  /// An empty table for rows in which time passes.
  static var timedTable: TextTable {
    TextTable([
      .text("part"), .number("clients"), .number("sync", goes: 6), .number("message", goes: 5),
      .number("proposals", goes: 3), .number("entries/append", goes: 4), .number("proposals/sync"),
      .number("a simulated s"), .number("a CPU s"),
    ])
  }

  /// The cells of a row in which time passes; `nil` for another one.
  var timedCells: [String]? {
    guard let syncNanoseconds, let messageNanoseconds, let proposalsPerSync, let proposalsPerSimulatedSecond else {
      return nil
    }
    return [
      part.rawValue, openProposals.grouped, Figures.milliseconds(.nanoseconds(syncNanoseconds)),
      Figures.milliseconds(.nanoseconds(messageNanoseconds)), proposals.grouped, Figures.fixed(entriesPerAppend, 1),
      Figures.fixed(proposalsPerSync, 1), proposalsPerSimulatedSecond.grouped, proposalsPerSecond.grouped,
    ]
  }

  var cells: [String] {
    [
      part.rawValue, openProposals.grouped, maxEntriesPerAppend.grouped,
      windowEntries.grouped, snapshotEntries.map(\.grouped) ?? "-", proposals.grouped,
      Figures.milliseconds(.nanoseconds(processorNanoseconds)), proposalsPerSecond.grouped,
      Figures.fixed(entriesPerAppend, 1), messages.grouped,
      messageBytes > 0 ? Figures.size(messageBytes) : "-",
      diskBytes > 0 ? Figures.size(diskBytes) : "-", snapshots.grouped,
    ]
  }
}

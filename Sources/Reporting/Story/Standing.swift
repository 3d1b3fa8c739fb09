import Determinism
import Raft
import Traces

/// Where the servers stand when the failure comes to light, a row each.
struct Standing {
  private let rows: [[String]]

  /// The most entries of a log that are told.
  private static let longestLog = 6

  init(_ servers: [ServerPicture]) {
    rows = servers.compactMap { server in server.state.map { Self.row(server, $0) } }
  }

  /// Its lines; the log of a server comes last, and below the rest where there is little room.
  func lines(in layout: Layout) -> [StoryLine] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.flatMap { row -> [StoryLine] in
      let front = row.indices.dropLast().map { Layout.padded(row[$0], to: widths[$0]) }.joined(separator: "  ")
      return layout.paragraph("  \(front)  ", .quiet, row[row.count - 1])
    }
  }

  private static func row(_ server: ServerPicture, _ state: NodeState) -> [String] {
    let commit = state.isRunning ? "committed \(state.commitIndex)" : ""
    let role = state.isRunning ? state.role.name : "down"
    // Nobody knows what a restart would find on its disk.
    let log = "log\(state.isRunning ? "" : ", when it last ran,") \(log(server, state))"
    return [server.node.description, role, "term \(state.term)", commit, log]
  }

  private static func log(_ server: ServerPicture, _ state: NodeState) -> String {
    guard state.last.index > .zero else { return "empty" }
    // What a snapshot has brought is in no entry, and its end may have another term than the entry that was there.
    let known = server.entries(LogIndex(1)...state.last.index)
      .filter { $0.index < state.last.index || $0.term == state.last.term }.suffix(longestLog)
    guard let first = known.first else { return "up to entry \(state.last.index) of term \(state.last.term)" }
    let start = first.index > LogIndex(1) ? "… " : ""
    let last = known[known.endIndex - 1].index
    let end = last < state.last.index ? ", … up to entry \(state.last.index) of term \(state.last.term)" : ""
    return start + known.map { "\($0.index): \($0.text) [\($0.term)]" }.joined(separator: ", ") + end
  }
}

import Determinism
import Scenarios

/// A server as the trace shows it so far.
struct ServerPicture {
  let node: NodeID
  var state: NodeState?
  /// Whose votes it has heard since it became a candidate, in order, and of which terms.
  var grants: [(voter: NodeID, term: UInt64)] = []
  /// Of a leader: the votes that made it one.
  var election: [(voter: NodeID, term: UInt64)] = []
  /// The entries of its log that the trace has told, by index.
  private var entries = SortedTable<UInt64, TracedEntry>()

  init(_ node: NodeID) { self.node = node }

  var role: NodeRole? { state.flatMap { $0.isRunning ? $0.role : nil } }
  var term: UInt64 { state?.term ?? 0 }
  var leads: Bool { role == .leader }

  /// The entry at an index, if its log is known to hold one.
  func entry(at index: UInt64) -> TracedEntry? { entries[index] }

  mutating func append(_ new: [TracedEntry]) {
    for entry in new { entries[entry.index] = entry }
  }

  /// Removes everything from an index on.
  ///
  /// - Returns: what was there, in order.
  @discardableResult
  mutating func truncate(from index: UInt64) -> [TracedEntry] {
    let removed = Array(entries.values[entries.lowerBound(of: index)...])
    for entry in removed { entries[entry.index] = nil }
    return removed
  }

  /// Takes the state after an event.
  mutating func take(_ new: NodeState) {
    state = new
    // What a crash has taken shows at the restart.
    if new.isRunning, entries.values.last?.index ?? 0 > new.lastIndex { truncate(from: new.lastIndex + 1) }
  }
}

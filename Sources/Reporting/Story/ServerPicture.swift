import Determinism
import Raft
import Traces

/// A server as the trace shows it so far.
struct ServerPicture {
  let node: NodeID
  var state: NodeState?
  /// The votes that it has heard since it became a candidate, in order.
  var grants: [Vote] = []
  /// The entries of its log that the trace has told, by index.
  private var entries = SortedTable<LogIndex, TracedEntry>()

  /// A vote as the candidate hears it.
  struct Vote: Hashable {
    var voter: NodeID
    var term: Term
    /// The event in which it arrived; `nil` for a candidate's own.
    var event: Int?
  }

  init(_ node: NodeID) { self.node = node }

  var role: Role? { state.flatMap { $0.isRunning ? $0.role : nil } }
  var term: Term { state?.term ?? .zero }
  var leads: Bool { role == .leader }

  /// The entry at an index, if its log is known to hold one.
  func entry(at index: LogIndex) -> TracedEntry? { entries[index] }

  /// The entries at these indices that its log is known to hold, in order.
  func entries(_ range: ClosedRange<LogIndex>) -> [TracedEntry] {
    Array(entries.values[entries.lowerBound(of: range.lowerBound)..<entries.lowerBound(of: range.upperBound.next)])
  }

  /// The entries from an index on that its log is known to hold, in order.
  func entries(from index: LogIndex) -> [TracedEntry] { Array(entries.values[entries.lowerBound(of: index)...]) }

  /// The latest configuration that its log is known to hold.
  var latestMembers: LoggedMembers? {
    entries.values.reversed().lazy.compactMap { entry in
      if case .configuration(let members) = entry.content {
        LoggedMembers(index: entry.index, members: members)
      } else {
        nil
      }
    }.first
  }

  mutating func append(_ new: [TracedEntry]) {
    for entry in new { entries[entry.index] = entry }
  }

  /// Removes everything from an index on.
  ///
  /// - Returns: what was there, in order.
  @discardableResult
  mutating func truncate(from index: LogIndex) -> [TracedEntry] {
    let removed = entries(from: index)
    for entry in removed { entries[entry.index] = nil }
    return removed
  }

  /// Goes on from a snapshot: the log stays if it holds the snapshot's last entry, and is gone if not (Raft Figure 13).
  mutating func install(upTo position: LogPosition) {
    if entries[position.index]?.term != position.term { truncate(from: LogIndex(1)) }
  }

  /// Takes the state after an event.
  mutating func take(_ new: NodeState) {
    state = new
    // What a crash has taken shows at the restart.
    if new.isRunning, entries.values.last?.index ?? .zero > new.last.index { truncate(from: new.last.index.next) }
  }
}

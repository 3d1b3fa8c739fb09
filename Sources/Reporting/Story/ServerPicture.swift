import Determinism
import Scenarios

/// A server as the trace shows it so far.
struct ServerPicture {
  let node: NodeID
  var state: NodeState?
  /// The votes that it has heard since it became a candidate, in order.
  var grants: [Vote] = []
  /// The entries of its log that the trace has told, by index.
  private var entries = SortedTable<UInt64, TracedEntry>()

  /// A vote as the candidate hears it.
  struct Vote: Hashable {
    var voter: NodeID
    var term: UInt64
  }

  init(_ node: NodeID) { self.node = node }

  var role: NodeRole? { state.flatMap { $0.isRunning ? $0.role : nil } }
  var term: UInt64 { state?.term ?? 0 }
  var leads: Bool { role == .leader }

  /// The entry at an index, if its log is known to hold one.
  func entry(at index: UInt64) -> TracedEntry? { entries[index] }

  /// The entries at these indices that its log is known to hold, in order.
  func entries(_ range: ClosedRange<UInt64>) -> [TracedEntry] {
    let low = entries.lowerBound(of: range.lowerBound)
    let high = range.upperBound == .max ? entries.count : entries.lowerBound(of: range.upperBound + 1)
    return Array(entries.values[low..<high])
  }

  mutating func append(_ new: [TracedEntry]) {
    for entry in new { entries[entry.index] = entry }
  }

  /// Removes everything from an index on.
  ///
  /// - Returns: what was there, in order.
  @discardableResult
  mutating func truncate(from index: UInt64) -> [TracedEntry] {
    let removed = entries(index...(.max))
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

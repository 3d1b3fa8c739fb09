import Determinism

/// The log of one node, in memory.
///
/// Beside each entry stands a digest of the whole log up to it, so that two prefixes are compared in O(1).
package struct RaftLog: Hashable, Sendable {
  private var entries: [Entry] = []
  private var digests: [UInt64] = []

  /// - Parameter entries: what a recovered node found on its disk, from index 1.
  package init(_ entries: [Entry] = []) {
    for entry in entries { append(entry) }
  }

  /// The index of the last entry, or zero.
  package var lastIndex: LogIndex { LogIndex(UInt64(entries.count)) }

  /// The position of the last entry, or the start of the log.
  package var lastPosition: LogPosition {
    LogPosition(index: lastIndex, term: entries.last?.term ?? .zero)
  }

  /// The term at an index: zero before the first entry, `nil` past the last one.
  package func term(at index: LogIndex) -> Term? {
    guard index > .zero else { return .zero }
    return index <= lastIndex ? entries[Self.offset(of: index)].term : nil
  }

  /// The entry at an index from 1 to `lastIndex`.
  package subscript(index: LogIndex) -> Entry {
    precondition(index > .zero && index <= lastIndex, "the log holds 1...\(lastIndex), not \(index)")
    return entries[Self.offset(of: index)]
  }

  /// A digest of every entry up to an index: `nil` past the last one. - Complexity: O(1).
  package func digest(at index: LogIndex) -> UInt64? {
    guard index > .zero else { return 0 }
    return index <= lastIndex ? digests[Self.offset(of: index)] : nil
  }

  /// The entries from an index to the end.
  package func entries(from first: LogIndex) -> [Entry] {
    entries(from: first, limit: .max, byteLimit: .max)
  }

  /// At most `limit` entries from an index on, and no more once their commands take `byteLimit` bytes.
  package func entries(from first: LogIndex, limit: Int, byteLimit: Int) -> [Entry] {
    guard first > .zero, first <= lastIndex else { return [] }
    let start = Self.offset(of: first)
    var end = start
    var bytes = 0
    while end < entries.count, end - start < limit, bytes < byteLimit {
      if case .command(let command) = entries[end].payload { bytes += command.count }
      end += 1
    }
    return Array(entries[start..<end])
  }

  /// The last index whose entry is of a term, found by bisection since terms never decrease along a log.
  package func lastIndex(of term: Term) -> LogIndex? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].term <= term { low = middle + 1 } else { high = middle }
    }
    return low > 0 && entries[low - 1].term == term ? LogIndex(UInt64(low)) : nil
  }

  /// The first index, at or before the given one, from which on all entries up to it are of one term.
  package func firstIndex(ofTermAt index: LogIndex) -> LogIndex {
    var first = index
    while first > LogIndex(1), term(at: first.previous) == term(at: index) { first = first.previous }
    return first
  }

  package mutating func append(_ entry: Entry) {
    var digest = StableDigest(resuming: digests.last ?? 0)
    digest.combine(entry.term.rawValue)
    switch entry.payload {
    case .noOp: digest.combine(0)
    case .command(let bytes):
      digest.combine(bytes)
      // Its length, 0, alone would be a no-op.
      if bytes.isEmpty { digest.combine(1) }
    }
    entries.append(entry)
    digests.append(digest.value)
  }

  /// Removes the entry at an index and all after it.
  package mutating func truncate(from index: LogIndex) {
    precondition(index > .zero, "there is no entry at index 0 to remove")
    guard index <= lastIndex else { return }
    entries.removeSubrange(Self.offset(of: index)...)
    digests.removeSubrange(Self.offset(of: index)...)
  }

  private static func offset(of index: LogIndex) -> Int { Int(index.rawValue - 1) }
}

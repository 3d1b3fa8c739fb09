import Determinism

/// The log of one node, in memory. Its beginning may be gone into a snapshot (Raft §7).
///
/// Beside each entry stands a digest of the whole log up to it, so that two prefixes are compared in O(1).
package struct RaftLog: Hashable, Sendable {
  /// The position right before the first entry that is held: all up to it is gone.
  package private(set) var start: LogPosition
  private var startDigest: UInt64
  private var entries: [Entry] = []
  private var digests: [UInt64] = []
  /// The configurations that it holds, in the order of the log. The first is in force where the log begins; the others stand
  /// in entries.
  package private(set) var configurations: [LoggedMembers]

  /// - Parameters:
  ///   - entries: what a recovered node found on its disk, from right behind `start` on.
  ///   - start: where the snapshot ends, if there is one.
  ///   - digest: of the log up to there.
  ///   - members: the configuration as of there.
  package init(
    _ entries: [Entry] = [], after start: LogPosition = .zero, digest: UInt64 = 0,
    members: LoggedMembers = LoggedMembers(beginningWith: NodeSet())
  ) {
    self.start = start
    startDigest = digest
    configurations = [members]
    for entry in entries { append(entry) }
  }

  /// The lowest index whose entry is held, or would be.
  package var firstIndex: LogIndex { start.index.next }

  /// The index of the last entry, or of the start.
  package var lastIndex: LogIndex { LogIndex(start.index.rawValue + UInt64(entries.count)) }

  /// The position of the last entry, or the start of the log.
  package var lastPosition: LogPosition {
    LogPosition(index: lastIndex, term: entries.last?.term ?? start.term)
  }

  /// The term at an index from the start to the end: `nil` before, where it is no longer known, and after.
  package func term(at index: LogIndex) -> Term? {
    guard index != start.index else { return start.term }
    return index > start.index && index <= lastIndex ? entries[offset(of: index)].term : nil
  }

  /// The entry at an index from `firstIndex` to `lastIndex`.
  package subscript(index: LogIndex) -> Entry {
    precondition(index > start.index && index <= lastIndex, "the log holds \(firstIndex)...\(lastIndex), not \(index)")
    return entries[offset(of: index)]
  }

  /// A digest of every entry up to an index: `nil` where the term is. - Complexity: O(1).
  package func digest(at index: LogIndex) -> UInt64? {
    guard index != start.index else { return startDigest }
    return index > start.index && index <= lastIndex ? digests[offset(of: index)] : nil
  }

  /// A digest of all of it.
  package var lastDigest: UInt64 { digests.last ?? startDigest }

  /// The latest configuration.
  package var latestMembers: LoggedMembers { configurations[configurations.count - 1] }

  /// The configuration as of an index from the start to the end.
  package func members(at index: LogIndex) -> LoggedMembers {
    configurations.last { $0.index <= index } ?? configurations[0]
  }

  /// The configuration that one at an index took the place of, if the log still knows.
  package func members(before index: LogIndex) -> LoggedMembers? { configurations.last { $0.index < index } }

  /// The entries from an index to the end; none from an index that is not held.
  package func entries(from first: LogIndex) -> [Entry] {
    entries(from: first, limit: .max, byteLimit: .max)
  }

  /// At most `limit` entries from an index on, and no more once their commands take `byteLimit` bytes.
  package func entries(from first: LogIndex, limit: Int, byteLimit: Int) -> [Entry] {
    guard first > start.index, first <= lastIndex else { return [] }
    let start = offset(of: first)
    var end = start
    var bytes = 0
    while end < entries.count, end - start < limit, bytes < byteLimit {
      bytes += entries[end].commandBytes
      end += 1
    }
    return Array(entries[start..<end])
  }

  /// The last index whose entry is of a term, found by bisection since terms never decrease along a log. The start counts,
  /// for its term is known; what comes before it does not.
  package func lastIndex(of term: Term) -> LogIndex? {
    let count = entries.partitioningIndex { $0.term > term }
    let index = LogIndex(start.index.rawValue + UInt64(count))
    return index > .zero && self.term(at: index) == term ? index : nil
  }

  /// The first index that is held, at or before the given one, from which on all entries up to it are of one term.
  package func firstIndex(ofTermAt index: LogIndex) -> LogIndex {
    var first = index
    while first > firstIndex, term(at: first.previous) == term(at: index) { first = first.previous }
    return first
  }

  package mutating func append(_ entry: Entry) {
    digests.append(Self.digest(digests.last ?? startDigest, extendedBy: entry))
    entries.append(entry)
    if case .configuration(let members) = entry.payload {
      configurations.append(LoggedMembers(index: lastIndex, members: members))
    }
  }

  /// The digest of a log with one entry more.
  package static func digest(_ digest: UInt64, extendedBy entry: Entry) -> UInt64 {
    var digest = StableDigest(resuming: digest)
    digest.combine(entry.term.rawValue)
    switch entry.payload {
    case .noOp: digest.combine(0)
    case .command(let bytes):
      digest.combine(bytes)
      // Its length, 0, alone would be a no-op.
      if bytes.isEmpty { digest.combine(1) }
    case .configuration(let members):
      // No command is so long.
      digest.combine(.max)
      members.fold(into: &digest)
    }
    return digest.value
  }

  /// Removes the entry at an index and all after it; what is gone into the snapshot cannot come back.
  package mutating func truncate(from index: LogIndex) {
    guard index <= lastIndex else { return }
    let kept = offset(of: max(index, firstIndex))
    entries.removeSubrange(kept...)
    digests.removeSubrange(kept...)
    while configurations.count > 1, latestMembers.index > lastIndex { configurations.removeLast() }
  }

  /// Lets go of everything up to an index that the log holds.
  ///
  /// - Parameter members: the configuration as of there, if somebody else has said so.
  package mutating func compact(through index: LogIndex, members: LoggedMembers? = nil) {
    guard index > start.index, index <= lastIndex else { return }
    let included = configurations.prefix { $0.index <= index }
    if let latest = members ?? included.last {
      configurations.replaceSubrange(0..<included.count, with: CollectionOfOne(latest))
    }
    let position = LogPosition(index: index, term: self[index].term)
    let count = offset(of: index) + 1
    startDigest = digests[count - 1]
    start = position
    entries.removeFirst(count)
    digests.removeFirst(count)
  }

  private func offset(of index: LogIndex) -> Int { Int(index.rawValue - start.index.rawValue - 1) }
}

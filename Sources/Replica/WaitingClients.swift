import Determinism
import KeyValue
import Raft

/// The clients that one server owes an answer.
///
/// Bounded by what Raft lets wait: uncommitted proposals and pending reads.
struct WaitingClients: Sendable {
  /// A client whose command stands in the log.
  struct Write: Sendable {
    var client: ClientID
    var sequence: SequenceNumber
    /// The term of its entry: the entry of another term at its index is not the client's.
    var term: Term
  }

  /// A client that waits for a value.
  struct Read: Sendable {
    var client: ClientID
    var sequence: SequenceNumber
    var key: [UInt8]
  }

  private var writes = SortedTable<LogIndex, Write>()
  private var reads = SortedTable<UInt64, Read>()
  private var readCount: UInt64 = 0

  /// How many clients wait for a value.
  var waitingReads: Int { reads.count }

  /// The first entry for which one waits; zero if nobody does.
  var firstWrite: LogIndex { writes.keys.first ?? .zero }

  mutating func add(_ write: Write, at index: LogIndex) {
    writes[index] = write
  }

  func write(at index: LogIndex) -> Write? { writes[index] }

  mutating func removeWrite(at index: LogIndex) { writes[index] = nil }

  /// Where commands stand that clients wait for, in order.
  var writePositions: [LogPosition] {
    writes.isEmpty ? [] : zip(writes.keys, writes.values).map { LogPosition(index: $0, term: $1.term) }
  }

  mutating func add(_ read: Read) -> ReadID {
    readCount += 1
    reads[readCount] = read
    return ReadID(readCount)
  }

  /// Forgets all that a client waits for.
  mutating func forget(_ client: ClientID) {
    for (index, write) in zip(writes.keys, writes.values) where write.client == client { writes[index] = nil }
    for (id, read) in zip(reads.keys, reads.values) where read.client == client { reads[id] = nil }
  }

  mutating func takeRead(_ id: ReadID) -> Read? {
    guard let read = reads[id.rawValue] else { return nil }
    reads[id.rawValue] = nil
    return read
  }
}

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

  mutating func add(_ write: Write, at index: LogIndex) {
    writes[index] = write
  }

  mutating func takeWrite(at index: LogIndex) -> Write? {
    guard let write = writes[index] else { return nil }
    writes[index] = nil
    return write
  }

  /// In the order of their indices.
  mutating func takeAllWrites() -> [Write] {
    guard !writes.isEmpty else { return [] }
    defer { writes.removeAll() }
    return writes.values
  }

  mutating func add(_ read: Read) -> ReadID {
    readCount += 1
    reads[readCount] = read
    return ReadID(readCount)
  }

  mutating func takeRead(_ id: ReadID) -> Read? {
    guard let read = reads[id.rawValue] else { return nil }
    reads[id.rawValue] = nil
    return read
  }
}

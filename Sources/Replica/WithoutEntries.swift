import Raft

extension RaftMessage {
  /// The bytes of entries for which there must be room if a message is to be taken on; of a snapshot, for which even the
  /// reserve was too small, as few as there can be.
  var entryBytes: Int { if case .appendEntries(let request) = self { request.encodedBytes } else { 1 } }

  /// Whether it brings anything for which there must be room.
  var bringsBytes: Bool {
    switch self {
    case .appendEntries(let request): !request.entries.isEmpty
    case .installSnapshot: true
    default: false
    }
  }

  /// The bytes of entries, or of a snapshot's piece, that it carries.
  package var bulkBytes: Int {
    switch self {
    case .appendEntries(let request): request.entries.reduce(0) { $0 + $1.encodedBytes }
    case .installSnapshot(let request): request.bytes.count
    default: 0
    }
  }
}

/// What a server without room hears of what its leader sends.
extension AppendEntries {
  /// How many bytes its encoding has.
  var encodedBytes: Int { entries.reduce(WireLimits.appendEntriesBytes) { $0 + $1.encodedBytes } }

  /// The same append without its entries.
  ///
  /// Where the logs do not agree it asks about the place before all entries. To tell its leader so would make that send all
  /// that is missing, again and again: a conflict is answered at once.
  ///
  /// - Parameter agrees: whether the logs agree at the place right before the entries.
  func withoutEntries(agrees: Bool) -> AppendEntries {
    guard agrees else { return .presence(term: term, round: round) }
    var request = self
    request.entries = []
    return request
  }

  /// An append from which nothing follows but that the leader of a term is there: all logs agree before their first entry.
  static func presence(term: Term, round: UInt64) -> AppendEntries {
    AppendEntries(term: term, previous: .zero, commitIndex: .zero, round: round, entries: [])
  }
}

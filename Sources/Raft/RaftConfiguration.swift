import Determinism

/// How a node comes to know that a read is linearizable. All nodes of a cluster agree on it.
package enum ReadMode: String, Hashable, Sendable, CaseIterable {
  /// The leader asks a quorum whether it still leads (Ongaro 2014 §6.4).
  case readIndex = "read-index"
  /// The leader relies on its followers' promise not to vote for a while (Ongaro 2014 §6.4.1).
  case lease
  /// The read waits until an entry of its own is committed (Raft §8).
  case log
  /// As `readIndex`, and a follower asks the leader for the index (Ongaro 2014 §6.4, end).
  case follower
}

/// Who takes part, and the protocol's settings at one node.
package struct RaftConfiguration: Hashable, Sendable {
  /// This node.
  package var id: NodeID
  /// The voters with which the cluster began: the configuration of index 0. None at a server that joins it: the leader tells
  /// such a one who takes part.
  package var voters: NodeSet
  /// From where the host draws each election timeout (Raft §5.2). Its lower end is also how long whoever hears a leader
  /// promises to vote for nobody else.
  package var electionTimeout: ClosedRange<Duration>
  /// How often a leader makes itself heard, and how long anyone waits before asking again (Raft §5.1, §5.2).
  package var heartbeatInterval: Duration
  /// The most entries in one AppendEntries; at least 1.
  package var maxEntriesPerAppend: Int
  /// The most entries on their way to one peer; at least `maxEntriesPerAppend`.
  package var maxInflightEntries: Int
  /// Once so many bytes of commands or of a snapshot are on their way to one peer, no further append or piece follows; at
  /// least `maxBytesPerAppend`.
  package var maxInflightBytes: Int
  /// The most bytes of a snapshot in one InstallSnapshot; from 1 to `maxBytesPerAppend`.
  package var maxSnapshotChunkBytes: Int
  /// How many entries before a snapshot stay in the log, so that a peer that is only a little behind needs no snapshot.
  package var trailingEntries: Int
  /// How reads become safe.
  package var reads: ReadMode
  /// By how much any clock's rate may differ from true time's, either way. Leases rest on it.
  package var clockRateBound: Ratio
  /// Whether a node asks if it could win before it raises its term (Ongaro 2014 §9.6).
  package var usesPreVote: Bool
  /// Whether a leader steps down when no quorum answers, and whoever hears a leader votes for nobody else
  /// (Ongaro 2014 §4.2.3, §6.2).
  package var checksQuorum: Bool
  /// Whether a node stops when it sees that safety is broken. Off only to learn what clients would notice.
  package var checksItself: Bool

  /// Once an AppendEntries carries so many bytes of commands, no further entry joins it.
  package static let maxBytesPerAppend = 1 << 20
  /// The most proposals that may be neither committed nor refused at a leader.
  package static let maxUncommittedEntries: UInt64 = 4_096
  /// The most reads that may wait at a node.
  package static let maxPendingReads = 1_024
  /// The largest snapshot that a node takes, from its host or from its leader.
  package static let maxSnapshotBytes = 1 << 28
  /// The most pieces of a snapshot on their way to one peer: of the usual size they carry as much as appends may,
  /// `maxInflightBytes`, which bounds larger ones.
  package static let maxInflightPieces = 16
  /// The most entries that stay in the log, for as long as an earlier snapshot is getting to a peer, though a later one
  /// includes them.
  package static let maxEntriesBehindTransfer: UInt64 = 100_000
  /// The most bytes of commands that such entries may have.
  package static let maxBytesBehindTransfer = 1 << 26
  /// The last position that a leader's snapshot may have: behind it no log could grow.
  package static let maxSnapshotIndex = LogIndex(1 << 62)
  /// The most rounds of replication that a new voter gets to catch up (Ongaro 2014 §4.2.1).
  package static let maxCatchUpRounds = 10
  /// The most election timeouts that such a round may take, by their upper end.
  package static let maxRoundTimeouts: Int64 = 10
  /// How many rounds of broadcasts a leader remembers the time of.
  package static let maxTimedRounds = 64

  package init(
    id: NodeID, voters: NodeSet, electionTimeout: ClosedRange<Duration>, heartbeatInterval: Duration,
    maxEntriesPerAppend: Int, maxInflightEntries: Int? = nil, maxInflightBytes: Int = 4 << 20,
    maxSnapshotChunkBytes: Int = 1 << 18, trailingEntries: Int = 0, reads: ReadMode = .readIndex,
    clockRateBound: Ratio = Ratio(1, 10), usesPreVote: Bool = true, checksQuorum: Bool = true,
    checksItself: Bool = true
  ) {
    let maxInflightEntries = maxInflightEntries ?? 4 * maxEntriesPerAppend
    precondition(voters.isEmpty || voters.contains(id), "\(id) is not one of \(voters)")
    precondition(maxEntriesPerAppend >= 1, "\(maxEntriesPerAppend) entries an append replicate nothing")
    precondition(
      maxInflightEntries >= maxEntriesPerAppend, "\(maxInflightEntries) in flight are less than one append")
    precondition(
      maxInflightBytes >= Self.maxBytesPerAppend, "\(maxInflightBytes) bytes in flight are less than one append")
    precondition(
      (1...Self.maxBytesPerAppend).contains(maxSnapshotChunkBytes),
      "\(maxSnapshotChunkBytes) bytes are no piece of a snapshot")
    precondition(trailingEntries >= 0, "\(trailingEntries) entries cannot stay")
    precondition(clockRateBound.numerator < clockRateBound.denominator, "clocks that may stand still bound nothing")
    precondition(reads != .lease || checksQuorum, "leases rest on promises that only checksQuorum makes")
    self.id = id
    self.voters = voters
    self.electionTimeout = electionTimeout
    self.heartbeatInterval = heartbeatInterval
    self.maxEntriesPerAppend = maxEntriesPerAppend
    self.maxInflightEntries = maxInflightEntries
    self.maxInflightBytes = maxInflightBytes
    self.maxSnapshotChunkBytes = maxSnapshotChunkBytes
    self.trailingEntries = trailingEntries
    self.reads = reads
    self.clockRateBound = clockRateBound
    self.usesPreVote = usesPreVote
    self.checksQuorum = checksQuorum
    self.checksItself = checksItself
  }

  /// How long whoever hears a leader promises to vote for nobody else.
  package var promise: Duration { electionTimeout.lowerBound }
}

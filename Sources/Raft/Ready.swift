import Determinism

/// What a step asks of its host.
///
/// The host writes `arrived`, installs `snapshot`, if there are such, persists `hardState` and `entries` in one go, sends
/// `messages`, and sends `messagesAfterSync` once this and every earlier `Ready` survives a crash. A message to the node
/// itself is handed back to it. Of what remains, `committed` is applied before reads are answered.
package struct Ready: Sendable {
  /// A message and where it goes.
  package struct Envelope: Hashable, Sendable {
    package var to: NodeID
    package var message: RaftMessage

    package init(to: NodeID, message: RaftMessage) {
      self.to = to
      self.message = message
    }
  }

  /// New entries for the disk; they replace whatever stood at `first` and after, also when there are none.
  package struct EntriesToPersist: Hashable, Sendable {
    package var first: LogIndex
    package var entries: [Entry]

    package init(first: LogIndex, entries: [Entry]) {
      self.first = first
      self.entries = entries
    }
  }

  /// A timer to set to a duration that the host draws from the range.
  package struct TimerRequest: Hashable, Sendable {
    package var timer: RaftTimer
    package var range: ClosedRange<Duration>
  }

  /// A read that has become safe once everything up to `index` is applied.
  package struct ConfirmedRead: Hashable, Sendable {
    package var id: ReadID
    package var index: LogIndex
  }

  /// What became of commands that were proposed together.
  package enum Proposal: Hashable, Sendable {
    /// The first of them stands there in the leader's log, so many in all do in a row, and none is committed yet. The
    /// others were refused.
    case appended(first: LogPosition, count: Int)
    /// All were: this node is not the leader, or has too many proposals open.
    case refused
  }

  /// A leader's snapshot that has arrived whole: to be written, while everything else goes on as before. Once it survives a
  /// crash, `RaftEvent.snapshotDurable` says so.
  package var arrived: Snapshot?
  /// A leader's snapshot that survives a crash: the state machine must be restored from it at once; `entries` are then all
  /// that the log holds behind it.
  package var snapshot: Snapshot?
  /// Term, vote and starts, if they changed.
  package var hardState: HardState?
  /// The part of the log that changed.
  package var entries: EntriesToPersist?
  /// May leave at once.
  package var messages: [Envelope] = []
  /// May leave only when this and every earlier `Ready` survives a crash.
  package var messagesAfterSync: [Envelope] = []
  /// The indices that have just become committed, to be applied in order.
  package var committed: ClosedRange<LogIndex>?
  /// Reads that may be answered.
  package var confirmedReads: [ConfirmedRead] = []
  /// Reads that this node can no longer answer.
  package var abandonedReads: [ReadID] = []
  /// The answer to a `propose`.
  package var proposal: Proposal?
  /// What became of the change of members that was asked for last.
  package var changeOutcome: RequestOutcome?
  /// What became of the transfer of leadership that was asked for last, as long as this node has not stepped down for it.
  package var transferOutcome: RequestOutcome?
  /// The log on the disk up to here is no longer needed.
  package var compactedThrough: LogIndex?
  /// Timers to set.
  package var timers: [TimerRequest] = []
  /// Set when the node has stopped for good; nothing else in this `Ready` counts then.
  package var stopped: StopReason?

  package init() {}

  /// Empties it for the next step and keeps its memory.
  package mutating func removeAll() {
    // Most are empty already, and to ask is cheaper; of a snapshot by way of a field, for to ask the whole copies it.
    if arrived?.position != nil { arrived = nil }
    if snapshot?.position != nil { snapshot = nil }
    hardState = nil
    if entries != nil { entries = nil }
    messages.clear()
    messagesAfterSync.clear()
    committed = nil
    confirmedReads.clear()
    abandonedReads.clear()
    proposal = nil
    changeOutcome = nil
    transferOutcome = nil
    compactedThrough = nil
    timers.clear()
    stopped = nil
  }
}

/// Why a node stopped: it saw that safety is broken, and goes no further.
package enum StopReason: Hashable, Sendable {
  /// A leader asked to replace an entry that this node knows to be committed.
  case committedEntryReplaced(LogIndex)
  /// Two leaders of one term spoke.
  case twoLeaders(Term, NodeID, NodeID)
  /// A peer acknowledged an entry that this leader never had.
  case acknowledgedBeyondLog(NodeID, LogIndex)
  /// Entries were to be appended past the end of the log.
  case gapInLog(after: LogIndex, before: LogIndex)
  /// No term comes after the current one.
  case termsExhausted
}

extension StopReason {
  /// In a word, the same whatever the nodes and indices.
  package var name: String {
    switch self {
    case .committedEntryReplaced: "committed-entry-replaced"
    case .twoLeaders: "two-leaders"
    case .acknowledgedBeyondLog: "acknowledged-beyond-log"
    case .gapInLog: "gap-in-log"
    case .termsExhausted: "terms-exhausted"
    }
  }
}

extension StopReason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .committedEntryReplaced(let index): "an append would replace the committed entry \(index)"
    case .twoLeaders(let term, let one, let other): "heard two leaders of term \(term), \(one) and \(other)"
    case .acknowledgedBeyondLog(let peer, let index):
      "\(peer) acknowledged entry \(index), which this log does not hold"
    case .gapInLog(let last, let next): "asked to append after entry \(next) with a log that ends at \(last)"
    case .termsExhausted: "no term is left to campaign in"
    }
  }
}

import Determinism

/// What a leader knows of one member's log, and what is on its way there.
///
/// Always `match < next` and `lowestNext <= next`; while replicating, flights end right before `next`; there is a transfer
/// in snapshot mode and in no other (`Progress+Snapshot.swift`).
package struct Progress: Hashable, Sendable {
  /// How the leader speaks to the member.
  package enum Mode: UInt8, Hashable, Sendable {
    /// It does not know where their logs agree, and sends one append at a time to find out.
    case probe
    /// It knows, and sends on without waiting for answers.
    case replicate
    /// Its log no longer reaches back to where they agree: it sends its snapshot in pieces.
    case snapshot
  }

  /// An append with entries that is not yet acknowledged.
  package struct Flight: Hashable, Sendable {
    /// Its last entry.
    package var through: LogIndex
    /// Of its commands.
    package var bytes: Int
  }

  package internal(set) var mode = Mode.probe
  /// The index of the next entry to send.
  package var next: LogIndex
  /// The lowest `next` since the last broadcast, or since entries were last sent while replicating.
  package var lowestNext: LogIndex
  /// The highest index known to be replicated and durable there.
  package var match = LogIndex.zero
  /// The latest round of broadcasts that it acknowledged.
  package var acknowledgedRound: UInt64 = 0
  /// When it last answered, by the leader's clock.
  package var heardAt: LocalInstant
  /// Whether a probe with entries is unanswered: until then no more is sent, save by the timer.
  package var isAwaiting = false
  /// Whether it was found unreachable since the last heartbeat. What arrives from it was sent before, and asks for nothing.
  package var isUnreachable = false
  /// What is unanswered while replicating, in the order of sending.
  package var flights: [Flight] = []
  /// The bytes of all flights.
  package var inflightBytes = 0
  /// When what is on its way last got further, or began, by the leader's clock.
  package var movedAt: LocalInstant
  /// The snapshot that it is being sent.
  package internal(set) var transfer: Transfer?

  /// A new leader expects every log to end where its own does.
  init(lastIndex: LogIndex, at now: LocalInstant) {
    next = lastIndex.next
    lowestNext = next
    heardAt = now
    movedAt = now
  }

  /// How many entries may leave for the member in one append now.
  func room(in log: RaftLog, under configuration: RaftConfiguration) -> Int {
    guard next <= log.lastIndex else { return 0 }
    let missing = log.lastIndex.rawValue - next.previous.rawValue
    let wanted = Int(min(missing, UInt64(configuration.maxEntriesPerAppend)))
    switch mode {
    case .snapshot: return 0
    case .probe: return isAwaiting ? 0 : wanted
    case .replicate:
      guard !flights.isEmpty else { return wanted }
      // Either all that is missing or a full append: a window that opens entry by entry would else be filled by many
      // small ones.
      let inflight = next.previous.rawValue - min(next.previous, match).rawValue
      let fits = inflight + UInt64(wanted) <= UInt64(configuration.maxInflightEntries)
      return fits && inflightBytes < configuration.maxInflightBytes ? wanted : 0
    }
  }

  /// Takes note that entries from `next` on are on their way.
  mutating func send(_ entries: [Entry], at now: LocalInstant) {
    guard !entries.isEmpty else { return }
    switch mode {
    case .snapshot: return
    case .probe: isAwaiting = true
    case .replicate:
      let bytes = entries.reduce(0) { $0 + $1.commandBytes }
      if flights.isEmpty { movedAt = now }
      next = LogIndex(next.rawValue + UInt64(entries.count))
      lowestNext = next
      flights.append(Flight(through: next.previous, bytes: bytes))
      inflightBytes += bytes
    }
  }

  /// Takes note of how far the member agrees; `match` is already raised.
  mutating func acknowledge(_ index: LogIndex, logStart: LogIndex, at now: LocalInstant) {
    // Of an older question the answer can be too low to say anything about the place that a probe asks about.
    let isAgreed = index >= next.previous
    next = max(next, index.next)
    switch mode {
    case .snapshot:
      // Whether by this snapshot or otherwise, it has come to where the log can take over.
      if index >= logStart { replicate(at: now) }
    case .probe: if isAgreed, !isUnreachable { replicate(at: now) }
    case .replicate:
      let landed = flights.prefix { $0.through <= index }
      guard !landed.isEmpty else { return }
      for flight in landed { inflightBytes -= flight.bytes }
      flights.removeFirst(landed.count)
      movedAt = now
    }
  }

  private mutating func replicate(at now: LocalInstant) {
    mode = .replicate
    lowestNext = next
    forgetFlights()
    movedAt = now
  }

  /// Goes back to asking where the logs agree.
  mutating func probe(from index: LogIndex) {
    mode = .probe
    next = index
    lowestNext = min(lowestNext, index)
    forgetFlights()
  }

  mutating func forgetFlights() {
    isAwaiting = false
    flights.removeAll(keepingCapacity: true)
    inflightBytes = 0
    transfer = nil
  }

  /// Looks, when it is time for a heartbeat, for what must have been lost.
  ///
  /// - Parameters:
  ///   - isStalled: whether what is on its way has not got further for too long.
  ///   - isSilent: whether the member has not answered for too long.
  ///   - newest: the leader's snapshot by now.
  mutating func loseFlights(isStalled: Bool, isSilent: Bool, newest: Snapshot?, at now: LocalInstant) {
    isUnreachable = false
    switch mode {
    case .probe: isAwaiting = false
    case .replicate: if isStalled || isSilent, !flights.isEmpty { probe(from: match.next) }
    case .snapshot:
      if isStalled, let newest, transfer?.snapshot.position != newest.position {
        begin(newest, at: now)
      } else if isStalled || isSilent {
        transfer?.goBack()
      }
    }
  }
}

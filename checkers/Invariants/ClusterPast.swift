import Determinism
import KeyValue
import Raft
import Replica

/// What an observer knows of a run so far, for all invariants together.
package struct ClusterPast: Sendable {
  /// The log of a leader, also after its time.
  struct LeaderLog: Sendable {
    let term: Term
    let leader: NodeID
    /// Where its log began when it took office.
    let start: LogIndex
    /// Of its log up to `start`, and up to each index behind it.
    var digests: [UInt64]

    var lastIndex: LogIndex { LogIndex(start.rawValue + UInt64(digests.count) - 1) }

    func digest(at index: LogIndex) -> UInt64? {
      index >= start && index <= lastIndex ? digests[Int(index.rawValue - start.rawValue)] : nil
    }

    /// Whether it holds a prefix, or a snapshot that may stand for it.
    func holds(_ index: LogIndex, digest: UInt64) -> Bool { index < start || self.digest(at: index) == digest }
  }

  /// By node: what its disk holds for good.
  package private(set) var durable: [DurableState]
  /// What all disks together have rewritten.
  private(set) var rewrites = 0
  /// The digest of the log up to each committed index, from index 1.
  private(set) var committed: [UInt64] = []
  /// What the committed log comes to.
  private(set) var reference: ReferenceMachine
  /// In the order in which they were seen.
  private(set) var leaders: [LeaderLog] = []

  /// - Parameters:
  ///   - nodes: how many servers there are.
  ///   - sessions: as the servers have them.
  package init(nodes: Int, sessions: SessionSettings) {
    durable = Array(repeating: DurableState(), count: nodes)
    reference = ReferenceMachine(sessions: sessions)
  }

  /// The end of what is committed.
  var lastCommitted: LogIndex { LogIndex(UInt64(committed.count)) }

  /// The digest of a leader's log up to an index, if that was seen.
  func digest(at index: LogIndex, ofLeaderIn term: Term) -> UInt64? {
    leaders.last { $0.term == term }?.digest(at: index)
  }

  /// Takes note of what a node's disk holds now.
  mutating func note(diskOf node: NodeID, _ change: (inout DurableState) -> Void) {
    let before = durable[node.offset].rewrites
    change(&durable[node.offset])
    rewrites += durable[node.offset].rewrites - before
  }

  /// Takes note of where a node stands after its step.
  package mutating func note(_ cluster: ClusterView) {
    let status = cluster.status
    if status.role == .leader {
      let place = leaders.lastIndex { $0.term == status.term }
      if let place {
        if leaders[place].lastIndex < status.lastIndex { extend(place, by: cluster.log) }
      } else {
        let log = cluster.log
        let digests = (log.start.index.rawValue...log.lastIndex.rawValue).compactMap { log.digest(at: LogIndex($0)) }
        leaders.append(
          LeaderLog(term: status.term, leader: cluster.changed, start: log.start.index, digests: digests))
      }
    }
    if status.commitIndex > lastCommitted { noteCommits(up: status.commitIndex, in: cluster.log) }
  }

  private mutating func extend(_ place: Int, by log: RaftLog) {
    while leaders[place].lastIndex < log.lastIndex, let digest = log.digest(at: leaders[place].lastIndex.next) {
      leaders[place].digests.append(digest)
    }
  }

  private mutating func noteCommits(up commitIndex: LogIndex, in log: RaftLog) {
    // Of two commits that exclude each other the first counts; that there are two is for State Machine Safety to say.
    if let last = committed.last, log.digest(at: lastCommitted) != last { return }
    while lastCommitted < commitIndex, let digest = log.digest(at: lastCommitted.next) {
      committed.append(digest)
      // Every entry is seen in some log when it is committed; by wrong rules it may not be.
      if lastCommitted > log.start.index { reference.apply(log[lastCommitted], at: lastCommitted) }
    }
  }
}

/// A state machine that applies the committed log once, by the rules as published.
package struct ReferenceMachine: Sendable {
  /// Applies a command of an open session as often as it comes.
  private enum AppliesAgain: SessionRules {
    static func disposition(
      of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
    ) -> SessionDisposition { isOpen ? .apply : .refuse }
  }

  private var machine: StateMachine
  private var entries: [Entry] = []
  /// Of the state after each index, from index 1.
  private var digests: [UInt64] = []

  init(sessions: SessionSettings) {
    machine = StateMachine(sessions: sessions)
  }

  /// Applies the entry that comes next; another one is passed over, and with it all that follow.
  mutating func apply(_ entry: Entry, at index: LogIndex) {
    guard index.rawValue == UInt64(entries.count) + 1 else { return }
    entries.append(entry)
    Self.apply(entry, at: index.rawValue, to: &machine, rules: PaperSessionRules.self)
    digests.append(machine.digest)
  }

  /// The digest of the state after an index, if that is known.
  func digest(at index: LogIndex) -> UInt64? {
    index > .zero && index.rawValue <= UInt64(digests.count) ? digests[Int(index.rawValue) - 1] : nil
  }

  /// The digest of the state after an index, had each command been applied as often as the log holds it.
  ///
  /// - Complexity: that of applying all of them anew.
  func digestOfRepetition(at index: LogIndex) -> UInt64 { machine(at: index, rules: AppliesAgain.self).digest }

  /// The first thing in which a state differs from what the log up to an index comes to; `nil` if there is nothing.
  ///
  /// - Complexity: that of applying all entries anew: for when a failure is found.
  func difference(of state: StateMachine, at index: LogIndex) -> StateDifference? {
    guard digest(at: index) != nil else { return nil }
    return state.firstDifference(from: machine(at: index, rules: PaperSessionRules.self))
  }

  private func machine(at index: LogIndex, rules: any SessionRules.Type) -> StateMachine {
    var machine = StateMachine(sessions: machine.settings)
    for (place, entry) in entries.prefix(Int(index.rawValue)).enumerated() {
      Self.apply(entry, at: UInt64(place) + 1, to: &machine, rules: rules)
    }
    return machine
  }

  private static func apply(
    _ entry: Entry, at index: UInt64, to machine: inout StateMachine, rules: any SessionRules.Type
  ) {
    guard case .command(let bytes) = entry.payload, let command = try? Command(decoding: bytes) else { return }
    _ = machine.apply(command, at: index, clock: .epoch, rules: rules)
  }
}

import Determinism
import KeyValue
import Raft
import Reference
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

  /// What the servers' disks hold for good.
  package private(set) var durable: ReferenceDisks
  /// The digest of the log up to each committed index, from index 1.
  private(set) var committed: [UInt64] = []
  /// The configuration with which the cluster began, and those of the committed log.
  private(set) var configurations: [LoggedMembers]
  /// The configuration by which the last of it was committed; two where that was in the step in which a leader appended
  /// another one, for it may have been before or after.
  private(set) var committing: [Members]
  /// What the committed log comes to.
  private(set) var states: CommittedStates
  /// In the order in which they were seen.
  private(set) var leaders: [LeaderLog] = []

  /// - Parameters:
  ///   - nodes: how many servers there are.
  ///   - voters: those with which the cluster begins.
  ///   - sessions: as the servers have them.
  package init(nodes: Int, voters: NodeSet, sessions: SessionSettings) {
    configurations = [LoggedMembers(beginningWith: voters)]
    committing = [configurations[0].members]
    durable = ReferenceDisks(nodes: nodes)
    states = CommittedStates(sessions: sessions)
  }

  /// The end of what is committed.
  var lastCommitted: LogIndex { LogIndex(UInt64(committed.count)) }

  /// The configuration of the committed log as of an index; `nil` beyond its end.
  func members(at index: LogIndex) -> LoggedMembers? {
    index <= lastCommitted ? configurations.last { $0.index <= index } : nil
  }

  /// The digest of a leader's log up to an index, if that was seen.
  func digest(at index: LogIndex, ofLeaderIn term: Term) -> UInt64? {
    leaders.last { $0.term == term }?.digest(at: index)
  }

  /// Takes note of what a node's disk holds now.
  mutating func note(diskOf node: NodeID, _ change: (inout ReferenceDisk) -> Void) {
    durable.follow(node, change)
  }

  /// Takes note of where a node stands after its step.
  package mutating func note(_ cluster: ClusterView) {
    let status = cluster.status
    let known = leaders.last { $0.term == status.term && $0.leader == cluster.changed }?.lastIndex
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
    if status.commitIndex > lastCommitted {
      committing = [cluster.members(at: cluster.changed)]
      if let known, let before = cluster.members(appendedBehind: max(known, status.commitIndex)) {
        committing.append(before)
      }
      noteCommits(up: status.commitIndex, in: cluster.log)
    }
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
      guard lastCommitted > log.start.index else { continue }
      let entry = log[lastCommitted]
      states.apply(entry, at: lastCommitted)
      if case .configuration(let members) = entry.payload {
        configurations.append(LoggedMembers(index: lastCommitted, members: members))
      }
    }
  }
}

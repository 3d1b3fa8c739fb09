import Determinism
import Raft
import Replica
import Traces

/// A server uses the latest configuration in its log, committed or not (Raft §6); and what it has applied of the log holds the
/// same configuration as at everybody else.
package struct MembersInForce: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    try Self.check(cluster, past)
  }

  static func check(_ cluster: ClusterView, _ past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    // Where no server has ever been told of another configuration there is nothing to compare.
    guard
      status.membersIndex > .zero || past.configurations.count > 1 || status.logStart.index > .zero
        || cluster.holdsOtherMembers
    else { return }
    let (latest, inForce, held) = cluster.replicas.withUnsafeBufferPointer { replicas in
      let log = replicas[node.offset].raft.log
      return (log.latestMembers, replicas[node.offset].raft.inForce, log.members(at: status.appliedIndex))
    }
    guard latest == inForce else {
      throw InvariantViolation(.membersNotInForce(node, latest: latest, inForce: inForce))
    }
    // Who joins learns of the first configuration only from a snapshot, if ever.
    guard !held.members.all.isEmpty, let committed = past.members(at: status.appliedIndex), held != committed else {
      return
    }
    throw InvariantViolation(
      .membersDiffer(node, after: status.appliedIndex, held: held, committed: committed))
  }
}

/// Each two quorums of a configuration and of the next one of the committed log have a server in common (Raft §6, Ongaro 2014
/// §4.1): else two leaders could be elected, or two logs committed.
package struct ConfigurationsOverlap: ClusterInvariant {
  /// How many configurations were compared.
  private var compared = 1

  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    while compared < past.configurations.count {
      let (before, after) = (past.configurations[compared - 1], past.configurations[compared])
      compared += 1
      guard before.members.overlaps(after.members) else {
        throw InvariantViolation(.configurationsApart(before, after))
      }
    }
  }
}

/// A leader changes members one step after the other (Raft §6, Ongaro 2014 §4): its log holds no two configurations that are
/// not committed; it ends joint consensus once that is committed; who is no voter any more leads no longer once that is
/// committed; until then it replicates to those that it removes; and whoever becomes a voter has been a learner first and holds
/// the entry that made it one.
package struct ChangesEnd: ClusterInvariant {
  package init() {}

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    try Self.check(cluster, past)
  }

  static func check(_ cluster: ClusterView, _ past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    guard status.role == .leader, status.membersIndex > .zero, cluster.replicas[node.offset].stopReason == nil else {
      return
    }
    let configurations = cluster.replicas.withUnsafeBufferPointer { $0[node.offset].raft.log.configurations }
    let latest = configurations[configurations.count - 1]
    let open = configurations.filter { $0.index > past.lastCommitted }
    if open.count > 1 {
      throw InvariantViolation(.changesUncommitted(node, term: status.term, open[0], open[1]))
    }
    guard latest.index > status.commitIndex else {
      if latest.members.isJoint { throw InvariantViolation(.jointNotLeft(node, term: status.term, latest)) }
      guard latest.members.electors.contains(node) else {
        throw InvariantViolation(.leadsThoughRemoved(node, term: status.term, latest))
      }
      return
    }
    let raft = cluster.replicas[node.offset].raft
    guard let before = raft.log.members(before: latest.index), !before.members.all.isEmpty else { return }
    let tracked = raft.leadership?.progress.tracked ?? NodeSet()
    let forgotten = before.members.all.subtracting(tracked)
    if !forgotten.isEmpty {
      throw InvariantViolation(.removedForgotten(node, term: status.term, latest, forgotten: forgotten))
    }
    try checkNewVoters(of: latest, after: before, leader: node, raft, cluster)
  }

  private static func checkNewVoters(
    of latest: LoggedMembers, after before: LoggedMembers, leader: NodeID, _ raft: RaftNode, _ cluster: ClusterView
  ) throws(InvariantViolation) {
    // A leader knows only in its own term what others hold.
    guard raft.log.term(at: latest.index) == raft.term else { return }
    for voter in latest.members.voters.subtracting(before.members.electors) where voter != leader {
      let since = raft.log.configurations.last { !$0.members.all.contains(voter) }
      let learner = raft.log.configurations.first { $0.index > since?.index ?? .zero && $0.members.all.contains(voter) }
      guard before.members.learners.contains(voter), let learner, cluster.match(of: voter, at: leader) >= learner.index
      else {
        throw InvariantViolation(
          .voterNotCaughtUp(
            leader: leader, term: raft.term, voter: voter, match: cluster.match(of: voter, at: leader), latest))
      }
    }
  }
}

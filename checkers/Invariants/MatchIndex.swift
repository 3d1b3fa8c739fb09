import Determinism
import Raft
import Replica
import Traces

/// What a leader knows a member to hold only grows while it leads (Raft Figure 2, matchIndex).
package struct MatchMonotonicity: ClusterInvariant {
  /// By node: the last term in which it led, and what it knew last.
  private var terms: [Term]
  private var digests: [UInt64]
  /// By leader, and then by member.
  private var matches: [LogIndex]

  package init(nodes: Int) {
    terms = Array(repeating: .zero, count: nodes)
    digests = Array(repeating: 0, count: nodes)
    matches = Array(repeating: .zero, count: nodes * nodes)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.status
    let (leader, place) = (cluster.changed, cluster.changed.offset)
    guard status.role == .leader else { return }
    let isNew = terms[place] != status.term
    guard isNew || digests[place] != status.matchDigest else { return }
    (terms[place], digests[place]) = (status.term, status.matchDigest)
    for member in cluster.nodes {
      // Of whom it lets go it knows nothing any more, and begins anew should that one come back.
      guard cluster.tracks(member, leader) else {
        matches[place * terms.count + member.offset] = .zero
        continue
      }
      let known = cluster.match(of: member, at: leader)
      let before = matches[place * terms.count + member.offset]
      guard isNew || known >= before else {
        throw InvariantViolation(
          .matchWentBack(leader: leader, term: status.term, member: member, from: before, to: known))
      }
      matches[place * terms.count + member.offset] = known
    }
  }
}

/// A leader believes of no member, itself included, that it holds more than is durable there of the leader's log, as long as
/// both are in one term (Raft Figure 2, matchIndex: known to be replicated).
package struct MatchIsDurable: ClusterInvariant {
  /// What the property hangs on at one node. That more becomes durable breaks nothing.
  private struct Seen: Hashable, Sendable {
    var role = Role.follower
    var term = Term.zero
    var matchDigest: UInt64 = 0
    var rewrites = 0
    var isRunning = false
  }

  private var seen: [Seen]

  package init(nodes: Int) {
    seen = Array(repeating: Seen(), count: nodes)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    let present = Seen(
      role: status.role, term: status.term, matchDigest: status.matchDigest,
      rewrites: past.durable.rewrites(of: node), isRunning: cluster.running.contains(node))
    guard seen[node.offset] != present else { return }
    seen[node.offset] = present
    try Self.check(leader: node, cluster, past)
    for leader in cluster.nodes where leader != node { try Self.check(leader: leader, cluster, past) }
  }

  /// Checks what a node, should it lead, believes of all members.
  static func check(leader: NodeID, _ cluster: ClusterView, _ past: ClusterPast) throws(InvariantViolation) {
    let status = cluster.replicas[leader.offset].status
    guard status.role == .leader, cluster.running.contains(leader) else { return }
    for member in cluster.nodes {
      try check(
        leader: leader, in: status.term, member: member, cluster.match(of: member, at: leader), cluster, past)
    }
  }

  private static func check(
    leader: NodeID, in term: Term, member: NodeID, _ match: LogIndex, _ cluster: ClusterView, _ past: ClusterPast
  ) throws(InvariantViolation) {
    let memberTerm =
      cluster.running.contains(member)
      ? cluster.replicas[member.offset].status.term : past.durable.hardState(of: member).term
    // Entries may be durable a moment before their term is.
    guard max(memberTerm, past.durable.lastPosition(of: member).term) == term else { return }
    let digest = past.digest(at: match, ofLeaderIn: term)
    guard past.durable.holds(match, digest: digest, on: member) else {
      throw InvariantViolation(
        .matchNotDurable(
          leader: leader, term: term, member: member, index: match,
          durable: DurableLack(past.durable[member], of: match)))
    }
  }
}

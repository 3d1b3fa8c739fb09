import Determinism
import Raft
import Replica
import Traces

/// With pre-vote a server campaigns in a term only once a majority, itself included, has said in the term before that it would
/// vote for it (Ongaro 2014 §9.6).
package struct CampaignsAreGranted: ClusterInvariant {
  /// Who has told a node so in a term.
  private struct Grants: Sendable {
    var term = Term.zero
    var attempt = CampaignAttempt(starts: 0, number: 0)
    var voters = NodeSet()
  }

  /// By node.
  private var grants: [Grants]
  /// By node: the last term in which it was a candidate.
  private var campaigns: [Term]

  package init(nodes: Int) {
    grants = Array(repeating: Grants(), count: nodes)
    campaigns = Array(repeating: .zero, count: nodes)
  }

  /// A node starts anew. A term of which it has told nobody it may have forgotten.
  package mutating func noteStart(of node: NodeID) { grants[node.offset] = Grants() }

  /// A message has come to a node.
  package mutating func noteArrival(of message: RaftMessage, from voter: NodeID, at node: NodeID) {
    guard case .preVoteReply(let reply) = message, reply.isGranted, reply.term >= grants[node.offset].term else {
      return
    }
    if reply.term > grants[node.offset].term || reply.attempt != grants[node.offset].attempt {
      // Of two attempts the later one counts.
      let known = grants[node.offset]
      let isLater = (reply.attempt.starts, reply.attempt.number) > (known.attempt.starts, known.attempt.number)
      guard reply.term > known.term || isLater else { return }
      grants[node.offset] = Grants(term: reply.term, attempt: reply.attempt)
    }
    grants[node.offset].voters.insert(voter)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    guard status.role == .candidate, campaigns[node.offset] != status.term else { return }
    campaigns[node.offset] = status.term
    guard cluster.replicas[node.offset].raft.configuration.usesPreVote else { return }
    let granted = grants[node.offset]
    let raft = cluster.replicas[node.offset].raft
    // Whom its leader has told to campaign asks nobody (Ongaro 2014 §3.10).
    if raft.orderedIn?.next == status.term { return }
    let hasGrants = granted.term.next == status.term && granted.attempt == raft.attempt
    try Self.check(node, in: status.term, of: cluster) { hasGrants && granted.voters.contains($0) }
  }

  /// Checks the campaign of a node for which some would have voted.
  static func check(
    _ node: NodeID, in term: Term, of cluster: ClusterView, hasGranted: (NodeID) -> Bool
  ) throws(InvariantViolation) {
    let members = cluster.members(at: node)
    var voters = NodeSet()
    for voter in members.electors where voter == node || hasGranted(voter) { voters.insert(voter) }
    guard members.isQuorum(voters) else {
      throw InvariantViolation(
        .campaignWithoutGrants(node, term: term, by: Array(voters), members: members.electors.count))
    }
  }
}

import Determinism
import Raft
import Replica
import Traces

/// A leader has the votes of a majority of the voters of its configuration, of both sets during joint consensus (Raft §5.2, §6);
/// learners and strangers do not count (Ongaro 2014 §4.2.1). Nor do they campaign (§4.2.2): only voters do, and those of the
/// configuration before one that is not known to be committed.
package struct ElectedByQuorum: ClusterInvariant {
  /// The votes that have come to a node in a term.
  private struct Votes: Sendable {
    var term = Term.zero
    var voters = NodeSet()
  }

  /// By node.
  private var votes: [Votes]
  /// By node: the last term in which it was seen to lead.
  private var ledTerms: [Term]

  package init(nodes: Int) {
    votes = Array(repeating: Votes(), count: nodes)
    ledTerms = Array(repeating: .zero, count: nodes)
  }

  /// A message has come to a node.
  package mutating func noteArrival(of message: RaftMessage, from voter: NodeID, at node: NodeID) {
    guard case .requestVoteReply(let reply) = message, reply.isGranted, reply.term >= votes[node.offset].term else {
      return
    }
    if reply.term > votes[node.offset].term { votes[node.offset] = Votes(term: reply.term) }
    votes[node.offset].voters.insert(voter)
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    if status.role == .candidate || status.role == .preCandidate { try Self.check(candidate: node, cluster) }
    guard status.role == .leader, ledTerms[node.offset] != status.term else { return }
    ledTerms[node.offset] = status.term
    let others = votes[node.offset].term == status.term ? votes[node.offset].voters : NodeSet()
    let members = Self.members(countedBy: node, in: status.term, of: cluster)
    guard members.isQuorum(others.inserting(node)) else {
      throw InvariantViolation(
        .electedByTooFew(
          node, term: status.term, voters: others.inserting(node), members: members.electors.count))
    }
  }

  /// By what a node has counted that leads as of now. A new leader may append a configuration at once: that which ends joint
  /// consensus. What it appends says nothing of the votes before.
  private static func members(countedBy node: NodeID, in term: Term, of cluster: ClusterView) -> Members {
    let raft = cluster.replicas[node.offset].raft
    guard raft.inForce.index > .zero, raft.log.term(at: raft.inForce.index) == term else { return raft.inForce.members }
    return (raft.log.members(before: raft.inForce.index) ?? raft.inForce).members
  }

  /// Checks whether a node may campaign, by what its log says.
  static func check(candidate node: NodeID, _ cluster: ClusterView) throws(InvariantViolation) {
    let (raft, status) = (cluster.replicas[node.offset].raft, cluster.replicas[node.offset].status)
    let latest = raft.log.latestMembers
    let before = latest.index > status.commitIndex ? raft.log.members(before: latest.index) : nil
    guard latest.members.electors.contains(node) || before?.members.electors.contains(node) ?? false else {
      throw InvariantViolation(.campaignsOutside(node, term: status.term, latest))
    }
  }
}

import Determinism

/// Who takes part in a cluster: its configuration as of one entry of the log (Raft §6; Ongaro 2014 §4).
package struct Members: Hashable, Sendable {
  /// Those that vote and count; during joint consensus, those of the new configuration.
  package var voters: NodeSet
  /// During joint consensus, the voters of the old configuration; otherwise none.
  package var outgoing: NodeSet
  /// Those that receive the log, and neither vote nor count (Ongaro 2014 §4.2.1). None of them is a voter.
  package var learners: NodeSet

  package init(voters: NodeSet = NodeSet(), outgoing: NodeSet = NodeSet(), learners: NodeSet = NodeSet()) {
    (self.voters, self.outgoing, self.learners) = (voters, outgoing, learners)
  }

  /// Whoever takes part in whatever way.
  package var all: NodeSet { voters.union(outgoing).union(learners) }

  /// Whether two configurations are in force together, the old one and the new one.
  package var isJoint: Bool { !outgoing.isEmpty }

  /// Whether a server has a vote, in either of them.
  package func hasVote(_ node: NodeID) -> Bool { voters.contains(node) || outgoing.contains(node) }
}

/// How many of which servers must agree: a majority of the voters and, during joint consensus, one of the outgoing voters,
/// too (Raft §6).
struct Electorate {
  /// A set of voters, and how many of them must agree.
  struct Half {
    let voters: NodeSet
    let quorum: Int

    init(_ voters: NodeSet, _ rules: any RaftRules.Type) {
      self.voters = voters
      // Of no voters nobody can agree, and no wrong rule lets nobody decide, or asks for more than there are.
      quorum = max(1, min(rules.quorum(of: voters.count), voters.count))
    }

    func isReached(_ count: Int) -> Bool { count >= quorum }
  }

  let incoming: Half
  let outgoing: Half?

  init(_ members: Members, _ rules: any RaftRules.Type) {
    incoming = Half(members.voters, rules)
    outgoing = members.isJoint ? Half(members.outgoing, rules) : nil
  }

  /// Whether those who agree are enough.
  func isQuorum(_ agreeing: NodeSet) -> Bool {
    incoming.isReached(agreeing.intersection(incoming.voters).count)
      && outgoing.map { $0.isReached(agreeing.intersection($0.voters).count) } ?? true
  }

  /// Whether a candidate has votes enough.
  func elects(_ votes: VoteCount) -> Bool {
    incoming.isReached(votes.incoming) && outgoing?.isReached(votes.outgoing) ?? true
  }
}

/// The votes that a candidate was granted.
package struct VoteCount: Hashable, Sendable {
  /// Whose they are.
  package private(set) var granted = NodeSet()
  /// How many of them are votes of the voters in force, and how many are of the outgoing ones.
  private(set) var incoming = 0
  private(set) var outgoing = 0

  /// Takes note of one that was granted.
  mutating func count(_ voter: NodeID, among members: Members, _ rules: any RaftRules.Type) {
    let isRepeated = granted.contains(voter)
    if members.voters.contains(voter) { incoming = rules.votes(counted: incoming, isRepeated: isRepeated) }
    if members.outgoing.contains(voter) { outgoing = rules.votes(counted: outgoing, isRepeated: isRepeated) }
    granted.insert(voter)
  }
}

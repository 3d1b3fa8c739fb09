import Determinism

/// Who takes part in a cluster: its configuration (Raft §6; Ongaro 2014 §4).
package struct Members: Hashable, Sendable {
  /// Those that vote and count; during joint consensus, those of the new configuration.
  package var voters: NodeSet
  /// During joint consensus, the voters of the old configuration; otherwise none.
  package var outgoing: NodeSet
  /// Those that receive the log, and neither vote nor count (Ongaro 2014 §4.2.1). None of them is one of `voters`; an
  /// outgoing voter among them is a learner once joint consensus has ended.
  package var learners: NodeSet

  package init(voters: NodeSet = NodeSet(), outgoing: NodeSet = NodeSet(), learners: NodeSet = NodeSet()) {
    (self.voters, self.outgoing, self.learners) = (voters, outgoing, learners)
  }

  /// Whoever takes part in whatever way.
  package var all: NodeSet { voters.union(outgoing).union(learners) }

  /// Whoever has a vote, in one of two configurations at least.
  package var electors: NodeSet { voters.union(outgoing) }

  /// Whether two configurations are in force together, the old one and the new one.
  package var isJoint: Bool { !outgoing.isEmpty }

  /// What follows on joint consensus: the new configuration alone.
  package var settled: Members { Members(voters: voters, learners: learners) }
}

/// A configuration, and where in the log it stands.
package struct LoggedMembers: Hashable, Sendable {
  /// The entry that brought it; zero for the one with which the cluster began.
  package var index: LogIndex
  package var members: Members

  package init(index: LogIndex, members: Members) {
    (self.index, self.members) = (index, members)
  }

  /// The configuration with which a cluster of these voters begins.
  package init(beginningWith voters: NodeSet) {
    self.init(index: .zero, members: Members(voters: voters))
  }
}

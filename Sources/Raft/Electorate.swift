import Determinism

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
    // Not asked of every count, for mostly there is one configuration only.
    let old = members.isJoint ? rules.oldMajority(of: members) : NodeSet()
    outgoing = old.isEmpty ? nil : Half(old, rules)
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

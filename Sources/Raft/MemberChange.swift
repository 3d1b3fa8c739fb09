import Determinism

/// What an operator wants to be different about who takes part (Raft §6; Ongaro 2014 §4). Whoever is named twice becomes what
/// comes first here.
package struct MemberChange: Hashable, Sendable {
  /// Those that shall be voters: servers that are added, and learners that are promoted.
  package var voters: NodeSet
  /// Those that shall be learners: servers that are added, and voters that are demoted.
  package var learners: NodeSet
  /// Those that shall take part no longer.
  package var removed: NodeSet

  package init(voters: NodeSet = NodeSet(), learners: NodeSet = NodeSet(), removed: NodeSet = NodeSet()) {
    (self.voters, self.learners, self.removed) = (voters, learners, removed)
  }

  /// The configuration that it makes of another one, which is not joint.
  package func applied(to members: Members) -> Members {
    let gone = removed.subtracting(voters).subtracting(learners)
    return Members(
      voters: members.voters.subtracting(learners.subtracting(voters)).subtracting(gone).union(voters),
      learners: members.learners.union(learners).subtracting(voters).subtracting(gone))
  }
}

/// What became of an operator's request: of a change of members, or of a transfer of leadership.
package enum RequestOutcome: Hashable, Sendable {
  /// It is as was asked for.
  case done
  /// It is not, and of this request nothing more will come; servers that were to become voters may be learners by now.
  case refused(RequestRefusal)
}

/// Why an operator's request is not carried out.
package enum RequestRefusal: UInt8, Error, Hashable, Sendable, CaseIterable {
  /// Another change of members is not committed yet.
  case changeUnderWay = 1
  /// Leadership is being transferred.
  case transferUnderWay
  /// The leader has not committed an entry of its own term yet, so it does not know which configuration is in force at
  /// the others (Ongaro's correction of 2015).
  case nothingCommittedInTerm
  /// It names a server that takes no part, or that can have no part in this.
  case unknownServer
  /// No voter would be left.
  case lastVoter
  /// A new voter did not catch up with the leader's log (Ongaro 2014 §4.2.1), or did not take over in time (§3.10).
  case notCaughtUp

  /// As it stands in files.
  package var name: String {
    switch self {
    case .changeUnderWay: "change-under-way"
    case .transferUnderWay: "transfer-under-way"
    case .nothingCommittedInTerm: "nothing-committed-in-term"
    case .unknownServer: "unknown-server"
    case .lastVoter: "last-voter"
    case .notCaughtUp: "not-caught-up"
    }
  }
}

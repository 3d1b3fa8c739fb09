/// The five properties that Raft guarantees at all times (Raft Figure 3).
package struct RaftInvariants: Sendable {
  private var electionSafety = ElectionSafety()
  private var leaderAppendOnly: LeaderAppendOnly
  private var logMatching: LogMatching
  private var leaderCompleteness = LeaderCompleteness()
  private var stateMachineSafety: StateMachineSafety

  /// - Parameter nodes: how many servers there are.
  package init(nodes: Int) {
    leaderAppendOnly = LeaderAppendOnly(nodes: nodes)
    logMatching = LogMatching(nodes: nodes)
    stateMachineSafety = StateMachineSafety(nodes: nodes)
  }

  /// Checks all five after a step.
  ///
  /// - Throws: the first that does not hold, in the order of the figure.
  package mutating func check(_ cluster: ClusterView) throws(InvariantViolation) {
    try electionSafety.check(cluster)
    try leaderAppendOnly.check(cluster)
    try logMatching.check(cluster)
    try leaderCompleteness.check(cluster)
    try stateMachineSafety.check(cluster)
  }
}

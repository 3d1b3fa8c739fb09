import Determinism
import Raft
import Replica
import Traces

/// What a server has told a client to be done is in its log, and in that of every leader of a later term, or in its snapshot (Raft
/// §5.3: a leader answers once the entry is committed, and Leader Completeness).
package struct AcknowledgedWriteSurvives: ClusterInvariant {
  /// An answer that was given.
  private struct Answer: Sendable {
    var index: LogIndex
    /// Of the log of the server that answered, up to there.
    var digest: UInt64
    /// That server's term.
    var term: Term
  }

  private var answers: [Answer] = []
  /// How many leaders have been looked at.
  private var checkedLeaders = 0

  package init() {}

  /// A server answers.
  package mutating func check(
    answerAbout position: LogPosition, in cluster: ClusterView, knowing past: ClusterPast
  ) throws(InvariantViolation) {
    guard let digest = try Self.digest(upTo: position, in: cluster) else { return }
    let answer = Answer(index: position.index, digest: digest, term: cluster.status.term)
    answers.append(answer)
    for leader in past.leaders.prefix(checkedLeaders) { try Self.check(answer, leader) }
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    while checkedLeaders < past.leaders.count {
      let leader = past.leaders[checkedLeaders]
      checkedLeaders += 1
      for answer in answers { try Self.check(answer, leader) }
    }
  }

  /// The digest of the answering server's log up to what it answers about; `nil` if only its snapshot tells.
  static func digest(upTo position: LogPosition, in cluster: ClusterView) throws(InvariantViolation) -> UInt64? {
    let log = cluster.log
    guard position.index >= log.start.index else { return nil }
    guard log.term(at: position.index) == position.term, let digest = log.digest(at: position.index) else {
      throw InvariantViolation(.toldOfMissingEntry(cluster.changed, position))
    }
    return digest
  }

  private static func check(_ answer: Answer, _ leader: ClusterPast.LeaderLog) throws(InvariantViolation) {
    guard leader.term > answer.term else { return }
    guard leader.holds(answer.index, digest: answer.digest) else {
      throw InvariantViolation(
        .leaderLacksTold(leader.leader, term: leader.term, index: answer.index, toldIn: answer.term))
    }
  }
}

import Determinism

/// What follows from a node's state after a step, for whoever looks at each: to compute it from outside costs a copy of the
/// whole node.
package struct RaftSummary: Hashable, Sendable {
  /// The end of the log, and the digest of all of it.
  package var lastIndex = LogIndex.zero
  package var logDigest: UInt64 = 0
  /// The last index of the newest snapshot.
  package var snapshotIndex = LogIndex.zero
  /// Where the configuration in force stands in the log; zero for the one with which the cluster began.
  package var membersIndex = LogIndex.zero
  /// Changes with what this leader knows its members to hold; zero while it does not lead.
  package var matchDigest: UInt64 = 0
  /// Whether it sends its snapshot to a peer, or has received a part of its leader's
  /// that it has not installed yet.
  package var isTransferringSnapshot = false
  /// Whether it leads and transfers its leadership.
  package var isTransferringLeadership = false
  /// Until when it answers reads by its lease (Ongaro 2014 §6.4.1); `nil` without one.
  package var leaseEnd: LocalInstant?
  /// Until when it votes for nobody, having heard a leader (Ongaro 2014 §4.2.3); `nil` if it has promised nothing.
  package var promiseEnd: LocalInstant?
}

extension RaftNode {
  /// Brings the summary up to date.
  mutating func sumUp() {
    summary.lastIndex = log.lastIndex
    summary.logDigest = log.lastDigest
    summary.membersIndex = inForce.index
    summary.isTransferringLeadership = requests.transfer != nil
    if role == .leader {
      var (digest, isTransferring) = (UInt64(1), false)
      for member in lastLeadership?.progress.tracked ?? NodeSet() {
        digest = digest &* 0x9E37_79B9_7F4A_7C15 &+ (lastLeadership?.progress[member].match.rawValue ?? 0)
        if lastLeadership?.progress[member].mode == .snapshot { isTransferring = true }
      }
      (summary.matchDigest, summary.isTransferringSnapshot) = (digest, isTransferring)
    } else {
      (summary.matchDigest, summary.isTransferringSnapshot) = (0, incoming?.position != nil || arrivedPosition != nil)
    }
    guard configuration.reads == .lease else { return }
    summary.leaseEnd = role == .leader ? leaseEnd : nil
    summary.promiseEnd = heardLeaderAt.map { $0 + configuration.promise }
  }
}

import Determinism
import Raft
import Replica
import Traces

/// A server's term never decreases (Raft Figure 2, currentTerm): not within an incarnation, and from one incarnation to the next never
/// below what the server has told anyone.
package struct TermMonotonicity: ClusterInvariant {
  /// By node: what its term must not be below.
  private var lowest: [Term]
  /// By node: the latest term that it has told anyone.
  private var told: [Term]

  package init(nodes: Int) {
    lowest = Array(repeating: .zero, count: nodes)
    told = lowest
  }

  /// A node starts: what it has told nobody it may have forgotten.
  package mutating func noteStart(of node: NodeID) {
    lowest[node.offset] = told[node.offset]
  }

  /// A message leaves. Some kinds promise nothing of the term.
  package mutating func note(_ message: SentMessage) {
    if case .nothing = message.label.kind.promise { return }
    // Mostly it has told this before.
    if message.label.term > told[message.sender.offset] { told[message.sender.offset] = message.label.term }
  }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let term = cluster.status.term
    let before = lowest[cluster.changed.offset]
    guard term >= before else {
      throw InvariantViolation(.termWentBack(cluster.changed, from: before, to: term))
    }
    if term > before { lowest[cluster.changed.offset] = term }
  }
}

/// A server's commit index never decreases within an incarnation (Raft Figure 2, commitIndex).
package struct CommitMonotonicity: ClusterInvariant {
  /// By node: its commit index after its last step.
  private var lowest: [LogIndex]

  package init(nodes: Int) {
    lowest = Array(repeating: .zero, count: nodes)
  }

  /// A node starts anew: its commit index is forgotten.
  package mutating func noteStart(of node: NodeID) { lowest[node.offset] = .zero }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let index = cluster.status.commitIndex
    let before = lowest[cluster.changed.offset]
    guard index >= before else {
      throw InvariantViolation(.commitWentBack(cluster.changed, from: before, to: index))
    }
    if index > before { lowest[cluster.changed.offset] = index }
  }
}

/// The last index that a server has applied never decreases within an incarnation (Raft Figure 2, lastApplied).
package struct AppliedMonotonicity: ClusterInvariant {
  /// By node: what it had applied after its last step.
  private var lowest: [LogIndex]

  package init(nodes: Int) {
    lowest = Array(repeating: .zero, count: nodes)
  }

  /// A node starts anew, from its snapshot.
  package mutating func noteStart(of node: NodeID) { lowest[node.offset] = .zero }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let index = cluster.status.appliedIndex
    let before = lowest[cluster.changed.offset]
    guard index >= before else {
      throw InvariantViolation(.appliedWentBack(cluster.changed, from: before, to: index))
    }
    if index > before { lowest[cluster.changed.offset] = index }
  }
}

/// Log time, by which sessions expire, never goes back at a server within an incarnation, whatever the leaders' wall clocks do
/// (Ongaro 2014 §6.3).
package struct LogTimeMonotonicity: ClusterInvariant {
  /// By node: log time after its last step.
  private var latest: [WallInstant]

  package init(nodes: Int) {
    latest = Array(repeating: .epoch, count: nodes)
  }

  /// A node starts anew, from its snapshot.
  package mutating func noteStart(of node: NodeID) { latest[node.offset] = .epoch }

  package mutating func check(_ cluster: ClusterView, knowing past: ClusterPast) throws(InvariantViolation) {
    let place = cluster.changed.offset
    let time = cluster.replicas[place].stateMachine.logTime
    let before = latest[place]
    guard time >= before else { throw InvariantViolation(.logTimeWentBack(cluster.changed, from: before, to: time)) }
    if time > before { latest[place] = time }
  }
}

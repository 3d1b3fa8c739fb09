import Determinism
import Raft

/// Raft's Figure 3 and what durability asks, checked the plain way: every log against every other, entry by entry.
///
/// Written apart from `checkers/Invariants` on purpose: two observers do not make the same mistake.
struct FigureThree {
  /// A property that does not hold.
  struct Violation: Error, CustomStringConvertible {
    let description: String
  }

  private var leaders: [Term: NodeID] = [:]
  private var logsOfLeaders: [Term: [Entry]] = [:]
  /// What was ever committed, with the term of the node that was the first to know.
  private var committed: [(entry: Entry, term: Term)] = []

  /// How far the cluster has committed.
  var commitIndex: LogIndex { LogIndex(UInt64(committed.count)) }

  /// What the nodes looked like last.
  private var digests: [UInt64] = []

  /// Looks at the whole cluster; called after every step.
  mutating func check(_ cluster: TestCluster) throws(Violation) {
    let now = cluster.hosts.map(\.node.digest)
    guard now != digests else { return }
    digests = now
    let logs = cluster.hosts.map(\.wholeLog)
    for (host, log) in zip(cluster.hosts, logs) {
      guard RaftLog(log).digest(at: host.node.log.lastIndex) == host.node.log.digest(at: host.node.log.lastIndex)
      else { throw Violation(description: "\(host.node.id) misstates the digest of its log") }
    }
    try checkCommits(cluster, logs)
    for (host, log) in zip(cluster.hosts, logs) where host.isUp && host.node.role == .leader {
      try checkLeader(host.node, log)
    }
    try checkLogMatching(logs)
  }

  private mutating func checkLeader(_ node: RaftNode, _ log: [Entry]) throws(Violation) {
    if let other = leaders[node.term], other != node.id {
      throw Violation(description: "Election Safety: \(other) and \(node.id) lead term \(node.term)")
    }
    leaders[node.term] = node.id
    if let before = logsOfLeaders[node.term], Array(log.prefix(before.count)) != before {
      throw Violation(description: "Leader Append-Only: \(node.id) changed its log in term \(node.term)")
    }
    logsOfLeaders[node.term] = log
    for (offset, known) in committed.enumerated() where known.term < node.term {
      guard offset < log.count, log[offset] == known.entry else {
        throw Violation(description: "Leader Completeness: \(node.id) leads term \(node.term) without \(offset + 1)")
      }
    }
  }

  private func checkLogMatching(_ logs: [[Entry]]) throws(Violation) {
    for (place, one) in logs.enumerated() {
      for other in logs[..<place] {
        guard let last = zip(one, other).map({ $0.term == $1.term }).lastIndex(of: true) else { continue }
        guard one[...last] == other[...last] else {
          throw Violation(description: "Log Matching: n\(place + 1) agrees on \(last + 1) and not on all before it")
        }
      }
    }
  }

  /// State Machine Safety; and what is committed is on the disks of a majority.
  private mutating func checkCommits(_ cluster: TestCluster, _ logs: [[Entry]]) throws(Violation) {
    for (host, log) in zip(cluster.hosts, logs) {
      let count = Int(host.node.commitIndex.rawValue)
      guard host.applied.count == count, Array(log.prefix(count)) == host.applied else {
        throw Violation(description: "\(host.node.id) has applied something else than its log")
      }
      for (known, entry) in zip(committed, host.applied) where known.entry != entry {
        throw Violation(description: "State Machine Safety: \(host.node.id) applied \(entry) for \(known.entry)")
      }
      while committed.count < count {
        let offset = committed.count
        let holders = cluster.hosts.filter { $0.durable.log.dropFirst(offset).first == log[offset] }
        guard 2 * holders.count > cluster.hosts.count else {
          throw Violation(description: "\(host.node.id) commits \(offset + 1), durable on \(holders.count) nodes")
        }
        committed.append((log[offset], host.node.term))
      }
    }
  }
}

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

  /// What the nodes looked like last, and the logs that they had then.
  private var digests: [UInt64] = []
  private var logs: [[Entry]] = []

  /// Looks at the whole cluster; called after every step.
  mutating func check(_ cluster: TestCluster) throws(Violation) {
    var changed: [Int] = []
    for place in cluster.hosts.indices {
      let now = cluster.hosts[place].node.digest
      if place == digests.count {
        digests.append(now)
        logs.append([])
      } else if now == digests[place] {
        continue
      }
      digests[place] = now
      logs[place] = cluster.hosts[place].wholeLog
      changed.append(place)
    }
    guard !changed.isEmpty else { return }
    for place in changed {
      let (log, told) = (logs[place], cluster.hosts[place].node.log)
      guard RaftLog(log).digest(at: told.lastIndex) == told.digest(at: told.lastIndex)
      else { throw Violation(description: "\(cluster.hosts[place].node.id) misstates the digest of its log") }
    }
    for place in changed { try checkCommits(cluster, cluster.hosts[place], logs[place]) }
    // What was committed by another one must be in every leader's log.
    for place in cluster.hosts.indices where cluster.hosts[place].isUp && cluster.hosts[place].node.role == .leader {
      try checkLeader(cluster.hosts[place].node, logs[place])
    }
    for place in changed { try checkLogMatching(of: place) }
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

  private func checkLogMatching(of place: Int) throws(Violation) {
    let one = logs[place]
    for other in logs.indices where other != place {
      let other = logs[other]
      var last = min(one.count, other.count) - 1
      while last >= 0, one[last].term != other[last].term { last -= 1 }
      guard last >= 0 else { continue }
      guard one[...last] == other[...last] else {
        throw Violation(description: "Log Matching: n\(place + 1) agrees on \(last + 1) and not on all before it")
      }
    }
  }

  /// Whether these are a majority of the voters, and of the outgoing ones if there are any (Raft §6).
  static func isQuorum(_ nodes: [NodeID], of members: Members) -> Bool {
    [members.voters, members.outgoing].allSatisfy { half in
      half.isEmpty || 2 * nodes.filter { half.contains($0) }.count > half.count
    }
  }

  /// State Machine Safety; and what is committed is on the disks of a majority.
  private mutating func checkCommits(
    _ cluster: TestCluster, _ host: TestCluster.Host, _ log: [Entry]
  ) throws(Violation) {
    let count = Int(host.node.commitIndex.rawValue)
    guard host.applied.count == count, log.prefix(count) == host.applied[...] else {
      throw Violation(description: "\(host.node.id) has applied something else than its log")
    }
    for (known, entry) in zip(committed, host.applied) where known.entry != entry {
      throw Violation(description: "State Machine Safety: \(host.node.id) applied \(entry) for \(known.entry)")
    }
    guard committed.count < count else { return }
    let durable = cluster.hosts.map(\.durable.log)
    while committed.count < count {
      let offset = committed.count
      guard offset < cluster.deciders.count else {
        throw Violation(
          description: "\(host.node.id) takes \(offset + 1) to be committed, which no leader has committed")
      }
      let holders = cluster.members.filter {
        durable[$0.offset].count > offset && durable[$0.offset][offset] == log[offset]
      }
      guard Self.isQuorum(holders, of: cluster.deciders[offset]) else {
        throw Violation(description: "\(host.node.id) commits \(offset + 1), durable on \(holders)")
      }
      committed.append((log[offset], host.node.term))
    }
  }
}

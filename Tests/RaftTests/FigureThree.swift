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
  private var leadersOutside: Set<Term> = []
  /// How far the cluster had committed at the last look.
  private var committedBefore = LogIndex.zero
  private var logsOfLeaders: [Term: [Entry]] = [:]
  /// What was ever committed, with the term of the node that was the first to know.
  private var committed: [(entry: Entry, term: Term)] = []

  /// What was ever committed.
  var committedLog: [Entry] { committed.map(\.entry) }

  /// How many committed configurations were held against the one before.
  private(set) var checkedConfigurations = 0
  /// What the runs have been through: joint configurations that were committed, leaders outside of their configuration,
  /// leaders that were told to campaign, and leaders that found a configuration that was not committed.
  private(set) var met = (joint: 0, removedLeaders: 0, transfers: 0, inherited: 0)

  /// How far the cluster has committed.
  var commitIndex: LogIndex { LogIndex(UInt64(committed.count)) }

  /// What the nodes looked like last, and the logs that they had then.
  private var digests: [UInt64] = []
  private var logs: [[Entry]] = []

  /// Looks at the whole cluster; called after every step.
  mutating func check(_ cluster: TestCluster) throws(Violation) {
    committedBefore = commitIndex
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
      try checkLeader(cluster, cluster.hosts[place].node, logs[place])
    }
    for place in changed { try checkLogMatching(of: place) }
    for place in changed { try checkMembers(cluster, cluster.hosts[place], logs[place]) }
    try checkOverlaps(cluster)
  }

  private mutating func checkLeader(
    _ cluster: TestCluster, _ node: RaftNode, _ log: [Entry]
  ) throws(Violation) {
    if leaders[node.term] == nil { try checkElection(cluster, node, log) }
    if !node.members.electors.contains(node.id), leadersOutside.insert(node.term).inserted { met.removedLeaders += 1 }
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
    !members.voters.isEmpty
      && [members.voters, members.outgoing].allSatisfy { half in
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

/// Members that change (Raft §6; Ongaro 2014 §4).
extension FigureThree {
  /// Where configurations stand in a log, and what they are.
  private static func configurations(of log: some Sequence<Entry>, foundedBy founders: NodeSet) -> [LoggedMembers] {
    [LoggedMembers(beginningWith: founders)]
      + log.enumerated().compactMap { offset, entry in
        guard case .configuration(let members) = entry.payload else { return nil }
        return LoggedMembers(index: LogIndex(UInt64(offset + 1)), members: members)
      }
  }

  /// A server uses the latest configuration in its log, knows that of every index, and holds at most one that is not
  /// committed. One that has joined may not know with whom the cluster began.
  private func checkMembers(
    _ cluster: TestCluster, _ host: TestCluster.Host, _ log: [Entry]
  ) throws(Violation) {
    let (id, node) = (host.node.id, host.node)
    let known = Self.configurations(of: log, foundedBy: cluster.founders)
    func expect(_ told: LoggedMembers, asOf index: LogIndex) throws(Violation) {
      guard let right = known.last(where: { $0.index <= index }) else { return }
      let mayBeUnknown = right.index == .zero && !cluster.founders.contains(id)
      guard told == right || mayBeUnknown && told == LoggedMembers(beginningWith: NodeSet()) else {
        throw Violation(description: "\(id) goes by \(told) as of \(index), where \(right) is in force")
      }
    }
    try expect(node.inForce, asOf: node.log.lastIndex)
    try expect(node.log.members(at: node.commitIndex), asOf: node.commitIndex)
    if let snapshot = node.snapshot { try expect(snapshot.members, asOf: snapshot.position.index) }
    if let snapshot = node.snapshot, snapshot.members.members.voters.isEmpty {
      throw Violation(description: "\(id)'s snapshot of \(snapshot.position) does not say who takes part")
    }
    let agreed = zip(log, committed).prefix { $0 == $1.entry }.count
    guard known.count(where: { $0.index.rawValue > agreed }) <= 1 else {
      throw Violation(description: "\(id) holds two configurations that are not committed")
    }
  }

  /// A leader has the votes of a quorum of the configuration that was the latest in its log, and no learner's.
  private mutating func checkElection(_ cluster: TestCluster, _ node: RaftNode, _ log: [Entry]) throws(Violation) {
    let before = log.prefix { $0.term < node.term }
    let known = Self.configurations(
      of: before, foundedBy: cluster.founders)
    let voters = cluster.hosts.filter { host in
      let state = host.durable.hardState
      return state.term > node.term || state.term == node.term && state.votedFor == node.id
    }
    guard Self.isQuorum(voters.map(\.node.id), of: known[known.count - 1].members) else {
      throw Violation(description: "\(node.id) leads term \(node.term) with the votes of \(voters.map(\.node.id))")
    }
    if known[known.count - 1].index > committedBefore { met.inherited += 1 }
    if cluster.hosts.contains(where: { $0.node.requests.transfer?.target == node.id }) { met.transfers += 1 }
  }

  /// Of two configurations that follow on each other every two quorums overlap.
  private mutating func checkOverlaps(_ cluster: TestCluster) throws(Violation) {
    guard cluster.hosts.contains(where: { $0.node.inForce.index > .zero }) else { return }
    let known = Self.configurations(of: committedLog, foundedBy: cluster.founders)
    while checkedConfigurations < known.count - 1 {
      let (one, other) = (known[checkedConfigurations], known[checkedConfigurations + 1])
      for subset in 0..<(1 << cluster.members.count) {
        let (some, rest) = (
          cluster.members.filter { subset >> $0.offset & 1 == 1 },
          cluster.members.filter { subset >> $0.offset & 1 == 0 }
        )
        if Self.isQuorum(some, of: one.members), Self.isQuorum(rest, of: other.members) {
          throw Violation(description: "\(some) decide by \(one) and \(rest) by \(other)")
        }
      }
      checkedConfigurations += 1
      if other.members.isJoint { met.joint += 1 }
    }
  }
}

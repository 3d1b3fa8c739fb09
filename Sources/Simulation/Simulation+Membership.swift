import Determinism
import Invariants
import Raft
import Replica
import Scenarios
import Traces

/// Who takes part, as only an omniscient observer knows, and what that demands.
extension Simulation {
  /// The configuration that is surely committed: that of the log of which most is.
  var committedMembers: Members {
    var furthest = members[0]
    for node in members
    where cluster.replicas[node.offset].status.commitIndex > cluster.replicas[furthest.offset].status.commitIndex {
      furthest = node
    }
    let raft = cluster.replicas[furthest.offset].raft
    return raft.log.members(at: raft.commitIndex).members
  }

  /// The configurations that may be in force somewhere: the committed one, and all behind it in any log, be it durable only.
  private var standingMembers: [Members] {
    let committed = members.map { cluster.replicas[$0.offset].status.commitIndex }.max() ?? .zero
    var standing = [committedMembers]
    for node in members where arrived.contains(node) {
      let durable = cluster.running.contains(node) ? [] : durableLog(of: node)?.configurations ?? []
      for logged in cluster.replicas[node.offset].raft.log.configurations + durable where logged.index > committed {
        standing.append(logged.members)
      }
      if let pending = pendingMembers(at: node) { standing.append(pending) }
    }
    return standing
  }

  private func durableLog(of node: NodeID) -> DurableLog? { DurableLog(reading: hosts[node.offset].disk.visible) }

  /// What a change comes to that a leader has begun.
  private func pendingMembers(at node: NodeID) -> Members? {
    guard cluster.replicas[node.offset].status.role == .leader,
      let change = cluster.replicas[node.offset].raft.requests.change?.change
    else { return nil }
    return change.applied(to: cluster.replicas[node.offset].raft.log.latestMembers.members)
  }

  /// The servers that may be gone for good, or are.
  private var unsure: NodeSet { ruined.union(NodeSet(scenario.disk.weak)) }

  /// Whether of each set of voters a majority is surely not gone for good.
  private func areSure(_ sets: [Members]) -> Bool {
    sets.flatMap { [$0.voters, $0.outgoing] }.allSatisfy {
      $0.isEmpty || $0.intersection(unsure).count <= ($0.count - 1) / 2
    }
  }

  /// Whether the cluster could do without the servers that may be gone for good, if members changed so.
  func canStand(_ change: MemberChange) -> Bool {
    areSure(standingMembers.map { change.applied(to: $0.settled) })
  }

  /// Whether weak disks are a minority of all voters, so that one of them may fail.
  var maySpareWeakDisks: Bool { scenario.membership == nil || areSure(standingMembers) }

  // MARK: In the storm

  /// A leader gives a transfer up after about an election timeout by its own clock (Ongaro 2014 §3.10).
  private static let transferTimeouts = 3

  /// Looks whether a leader ends a transfer of leadership in time.
  mutating func lookAtTransfer(by node: NodeID) {
    guard cluster.running.contains(node), cluster.replicas[node.offset].status.role == .leader,
      let begun = cluster.replicas[node.offset].raft.requests.transfer?.begunAt
    else { return }
    let elapsed = hosts[node.offset].clock.local(at: now) - begun
    guard elapsed > scenario.cluster.electionTimeoutMax * Int64(Self.transferTimeouts) else { return }
    fail(.transferStuck(electionTimeouts: Self.transferTimeouts), accounts: accounts)
  }

  // MARK: Figures

  /// Whether a configuration in some log is not committed.
  var isMemberChangeOpen: Bool {
    guard scenario.membership != nil else { return false }
    let committed = members.map { cluster.replicas[$0.offset].status.commitIndex }.max() ?? .zero
    return members.contains { cluster.replicas[$0.offset].raft.log.latestMembers.index > committed }
  }

  /// Takes note of whether servers that run have different configurations in force, and how long that has been so.
  mutating func noteSplit() {
    let indices = members.filter {
      cluster.running.contains($0) && !cluster.replicas[$0.offset].raft.inForce.members.all.isEmpty
    }
    .map { cluster.replicas[$0.offset].status.membersIndex }
    let isSplit = indices.contains { $0 != indices[0] }
    if let since = splitSince {
      let tenths = Int((now - since).nanoseconds * 10 / max(1, scenario.cluster.electionTimeoutMax.nanoseconds))
      if calm.phase == .storm { statistics.longestSplit = max(statistics.longestSplit, tenths) }
    }
    splitSince = isSplit ? splitSince ?? now : nil
  }

  // MARK: The calm

  /// Those that heal first: of the order that was drawn as many as are enough to go on.
  func firstToHeal(_ plan: MembershipPlan) -> NodeSet {
    let possible = plan.healing.filter {
      arrived.contains($0) && !ruined.contains($0) && !hosts[$0.offset].isDamaged
    }
    let quorum = HealingQuorum(standing: standingMembers, logs: possible.compactMap { heldLog(of: $0) })
    var healing = NodeSet()
    for node in possible {
      if quorum.suffices(healing) { break }
      healing.insert(node)
    }
    return healing
  }

  /// The log of a server, or the one that it would find if it started now.
  private func heldLog(of node: NodeID) -> HealingQuorum.Log? {
    guard cluster.running.contains(node) else {
      return durableLog(of: node).map {
        HealingQuorum.Log(node: node, end: $0.end, latest: $0.members.latest, before: $0.members.before)
      }
    }
    let raft = cluster.replicas[node.offset].raft
    let latest = raft.log.latestMembers
    return HealingQuorum.Log(
      node: node, end: raft.log.lastPosition, latest: latest.members,
      before: latest.index > raft.commitIndex ? raft.log.members(before: latest.index)?.members : nil)
  }

  /// Whoever takes part by what the leader says, or else by what is committed, and has ever been there.
  var participants: NodeSet {
    guard scenario.membership != nil else { return NodeSet(members) }
    let present = leader().map { cluster.replicas[$0.offset].raft.inForce.members } ?? committedMembers
    return present.all.intersection(arrived).subtracting(ruined)
  }

  /// Whether the members are as they will be: no change is under way, nor a transfer of leadership.
  var areMembersSettled: Bool {
    guard scenario.membership != nil, let leader = leader() else { return true }
    let raft = cluster.replicas[leader.offset].raft
    return raft.requests.change == nil && raft.requests.transfer == nil && !raft.inForce.members.isJoint
      && raft.inForce.index <= raft.commitIndex
  }

  // MARK: The last requests

  /// When everything has healed, an operator asks for one change, and then for one transfer.
  mutating func beginLastChange(_ plan: MembershipPlan) {
    operators += Array(repeating: nil, count: Self.lastOperators)
    let present = committedMembers
    let wanted = arrived.contains(plan.lastChange) && !ruined.contains(plan.lastChange) ? plan.lastChange : nil
    guard let node = wanted else { return beginLastTransfer() }
    let change =
      present.voters.contains(node)
      ? MemberChange(removed: NodeSet().inserting(node))
      : MemberChange(voters: NodeSet().inserting(node))
    let after = change.applied(to: present)
    guard !after.voters.isEmpty, canStand(change) else { return beginLastTransfer() }
    begin(scenario.faults.count, .change(change), at: leader() ?? members[0])
  }

  private mutating func beginLastTransfer() {
    calm.isTransferring = true
    calm.since = now
    let present = committedMembers.voters.intersection(cluster.running)
    guard let leader = leader(), let target = present.removing(leader).first(where: { _ in true }) else {
      return endLastRequests()
    }
    begin(scenario.faults.count + 1, .transfer(to: target), at: leader)
  }

  /// Takes note of what became of one of the last two requests.
  mutating func noteLastRequest(_ position: Int, _ outcome: ClientReply.Body) {
    guard calm.phase == .changing, position >= scenario.faults.count else { return }
    if position == scenario.faults.count { beginLastTransfer() } else { endLastRequests() }
  }

  /// Looks whether the last requests come to their end in time.
  mutating func lookForLastRequests() {
    let elapsed = now - calm.since
    statistics.slowestRequest = max(
      statistics.slowestRequest, Int(elapsed.nanoseconds * 10 / max(1, scenario.cluster.electionTimeoutMax.nanoseconds))
    )
    lookAtCatchingUp(of: Array(participants))
    guard isTimeUp(after: Int64(Self.requestTimeouts)) else { return }
    let timeouts = Int(elapsed.nanoseconds / max(1, scenario.cluster.electionTimeoutMax.nanoseconds))
    fail(
      calm.isTransferring ? .transferStuck(electionTimeouts: timeouts) : .changeStuck(electionTimeouts: timeouts),
      accounts: accounts)
    endLastRequests()
  }

  /// Within how many election timeouts a change must end when all has healed, and a transfer, unless servers still catch up.
  static let requestTimeouts = 200
}

import Determinism
import Raft
import Testing

/// One random schedule: messages lost, doubled and out of order, crashes between any write and its sync, snapshots at
/// any time, clocks that differ by as much as they may, and reads.
struct Schedule {
  private enum Act: CaseIterable {
    case deliver, sync, timeout, rivals, heartbeat, propose, duplicate, lose, cutOff, crash, snapshot, read, pass
    case unreachable, usurp
    case change, transfer, stepDown, handOver
  }

  var draws: DiceSequence
  /// What this seed prefers: mixing everything in equal parts would hide what only some of it brings about.
  private let preference: [(element: Act, weight: Int)]
  /// How fast each node's clock runs, in thousandths.
  private let rates: [Int64]
  private(set) var readMode: ReadMode
  var cluster: TestCluster
  var checks = FigureThree()
  /// What was committed anywhere when each read began.
  private var needed: [ReadID: LogIndex] = [:]
  private var checkedReads: [Int]
  private let changesMembers: Bool
  /// Whom nobody hears.
  var isolated: NodeID?
  /// What the schedule has been through.
  private(set) var confirmed = 0
  private(set) var installed = 0

  /// - Parameter changesMembers: whether servers join empty, members change, and leadership is transferred.
  init(
    seed: UInt64, rules: any RaftRules.Type = PaperRaftRules.self, reads: ReadMode? = nil, changesMembers: Bool = false
  ) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 1))
    self.changesMembers = changesMembers
    let nodes = draws.next().within(changesMembers ? 1...4 : 3...5)
    let joining = changesMembers ? draws.next().within(2...6 - nodes) : 0
    preference = [
      (.deliver, 70), (.sync, draws.next().within(10...50)), (.timeout, draws.next().within(1...2)),
      (.rivals, draws.next().below(3)), (.heartbeat, draws.next().within(2...8)),
      (.propose, draws.next().within(2...12)), (.duplicate, draws.next().below(6)), (.lose, draws.next().below(4)),
      (.cutOff, draws.next().below(3)), (.crash, draws.next().below(4)), (.snapshot, draws.next().below(20)),
      (.read, draws.next().below(6)), (.pass, draws.next().within(1...12)), (.unreachable, draws.next().below(2)),
      (.usurp, draws.next().below(6)), (.change, changesMembers ? draws.next().within(4...15) : 0),
      (.transfer, changesMembers ? draws.next().below(3) : 0), (.stepDown, changesMembers ? draws.next().below(2) : 0),
      (.handOver, changesMembers ? draws.next().below(4) : 0),
    ]
    var dice = draws
    let mode = reads ?? dice.pick(ReadMode.allCases)
    readMode = mode
    let checksQuorum = mode == .lease || dice.next().below(2) == 0
    // Of a cluster whose members change one of them keeps those away that were removed (Ongaro 2014 §4.2.3).
    let usesPreVote = dice.next().below(2) == 0 || changesMembers && !checksQuorum
    let chunk = dice.pick([dice.next().within(5...60), 4_096])
    let trailing = dice.next().below(3)
    let perAppend = dice.next().within(1...3)
    let window = perAppend * dice.next().within(1...3)
    rates = (0..<nodes + joining).map { _ in Int64(dice.pick([900, 950, 1_000, 1_050, 1_100])) }
    draws = dice
    checkedReads = Array(repeating: 0, count: nodes + joining)
    cluster = TestCluster(
      nodes: nodes, joining: joining, maxEntriesPerAppend: perAppend, checksItself: false, rules: rules
    ) {
      $0.reads = mode
      $0.checksQuorum = checksQuorum
      $0.usesPreVote = usesPreVote
      $0.maxSnapshotChunkBytes = chunk
      $0.trailingEntries = trailing
      $0.maxInflightEntries = window
    }
    // Whoever starts again must know that it did: that binds its vote.
    for id in cluster.members { cluster.restart(id) }
  }

  private mutating func node() -> NodeID { draws.pick(cluster.members) }

  private mutating func act(_ number: Int) {
    let count = cluster.inFlight.count
    switch draws.pick(weighted: preference) {
    case .deliver where count > 0:
      // Mostly the older ones, now and then any.
      cluster.deliver(at: draws.next().below(draws.next().below(4) == 0 ? count : min(count, 3)))
    case .deliver, .sync:
      let busy = cluster.hosts.filter { !$0.held.isEmpty }.map(\.node.id)
      cluster.sync(busy.isEmpty ? node() : draws.pick(busy))
    case .timeout: cluster.timeout(node())
    case .rivals: for id in draws.permute(cluster.members).prefix(2) { cluster.timeout(id) }
    case .heartbeat: cluster.heartbeat(cluster.leader?.id ?? node())
    case .propose: cluster.propose("\(number)", at: cluster.leader?.id ?? node())
    case .duplicate: if count > 0 { cluster.duplicate(at: draws.next().below(count)) }
    case .lose:
      guard count > 0 else { return }
      let victim = cluster.inFlight[draws.next().below(count)]
      cluster.drop { $0 == victim }
    case .cutOff: isolated = isolated == nil ? (draws.next().below(2) == 0 ? cluster.leader?.id : node()) : nil
    case .crash:
      restart(node())
    case .snapshot: cluster.takeSnapshot(node())
    case .read:
      let least = checks.commitIndex
      let leaders = cluster.hosts.filter { $0.node.role == .leader }.map(\.node.id)
      let reader = leaders.isEmpty || draws.next().below(3) == 0 ? node() : draws.pick(leaders)
      needed[cluster.read(at: reader)] = least
    case .usurp: usurp(number)
    case .pass: pass(draws.next().within(Duration.milliseconds(1)...(.milliseconds(60))))
    case .unreachable: cluster.step(cluster.leader?.id ?? node(), .unreachable(node()))
    case .change: cluster.step(cluster.leader?.id ?? node(), .change(drawnChange()))
    case .transfer: cluster.transfer(to: draws.next().below(3) == 0 ? nil : node(), at: cluster.leader?.id ?? node())
    case .stepDown: cluster.step(cluster.leader?.id ?? node(), .stepDown)
    case .handOver: handOver(number)
    }
  }

  /// Those who can hear each other bring one of them to lead, and go on without the rest.
  private mutating func usurp(_ number: Int) {
    if changesMembers, draws.next().below(2) == 0 { orphanChange() }
    if isolated == nil { isolated = draws.next().below(2) == 0 ? cluster.leader?.id : node() }
    let others = cluster.members.filter { $0 != isolated }
    pass(draws.next().within(Duration.zero...(.milliseconds(350))))
    let (restarted, candidate) = (draws.pick(others), draws.pick(others))
    if draws.next().below(3) == 0 { restart(restarted) }
    cluster.timeout(candidate)
    cluster.settle(among: others)
    for copy in 0..<draws.next().within(1...3) { cluster.propose("\(number).\(copy)", at: candidate) }
    cluster.settle(among: others)
    if draws.next().below(2) == 0 { cluster.compact(candidate) }
    // Mostly they have had enough of it by then, and the outsider comes back to a log that no longer reaches to it.
    if draws.next().below(2) == 0 {
      isolated = nil
      cluster.heartbeat(candidate)
      catchUp(messages: draws.next().below(30))
    }
  }

  /// Lets so many messages arrive in their order, and all disks be quick.
  private mutating func catchUp(messages: Int) {
    for _ in 0..<messages where !cluster.inFlight.isEmpty {
      if draws.next().below(10) == 0 { cluster.duplicate(at: 0) }
      cluster.deliver(at: 0)
      for id in cluster.members { cluster.sync(id) }
    }
  }

  private mutating func restart(_ victim: NodeID) {
    cluster.crash(victim)
    cluster.restart(victim)
    checkedReads[victim.offset] = 0
  }

  mutating func pass(_ span: Duration) {
    for id in cluster.members { cluster.pass(span * rates[id.offset] / 1_000, at: id) }
  }

  /// A read sees whatever was committed when it began.
  mutating func checkReads() throws(FigureThree.Violation) {
    for place in cluster.hosts.indices where cluster.hosts[place].confirmedReads.count > checkedReads[place] {
      let host = cluster.hosts[place]
      for read in host.confirmedReads.dropFirst(checkedReads[place]) {
        guard let least = needed[read.id], read.index >= least else {
          throw .init(
            description: "\(host.node.id) reads at \(read.index) by \(readMode), "
              + "and \(needed[read.id] ?? .zero) was committed when the read began")
        }
        confirmed += 1
      }
      checkedReads[place] = host.confirmedReads.count
    }
  }

  /// - Throws: when a property of Figure 3 does not hold, or a read is stale.
  mutating func run(steps: Int) throws(FigureThree.Violation) {
    for number in 0..<steps {
      act(number)
      if let isolated { cluster.drop { $0.from == isolated || $0.to == isolated } }
      try checks.check(cluster)
      try checkReads()
    }
    installed = cluster.hosts.map(\.installedSnapshots).reduce(0, +)
  }
}

/// The calm after it.
extension Schedule {
  /// Ends all faults: whoever can be elected is, and brings everyone to agree who takes part.
  mutating func calm() throws(FigureThree.Violation) {
    isolated = nil
    cluster.settle()
    let leader = try elected()
    for _ in 0..<4 { try beat(leader) }
    try agree()
  }

  /// A heartbeat of a leader, and what comes of it.
  private mutating func beat(_ leader: NodeID) throws(FigureThree.Violation) {
    cluster.heartbeat(leader)
    cluster.settle()
    try checks.check(cluster)
    try checkReads()
  }

  /// Whether somebody leads the latest term.
  private var isLed: Bool { cluster.leader?.term == cluster.hosts.map(\.node.term).max() }

  /// Who leads when nothing is in anybody's way.
  private mutating func elected() throws(FigureThree.Violation) -> NodeID {
    for _ in 0..<(2 * cluster.members.count) {
      for id in cluster.members where !isLed {
        pass(.milliseconds(400))
        cluster.timeout(id)
        cluster.settle()
        try checks.check(cluster)
      }
    }
    guard let leader = cluster.leader?.id else { throw .init(description: "nobody can be elected without faults") }
    return leader
  }

  private func agree() throws(FigureThree.Violation) {
    guard let leader = cluster.leader?.id else { throw .init(description: "nobody leads") }
    let log = cluster.hosts[leader.offset].wholeLog
    for host in cluster.hosts where cluster[leader].members.all.contains(host.node.id) {
      guard host.wholeLog != log || host.applied != log else { continue }
      let progress = cluster[leader].leadership?.progress.slots[host.node.id.offset]
      throw .init(
        description: "\(host.node.id), at \(host.node.commitIndex) of \(host.node.log.lastPosition), does not catch up "
          + "with \(leader), at \(cluster[leader].commitIndex), which knows \(progress.map { "\($0)" } ?? "nothing")")
    }
  }
}

/// Members that change, and leadership that is transferred.
extension Schedule {
  /// Any change: mostly of one server, now and then of several.
  mutating func drawnChange() -> MemberChange {
    var change = MemberChange()
    for _ in 0..<draws.pick([1, 1, 1, 2, 3]) {
      let node = draws.pick(cluster.members)
      switch draws.next().below(5) {
      case 0, 1: change.voters.insert(node)
      case 2: change.learners.insert(node)
      default: change.removed.insert(node)
      }
    }
    return change
  }

  /// A leader begins a change of which only some hear, and is heard no more.
  private mutating func orphanChange() {
    guard let leader = cluster.leader?.id else { return }
    isolated = nil
    cluster.heartbeat(leader)
    cluster.settle()
    cluster.step(leader, .change(drawnChange()))
    for id in cluster.members where draws.next().below(3) == 0 {
      cluster.sync(id)
      cluster.deliver(from: leader, to: id)
    }
    isolated = leader
  }

  /// A leader tells another one to campaign, and hears nothing more of it.
  private mutating func handOver(_ number: Int) {
    guard let leader = cluster.leader?.id else { return }
    isolated = nil
    cluster.heartbeat(leader)
    cluster.settle()
    let target = draws.pick(cluster.members)
    cluster.transfer(to: target, at: leader)
    cluster.deliver(from: leader, to: target)
    isolated = leader
    cluster.settle(among: cluster.members.filter { $0 != leader })
    for id in cluster.members where id != leader { cluster.propose("\(number)", at: id) }
    cluster.settle(among: cluster.members.filter { $0 != leader })
  }

  /// Ends all faults, and asks for one more change and one more transfer: both must end, and be as was asked for.
  mutating func calmChanging() throws(FigureThree.Violation) {
    isolated = nil
    cluster.settle()
    try finishRequests()
    try changeOnce()
    try finishRequests()
    try transferOnce()
    let leader = try elected()
    for _ in 0..<4 { try beat(leader) }
    try agree()
  }

  /// Lets leaders lead until none of them has anything to do.
  private mutating func finishRequests() throws(FigureThree.Violation) {
    for _ in 0..<30 {
      let leader = try elected()
      pass(.milliseconds(40))
      try beat(leader)
      let node = cluster[leader]
      let isSettled = node.requests.change == nil && node.requests.transfer == nil && !node.members.isJoint
      if isSettled, node.role == .leader, node.inForce.index <= node.commitIndex { return }
    }
    throw .init(
      description: "what was asked for does not end: \(cluster.leader.map { "\($0.requests)" } ?? "no leader")")
  }

  /// One server comes, the leader goes, or all are replaced as far as there are others.
  private mutating func changeOnce() throws(FigureThree.Violation) {
    let leader = try elected()
    let (members, others) = (
      cluster[leader].members, NodeSet(cluster.members).subtracting(cluster[leader].members.voters)
    )
    var change = MemberChange()
    switch draws.next().below(3) {
    case 0 where !others.isEmpty: change.voters.insert(draws.pick(Array(others)))
    case 1 where members.voters.count > 1: change.removed.insert(leader)
    case _ where others.isEmpty: change.learners = members.voters.removing(leader)
    default: (change.voters, change.removed) = (others, members.voters)
    }
    if try ask(for: change, of: leader) { return }
    try finishRequests()
    guard try ask(for: change, of: try elected()) else { throw .init(description: "a leader is deposed once more") }
  }

  /// - Returns: whether it is so now; if not, the leader was deposed.
  private mutating func ask(for change: MemberChange, of leader: NodeID) throws(FigureThree.Violation) -> Bool {
    let wanted = change.applied(to: cluster[leader].members)
    let told = cluster.hosts[leader.offset].changeOutcomes.count
    cluster.step(leader, .change(change))
    for _ in 0..<12 where cluster.hosts[leader.offset].changeOutcomes.count == told {
      pass(.milliseconds(40))
      try beat(leader)
    }
    let outcome = cluster.hosts[leader.offset].changeOutcomes.dropFirst(told).first
    if outcome == .done, cluster[leader].members == wanted { return true }
    // One that was removed can have campaigned until its term was the latest: once it is spoken to, its answer deposes the
    // leader, and all goes on in that term.
    guard outcome == nil, cluster[leader].role != .leader else {
      let answer = outcome.map { "\($0)" } ?? "no answer"
      throw .init(description: "\(leader) is asked for \(change), of which comes \(answer), \(cluster[leader].members)")
    }
    return false
  }

  private mutating func transferOnce() throws(FigureThree.Violation) {
    let leader = try elected()
    let successors = cluster[leader].members.voters.removing(leader)
    guard !successors.isEmpty else { return }
    let target = draws.pick(Array(successors))
    cluster.transfer(to: target, at: leader)
    cluster.settle()
    try checks.check(cluster)
    for _ in 0..<6 where cluster[target].role != .leader {
      pass(.milliseconds(40))
      try beat(leader)
    }
    guard cluster[target].role == .leader else {
      throw .init(description: "\(leader) cannot transfer to \(target): \(cluster[leader].requests)")
    }
  }
}

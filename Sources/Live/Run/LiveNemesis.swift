import Determinism
import Hosting
import Scenarios
import Synchronization
import System

/// Does to the servers of a run what its scenario says, when it says so.
final class LiveNemesis {
  private enum Step {
    case begin, turn, end
    /// A server that was killed with others is started again later than they.
    case restart(NodeID)
  }

  private let scenario: Scenario
  private let members: [NodeID]
  private let cluster: LiveCluster
  private let links: (any Links)?
  private let keeper: any SystemOperator
  private let errands: Errands
  private let start: LocalInstant
  /// What is still to be done, the next one last.
  private var agenda: [(at: Duration, fault: Int, step: Step)]
  /// By fault, of whom it has taken hold; and how many turns it has had.
  private var targets: [[NodeID]?]
  private var turns: [Int]
  /// The servers that are still to be started again, as often as something holds them down.
  private var late: [NodeID] = []
  private var disturbed: [NodeID: Disturbed] = [:]
  private(set) var deeds: [LiveDeed] = []

  init(
    _ scenario: Scenario, _ members: [NodeID], cluster: LiveCluster, links: (any Links)?, keeper: any SystemOperator,
    errands: Errands, from start: LocalInstant
  ) {
    (self.scenario, self.members, self.cluster) = (scenario, members, cluster)
    (self.links, self.keeper, self.errands, self.start) = (links, keeper, errands, start)
    targets = scenario.faults.map { _ in nil }
    turns = scenario.faults.map { _ in 0 }
    agenda = scenario.faults.indices.compactMap { place in
      guard case .time(let at) = scenario.faults[place].trigger, at < scenario.stormEnd else { return nil }
      return (at, place, .begin)
    }
    agenda.sort { ($1.at, $1.fault) < ($0.at, $0.fault) }
  }

  /// When something is to be done next.
  var nextTime: LocalInstant? { agenda.last.map { start + $0.at } }

  private var elapsed: Duration { SystemClock.monotonic - start }
  private var faults: [Fault] { scenario.faults }

  /// Does all whose time has come.
  func work() throws(LiveProblem) {
    while let next = agenda.last, next.at <= elapsed {
      agenda.removeLast()
      switch next.step {
      case .begin: try begin(next.fault)
      case .turn: try turn(next.fault)
      case .end: try end(next.fault)
      case .restart(let node): try startLate(node)
      }
    }
  }

  /// The storm is over: all that is in force ends.
  func calm() throws(LiveProblem) {
    agenda = []
    for place in faults.indices { try end(place) }
    while let node = late.first { try startLate(node) }
    // Behind all that is still under way, so that nothing is left out.
    errands.finish()
    for server in cluster.wanted { disturb(server) }
  }

  // MARK: Faults

  private func begin(_ place: Int) throws(LiveProblem) {
    let fault = faults[place]
    guard let nodes = nodes(hitBy: fault) else { return }
    let transfer = transfer(by: fault)
    if case .transferLeadership = fault.action, transfer == nil { return }
    if case .changeMembers = fault.action, cluster.awake.isEmpty { return }
    targets[place] = nodes
    let restarts = fault.action.killsOnce ? scenario.restarts(of: nodes, after: fault) : []
    deeds.append(LiveDeed(fault: fault, nodes: nodes, at: elapsed, restarts: restarts))
    switch fault.action {
    case .kill, .powerLoss: cluster.hold(nodes)
    case .crashLoop, .clockStrobe: try turn(place)
    case .pause: cluster.pause(nodes)
    case .snapshot:
      let servers = servers(nodes)
      ask { keeper in for server in servers { keeper.snapshot(server) } }
    case .slowDisk(_, let mean): disturb(nodes) { $0.diskDelay = $0.diskDelay + mean }
    case .clockDrift(_, let rate): disturb(nodes) { $0.clockRate += Int64(rate) }
    case .clockJump(_, let span): disturb(nodes) { $0.clockOffset = $0.clockOffset + span }
    case .changeMembers: try changeMembers(fault, removing: nodes)
    case .transferLeadership: if let transfer { errands.run(transfer) }
    default: try changeLinks()
    }
    plan(.end, of: place, after: fault.duration)
  }

  /// Gives a fault that comes again and again its next turn.
  private func turn(_ place: Int) throws(LiveProblem) {
    guard let nodes = targets[place] else { return }
    let isOdd = turns[place] % 2 == 0
    turns[place] += 1
    switch faults[place].action {
    case .crashLoop(_, let every, _):
      if isOdd { cluster.hold(nodes) } else { for node in nodes { try release(node) } }
      plan(.turn, of: place, after: every)
    case .clockStrobe(_, let span, let every):
      disturb(nodes) { $0.clockOffset = isOdd ? $0.clockOffset + span : $0.clockOffset - span }
      plan(.turn, of: place, after: every)
    default: break
    }
  }

  private func end(_ place: Int) throws(LiveProblem) {
    guard let nodes = targets[place] else { return }
    targets[place] = nil
    let isOdd = turns[place] % 2 == 1
    switch faults[place].action {
    case .kill, .powerLoss: try restart(nodes, after: place)
    case .crashLoop: if isOdd { for node in nodes { try release(node) } }
    case .pause: cluster.resume(nodes)
    case .slowDisk(_, let mean): disturb(nodes) { $0.diskDelay = $0.diskDelay - mean }
    case .clockDrift(_, let rate): disturb(nodes) { $0.clockRate -= Int64(rate) }
    case .clockStrobe(_, let span, _): if isOdd { disturb(nodes) { $0.clockOffset = $0.clockOffset - span } }
    case .snapshot, .clockJump, .changeMembers, .transferLeadership: break
    default: try changeLinks()
    }
  }

  /// Starts servers again that were killed, some of them later.
  private func restart(_ nodes: [NodeID], after place: Int) throws(LiveProblem) {
    for (node, delay) in scenario.restarts(of: nodes, after: faults[place]) {
      if delay == .zero {
        try release(node)
      } else {
        late.append(node)
        plan(.restart(node), of: place, after: delay)
      }
    }
  }

  private func startLate(_ node: NodeID) throws(LiveProblem) {
    guard let place = late.firstIndex(of: node) else { return }
    late.remove(at: place)
    try release(node)
  }

  private func plan(_ step: Step, of fault: Int, after span: Duration) {
    let at = elapsed + span
    guard at < scenario.stormEnd else { return }
    let place = agenda.firstIndex { ($0.at, $0.fault) < (at, fault) } ?? agenda.count
    agenda.insert((at, fault, step), at: place)
  }

  /// Whom a fault hits now; `nil` if there is nobody to hit.
  private func nodes(hitBy fault: Fault) -> [NodeID]? {
    let action = fault.action
    let wanted = cluster.wanted.map(\.node)
    var chosen: [NodeID]
    switch (action, action.target) {
    case (.powerLoss, _): chosen = wanted
    case (_, nil): return []
    case (_, .nodes(let nodes)?): chosen = nodes
    // Where nobody knows who leads, anybody may.
    case (_, .leader?), (_, .subject?):
      let leader = keeper.leader(among: cluster.awake) ?? scenario.substitute(forLeaderOf: fault, among: wanted)
      chosen = leader.map { [$0] } ?? []
    }
    switch action {
    case .kill, .powerLoss, .crashLoop: chosen = chosen.filter { cluster.isRunning($0) }
    case .pause, .snapshot, .slowDisk, .clockDrift, .clockJump, .clockStrobe: chosen = chosen.filter(wanted.contains)
    case .changeMembers: return chosen
    default: break
    }
    return chosen.isEmpty ? nil : chosen
  }

  // MARK: Operators

  /// What asks for another leader, if the fault is that, and there is a leader to ask.
  private func transfer(by fault: Fault) -> (@Sendable () -> Void)? {
    guard case .transferLeadership(let successor) = fault.action else { return nil }
    let node: NodeID? = if case .node(let node) = successor { node } else { nil }
    return keeper.transfer(to: node, among: cluster.awake, within: fault.duration)
  }

  /// Asks for other members; servers that take no part yet are started.
  private func changeMembers(_ fault: Fault, removing removed: [NodeID]) throws(LiveProblem) {
    guard case .changeMembers(let voters, let learners, _, let neverCome) = fault.action else { return }
    let awake = cluster.awake
    guard let contact = keeper.leader(among: awake).flatMap(cluster.server) ?? awake.first else { return }
    var requests: [StoreRequest] = []
    for node in voters + learners {
      let asLearner = learners.contains(node)
      if !neverCome, !cluster.wanted.contains(where: { $0.node == node }) {
        try cluster.bringUp(node, joining: .init(contact: contact, asLearner: asLearner))
      }
      guard let server = cluster.server(node)?.named else { continue }
      requests.append(.change(.add(server, asLearner: asLearner)))
    }
    if !removed.isEmpty { requests.append(.change(.remove(removed))) }
    ask { [requests] keeper in
      for request in requests { _ = keeper.ask(request, of: awake, within: fault.duration) }
    }
  }

  // MARK: Links, clocks, disks

  private func changeLinks() throws(LiveProblem) {
    let inForce = faults.indices.compactMap { place -> (FaultAction, [NodeID])? in
      guard let nodes = targets[place], faults[place].action.isOfLinks else { return nil }
      return (faults[place].action, nodes)
    }
    try links?.change(to: LinkWeather(members, under: inForce))
  }

  private func servers(_ nodes: [NodeID]) -> [LiveServer] { cluster.wanted.filter { nodes.contains($0.node) } }

  private func disturb(_ nodes: [NodeID], _ change: (inout Disturbance) -> Void) {
    for server in servers(nodes) {
      let all = disturbed[server.node] ?? Disturbed()
      disturbed[server.node] = all
      all.change(change)
      disturb(server)
    }
  }

  /// Lets a server that was held down run again, disturbed as it was before.
  private func release(_ node: NodeID) throws(LiveProblem) {
    try cluster.release(node)
    guard cluster.isRunning(node) else { return }
    for server in servers([node]) { disturb(server) }
  }

  /// Lets a server hear how it is disturbed, if it ever was.
  private func disturb(_ server: LiveServer) {
    guard let all = disturbed[server.node] else { return }
    ask { keeper in
      // One that is starting takes its time.
      for _ in 0..<20 {
        if all.bring(to: server, by: keeper) { return }
        Pause.sleep(.milliseconds(50))
      }
    }
  }

  private func ask(_ errand: @escaping @Sendable (RaftkvOperator) -> Void) {
    guard let keeper = keeper as? RaftkvOperator else { return }
    errands.run { errand(keeper) }
  }
}

extension LiveServer {
  /// As servers of raftkv are told of it.
  fileprivate var named: NamedServer? {
    guard let http = HostAndPort("\(address)") else { return nil }
    return NamedServer(
      node, ServerAddresses(peer: HostAndPort("\(addresses[RaftkvSystem.Port.peers])"), http: http))
  }
}

extension FaultAction {
  /// Whether servers are killed, and started again when it ends.
  fileprivate var killsOnce: Bool {
    switch self {
    case .kill, .powerLoss: true
    default: false
    }
  }
}

/// How one server is to be disturbed, whoever brings it there.
private final class Disturbed: Sendable {
  private let wanted = Mutex(Disturbance())
  /// Held while the server is told: what it hears last is what was wanted last.
  private let turn = Mutex(())

  func change(_ change: (inout Disturbance) -> Void) { wanted.withLock { change(&$0) } }

  /// - Returns: whether the server has taken it.
  func bring(to server: LiveServer, by keeper: RaftkvOperator) -> Bool {
    turn.withLock { _ in keeper.disturb(server, by: wanted.withLock { $0.faults }) }
  }
}

/// How a server's clocks and its disk are disturbed.
private struct Disturbance: Hashable {
  var clockOffset = Duration.zero
  var clockRate: Int64 = 0
  var diskDelay = Duration.zero

  var faults: [InjectedFault] { [.clockOffset(clockOffset), .clockRate(clockRate), .diskDelay(diskDelay)] }
}

import Determinism
import Histories
import Runs
import Scenarios
import Synchronization
import System

/// One run of a scenario on real servers.
package struct LiveRun: Sendable {
  package let system: LiveSystem
  package let scenario: Scenario
  /// The known bug that the servers have.
  package let bug: String?
  /// Where data and logs of the servers are; it is made.
  package let folder: String

  /// How long servers have to become ready, at first and when all is calm.
  package static let readyPatience = Duration.seconds(60)
  /// How long the final reads may take.
  private static let readingPatience = Duration.seconds(20)

  /// - Parameter folder: an absolute path.
  package init(_ system: LiveSystem, _ scenario: Scenario, bug: String? = nil, in folder: String) {
    var system = system
    if system.description.client == .raftkv { system.moreWords = RaftkvSystem.words(for: scenario, bug: bug) }
    (self.system, self.scenario, self.bug, self.folder) = (system, scenario, bug, folder)
  }

  /// Starts the servers, lets clients ask and faults strike, waits for the calm, reads all keys and ends the servers.
  ///
  /// - Parameters:
  ///   - report: told now and then how far it is.
  ///   - shouldStop: asked now and then; `true` ends the storm.
  package func carryOut(
    report: (LiveProgress) -> Void, shouldStop: @escaping @Sendable () -> Bool
  ) throws(LiveProblem) -> LiveOutcome {
    let nodes = NodeID.first(scenario.cluster.nodes)
    let isParted = scenario.faults.contains { $0.action.isOfLinks }
    let world = try LiveWorld(system.description, nodes, isParted: isParted, in: folder)
    defer { world.close() }
    let founders = world.servers.filter { scenario.cluster.founding.contains($0.node) }
    let cluster = try LiveCluster(
      world, of: system, foundedBy: founders, since: SystemClock.monotonic, logsIn: folder)
    defer { cluster.end() }
    for server in founders { try cluster.bringUp(server.node) }
    report(.starting)
    try cluster.waitUntilReady(
      founders, of: system, within: Self.readyPatience, logsIn: folder, orUntil: shouldStop)
    return try storm(world, founders, cluster, report, shouldStop)
  }

  private func storm(
    _ world: LiveWorld, _ founders: [LiveServer], _ cluster: LiveCluster, _ report: (LiveProgress) -> Void,
    _ shouldStop: @escaping @Sendable () -> Bool
  ) throws(LiveProblem) -> LiveOutcome {
    let start = SystemClock.monotonic
    let end = start + scenario.stormEnd
    let recorder = LiveRecorder(
      HistoryHeader(
        model: .keyValue, seed: scenario.seed, bug: bug, nodes: scenario.cluster.nodes,
        origin: "\(Program.name) \(Program.version), live: \(system.description.name)"),
      from: start)
    let errands = Errands()
    let crowd = LiveCrowd(self, world.servers, recorder)
    crowd.begin(scenario.workload.clients, from: start, until: end, orUntil: shouldStop)
    let keeper = system.keeper()
    let nemesis = LiveNemesis(
      scenario, world.servers.map(\.node), cluster: cluster, links: world.links, keeper: keeper, errands: errands,
      from: start)
    do throws(LiveProblem) {
      try weather(nemesis, cluster, crowd, until: end, report, recorder, shouldStop)
      let time = min(SystemClock.monotonic, end) - start
      try nemesis.calm()
      crowd.wait()
      errands.finish()
      report(.calm)
      let (present, silent) = try waitForAnswers(cluster, keeper, shouldStop)
      let answering = present.filter { server in !silent.contains { $0.node == server.node } }
      let unread = crowd.readAll(
        answering, scenario.workload.keys, within: Self.readingPatience, orUntil: shouldStop)
      if let problem = crowd.problem { throw problem }
      return LiveOutcome(
        scenario: scenario, history: recorder.finish(), deeds: nemesis.deeds, counts: recorder.counts, time: time,
        links: world.links?.figures ?? LinkFigures(), kills: cluster.kills, endings: cluster.endingsText,
        silent: silent.map { $0.node },
        keys: scenario.workload.keys.count, unreadKeys: unread, remark: crowd.remark, wasInterrupted: shouldStop())
    } catch {
      crowd.giveUp()
      crowd.wait()
      errands.finish()
      // What clients saw until then may be judged by itself; why the run ended is told all the same.
      try? Files.write(recorder.finish().jsonLines(), to: FileName.history, in: folder)
      throw error
    }
  }

  /// How often it looks whether a server has ended, at least.
  private static let interval = Duration.milliseconds(20)
  private static let reportInterval = Duration.milliseconds(500)

  private func weather(
    _ nemesis: LiveNemesis, _ cluster: LiveCluster, _ crowd: LiveCrowd, until end: LocalInstant,
    _ report: (LiveProgress) -> Void, _ recorder: LiveRecorder, _ shouldStop: () -> Bool
  ) throws(LiveProblem) {
    var nextReport = SystemClock.monotonic
    while SystemClock.monotonic < end, !shouldStop() {
      try nemesis.work()
      try cluster.look()
      if let problem = crowd.problem { throw problem }
      let now = SystemClock.monotonic
      if now >= nextReport {
        nextReport = now + Self.reportInterval
        report(.storm(left: end - now, recorder.counts, faults: nemesis.deeds.count))
      }
      let next = min(nemesis.nextTime ?? end, end)
      Pause.sleep(max(.zero, min(next - now, Self.interval)))
    }
  }

  // MARK: Servers

  /// Waits until all servers that take part answer again.
  ///
  /// - Returns: those, and of them the ones that did not; none of these if somebody ends it before.
  private func waitForAnswers(
    _ cluster: LiveCluster, _ keeper: any SystemOperator, _ shouldStop: () -> Bool
  ) throws(LiveProblem) -> (present: [LiveServer], silent: [LiveServer]) {
    let deadline = SystemClock.monotonic + Self.readyPatience
    var readiness = Readiness(system, log: "\(folder)/clients.log")
    defer { readiness.close() }
    var present = cluster.wanted
    while true {
      if shouldStop() { return (present, []) }
      try cluster.look()
      if scenario.membership != nil, let members = keeper.members(among: cluster.awake) {
        present = cluster.wanted.filter { members.contains($0.node) }
      }
      let silent = present.filter { !readiness.isReady($0) }
      if let problem = readiness.fatalProblem { throw problem }
      if silent.isEmpty || SystemClock.monotonic >= deadline { return (present, silent) }
      Pause.sleep(.milliseconds(50))
    }
  }
}

/// How far a run is.
package enum LiveProgress: Sendable {
  case starting
  case storm(left: Duration, LiveCounts, faults: Int)
  case calm
  case judging
}

extension LiveSystem {
  /// A client of its own.
  ///
  /// - Parameter log: where a client's complaints go.
  package func makeClient(log: String) -> any SystemClient {
    switch description.client {
    case .raftkv: RaftkvClient()
    case .etcd: EtcdClient(reads: option("reads").flatMap { EtcdClient.Reads(rawValue: $0) } ?? .linearizable)
    case .program: LineClient(clientCommand, log: log)
    }
  }

  func keeper() -> any SystemOperator {
    switch description.client {
    case .raftkv: RaftkvOperator()
    case .etcd: EtcdOperator()
    case .program: NoOperator()
    }
  }
}

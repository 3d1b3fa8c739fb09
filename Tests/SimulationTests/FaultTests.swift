import Determinism
import Histories
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// A scenario of five nodes, of which two have weak disks, with these faults and no others.
private func scenario(
  _ seed: UInt64 = 1, _ actions: [FaultAction], at: Duration = .milliseconds(600),
  lasting: Duration = .milliseconds(500)
) -> Scenario {
  var scenario = smallScenario(seed) { ($0.nodes, $0.faults) = (5, []) }
  scenario.disk.weak = [NodeID(1), NodeID(2)]
  scenario.calm.fates = [.free, .free, .member, .member, .member]
  scenario.faults = actions.enumerated().map {
    Fault(id: $0.offset, trigger: .time(at: at), duration: lasting, action: $0.element)
  }
  return scenario
}

private let everybody = FaultTarget.nodes(NodeID.first(5))

/// Runs a scenario to its end. - Returns: what is left of the simulation.
private func finish(_ scenario: Scenario) -> Simulation {
  var simulation = Simulation(scenario)
  let outcome = simulation.run()
  #expect(outcome.failure == nil && !outcome.isCut, "\(String(describing: outcome.failure))")
  #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
  return simulation
}

@Suite("Faults of disks")
struct DiskFaultTests {
  @Test("Servers whose syncs or writes fail stop and start again; only those with weak disks are hit")
  func errors() {
    for (action, kind) in [
      (FaultAction.syncError(target: everybody), FaultKind.syncError), (.writeError(target: everybody), .writeError),
      (.diskFull(target: everybody, room: 0), .diskFull),
    ] {
      // A write that is under way when the disk is full stops its server: in this seed there is none.
      let simulation = finish(scenario(kind == .diskFull ? 5 : 1, [action]))
      let statistics = simulation.statistics
      #expect(statistics[kind: kind] == (kind == .diskFull ? 1 : 2), "\(kind)")
      #expect(simulation.cluster.running.count == 5 && simulation.ruined.count == 0)
      #expect(simulation.hosts.map(\.incarnation) == (kind == .diskFull ? [0, 0, 0, 0, 0] : [1, 1, 0, 0, 0]))
    }
  }

  @Test("A server that stopped for its disk stays down until every fault that could stop it again is over")
  func overlapping() {
    var scenario = scenario(1, [.syncError(target: everybody), .writeError(target: everybody)])
    scenario.faults[1].duration = .milliseconds(900)
    let simulation = finish(scenario)
    #expect(simulation.hosts.map(\.incarnation) == [1, 1, 0, 0, 0])
  }

  @Test("A server that refused entries for a full disk accepts them once there is room")
  func fullDisk() {
    // Room for what comes next, and no more: the server refuses entries and does not stop.
    let simulation = finish(scenario(1, [.diskFull(target: .nodes([NodeID(1)]), room: 10_000_000)]))
    let statistics = simulation.statistics
    #expect(statistics[kind: .diskFull] == 1 && simulation.hosts[0].incarnation == 0)
    let applied = simulation.cluster.replicas.map(\.appliedIndex.rawValue)
    // The last commit may still be on its way.
    #expect(applied[0] > 20 && applied[0] + 2 >= applied.max() ?? 0, "\(applied)")
  }

  @Test("A server whose disk lost what was synced refuses to start and is not missed", arguments: [true, false])
  func damage(isSector: Bool) {
    var ruined = 0
    for seed in 0..<6 as Range<UInt64> {
      var scenario = scenario(
        seed, [isSector ? .unreadableSector(target: everybody) : .bitFlip(target: everybody)], at: .seconds(1))
      scenario.disk.sectorBytes = 16
      let simulation = finish(scenario)
      let statistics = simulation.statistics
      let kind = isSector ? FaultKind.unreadableSector : .bitFlip
      #expect(statistics[kind: kind] == 2)
      #expect(simulation.cluster.running.count + simulation.ruined.count == 5)
      for node in NodeID.first(5).dropFirst(2) { #expect(simulation.cluster.running.contains(node)) }
      ruined += simulation.ruined.count
    }
    #expect(ruined > 6)
  }

  @Test("A server whose whole disk is lost stays away for good, and is not missed")
  func diskLost() throws {
    for seed in 0..<4 as Range<UInt64> {
      let scenario = scenario(seed, [.diskLost(target: everybody)])
      var simulation = Simulation(scenario, options: SimulationOptions(tracing: .start))
      let outcome = simulation.run()
      #expect(outcome.failure == nil && outcome.statistics[kind: .diskLost] == 2)
      #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
      #expect(simulation.ruined.count == 2 && simulation.cluster.running.count == 3)
      for node in [NodeID(1), NodeID(2)] {
        #expect(simulation.ruined.contains(node) && simulation.hosts[node.offset].disk.contents.isEmpty)
        let refusals = outcome.trace.flatMap(\.effects).filter { effect in
          guard case .stopped(.damage(let damage)) = effect.what else { return false }
          return effect.node == node && damage.reason == .replacedDisk
        }
        #expect(refusals.count == 1)
      }
    }
  }

  @Test("Whatever byte or sector is damaged, recovery refuses, or finds all that it would have found")
  func refusedOrHarmless() throws {
    var scenario = scenario(3, [.kill(target: everybody, tearing: false)])
    (scenario.protocols.snapshotEntries, scenario.protocols.segmentBytes) = (12, 600)
    var refusals = 0
    for sectorBytes in [1, 16, 64] {
      scenario.disk.sectorBytes = sectorBytes
      let simulation = finish(scenario)
      for (node, host) in zip(simulation.members, simulation.hosts) {
        let own = Simulation.configuration(of: node, scenario, simulation.options)
        func recover(_ disk: SimulatedDisk) throws(StorageDamage) -> RaftNode {
          try Replica(recovering: disk.durableContents, configuration: own, of: simulation.carrier.cluster).raft
        }
        let whole = try recover(host.disk)
        for seed in 0..<60 as Range<UInt64> {
          var disk = host.disk
          let draw = Dice(seed: seed).draw(Purpose(rawValue: 1), 0)
          guard disk.damage(by: draw, losingSector: seed % 2 == 0) else { continue }
          #expect(disk.durableContents != host.disk.durableContents || seed % 2 == 0)
          do {
            let recovered = try recover(disk)
            #expect(recovered.hardState == whole.hardState && recovered.log.lastIndex == whole.log.lastIndex)
          } catch {
            refusals += 1
          }
        }
      }
    }
    #expect(refusals > 100)
  }

  @Test("A refusal that no fault of the disk explains is a failure")
  func unexplained() {
    var simulation = Simulation(scenario(1, []))
    for node in simulation.members { simulation.start(node) }
    simulation.stopForDisk(NodeID(1), .sync("log-1"))
    #expect(simulation.failure?.finding == .stoppedForSoundDisk(NodeID(1), .sync("log-1")))
  }

  @Test("Damage excuses a refusal to start until the server has started once")
  func excusedOnce() {
    var simulation = finish(scenario(1, []))
    simulation.crash(NodeID(3), because: 1, by: .powerCut(tearing: false))
    simulation.hosts[2].isDamaged = true
    simulation.start(NodeID(3))
    #expect(simulation.cluster.running.contains(NodeID(3)) && simulation.failure == nil)
    simulation.crash(NodeID(3), because: 2, by: .powerCut(tearing: false))
    let isDamaged = simulation.hosts[2].disk.damage(by: Draw(bits: 0), losingSector: false)
    #expect(isDamaged)
    simulation.start(NodeID(3))
    #expect(simulation.failure?.signature == .stopped(.logDamaged) && simulation.ruined.count == 0)
  }

  @Test("A cluster with slow disks completes few operations")
  func slowDisk() {
    func done(_ actions: [FaultAction]) -> Int {
      let scenario = scenario(1, actions, at: .zero, lasting: .seconds(2))
      let events = run(scenario).history.events
      return events.count { $0.kind == .ok && $0.time < scenario.stormEnd.nanoseconds }
    }
    let usual = done([])
    #expect(usual > 20 && done([.slowDisk(target: everybody, mean: .seconds(20))]) * 4 < usual)
  }

  @Test("Of a write any sectors of the file may stay, each as a whole; the others are gone or zeros")
  func sectors() {
    var (lengths, sectors) = (Set<Int>(), Set<[Bool]>())
    for seed in 0..<300 as Range<UInt64> {
      var file = SimulatedFile()
      file.append([UInt8](repeating: 1, count: 6))
      file.sync()
      file.append([UInt8](repeating: 2, count: 20))
      var damage = SimulatedDisk.CrashDamage()
      let cut = Dice(seed: seed).draw(Purpose(rawValue: 1), 0)
      file.crash(cut: cut, tearing: true, sectorBytes: 8, damage: &damage)
      lengths.insert(file.durable.count)
      let padded = file.durable + [UInt8](repeating: 0, count: 26 - file.durable.count)
      let kept = [6..<8, 8..<16, 16..<24, 24..<26].map { padded[$0].allSatisfy { $0 == 2 } }
      let lost = [6..<8, 8..<16, 16..<24, 24..<26].map { padded[$0].allSatisfy { $0 == 0 } }
      #expect(zip(kept, lost).allSatisfy { $0 != $1 }, "seed \(seed)")
      sectors.insert(kept)
      #expect(damage.isTorn == (file.durable.count != 6 && kept.contains(false)), "seed \(seed)")
    }
    #expect(lengths == [6, 8, 16, 24, 26] && sectors.count > 8)
  }
}

@Suite("Faults of processes")
struct ProcessFaultTests {
  @Test("A loss of power takes down the whole cluster at once")
  func powerLoss() {
    let simulation = finish(scenario(1, [.powerLoss(tearing: true)]))
    let statistics = simulation.statistics
    #expect(statistics[kind: .powerLoss] == 1 && statistics.wholeClusterCrashes == 1)
    #expect(simulation.hosts.allSatisfy { $0.incarnation == 1 })
  }

  @Test("A crash loop takes a node down again and again, and leaves it running")
  func crashLoop() {
    for every in [70, 90] as [Int64] {
      let loop = FaultAction.crashLoop(target: .nodes([NodeID(3)]), every: .milliseconds(every), tearing: true)
      let simulation = finish(scenario(1, [loop]))
      let statistics = simulation.statistics
      #expect(statistics[kind: .crashLoop] == 1 && simulation.hosts[2].incarnation == (every == 70 ? 4 : 3))
      #expect(simulation.cluster.running.count == 5)
    }
  }

  @Test("A node that two faults keep down starts when the later one is over")
  func twoFaults() {
    var scenario = scenario(
      1,
      [
        .crashLoop(target: .nodes([NodeID(3)]), every: .milliseconds(50), tearing: false),
        .kill(target: .nodes([NodeID(3)]), tearing: false),
      ])
    scenario.faults[1].trigger = .time(at: .milliseconds(670))
    scenario.faults[1].duration = .seconds(1)
    let simulation = finish(scenario)
    // The loop's first turn and the kill; all further turns find the node down.
    #expect(simulation.hosts[2].incarnation == 2 && simulation.cluster.running.count == 5)
  }

  @Test("A pause stops what runs and nothing else: no answers come meanwhile")
  func pause() {
    func answers(_ actions: [FaultAction]) -> Int {
      let (start, end) = (Duration.milliseconds(700), Duration.milliseconds(1_100))
      return run(scenario(1, actions)).history.events
        .count { $0.kind == .ok && $0.time > start.nanoseconds && $0.time < end.nanoseconds }
    }
    #expect(answers([]) > 5 && answers([.pause(target: everybody)]) == 0)
    let both = [FaultAction.kill(target: everybody, tearing: false), .pause(target: everybody)]
    let statistics = finish(scenario(1, both)).statistics
    #expect(statistics[kind: .pause] == 0)
  }

  @Test("A crash counts as one before a sync if a fault makes it and the log waits for one; the calm's do not")
  func crashesBeforeSync() {
    var hit = scenario(1, [.kill(target: .subject, tearing: false)])
    hit.faults[0].trigger = .moment(kind: .appendBeforeSync, ordinal: 40, after: .zero)
    #expect(finish(hit).statistics.crashesBeforeSync == 1)
    // What its disk does to a server is no crash, nor is the machine's restart behind it, should the server have run on.
    for lasting in [Duration.milliseconds(500), .nanoseconds(1)] {
      for seed in 0..<2 as Range<UInt64> {
        var quiet = scenario(seed, [.syncError(target: everybody)], lasting: lasting)
        quiet.disk.syncMin = .milliseconds(20)
        quiet.calm.fates = [.down, .down, .member, .member, .member]
        let statistics = finish(quiet).statistics
        #expect(statistics.crashesBeforeSync == 0 && statistics[kind: .lostWrite] == 0, "seed \(seed)")
      }
    }
  }

  @Test("What waits for a sync besides the log makes no crash before one")
  func otherWrites() {
    for (name, isLog) in [("log-1", true), ("snapshot-1", false)] {
      var disk = SimulatedDisk()
      for command in [.create(name), .syncDirectory, .append(name, [1, 2])] as [FileCommand] { disk.ask(command) }
      while disk.advance() != nil { disk.finishSync() }
      let damage = disk.crash(tearing: false) { _ in Draw(bits: 0) }
      #expect(damage.hitUnsyncedLog == isLog)
    }
  }

  @Test("A snapshot that the nemesis asks for is taken")
  func snapshot() {
    var scenario = scenario(1, [.snapshot(target: everybody)])
    (scenario.protocols.snapshotEntries, scenario.protocols.snapshotBytes) = (100_000, 1 << 30)
    let simulation = finish(scenario)
    let statistics = simulation.statistics
    #expect(statistics[kind: .snapshot] == 5)
    for replica in simulation.cluster.replicas { #expect(replica.raft.snapshot != nil) }
  }

  @Test("Rare things that come together are counted: this seed has them all")
  func counted() {
    var simulation = Simulation(Scenario(seed: 42))
    let statistics = simulation.run().statistics
    #expect(statistics.leaderChangesDuringSnapshot > 0 && statistics.stepDownsWithReads > 0)
    #expect(statistics.wholeClusterCrashes > 0)
  }
}

@Suite("Faults of links")
struct LinkFaultTests {
  @Test("A clogged link delivers nothing until it is cleared, and then everything in order")
  func clog() {
    var network = SimulatedNetwork(scenario: scenario(1, []))
    let (one, two, three) = (NodeID(1), NodeID(2), NodeID(3))
    network.changeClogs(from: [one], to: [two, three], by: 1)
    network.changeClogs(from: [one], to: [three], by: 1)
    #expect(network.isClogged(from: one, to: two) && !network.isClogged(from: two, to: one))
    func held(_ number: UInt32, to recipient: NodeID) -> SimulatedNetwork.HeldMessage {
      let vote = RaftMessage.requestVoteReply(.init(term: Term(1), isGranted: true))
      let arrival = SimulationEvent.peerMessage(vote, from: one, to: recipient, number: number)
      return .init(arrival: arrival, sender: one, recipient: recipient)
    }
    for number in 0..<4 as Range<UInt32> {
      let isHeld = network.hold(held(number, to: number % 2 == 0 ? two : three))
      #expect(isHeld)
    }
    network.changeClogs(from: [one], to: [two, three], by: -1)
    #expect(network.releaseHeld().map(\.arrival.number) == [0, 2], "the other link is still clogged by another fault")
    network.changeClogs(from: [one], to: [three], by: -1)
    #expect(network.releaseHeld().map(\.arrival.number) == [1, 3])
    #expect(network.releaseHeld().isEmpty)
    for _ in 0..<SimulatedNetwork.maxHeld { _ = network.hold(held(4, to: two)) }
    let overflow = network.hold(held(4, to: two))
    #expect(!overflow)
  }

  @Test("Where messages take longer than timeouts leaders change; where they overtake each other some are held back")
  func slowLinks() {
    let usual = finish(scenario(1, [])).statistics
    let delayed = finish(scenario(1, [.delay(mean: .seconds(1), shape: .constant)])).statistics
    #expect(usual.leaderChanges == 1 && delayed.leaderChanges > 1)
    let reordered = finish(scenario(1, [.reorder(chance: Ratio(1, 2), hold: .milliseconds(20))])).statistics
    #expect(usual.messagesHeldBack == 0 && reordered.messagesHeldBack > 10)
  }

  @Test("A cluster survives clogs, slow nodes, replays and every partition, one way or both")
  func everyLink() {
    var actions: [(FaultAction, FaultKind)] = [
      (.clog(side: .leader, direction: .both), .clog), (.slowNode(target: .leader, mean: .milliseconds(50)), .slowNode),
      (.replay(chance: Ratio(1, 2), after: .milliseconds(400)), .replay),
    ]
    for direction in LinkDirection.allCases {
      let ring = FaultAction.partition(shape: .majoritiesRing, side: everybody, direction: direction)
      let bridge = FaultAction.partition(
        shape: .bridge, side: .nodes([NodeID(1), NodeID(2), NodeID(3)]), direction: direction)
      actions += [
        (ring, direction == .both ? .majoritiesRing : .oneWay), (bridge, direction == .both ? .bridge : .oneWay),
      ]
    }
    for (action, kind) in actions {
      let statistics = finish(scenario(1, [action])).statistics
      #expect(statistics[kind: kind] == 1)
      switch kind {
      case .clog: #expect(statistics.messagesHeldBack > 0)
      case .replay: #expect(statistics.messagesDuplicated > 0)
      case .slowNode: break
      default: #expect(statistics.messagesLost > 0)
      }
    }
  }
}

@Suite("Faults of frames")
struct FrameFaultTests {
  /// What all servers have dropped.
  private func refused(_ simulation: borrowing Simulation) -> (damaged: Int, foreign: Int, all: Int) {
    var sum = (damaged: 0, foreign: 0, all: 0)
    for frames in simulation.cluster.replicas.map(\.refusedFrames) {
      sum.damaged += Int(frames.damaged)
      sum.foreign += Int(frames.foreign)
      sum.all += Int(frames.all)
    }
    return sum
  }

  @Test("Damaged frames are dropped, count as lost, and no longer come when the fault is over")
  func corrupt() {
    let simulation = finish(scenario(1, [.corrupt(chance: Ratio(1, 2))]))
    let statistics = simulation.statistics
    #expect(statistics[kind: .corrupt] == 1 && statistics.messagesLost > 10)
    #expect(refused(simulation).damaged > 10 && refused(simulation).all == refused(simulation).damaged)
    #expect(statistics.framesRefused == refused(simulation).all)
  }

  @Test("Where every frame is damaged nothing is heard", arguments: [0, 1, 2] as [UInt64])
  func allCorrupt(seed: UInt64) {
    var scenario = scenario(seed, [.corrupt(chance: Ratio(1, 1))], lasting: .milliseconds(300))
    // Nothing is under way when it begins.
    scenario.network.delayMean = .zero
    var simulation = Simulation(scenario, options: SimulationOptions(tracing: .start))
    let outcome = simulation.run()
    let span = Duration.milliseconds(605)...(.milliseconds(899))
    let arrivals = outcome.trace.filter { event in
      if case .message = event.kind { span.contains(event.at) } else { false }
    }
    #expect(arrivals.count > 5)
    for event in arrivals {
      guard case .message(let message) = event.kind else { continue }
      #expect(message.flaw == .damaged && event.effects.contains { $0.what == .lost(message) })
    }
  }

  @Test("Frames of another cluster are dropped, whatever its terms", arguments: [0, 1, 1 << 62, .max])
  func foreign(ahead: Int) {
    let usual = finish(scenario(1, [])).statistics
    let simulation = finish(scenario(1, [.foreign(chance: Ratio(1, 2), ahead: ahead)]))
    let statistics = simulation.statistics
    #expect(refused(simulation).foreign > 10 && refused(simulation).all == refused(simulation).foreign)
    #expect(statistics[kind: .foreign] == 1 && statistics.leaderChanges == usual.leaderChanges)
    #expect(simulation.cluster.replicas.allSatisfy { $0.status.term < Term(10) })
  }

  @Test("Frames that come to another server as well are dropped there")
  func misdeliver() {
    let usual = finish(scenario(1, [])).statistics
    let simulation = finish(scenario(1, [.misdeliver(chance: Ratio(1, 2))]))
    let statistics = simulation.statistics
    #expect(refused(simulation).foreign > 10 && refused(simulation).all == refused(simulation).foreign)
    #expect(statistics[kind: .misdeliver] == 1 && statistics.leaderChanges == usual.leaderChanges)
    #expect(statistics.messagesLost == usual.messagesLost)
  }

  @Test("Damage makes another frame, though it sets bytes to what they are")
  func damage() {
    for number in 0..<2_000 as Range<UInt64> {
      let sent = [UInt8](repeating: number % 2 == 0 ? 0 : 0xFF, count: 1 + Int(number % 70))
      var frame = sent
      var draws = Dice(seed: 1).sequence(Purpose(rawValue: 1), number)
      FrameDamage.damage(&frame, by: &draws)
      #expect(frame != sent)
    }
  }

  @Test("A message of another cluster never traps, and is at least as late", arguments: [0, 1, .max])
  func inAnotherCluster(ahead: Int) {
    let end = LogPosition(index: LogIndex(.max), term: Term(.max))
    let attempt = CampaignAttempt(starts: .max, number: .max)
    let messages: [RaftMessage] = [
      .requestVote(RequestVote(term: Term(.max), lastPosition: end)),
      .requestVoteReply(RequestVoteReply(term: Term(3), isGranted: false)),
      .preVote(PreVote(term: Term(3), lastPosition: end, attempt: attempt)),
      .timeoutNow(TimeoutNow(term: Term(3))),
      .preVoteReply(PreVoteReply(term: Term(.max), isGranted: false, attempt: attempt)),
      .appendEntries(
        AppendEntries(term: Term(.max), previous: end, commitIndex: .zero, round: 1, entries: [])),
      .appendEntriesReply(AppendEntriesReply(term: Term(3), round: 1, outcome: .matched(LogIndex(.max)))),
      .readIndex(ReadIndex(term: Term(3), id: ForwardedReadID(starts: 1, read: ReadID(1)))),
    ]
    for message in messages { #expect(message.inAnotherCluster(ahead: ahead).term >= message.term) }
  }

  @Test("A run in which frames are damaged or stray is the same with messages as values and as bytes")
  func values() {
    let faults: [FaultAction] = [
      .corrupt(chance: Ratio(1, 4)), .foreign(chance: Ratio(1, 4), ahead: 1), .misdeliver(chance: Ratio(1, 4)),
    ]
    let hashes = [false, true].map { sendsBytes in
      var simulation = Simulation(scenario(2, faults), options: SimulationOptions(sendsBytes: sendsBytes))
      return simulation.run().eventHash
    }
    #expect(hashes[0] == hashes[1])
  }
}

@Suite("Faults of clocks")
struct ClockFaultTests {
  private func instant(_ milliseconds: Int64) -> VirtualInstant { .start + .milliseconds(milliseconds) }

  @Test("A wall clock that stands still shows the same, also when it jumps, and goes on from there")
  func frozenWall() {
    var clock = SimulatedClock(driftPartsPerMillion: 0, wallOffset: .zero)
    clock.freezeWall(true, at: instant(5))
    #expect(clock.wall(at: instant(9)).nanoseconds == 5_000_000 && clock.local(at: instant(9)).nanoseconds == 9_000_000)
    clock.jumpWall(by: .milliseconds(-2))
    #expect(clock.wall(at: instant(9)).nanoseconds == 3_000_000)
    clock.freezeWall(true, at: instant(10))
    clock.freezeWall(false, at: instant(20))
    #expect(clock.wall(at: instant(21)).nanoseconds == 4_000_000)
  }

  @Test("A leap moves the monotonic clock and leaves the wall clock; one that stands still moves neither way")
  func leap() {
    var clock = SimulatedClock(driftPartsPerMillion: 0, wallOffset: .zero)
    clock.leap(by: .milliseconds(7))
    #expect(clock.local(at: instant(1)).nanoseconds == 8_000_000 && clock.wall(at: instant(1)).nanoseconds == 1_000_000)
    clock.setDrift(partsPerMillion: -1_000_000, at: instant(1))
    #expect(clock.isStopped && clock.local(at: instant(99)).nanoseconds == 8_000_000)
  }

  @Test("A strobe leaves the wall clocks where they were; within the bound no fault touches the monotonic ones")
  func withinBound() {
    var clocks: [Int64] = []
    let faults: [FaultAction] = [
      .clockStrobe(target: everybody, by: .seconds(3), every: .milliseconds(30)), .clockFreeze(target: everybody),
    ]
    for actions in [[], faults] {
      var scenario = scenario(1, actions)
      scenario.clocks.driftPartsPerMillion = [0, 0, 0, 0, 0]
      let simulation = finish(scenario)
      clocks.append(simulation.hosts[0].clock.local(at: instant(10_000)).nanoseconds)
      let wall = simulation.hosts[0].clock.wall(at: instant(10_000)).nanoseconds - clocks[clocks.count - 1]
      let offset = scenario.clocks.wallOffset[0] - (actions.isEmpty ? .zero : .milliseconds(500))
      #expect(wall == offset.nanoseconds, "the time that it stood still is lost")
    }
    #expect(clocks[0] == clocks[1])
  }

  @Test("A drift makes a clock faster while it lasts; a jump moves the wall clock for good, a strobe there and back")
  func faultyClocks() {
    var drifting = scenario(1, [.clockDrift(target: everybody, partsPerMillion: 100_000)])
    drifting.clocks.driftBoundPartsPerMillion = 100_000
    drifting.clocks.driftPartsPerMillion = [0, 0, 0, 0, 0]
    drifting.protocols.assumedDriftPartsPerMillion = 100_000
    let drifted = finish(drifting)
    #expect(drifted.hosts[2].clock.local(at: instant(10_000)).nanoseconds == 10_050_000_000)

    drifting.faults[0].action = .clockJump(target: everybody, by: .seconds(7))
    let jumped = finish(drifting)
    let wall = jumped.hosts[2].clock.wall(at: instant(10_000)).nanoseconds
    #expect(wall == (Duration.seconds(17) + drifting.clocks.wallOffset[2]).nanoseconds)

    drifting.faults[0].action = .clockStrobe(target: everybody, by: .seconds(3), every: .milliseconds(30))
    var strobing = Simulation(drifting)
    let before = strobing.hosts[2].clock.wall(at: .start)
    var offsets: [Duration] = []
    strobing.begin(0, subject: nil)
    for _ in 0..<3 {
      offsets.append(strobing.hosts[2].clock.wall(at: .start) - before)
      strobing.turn(0)
    }
    #expect(offsets == [.seconds(3), .zero, .seconds(3)])
  }

  @Test("Beyond the bound the monotonic clock may leap and stand still, and timers go by it")
  func beyondBound() {
    var scenario = scenario(1, [.clockFreeze(target: everybody)])
    (scenario.clocks.driftBoundPartsPerMillion, scenario.protocols.assumedDriftPartsPerMillion) = (100_000, 10_000)
    scenario.clocks.driftPartsPerMillion = [0, 0, 0, 0, 0]
    scenario.protocols.reads = .readIndex
    let frozen = finish(scenario)
    #expect(frozen.hosts[2].clock.local(at: instant(10_000)).nanoseconds == 9_500_000_000)
    scenario.faults[0].action = .clockLeap(target: everybody, by: .seconds(2))
    let leapt = finish(scenario)
    let statistics = leapt.statistics
    #expect(leapt.hosts[2].clock.local(at: instant(10_000)).nanoseconds == 12_000_000_000)
    #expect(statistics.leaderChanges > 1, "everybody's time to campaign has come")
  }
}

@Suite("Clients that abandon operations")
struct ImpatientClientTests {
  @Test("A client that leaves its session opens another one")
  func sessions() {
    var counts: [Int] = []
    for leaves in [false, true] {
      var scenario = scenario(1, [])
      scenario.network.clientLoss = .zero
      scenario.sessions = SessionPlan(lifetime: .seconds(3_600), maxOpen: 1_000, outlastDoubt: true)
      for client in scenario.workload.clients.indices {
        for place in scenario.workload.clients[client].operations.indices {
          scenario.workload.clients[client].operations[place].leavesSession = leaves
        }
      }
      counts.append(finish(scenario).cluster.replicas[0].stateMachine.sessionCount)
    }
    #expect(counts[0] <= 3 && counts[1] > 10)
  }

  @Test("A client that walks away amid an operation leaves it after its patience, unknown")
  func patience() {
    var scenario = scenario(1, [])
    scenario.network.clientLoss = Ratio(1, 1)
    scenario.workload.keys = []
    (scenario.workload.attemptTimeout, scenario.workload.operationTimeout) = (.seconds(1), .seconds(5))
    for client in scenario.workload.clients.indices {
      for place in scenario.workload.clients[client].operations.indices {
        scenario.workload.clients[client].operations[place].patience = .milliseconds(20)
        scenario.workload.clients[client].operations[place].request = .get
      }
    }
    let history = run(scenario).history
    var ends = 0
    for operation in history.operations() {
      guard let end = operation.end, history.events[end].time < scenario.stormEnd.nanoseconds else { continue }
      ends += 1
      #expect(history.events[end].kind == .info)
      #expect(history.events[end].time - history.events[operation.call].time == 20_000_000)
    }
    #expect(ends > 20)
  }
}

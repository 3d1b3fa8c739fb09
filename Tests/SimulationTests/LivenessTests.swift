import Determinism
import Histories
import Invariants
import Judging
import Raft
import Replica
import Testing
import Traces

@testable import Scenarios
@testable import Simulation

/// Nobody can gather so many votes.
private enum NobodySuffices: RaftRules {
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool { false }
}

/// A follower votes though it hears a leader.
private enum Fickle: RaftRules {
  static func ignoresCandidate(
    _ kind: RaftMessage.Kind, heardLeaderAt: LocalInstant?, now: LocalInstant, promise: Duration
  ) -> Bool { false }
}

/// A leader leads on, whoever answers.
private enum Stubborn: RaftRules {
  static func remainsLeader(
    quorumHeardAt: LocalInstant, now: LocalInstant, electionTimeout: ClosedRange<Duration>
  ) -> Bool { true }
}

/// A follower that lacks an entry is sent nothing further back.
private enum NeverGoesBack: RaftRules {
  static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex? { nil }
}

/// A leader that never knows what it may read.
private enum NeverConfirms: RaftRules {
  static func confirms(acknowledgedRound: UInt64, neededRound: UInt64, of peer: NodeID) -> Bool { false }
}

/// Followers answer no reads, whatever the servers were told.
private enum SendsReadersAway: ServerRules {
  static func readPath(role: Role, mode: ReadMode) -> ReadPath {
    role == .leader ? .confirmedLeadership : .redirection
  }
}

@Suite("Progress is demanded of a healed quorum")
struct LivenessTests {
  /// Three servers without a fault, of which the third is an outsider in the calm.
  private func scenario(_ seed: UInt64, outsider: CalmFate) -> Scenario {
    var scenario = smallScenario(seed) { $0.faults = [] }
    scenario.protocols.usesPreVote = true
    scenario.protocols.checksQuorum = true
    scenario.protocols.reads = .readIndex
    scenario.cluster.electionTimeoutMin = .milliseconds(100)
    scenario.cluster.electionTimeoutMax = .milliseconds(200)
    scenario.cluster.heartbeatInterval = .milliseconds(20)
    scenario.network.delayMean = .milliseconds(1)
    scenario.calm.fates = [.member, .member, outsider]
    return scenario
  }

  private func outcome(_ scenario: Scenario, _ rules: any RaftRules.Type = PaperRaftRules.self) -> RunOutcome {
    var simulation = Simulation(scenario, rules: RuleSet(raft: rules))
    return simulation.run()
  }

  /// The failures that some rules lead to, on a few seeds.
  private func hunt(
    _ rules: any RaftRules.Type, on seeds: Range<UInt64> = 0..<2, _ turn: (inout Scenario) -> Void
  ) -> [RunFailure] {
    seeds.compactMap { seed in
      var scenario = scenario(seed, outsider: .deaf)
      turn(&scenario)
      #expect(outcome(scenario).failure == nil, "by the rules as published seed \(seed) makes progress")
      return outcome(scenario, rules).failure
    }
  }

  @Test(
    "With the published rules the quorum makes progress, whatever happens to the others", arguments: CalmFate.allCases)
  func everyFate(fate: CalmFate) {
    for seed in 0..<2 as Range<UInt64> {
      let outcome = outcome(scenario(seed, outsider: fate))
      #expect(outcome.failure == nil && !outcome.isCut, "seed \(seed)")
      #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
      #expect(outcome.statistics.finalReads > 0)
    }
  }

  @Test("Fixed timeouts with a constant delay: the votes split for ever")
  func fixedTimeouts() {
    var scenario = scenario(1, outsider: .down)
    scenario.cluster.electionTimeoutMax = scenario.cluster.electionTimeoutMin
    scenario.network.delayMean = .zero
    scenario.disk.syncMean = .zero
    scenario.clocks.driftBoundPartsPerMillion = 0
    scenario.clocks.driftPartsPerMillion = [0, 0, 0]
    let failure = outcome(scenario).failure
    #expect(failure?.signature == .liveness(.noLeader))
    let unsettled = Unsettled(nodes: NodeID.first(2), isLed: false, electionTimeouts: 200, after: .quorum)
    #expect(failure?.finding == .notSettled(unsettled))
    #expect(failure?.accounts.last == NodeAccount(node: NodeID(3), fate: .down, running: nil))
    let wait = failure.map { $0.at - scenario.stormEnd } ?? .zero
    #expect(wait >= scenario.cluster.electionTimeoutMax * 200 && wait < scenario.cluster.electionTimeoutMax * 202)
  }

  @Test("A cluster that still catches up with a long log when its time is up is given more")
  func longLog() {
    var scenario = smallScenario(1) { ($0.clients, $0.operations, $0.faults) = (24, 600, []) }
    scenario.cluster.maxEntriesPerAppend = 1
    scenario.protocols.appendsInFlight = 1
    scenario.network.delayMin = .milliseconds(5)
    scenario.network.delayMean = .milliseconds(30)
    scenario.workload.attemptTimeout = .milliseconds(60)
    scenario.calm.fates = [.member, .member, .member]
    scenario.calm.settleTimeouts = 10
    let outcome = run(scenario)
    #expect(outcome.failure == nil, "\(String(describing: outcome.failure))")
    #expect(outcome.statistics.slowestSettling > 100, "in tenths of a timeout")
    #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected)
  }

  @Test("A vote rule that nobody can satisfy, and whose votes are missing")
  func nobodySuffices() {
    let failures = hunt(NobodySuffices.self) { _ in }
    #expect(failures.map(\.signature) == Array(repeating: .liveness(.noLeader), count: 2))
    #expect(failures.allSatisfy { $0.accounts.contains { $0.running?.missingVotes.isEmpty == false } })
  }

  @Test("A one-way partition deposes the leader of those who vote though they hear one")
  func withoutStickiness() {
    // An outsider that hears nothing asks for votes again and again. It does not ask beforehand, and its timeouts are as
    // wide as the others', so that by the rules as published the others find a leader and then ignore it.
    let failures = hunt(Fickle.self) { $0.protocols.usesPreVote = false }
    #expect(failures.count == 2)
    for failure in failures {
      #expect([.liveness(.leaderDeposed), .liveness(.noLeader)].contains(failure.signature), "\(failure)")
    }
    #expect(failures.contains { $0.signature == .liveness(.leaderDeposed) })
  }

  @Test("A deaf leader that never steps down keeps the others from electing one who can hear")
  func deafLeader() {
    // Whoever leads when the storm ends: in one of the seeds the outsider.
    let failures = (1..<4).flatMap { shift in
      hunt(Stubborn.self) { scenario in
        scenario.calm.fates = (0..<3).map { $0 == shift - 1 ? .deaf : .member }
      }
    }
    #expect(!failures.isEmpty && failures.allSatisfy { $0.signature == .liveness(.noLeader) })
    #expect(failures.allSatisfy { $0.accounts.contains { $0.fate == .deaf } })
  }

  @Test("A follower that is never helped does not catch up")
  func neverHelped() {
    // It is down for most of the storm, and its log ends long before the leader's.
    let failures = hunt(NeverGoesBack.self, on: 2..<4) { scenario in
      scenario.protocols.snapshotEntries = 1_000
      scenario.faults = [
        Fault(
          id: 0, trigger: .time(at: .milliseconds(600)), duration: .seconds(1),
          action: .kill(target: .nodes([NodeID(3)]), tearing: false)),
        Fault(
          id: 1, trigger: .time(at: .milliseconds(1_700)), duration: .milliseconds(1),
          action: .kill(target: .nodes([NodeID(1), NodeID(2)]), tearing: false)),
      ]
      scenario.calm.fates = [.member, .member, .member]
    }
    #expect(
      !failures.isEmpty
        && failures.allSatisfy { [.liveness(.notCaughtUp), .liveness(.followerStuck)].contains($0.signature) },
      "\(failures)")
    #expect(failures.allSatisfy { $0.accounts.contains { $0.running?.laggards.isEmpty == false } })
  }

  @Test("Reads that no peer confirms are a liveness failure, though there is a leader")
  func stuckReads() {
    for seed in 0..<2 as Range<UInt64> {
      let scenario = scenario(seed, outsider: .cut)
      #expect(outcome(scenario).failure == nil, "by the rules as published seed \(seed) makes progress")
      let stuck = outcome(scenario, NeverConfirms.self)
      #expect(stuck.failure?.signature == .liveness(.operationStuck))
      let asked = stuck.history.events.last { $0.kind == .invoke && $0.time > scenario.stormEnd.nanoseconds }
      let since = Duration.nanoseconds(asked?.time ?? 0)
      #expect(since > scenario.stormEnd && since < stuck.failure?.at ?? .zero)
      guard case .notAnswered(client: 0, _, _, since: since, _) = stuck.failure?.finding else {
        Issue.record("seed \(seed): \(String(describing: stuck.failure))")
        continue
      }
    }
  }

  @Test("A follower that sends readers away is told of, though the leader answers them")
  func turnedAway() {
    var scenario = scenario(0, outsider: .cut)
    scenario.protocols.reads = .follower
    #expect(outcome(scenario).failure == nil)
    var simulation = Simulation(scenario, rules: RuleSet(server: SendsReadersAway.self))
    let outcome = simulation.run()
    guard case .turnedAway(let away) = outcome.failure?.finding else {
      Issue.record("\(String(describing: outcome.failure))")
      return
    }
    #expect(away.isRead && away.node != away.leader && away.answer == .sentTo(away.leader))
    #expect(outcome.statistics.finalReads == outcome.statistics.finalReadsExpected, "the run goes on to its end")
  }

  @Test("Without invariants a run without progress goes on to its end, and its history can be judged")
  func blind() {
    var simulation = Simulation(
      scenario(1, outsider: .down), rules: RuleSet(raft: NobodySuffices.self),
      options: SimulationOptions(checks: .none))
    let outcome = simulation.run()
    #expect(outcome.failure == nil && !outcome.isCut)
    #expect(outcome.statistics.finalReads == 0 && outcome.statistics.finalReadsExpected > 0)
    #expect(Judge().judge(outcome.history).verdict.name == "linearizable")
  }
}

import Determinism
import Histories
import Raft
import KnownBugs
import Reporting
import Scenarios
import Testing
import Traces

@testable import Runs

/// A scenario that is over soon, even in a debug build.
func smallKnobs() -> ScenarioKnobs {
  var knobs = ScenarioKnobs()
  knobs.clients = 3
  knobs.operations = 30
  knobs.duration = .seconds(1)
  return knobs
}

@Suite("A run is decided by its scenario and the rules")
struct RunTests {
  @Test("The same seed twice in one process gives the same run", arguments: 0..<4)
  func repeats(seed: UInt64) throws {
    let run = Run(seed: seed, knobs: smallKnobs())
    let first = run.simulate().outcome
    #expect(DeterminismCheck(in: .thisProcess).secondRun(of: run, after: first) == .same, "seed \(seed)")
    #expect(run.simulate().outcome.history.jsonLines() == first.history.jsonLines(), "seed \(seed)")
  }

  @Test("Two seeds give two runs")
  func seedsDiffer() {
    let hashes = (0..<4).map { Run(seed: $0, knobs: smallKnobs()).simulate().outcome.eventHash }
    #expect(Set(hashes).count == hashes.count)
  }

  @Test("A case that was saved and read back replays to the same event hash", arguments: 0..<4)
  func roundTrip(seed: UInt64) throws {
    let report = Run(seed: seed, knobs: smallKnobs()).simulate().judged()
    let saved = try CaseFile(reading: CaseFile(report).encoded(), path: "case.json")
    #expect(saved.run.scenario == report.run.scenario, "seed \(seed)")
    #expect(saved.run.scenario.identity == report.run.scenario.identity, "seed \(seed)")
    #expect(
      saved.run.simulate().outcome.eventHash.hexadecimal == saved.expected.eventHash, "seed \(seed)")
  }

  private static let firstScenario = Run(seed: 0).scenario.identity

  @Test("A seed has the same scenario with and without a bug", arguments: KnownBug.catalogue.map(\.name))
  func scenarioIsBlindToBugs(name: String) throws {
    let bug = try #require(KnownBug.named(name))
    #expect(Run(seed: 0, bug: bug).scenario.identity == Self.firstScenario)
  }

  @Test("Looking for broken invariants changes nothing in a run that breaks none", arguments: 0..<2)
  func observerChangesNothing(seed: UInt64) {
    let looking = Run(seed: seed, knobs: smallKnobs()).simulate().outcome
    let blind = Run(seed: seed, knobs: smallKnobs(), checks: .none).simulate().outcome
    #expect(looking.failure == nil)
    #expect(looking.eventHash == blind.eventHash, "seed \(seed)")
  }

  @Test("A run that was cut is undecided, however good its history looks")
  func cutRun() {
    let simulated = Run(seed: 1, knobs: smallKnobs()).simulate()
    #expect(simulated.judged().verdict == .linearizable)
    var outcome = simulated.outcome
    outcome.isCut = true
    let cut = SimulatedRun(run: simulated.run, outcome: outcome, simulationTime: .zero).judged()
    #expect(cut.verdict == .unknown)
    #expect(cut.severity == .undecided)
    let limit = simulated.run.scenario.maxEvents
    #expect(limit > 1_000_000)
    #expect(cut.undecidedReason == "the run was cut at \(limit.grouped) events", "the scenario's own limit")
  }

  @Test("A run in whose calm no read was answered is undecided; one answer is enough")
  func finalReads() {
    let simulated = Run(seed: 1, knobs: smallKnobs()).simulate()
    func report(answered: Int, of expected: Int) -> RunReport {
      var outcome = simulated.outcome
      outcome.statistics.finalReads = answered
      outcome.statistics.finalReadsExpected = expected
      return SimulatedRun(run: simulated.run, outcome: outcome, simulationTime: .zero).judged()
    }
    #expect(report(answered: 0, of: 6).verdict == .unknown)
    #expect(report(answered: 0, of: 6).severity == .undecided)
    #expect(report(answered: 0, of: 6).undecidedReason == "no read after the storm was answered")
    #expect(report(answered: 1, of: 6).verdict == .linearizable)
    #expect(report(answered: 0, of: 0).verdict == .linearizable)
  }

  @Test("A broken invariant is the run's signature, whatever the clients saw")
  func brokenInvariant() {
    let simulated = Run(seed: 1, knobs: smallKnobs()).simulate()
    var outcome = simulated.outcome
    outcome.failure = RunFailure(
      .twoLeaders(NodeID(1), NodeID(2), term: Term(3)), at: .seconds(1), event: 7)
    let report = SimulatedRun(run: simulated.run, outcome: outcome, simulationTime: .zero).judged()
    #expect(report.verdict == .invariantBroken)
    #expect(report.severity == .violation)
    #expect(report.signature == .invariant(.electionSafety))
    #expect(report.explanation == "At 1.000 s invariant/ElectionSafety: n1 and n2 both became leader of term 3")
  }

  @Test("Of a run that goes on behind its failure the story tells what there was by then, and the summary tells all")
  func sizes() throws {
    let bug = try #require(KnownBug.named("reads-leader-without-quorum"))
    let reports = (0..<20 as Range<UInt64>).lazy.map { Run(seed: $0, knobs: smallKnobs(), bug: bug).traced() }
    let report = try #require(reports.first { $0.outcome.failure?.signature.letsRunGoOn == true })
    let (scenario, outcome) = (report.run.scenario, report.outcome)
    let told = RunSize(of: scenario, outcome)
    let all = RunSize(ofAllOf: scenario, outcome)
    let calls = outcome.trace.flatMap(\.effects).count { if case .called = $0.what { true } else { false } }
    #expect(outcome.trace.count == outcome.failure?.event)
    #expect(told.operations == calls, "those that are open, too")
    #expect(told.operations < all.operations && told.deliveries < all.deliveries && told.faults <= all.faults)
    #expect(all.operations == outcome.statistics.operations && all.deliveries == outcome.statistics.messagesDelivered)
  }

  @Test("The judged history is the same whether it comes from memory or from a file")
  func savedHistory() throws {
    let simulated = Run(seed: 5, knobs: smallKnobs()).simulate()
    let saved = try History(reading: simulated.outcome.history.jsonLines(), format: .native)
    #expect(saved.events.count == simulated.outcome.history.events.count)
    #expect(simulated.judged(reading: saved).verdict == simulated.judged().verdict)
    #expect(simulated.judged(reading: saved).outcome.eventHash == simulated.outcome.eventHash)
  }
}

import Determinism
import Histories
import Raft
import Scenarios
import Shrinking
import Synchronization
import Traces

/// A predicate without a simulator: a scenario fails as long as some of its faults and operations are there, and enough
/// nodes.
struct ToyBench: Sendable {
  private static let failure = Finding.twoLeaders(NodeID(1), NodeID(2), term: Term(1))
  private static let otherFailure = Finding.votedTwice(
    voter: NodeID(1), first: NodeID(1), second: NodeID(2), term: Term(1))
  static let signature = failure.signature
  /// Of each trial.
  static let work = 100
  static let otherSignature = otherFailure.signature

  /// By their identities.
  var faults: [Int] = []
  var operations: [Int] = []
  var nodes = 1
  /// Without these operations the failure is another one.
  var slipsWithout: [Int] = []
  /// Without these it is not known whether the scenario fails.
  var undecidedWithout: [Int] = []
  /// Without these faults the scenario fails on the correct rules, too.
  var correctFailsWithout: [Int] = []
  /// These faults take hold of nothing on the correct rules, unless a node is named.
  var idle: [Int] = []

  func bench(width: Int = 1, counting count: Counter? = nil) -> TrialBench {
    TrialBench(width: width) { scenarios, _ in
      scenarios.map { scenario in
        count?.add()
        return trial(scenario)
      }
    }
  }

  func trial(_ scenario: Scenario) -> Trial {
    do {
      try scenario.validate()
    } catch {
      return Trial(verdict: .refused(error.description), outcome: nil)
    }
    let present = scenario.workload.clients.flatMap(\.operations).map(\.id)
    let here = scenario.faults.map(\.id)
    let isFailing =
      faults.allSatisfy(here.contains) && operations.allSatisfy(present.contains) && scenario.cluster.nodes >= nodes
    var outcome = RunOutcome(
      eventHash: scenario.seed, history: HistoryRecorder(header: HistoryHeader(model: .keyValue)).finish(),
      statistics: RunStatistics(), failure: nil, isCut: false)
    outcome.statistics.operationsOK = present.count
    outcome.statistics.virtualTime = scenario.stormEnd
    outcome.faults = scenario.faults.map { BegunFault(id: $0.id, at: .zero, nodes: [NodeID(1)]) }
    guard isFailing else { return Trial(verdict: .held, outcome: outcome, work: Self.work) }
    if !undecidedWithout.allSatisfy(present.contains) {
      return Trial(verdict: .undecided, outcome: outcome, work: Self.work)
    }
    let failure = RunFailure(
      slipsWithout.allSatisfy(present.contains) ? Self.failure : Self.otherFailure, at: scenario.stormEnd, event: 1)
    outcome.failure = failure
    let isOtherwiseFailing = !correctFailsWithout.allSatisfy(here.contains)
    return Trial(
      verdict: .failed(failure.signature), outcome: outcome,
      onCorrectRules: Trial.CorrectRun(
        verdict: isOtherwiseFailing ? .failed(Self.signature) : .held, faults: here.filter { !idle.contains($0) }),
      work: Self.work)
  }

  /// Counts how many scenarios were tried.
  final class Counter: Sendable {
    private let total = Mutex(0)

    func add() { total.withLock { $0 += 1 } }
    var count: Int { total.withLock { $0 } }
  }
}

import Determinism
import Histories
import Linearizability
import Runs
import Scenarios
import Traces

/// The figures of many seeds. Adding results in any order gives the same summary, times aside.
package struct CampaignSummary: Sendable {
  /// Of one kind of fault: how many took hold of something, and in how many seeds.
  package struct FaultCount: Sendable {
    package let kind: FaultKind
    package var faults = 0
    package var seeds = 0
  }

  /// Of one kind of protocol moment: how many faults began because of it, and in how many seeds.
  package struct MomentCount: Sendable {
    package let moment: Moment
    package var faults = 0
    package var seeds = 0
  }

  package private(set) var seeds = 0
  /// Seeds by verdict, in the order of `RunVerdict.allCases`.
  package private(set) var verdicts = RunVerdict.allCases.map { (verdict: $0, seeds: 0) }
  /// Failing seeds by signature, and the first seed of each.
  package private(set) var buckets = SortedTable<FailureSignature, (seeds: Int, firstSeed: UInt64)>()
  /// Of the failing seeds that are not linearizable: how many show each kind of wrong answer.
  package private(set) var anomalies = Anomaly.allCases.map { (anomaly: $0, seeds: 0) }
  package private(set) var faults = FaultKind.allCases.map { FaultCount(kind: $0) }
  package private(set) var moments = Moment.allCases.map { MomentCount(moment: $0) }
  package private(set) var events = 0
  package private(set) var operationsOK = 0
  package private(set) var operationsFailed = 0
  package private(set) var operationsUnknown = 0
  /// Seeds in which leadership changed five times or more while operations were open.
  package private(set) var seedsWithLeaderChanges = 0
  /// Seeds in which a crash fell between an append and its sync.
  package private(set) var seedsWithCrashBeforeSync = 0
  /// Seeds in which a leader came while a snapshot was under way.
  package private(set) var seedsWithSnapshotAtLeaderChange = 0
  /// Seeds in which a leader stepped down on which reads waited.
  package private(set) var seedsWithReadsAtStepDown = 0
  /// Seeds in which the whole cluster was down at once.
  package private(set) var seedsWithWholeClusterDown = 0
  /// Seeds by what was special about their clients, in the order of `WorkloadTrait.allCases`.
  package private(set) var traits = WorkloadTrait.allCases.map { (trait: $0, seeds: 0) }
  /// The seeds in which members change.
  package private(set) var members = MemberSummary()
  /// Seeds in which some client could not read some key after the storm.
  package private(set) var seedsWithoutFinalReads = 0
  /// The longest that a healed cluster took to settle, in tenths of an election timeout, and the seed.
  package private(set) var slowestSettling = (tenths: 0, seed: UInt64(0))
  package private(set) var nondeterministic = 0
  package private(set) var severity = Severity.pass
  /// Simulated time, and the wall time of simulating and judging, all seeds together.
  package private(set) var virtualTime = Duration.zero
  package private(set) var simulationTime = Duration.zero
  package private(set) var judgingTime = Duration.zero
  /// Of the whole campaign.
  package internal(set) var wallTime = Duration.zero
  package internal(set) var processorTime = Duration.zero
  /// Whether somebody interrupted it.
  package internal(set) var wasInterrupted = false
  /// Why a failing seed could not be saved or run once more, which ended it.
  package internal(set) var problem: FileProblem?

  /// Of no seed yet.
  package init() {}

  /// What counts as five leader changes.
  private static let manyLeaderChanges = 5

  /// Operations of all seeds together.
  package var operations: Int { operationsOK + operationsFailed + operationsUnknown }
  /// Seeds that failed.
  package var failures: Int { buckets.values.reduce(0) { $0 + $1.seeds } }

  /// How many seeds had this verdict.
  package func count(of verdict: RunVerdict) -> Int {
    verdicts.first { $0.verdict == verdict }?.seeds ?? 0
  }

  /// Adds one seed.
  package mutating func add(_ result: SeedResult) {
    seeds += 1
    severity = max(severity, result.severity)
    for place in verdicts.indices where verdicts[place].verdict == result.verdict { verdicts[place].seeds += 1 }
    if let signature = result.signature {
      let bucket = buckets[signature]
      buckets[signature] = (
        seeds: (bucket?.seeds ?? 0) + 1, firstSeed: min(bucket?.firstSeed ?? result.seed, result.seed)
      )
    }
    for place in anomalies.indices where anomalies[place].anomaly == result.anomaly { anomalies[place].seeds += 1 }
    if result.severity == .nondeterminism { nondeterministic += 1 }
    simulationTime = simulationTime + result.simulationTime
    judgingTime = judgingTime + result.judgingTime
    for place in traits.indices where result.traits.contains(traits[place].trait) { traits[place].seeds += 1 }
    add(result.statistics)
    if let aims = result.memberAims { members.add(aims, result.statistics) }
    let tenths = result.statistics.slowestSettling
    if (tenths, slowestSettling.seed) > (slowestSettling.tenths, result.seed) {
      slowestSettling = (tenths, result.seed)
    }
  }

  private mutating func add(_ statistics: RunStatistics) {
    events += statistics.events
    operationsOK += statistics.operationsOK
    operationsFailed += statistics.operationsFailed
    operationsUnknown += statistics.operationsUnknown
    virtualTime = virtualTime + statistics.virtualTime
    for place in faults.indices {
      let count = statistics[kind: faults[place].kind]
      faults[place].faults += count
      faults[place].seeds += count > 0 ? 1 : 0
    }
    for place in moments.indices {
      let count = statistics[moment: moments[place].moment]
      moments[place].faults += count
      moments[place].seeds += count > 0 ? 1 : 0
    }
    if statistics.leaderChangesWithOpenOperations >= Self.manyLeaderChanges { seedsWithLeaderChanges += 1 }
    if statistics.crashesBeforeSync > 0 { seedsWithCrashBeforeSync += 1 }
    if statistics.leaderChangesDuringSnapshot > 0 { seedsWithSnapshotAtLeaderChange += 1 }
    if statistics.stepDownsWithReads > 0 { seedsWithReadsAtStepDown += 1 }
    if statistics.wholeClusterCrashes > 0 { seedsWithWholeClusterDown += 1 }
    if statistics.finalReads < statistics.finalReadsExpected { seedsWithoutFinalReads += 1 }
  }
}

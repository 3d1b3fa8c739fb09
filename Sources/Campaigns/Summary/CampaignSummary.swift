import Determinism
import Histories
import Linearizability
import Runs
import Scenarios
import Traces

/// The figures of many seeds. Adding results in any order gives the same summary, times aside, and so does adding the
/// summaries of parts.
package struct CampaignSummary: Codable, Sendable {
  /// What a failure came to.
  package struct FailureCount: Codable, Sendable {
    package let failure: SeedFailure
    package fileprivate(set) var seeds: Int
    package fileprivate(set) var firstSeed: UInt64
  }

  /// Where the time went.
  package struct Times: Codable, Sendable {
    /// Of the whole campaign.
    package var wall = Duration.zero
    /// Of all its workers.
    package var processor = Duration.zero
    /// Wall time for which workers had something to do, and the same of simulating and judging alone.
    package var busy = Duration.zero
    package var simulation = Duration.zero
    package var judging = Duration.zero
  }

  /// The longest that a healed cluster took to settle, in tenths of an election timeout, and the seed.
  package struct Settling: Codable, Hashable, Sendable {
    package var tenths = 0
    package var seed: UInt64 = 0
  }

  package private(set) var seeds = 0
  /// The lowest and the highest seed that was run; `nil` if there was none.
  package private(set) var lowestSeed: UInt64?
  package private(set) var highestSeed: UInt64?
  package private(set) var verdicts = CountsByName<RunVerdict>()
  /// Failing seeds by what they are called, and the lowest seed of each.
  package private(set) var failureCounts: [FailureCount] = []
  /// Of the failing seeds that are not linearizable: how many show each kind of wrong answer.
  package private(set) var anomalies = CountsByName<Anomaly>()
  /// How many faults took hold of something, and in how many seeds.
  package private(set) var faults = CountsByName<FaultKind>()
  package private(set) var seedsByFault = CountsByName<FaultKind>()
  /// How many faults began because of a moment, and in how many seeds.
  package private(set) var moments = CountsByName<Moment>()
  package private(set) var seedsByMoment = CountsByName<Moment>()
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
  /// Seeds by what was special about their clients.
  package private(set) var traits = CountsByName<WorkloadTrait>()
  /// The seeds in which members change.
  package private(set) var members = MemberSummary()
  /// Seeds in which some client could not read some key after the storm.
  package private(set) var seedsWithoutFinalReads = 0
  package private(set) var slowestSettling = Settling()
  package private(set) var nondeterministic = 0
  /// Seeds in which the program contradicted itself.
  package private(set) var internalErrors = 0
  /// Seeds whose workers somebody else has killed: of these nothing is known.
  package private(set) var killed = 0
  /// Simulated time, all seeds together.
  package private(set) var virtualTime = Duration.zero
  /// Not written with the figures: they are the same whatever it took.
  package var times = Times()

  private enum CodingKeys: String, CodingKey {
    case seeds, lowestSeed, highestSeed, verdicts, anomalies, faults, seedsByFault, moments, seedsByMoment, events
    case failureCounts = "failures"
    case operationsOK, operationsFailed, operationsUnknown
    case seedsWithLeaderChanges, seedsWithCrashBeforeSync, seedsWithSnapshotAtLeaderChange, seedsWithReadsAtStepDown
    case seedsWithWholeClusterDown, traits, members, seedsWithoutFinalReads, slowestSettling, nondeterministic
    case internalErrors, killed, virtualTime
  }

  /// Of no seed yet.
  package init() {}

  /// What counts as five leader changes.
  private static let manyLeaderChanges = 5

  /// Operations of all seeds together.
  package var operations: Int { operationsOK + operationsFailed + operationsUnknown }
  /// Seeds that failed.
  package var failures: Int { failureCounts.reduce(0) { $0 + $1.seeds } }
  /// The worst that was found.
  package var severity: Severity {
    if internalErrors > 0 { return .internalError }
    if nondeterministic > 0 { return .nondeterminism }
    if failures > 0 { return .violation }
    return verdicts[.unknown] + killed > 0 ? .undecided : .pass
  }

  /// Adds one seed.
  package mutating func add(_ end: SeedEnd) {
    seeds += 1
    note(lowest: end.seed, highest: end.seed)
    if let failure = end.failure { count(failure, seeds: 1, firstSeed: end.seed) }
    switch end {
    case .ran(let result): add(result)
    case .stopped(let stopped): if stopped.stop == .killed { killed += 1 }
    }
  }

  private mutating func note(lowest: UInt64, highest: UInt64) {
    lowestSeed = min(lowestSeed ?? lowest, lowest)
    highestSeed = max(highestSeed ?? highest, highest)
  }

  private mutating func count(_ failure: SeedFailure, seeds: Int, firstSeed: UInt64) {
    if let place = failureCounts.firstIndex(where: { $0.failure == failure }) {
      failureCounts[place].seeds += seeds
      failureCounts[place].firstSeed = min(failureCounts[place].firstSeed, firstSeed)
    } else {
      failureCounts.append(FailureCount(failure: failure, seeds: seeds, firstSeed: firstSeed))
      failureCounts.sort { $0.failure < $1.failure }
    }
  }

  private mutating func add(_ result: SeedResult) {
    verdicts[result.verdict] += 1
    if let anomaly = result.anomaly { anomalies[anomaly] += 1 }
    if result.severity == .nondeterminism { nondeterministic += 1 }
    if result.severity == .internalError { internalErrors += 1 }
    times.simulation = times.simulation + result.simulationTime
    times.judging = times.judging + result.judgingTime
    for trait in result.traits { traits[trait] += 1 }
    add(result.statistics)
    if let aims = result.memberAims { members.add(aims, result.statistics) }
    note(Settling(tenths: result.statistics.slowestSettling, seed: result.seed))
  }

  private mutating func add(_ statistics: RunStatistics) {
    events += statistics.events
    operationsOK += statistics.operationsOK
    operationsFailed += statistics.operationsFailed
    operationsUnknown += statistics.operationsUnknown
    virtualTime = virtualTime + statistics.virtualTime
    for kind in FaultKind.allCases where statistics[kind: kind] > 0 {
      faults[kind] += statistics[kind: kind]
      seedsByFault[kind] += 1
    }
    for moment in Moment.allCases where statistics[moment: moment] > 0 {
      moments[moment] += statistics[moment: moment]
      seedsByMoment[moment] += 1
    }
    if statistics.leaderChangesWithOpenOperations >= Self.manyLeaderChanges { seedsWithLeaderChanges += 1 }
    if statistics.crashesBeforeSync > 0 { seedsWithCrashBeforeSync += 1 }
    if statistics.leaderChangesDuringSnapshot > 0 { seedsWithSnapshotAtLeaderChange += 1 }
    if statistics.stepDownsWithReads > 0 { seedsWithReadsAtStepDown += 1 }
    if statistics.wholeClusterCrashes > 0 { seedsWithWholeClusterDown += 1 }
    if statistics.finalReads < statistics.finalReadsExpected { seedsWithoutFinalReads += 1 }
  }

  /// Of several that took as long the one with the lowest seed counts.
  private mutating func note(_ settling: Settling) {
    let isSlower = settling.tenths > slowestSettling.tenths
    let isEarlier = settling.tenths == slowestSettling.tenths && settling.seed < slowestSettling.seed
    if isSlower || isEarlier { slowestSettling = settling }
  }

  /// Adds the seeds of another part of the same campaign.
  package mutating func add(_ other: CampaignSummary) {
    seeds += other.seeds
    if let lowest = other.lowestSeed, let highest = other.highestSeed { note(lowest: lowest, highest: highest) }
    for part in other.failureCounts { count(part.failure, seeds: part.seeds, firstSeed: part.firstSeed) }
    verdicts.add(other.verdicts)
    anomalies.add(other.anomalies)
    faults.add(other.faults)
    seedsByFault.add(other.seedsByFault)
    moments.add(other.moments)
    seedsByMoment.add(other.seedsByMoment)
    traits.add(other.traits)
    members.add(other.members)
    events += other.events
    operationsOK += other.operationsOK
    operationsFailed += other.operationsFailed
    operationsUnknown += other.operationsUnknown
    seedsWithLeaderChanges += other.seedsWithLeaderChanges
    seedsWithCrashBeforeSync += other.seedsWithCrashBeforeSync
    seedsWithSnapshotAtLeaderChange += other.seedsWithSnapshotAtLeaderChange
    seedsWithReadsAtStepDown += other.seedsWithReadsAtStepDown
    seedsWithWholeClusterDown += other.seedsWithWholeClusterDown
    seedsWithoutFinalReads += other.seedsWithoutFinalReads
    note(other.slowestSettling)
    nondeterministic += other.nondeterministic
    internalErrors += other.internalErrors
    killed += other.killed
    virtualTime = virtualTime.adding(other.virtualTime)
    times.add(other.times)
  }
}

extension CampaignSummary.Times {
  /// Adds what another part took.
  fileprivate mutating func add(_ other: CampaignSummary.Times) {
    wall = wall.adding(other.wall)
    processor = processor.adding(other.processor)
    busy = busy.adding(other.busy)
    simulation = simulation.adding(other.simulation)
    judging = judging.adding(other.judging)
  }
}

extension Duration {
  /// Both together, or the longest span that there is.
  fileprivate func adding(_ other: Duration) -> Duration {
    let (sum, overflows) = nanoseconds.addingReportingOverflow(other.nanoseconds)
    return .nanoseconds(overflows ? .max : sum)
  }
}

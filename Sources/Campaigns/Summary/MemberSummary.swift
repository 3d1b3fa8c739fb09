import Scenarios
import Traces

/// What the seeds of a campaign come to in which members change.
package struct MemberSummary: Codable, Sendable {
  package private(set) var seeds = 0
  /// Seeds by what operators want.
  package private(set) var aims = CountsByName<MembershipAim>()
  /// Seeds in which a leader came while a configuration was not committed.
  package private(set) var seedsWithOpenChange = 0
  /// Seeds in which two servers had different configurations in force for longer than an election timeout.
  package private(set) var seedsWithLongSplit = 0
  /// The longest that a healed cluster took for a change or a transfer, in tenths of an election timeout.
  package private(set) var slowestRequest = 0

  /// Adds one seed.
  mutating func add(_ wanted: [MembershipAim], _ statistics: RunStatistics) {
    seeds += 1
    for aim in MembershipAim.allCases where wanted.contains(aim) { aims[aim] += 1 }
    if statistics.leaderChangesAmidChange > 0 { seedsWithOpenChange += 1 }
    if statistics.longestSplit > 10 { seedsWithLongSplit += 1 }
    slowestRequest = max(slowestRequest, statistics.slowestRequest)
  }

  /// Adds those of another part.
  mutating func add(_ other: MemberSummary) {
    seeds += other.seeds
    aims.add(other.aims)
    seedsWithOpenChange += other.seedsWithOpenChange
    seedsWithLongSplit += other.seedsWithLongSplit
    slowestRequest = max(slowestRequest, other.slowestRequest)
  }
}

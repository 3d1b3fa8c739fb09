import Determinism
import KnownBugs
import Runs

/// Which seeds are run, how, and when to stop.
package struct CampaignPlan: Sendable {
  /// The first seed.
  package var firstSeed: UInt64
  /// How many seeds at most, all shards together; `nil` goes on until something else says stop.
  package var count: UInt64?
  /// The part of these seeds that is run here: those whose remainder is `index`.
  package var shard = (index: UInt64(0), total: UInt64(1))
  /// What all seeds have in common.
  package var setup = WorkerSetup()
  /// What `raftcheck run` is to be told besides the seed and the bug, to run a seed in the same way.
  package var options: [String] = []
  /// Whether failing seeds are made minimal.
  package var shrinks = true
  /// Stops after so many failing seeds.
  package var failureLimit: Int?
  /// Starts no further seed after so much wall time.
  package var timeLimit: Duration?
  /// How many seeds are run at once.
  package var jobs = 1
  /// Whether a known bug is looked for besides, if it takes a minute or more.
  package var hasCanary = true
  /// The program that knows the command of a worker.
  package var program = Program.file

  /// All seeds from `firstSeed` on, or `count` of them.
  package init(firstSeed: UInt64 = 0, count: UInt64? = nil) {
    self.firstSeed = firstSeed
    self.count = count
  }

  /// The seed at this place among those of the shard, or `nil` after the last one.
  package func seed(at place: UInt64) -> UInt64? {
    let first = (shard.index + shard.total - firstSeed % shard.total) % shard.total
    let (steps, tooMany) = place.multipliedReportingOverflow(by: shard.total)
    let (offset, tooFar) = steps.addingReportingOverflow(first)
    let (seed, overflows) = firstSeed.addingReportingOverflow(offset)
    guard !tooMany, !tooFar, !overflows else { return nil }
    if let count, offset >= count { return nil }
    return seed
  }

  /// How many seeds there are at most; `nil` if only something else says stop.
  package var seedCount: UInt64? {
    guard let count else { return nil }
    let first = (shard.index + shard.total - firstSeed % shard.total) % shard.total
    return count > first ? (count - first - 1) / shard.total + 1 : 0
  }
}

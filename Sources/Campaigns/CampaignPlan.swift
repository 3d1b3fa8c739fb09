import Determinism
import KnownBugs
import Runs

/// Which seeds are run, how, and when to stop.
package struct CampaignPlan: Sendable {
  /// The first seed.
  package var firstSeed: UInt64
  /// How many seeds at most, all shards together; `nil` goes on until something else says stop.
  package var count: UInt64?
  /// The part of these seeds that is run here.
  package var shard = Shard.whole
  /// Whether its seeds were run as shards, and merged.
  package var isMerged = false
  /// What all seeds have in common.
  package var setup = WorkerSetup()
  /// The saved cases that are replayed first, by their files: of the shard, too.
  package var cases: [String] = []
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
    guard let first = shard.seed(from: firstSeed) else { return nil }
    let (steps, tooMany) = place.multipliedReportingOverflow(by: shard.total)
    let (seed, overflows) = first.addingReportingOverflow(steps)
    guard !tooMany, !overflows else { return nil }
    if let count, seed - firstSeed >= count { return nil }
    return seed
  }

  /// How many seeds there are at most; `nil` if only something else says stop.
  package var seedCount: UInt64? {
    guard let count, let first = shard.seed(from: firstSeed) else { return count.map { _ in 0 } }
    let offset = first - firstSeed
    return count > offset ? (count - offset - 1) / shard.total + 1 : 0
  }
}

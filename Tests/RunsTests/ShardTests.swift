import Campaigns
import Foundation
import Runs
import Testing

@Suite("Shards of a campaign")
struct ShardTests {
  @Test(
    "Shards share out all seeds, each to one of them, up to the last one", arguments: [1, 2, 3, 8, 1_000] as [UInt64])
  func parts(total: UInt64) {
    let shards = (0..<total).map { Shard(index: $0, total: total) }
    for seed in Array(0...40) + Array(UInt64.max - 40...UInt64.max) {
      #expect(shards.filter { $0.contains(seed) } == [Shard(index: seed % total, total: total)])
    }
    for range in [SeedRange(5, through: 104), SeedRange(.max - 99, through: .max)] {
      #expect(shards.reduce(0) { $0 + ($1.count(in: range) ?? 0) } == 100)
      for shard in shards.prefix(9) {
        let own = (range.first...range.last).filter { shard.contains($0) }
        #expect(shard.count(in: range) == UInt64(own.count))
        #expect(own.isEmpty || shard.seed(from: range.first) == own[0])
      }
    }
  }

  @Test("A shard of all seeds that there are, and one that begins behind the last")
  func bounds() {
    let all = SeedRange(0, through: .max)
    #expect(all.count == nil && all.halfOpen == nil && Shard.whole.count(in: all) == nil)
    #expect(Shard(index: 1, total: 2).count(in: all) == 1 << 63)
    #expect(Shard(index: 0, total: 3).seed(from: .max) == .max)
    #expect(Shard(index: 1, total: 3).seed(from: .max) == nil)
    #expect(Shard(index: .max - 1, total: .max).contains(.max - 1))
    #expect(SeedRange(7, through: 9).halfOpen == 7..<10)
  }

  /// What a service sets, what the user names beside `auto`, and the shard or a part of the sentence.
  private static let environments: [(String, UInt64?, String)] = [
    ("GITLAB_CI=true CI_NODE_INDEX=1 CI_NODE_TOTAL=4", nil, "0/4"),
    ("GITLAB_CI=true CI_NODE_INDEX=4 CI_NODE_TOTAL=4", nil, "3/4"),
    ("GITLAB_CI=true CI_NODE_TOTAL=1", nil, "0/1"),
    ("GITLAB_CI=true CI_NODE_INDEX=0 CI_NODE_TOTAL=4", nil, "CI_NODE_INDEX is \"0\"; expected a number from 1 to 4"),
    ("GITLAB_CI=true CI_NODE_INDEX=5 CI_NODE_TOTAL=4", nil, "CI_NODE_INDEX is \"5\"; expected a number from 1 to 4"),
    ("CI_NODE_INDEX=1 CI_NODE_TOTAL=4", nil, "finds no variable of a service that it knows (GitLab, CircleCI,"),
    ("CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3", nil, "0/3"), ("CIRCLE_NODE_INDEX=2 CIRCLE_NODE_TOTAL=3", nil, "2/3"),
    ("CIRCLE_NODE_INDEX=3 CIRCLE_NODE_TOTAL=3", nil, "CIRCLE_NODE_INDEX is \"3\"; expected a number from 0 to 2"),
    ("CIRCLE_NODE_INDEX=2", nil, "CIRCLE_NODE_TOTAL is not set, though CIRCLE_NODE_INDEX is"),
    ("CIRCLE_NODE_TOTAL=2", nil, "CIRCLE_NODE_INDEX is not set, though CIRCLE_NODE_TOTAL is"),
    ("CIRCLE_NODE_INDEX=two CIRCLE_NODE_TOTAL=3", nil, "CIRCLE_NODE_INDEX is \"two\"; expected a whole number"),
    ("CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=", nil, "CIRCLE_NODE_TOTAL is \"\"; expected a whole number"),
    ("CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=0", nil, "CIRCLE_NODE_TOTAL is \"0\"; expected a number of jobs"),
    ("BUILDKITE_PARALLEL_JOB=0 BUILDKITE_PARALLEL_JOB_COUNT=5", nil, "0/5"),
    ("BITBUCKET_PARALLEL_STEP=1 BITBUCKET_PARALLEL_STEP_COUNT=2", nil, "1/2"),
    ("SEMAPHORE_JOB_INDEX=1 SEMAPHORE_JOB_COUNT=6", nil, "0/6"),
    ("SYSTEM_JOBPOSITIONINPHASE=6 SYSTEM_TOTALJOBSINPHASE=6", nil, "5/6"),
    ("SYSTEM_JOBPOSITIONINPHASE=1 SYSTEM_TOTALJOBSINPHASE=1", nil, "0/1"),
    ("AWS_BATCH_JOB_ARRAY_INDEX=9 AWS_BATCH_JOB_ARRAY_SIZE=10", nil, "9/10"),
    ("JOB_COMPLETION_INDEX=3", 8, "3/8"),
    ("JOB_COMPLETION_INDEX=8", 8, "JOB_COMPLETION_INDEX is \"8\"; expected a number from 0 to 7"),
    ("JOB_COMPLETION_INDEX=3", nil, "no number of jobs; expected it behind the shard, as in --shard auto/8"),
    ("TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=4", nil, "1/4"), ("TEST_SHARD_INDEX=0 TEST_TOTAL_SHARDS=0", nil, "0/1"),
    ("GTEST_SHARD_INDEX=1 GTEST_TOTAL_SHARDS=4", nil, "1/4"),
    ("SLURM_ARRAY_TASK_ID=0 " + slurm(0, 7, 1, 8), nil, "0/8"),
    ("SLURM_ARRAY_TASK_ID=7 " + slurm(0, 7, 1, 8), nil, "7/8"),
    ("SLURM_ARRAY_TASK_ID=12 " + slurm(4, 16, 4, 4), nil, "2/4"),
    ("SLURM_ARRAY_TASK_ID=5 " + slurm(5, 5, 1, 1), nil, "0/1"),
    ("SLURM_ARRAY_TASK_ID=3 " + slurm(1, 9, 1, 4), nil, "expected ids that are a range"),
    ("SLURM_ARRAY_TASK_ID=1 " + slurm(0, 4, 2, 3), nil, "expected ids that are a range"),
    ("SLURM_ARRAY_TASK_ID=1 " + slurm(0, .max, 1, 0), nil, "expected ids that are a range"),
    ("SLURM_ARRAY_TASK_ID=1 " + slurm(0, 4, 0, 5), nil, "expected ids that are a range"),
    ("SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=3", nil, "SLURM_ARRAY_TASK_MIN is not set"),
    (
      "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=3", nil, "0/3"
    ),
    ("", nil, "expected --shard I/N"), ("", 4, "expected --shard I/N"),
    ("RAFTCHECK_SHARD_INDEX=0 RAFTCHECK_SHARD_TOTAL=8", nil, "0/8"),
    ("RAFTCHECK_SHARD_INDEX=8 RAFTCHECK_SHARD_TOTAL=8", nil, "RAFTCHECK_SHARD_INDEX is \"8\""),
    ("RAFTCHECK_SHARD_INDEX=1", nil, "RAFTCHECK_SHARD_TOTAL is not set"),
    ("RAFTCHECK_SHARD_INDEX=1 RAFTCHECK_SHARD_TOTAL=2 CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3", nil, "1/2"),
    // Bazel tells GoogleTest the same; a service with one job says nothing against another one's several.
    ("TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=4 GTEST_SHARD_INDEX=1 GTEST_TOTAL_SHARDS=4", nil, "1/4"),
    ("TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=4 CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=1", nil, "1/4"),
    (
      "TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=4 CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=2", nil,
      "finds shard 0/2 of CircleCI and 1/4 of Bazel; expected one of them"
    ),
    ("CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3", 3, "0/3"),
    ("CIRCLE_NODE_INDEX=0 CIRCLE_NODE_TOTAL=3", 4, "auto/4 names another number of shards than CircleCI, which runs 3"),
  ]

  private static func slurm(_ least: UInt64, _ greatest: UInt64, _ step: UInt64, _ count: UInt64) -> String {
    "SLURM_ARRAY_TASK_MIN=\(least) SLURM_ARRAY_TASK_MAX=\(greatest) SLURM_ARRAY_TASK_STEP=\(step) "
      + "SLURM_ARRAY_TASK_COUNT=\(count)"
  }

  @Test("The environment of each service names its shard, and what is wrong with it is one sentence")
  func environments() {
    for (text, given, expected) in Self.environments {
      var values: [String: String] = [:]
      for word in text.split(separator: " ") {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        values[parts[0]] = parts[1]
      }
      do {
        let shard = try Shard.found(of: given, in: { values[$0] })
        #expect(shard.description == expected, "\(text)")
      } catch {
        #expect(error.description.contains(expected), "\(text): \(error)")
        #expect(error.description.contains("expected") && error.description.hasSuffix("."), "\(text): \(error)")
      }
    }
  }

  @Test("Bazel and GoogleTest find the file by which a shard is known to be one")
  func acknowledgement() throws {
    let folder = try TemporaryFolder()
    for variable in ["TEST_SHARD_STATUS_FILE", "GTEST_SHARD_STATUS_FILE"] {
      let path = "\(folder.path)/\(variable)"
      try Shard.acknowledge { $0 == variable ? path : nil }
      #expect(Files.isFile(path))
    }
    try Shard.acknowledge { _ in nil }
    try Shard.acknowledge { _ in "" }
    #expect(throws: FileProblem.self) { try Shard.acknowledge { _ in "\(folder.path)/missing/file" } }
  }

  @Test("A day and a text have a million seeds of their own, and the same text always the same ones")
  func origins() {
    #expect(SeedOrigin.day(atSecond: 0).firstSeed == 0)
    #expect(SeedOrigin.day(atSecond: 86_399) == .day(0))
    #expect(SeedOrigin.day(atSecond: 1_795_910_400).firstSeed == 20_786_000_000)
    #expect(SeedOrigin.day(atSecond: -5).firstSeed == 0)
    #expect(SeedOrigin.seed(7).firstSeed == 7)
    let commit = SeedOrigin.text("0f53935c2f8b3a4d5e6f708192a3b4c5d6e7f809")
    #expect(commit.firstSeed == SeedOrigin.text("0f53935c2f8b3a4d5e6f708192a3b4c5d6e7f809").firstSeed)
    #expect(commit.firstSeed % 1_000_000 == 0)
    let starts = Set((0..<1_000).map { SeedOrigin.text("\($0)").firstSeed })
    #expect(starts.count == 1_000 && starts.allSatisfy { $0 < 1 << 61 })
    #expect(SeedOrigin.text("main").firstSeed == Self.startOfMain, "it must be the same in every version")
    #expect(SeedOrigin.text("main").reason == "made from \"main\"")
  }

  private static let startOfMain: UInt64 = 26_203_788_858_000_000
}

/// A service that runs the same job side by side, and tells each which one it is by two variables of its environment.
struct ShardEngine: Sendable {
  /// For people.
  let name: String
  /// The variable with the number of the job.
  let index: String
  /// The variable with the number of jobs; `nil` where nothing says it.
  let total: String?
  /// The number of the first job.
  var base: UInt64 = 0
  /// The variable without which the others mean nothing.
  var marker: String?
  /// Whether it counts no jobs at all where there is one.
  var mayCountNone = false

  /// Those that are known, by their documentation of November 2026. Slurm is told apart by itself.
  static let all = [
    ShardEngine(name: "GitLab", index: "CI_NODE_INDEX", total: "CI_NODE_TOTAL", base: 1, marker: "GITLAB_CI"),
    ShardEngine(name: "CircleCI", index: "CIRCLE_NODE_INDEX", total: "CIRCLE_NODE_TOTAL"),
    ShardEngine(name: "Buildkite", index: "BUILDKITE_PARALLEL_JOB", total: "BUILDKITE_PARALLEL_JOB_COUNT"),
    ShardEngine(name: "Bitbucket", index: "BITBUCKET_PARALLEL_STEP", total: "BITBUCKET_PARALLEL_STEP_COUNT"),
    ShardEngine(name: "Semaphore", index: "SEMAPHORE_JOB_INDEX", total: "SEMAPHORE_JOB_COUNT", base: 1),
    ShardEngine(
      name: "Azure Pipelines", index: "SYSTEM_JOBPOSITIONINPHASE", total: "SYSTEM_TOTALJOBSINPHASE", base: 1),
    ShardEngine(name: "AWS Batch", index: "AWS_BATCH_JOB_ARRAY_INDEX", total: "AWS_BATCH_JOB_ARRAY_SIZE"),
    ShardEngine(name: "Kubernetes", index: "JOB_COMPLETION_INDEX", total: nil),
    ShardEngine(name: "Bazel", index: "TEST_SHARD_INDEX", total: "TEST_TOTAL_SHARDS", mayCountNone: true),
    ShardEngine(name: "GoogleTest", index: "GTEST_SHARD_INDEX", total: "GTEST_TOTAL_SHARDS", mayCountNone: true),
  ]

  /// What whoever starts this program may say by variables of its own; it counts before all others.
  static let own = ShardEngine(name: "raftcheck", index: "RAFTCHECK_SHARD_INDEX", total: "RAFTCHECK_SHARD_TOTAL")

  /// The shard that it names; `nil` if this is none of its jobs.
  ///
  /// - Parameter given: the number of jobs that somebody has named.
  func shard(in environment: (String) -> String?, of given: UInt64?) throws(ShardProblem) -> Shard? {
    guard marker.map({ environment($0) != nil }) ?? true else { return nil }
    guard let total else {
      guard environment(index) != nil else { return nil }
      guard let given else {
        throw ShardProblem(
          "\(name) sets \(index) and no number of jobs; expected it behind the shard, as in --shard auto/8.")
      }
      return try shard(numbered: number(index, environment), of: given)
    }
    switch (environment(index), environment(total)) {
    case (nil, nil): return nil
    case (nil, .some):
      // As where a service counts the jobs of those that have no others beside them.
      guard try number(total, environment) <= 1 else { throw unset(index, beside: total) }
      return .whole
    case (.some, nil): throw unset(total, beside: index)
    case (.some, .some):
      let count = try number(total, environment)
      if count == 0, mayCountNone { return .whole }
      guard count > 0 else { throw ShardProblem("\(total) is \"0\"; expected a number of jobs, 1 or more.") }
      return try shard(numbered: number(index, environment), of: count)
    }
  }

  private func shard(numbered number: UInt64, of total: UInt64) throws(ShardProblem) -> Shard {
    guard number >= base, number - base < total else {
      throw ShardProblem(
        "\(index) is \"\(number)\"; expected a number from \(base) to \(total - 1 + base), for \(name) counts "
          + "\(total) jobs from \(base).")
    }
    return Shard(index: number - base, total: total)
  }

  private func unset(_ missing: String, beside other: String) -> ShardProblem {
    ShardProblem("\(missing) is not set, though \(other) is; expected both of \(name), or --shard I/N.")
  }

  private func number(_ variable: String, _ environment: (String) -> String?) throws(ShardProblem) -> UInt64 {
    try Self.number(variable, environment, of: name)
  }

  /// The number in a variable that must be set.
  static func number(
    _ variable: String, _ environment: (String) -> String?, of name: String
  ) throws(ShardProblem) -> UInt64 {
    guard let text = environment(variable) else {
      throw ShardProblem("\(variable) is not set; expected a whole number from \(name), or --shard I/N.")
    }
    guard let number = UInt64(text) else {
      throw ShardProblem("\(variable) is \"\(text)\"; expected a whole number, as \(name) sets it.")
    }
    return number
  }
}

/// An array of jobs of Slurm, which names each by an id of its own.
enum SlurmArray {
  static let name = "Slurm"

  /// The shard that it names; `nil` if this is no task of an array.
  static func shard(in environment: (String) -> String?) throws(ShardProblem) -> Shard? {
    guard environment("SLURM_ARRAY_TASK_ID") != nil else { return nil }
    func number(_ what: String) throws(ShardProblem) -> UInt64 {
      try ShardEngine.number("SLURM_ARRAY_TASK_\(what)", environment, of: name)
    }
    let (id, least, greatest, count) = (try number("ID"), try number("MIN"), try number("MAX"), try number("COUNT"))
    let step = environment("SLURM_ARRAY_TASK_STEP") == nil ? 1 : try number("STEP")
    // Ids that are no range leave gaps among the shards, or put two tasks on one.
    guard step > 0, count > 0, least <= id, id <= greatest, (greatest - least) / step == count - 1,
      (id - least) % step == 0
    else {
      throw ShardProblem(
        "The array of Slurm has \(count) tasks from \(least) to \(greatest) in steps of \(step), and this is \(id); "
          + "expected ids that are a range, as of `sbatch --array=0-7`, or --shard I/N.")
    }
    return Shard(index: (id - least) / step, total: count)
  }
}

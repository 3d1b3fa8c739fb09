import Determinism
import Runs

/// Why it cannot be told which shard is to be run: one sentence.
package struct ShardProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description.printableSentence }
}

extension Shard {
  /// Finds out from the environment which part of a campaign is this machine's.
  ///
  /// Own variables count before those of services; a service that runs one job only counts behind one that runs several.
  ///
  /// - Parameters:
  ///   - given: the number of shards that the user has named; it must be the service's, where that says one.
  ///   - environment: the value of a variable, empty ones included; `nil` if it is not set.
  /// - Throws: if nothing says it, two services say different things, or a variable is not what it should be.
  package static func found(
    of given: UInt64? = nil, in environment: (String) -> String?
  ) throws(ShardProblem) -> Shard {
    var named: [(name: String, shard: Shard)] = []
    if let shard = try ShardEngine.own.shard(in: environment, of: given) {
      named = [(ShardEngine.own.name, shard)]
    } else {
      for engine in ShardEngine.all {
        if let shard = try engine.shard(in: environment, of: given) { named.append((engine.name, shard)) }
      }
      if let shard = try SlurmArray.shard(in: environment) { named.append((SlurmArray.name, shard)) }
    }
    let several = named.filter { $0.shard.total > 1 }
    let counted = several.isEmpty ? named : several
    guard let first = counted.first else {
      let known = (ShardEngine.all.map(\.name) + [SlurmArray.name]).joined(separator: ", ")
      throw ShardProblem(
        "--shard auto finds no variable of a service that it knows (\(known)), and no \(ShardEngine.own.index); "
          + "expected --shard I/N.")
    }
    if let other = counted.first(where: { $0.shard != first.shard }) {
      throw ShardProblem(
        "--shard auto finds shard \(first.shard) of \(first.name) and \(other.shard) of \(other.name); expected one of "
          + "them, as in --shard \(first.shard).")
    }
    guard given == nil || given == first.shard.total else {
      throw ShardProblem(
        "--shard auto/\(given ?? 0) names another number of shards than \(first.name), which runs \(first.shard.total); "
          + "expected --shard auto.")
    }
    return first.shard
  }

  /// Tells Bazel and GoogleTest that this program runs its shard alone: both wait for a file, and would take all shards
  /// for whole runs without it.
  ///
  /// To be called where a shard comes from the environment, before the first seed.
  package static func acknowledge(in environment: (String) -> String?) throws(FileProblem) {
    var done: [String] = []
    for variable in ["TEST_SHARD_STATUS_FILE", "GTEST_SHARD_STATUS_FILE"] {
      guard let path = environment(variable), !path.isEmpty, !done.contains(path) else { continue }
      try Files.write([], to: path)
      done.append(path)
    }
  }
}

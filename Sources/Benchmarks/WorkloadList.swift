import Histories

extension Workload {
  /// What the judge is held to: many operations with unique values, many with five values, the hard ones and
  /// the wide ones.
  package static let all: [Workload] = unique + fiveValues + [twentyValues] + hard + wide

  /// Which of them are also made with fewer operations, to see how time and memory grow.
  package static let scaled: [Workload] = unique + fiveValues.filter { $0.operations == 1_000_000 }

  /// The same with so many operations.
  package func with(operations: Int) -> Workload {
    var workload = self
    workload.operations = operations
    return workload
  }

  /// Unique values: the zones decide.
  private static let unique: [Workload] = [10, 50].flatMap { clients in
    [0, 5].flatMap { unknown in
      [false, true].map { isSpoiled in
        var workload = Workload(
          "unique-c\(clients)-u\(unknown)-\(isSpoiled ? "bad" : "ok")", operations: 1_000_000, clients: clients)
        workload.unknownPercent = unknown
        workload.isSpoiled = isSpoiled
        return workload
      }
    }
  }

  /// Five values: the slots decide.
  private static let fiveValues: [Workload] = [(1_000_000, "1m", 10), (1_000, "1k", 50), (10_000, "10k", 50)].flatMap {
    operations, size, clients in
    [false, true].map { isSpoiled in
      var workload = Workload(
        "five-\(size)-c\(clients)-\(isSpoiled ? "bad" : "ok")", operations: operations, clients: clients)
      workload.values = 5
      workload.isSpoiled = isSpoiled
      return workload
    }
  }

  /// Short histories with results of unknown outcome, from a hundred seeds.
  private static let twentyValues: Workload = {
    var workload = Workload("twenty-1k-c10-u3-bad", operations: 1_000, clients: 10)
    (workload.values, workload.unknownPercent, workload.isSpoiled, workload.seeds) = (20, 3, true, 100)
    return workload
  }()

  /// Those on which other checkers give up.
  private static let hard: [Workload] = {
    var wide = Workload("hard-c50-v5", operations: 100_000, clients: 50)
    wide.values = 5
    var unknown = Workload("hard-c5-v5-u5", operations: 1_000, clients: 5)
    (unknown.values, unknown.unknownPercent) = (5, 5)
    var keys = Workload("hard-c50-k10-u1", operations: 30_000, clients: 50)
    (keys.values, keys.keys, keys.unknownPercent) = (5, 10, 1)
    var appends = Workload("hard-appends", operations: 10_000, clients: 5)
    (appends.keys, appends.functions) = (10, [.get, .append])
    return [wide, unknown, keys, appends].map { workload in
      var workload = workload
      workload.isSpoiled = true
      return workload
    }
  }()

  /// Short histories of so many clients that there are few quick ways to decide them, from 20 seeds: an order is found by
  /// going for one, and that there is none only where few operations are open.
  private static let wide: [Workload] = [400, 1_000, 2_000].flatMap { operations in
    [false, true].map { isSpoiled in
      var workload = Workload(
        "wide-\(operations)-c200-\(isSpoiled ? "bad" : "ok")", operations: operations, clients: 200)
      (workload.values, workload.isSpoiled, workload.seeds) = (5, isSpoiled, 20)
      return workload
    }
  }
}

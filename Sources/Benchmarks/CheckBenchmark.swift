import Glibc
import Histories
import Judging
import Linearizability

/// How long it takes to read and to check one history that a workload makes.
package struct CheckFigures: Sendable {
  /// The workload's name.
  package let name: String
  /// Which engine was asked.
  package let algorithm: Algorithm
  /// How many operations the history has.
  package let operations: Int
  /// From bytes in the native format to events with numbered values.
  package let readingTime: Swift.Duration
  /// From events to operations, key by key.
  package let splittingTime: Swift.Duration
  /// From operations to what was decided, orders replayed. Explaining is not part of it.
  package let checkingTime: Swift.Duration
  /// The configurations looked at.
  package let expansions: Int
  /// `linearizable`, `not-linearizable` or `unknown`.
  package let verdict: String
  /// The most memory that this process had so far, in bytes. Only the first figure of a process is about its own
  /// history.
  package let peakBytes: Int

  /// Operations checked in a second.
  package var operationsPerSecond: Int {
    let seconds = Double(checkingTime.components.attoseconds) / 1e18 + Double(checkingTime.components.seconds)
    return seconds > 0 ? Int(Double(operations) / seconds) : 0
  }
}

/// Measures engines on workloads.
package enum CheckBenchmark {
  /// What the judge is held to: many operations with unique values, many with five values, and the hard ones.
  package static let workloads: [Workload] = unique + fiveValues + hard

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
  private static let fiveValues: [Workload] = [(1_000_000, 10), (1_000, 50), (10_000, 50)].flatMap {
    operations, clients in
    [false, true].map { isSpoiled in
      var workload = Workload(
        "five-\(operations)-c\(clients)-\(isSpoiled ? "bad" : "ok")", operations: operations, clients: clients)
      workload.values = 5
      workload.isSpoiled = isSpoiled
      return workload
    }
  }

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

  /// Reads and checks the history that `seed` makes of a workload.
  package static func run(
    _ workload: Workload, seed: UInt64, by algorithm: Algorithm = .auto, within budget: Budget
  ) throws(HistoryReadingError) -> CheckFigures {
    let bytes = workload.history(seed: seed).jsonLines()
    return try measure(bytes, named: workload.name, by: algorithm, within: budget)
  }

  /// Reads and checks a history in any format.
  package static func measure(
    _ bytes: [UInt8], named name: String, by algorithm: Algorithm = .auto, within budget: Budget
  ) throws(HistoryReadingError) -> CheckFigures {
    let clock = ContinuousClock()
    let start = clock.now
    let history = try History(reading: bytes)
    let read = clock.now
    let parts = Subhistory.parts(of: history)
    let split = clock.now
    let specification = Model(of: history).specification
    var expansions = 0
    var isLegal = true
    var isKnown = true
    for part in parts {
      let found = part.decide(specification, by: algorithm, within: budget)
      expansions += found.expansions
      if case .linearizable(let order) = found.decision, !part.isConfirmed(by: order, specification) { isKnown = false }
      if found.decision.answer == false { isLegal = false }
      if found.decision.answer == nil { isKnown = false }
    }
    return CheckFigures(
      name: name, algorithm: algorithm, operations: parts.reduce(0) { $0 + $1.operations.count },
      readingTime: start.duration(to: read), splittingTime: read.duration(to: split),
      checkingTime: split.duration(to: clock.now), expansions: expansions,
      verdict: !isLegal ? "not-linearizable" : isKnown ? "linearizable" : "unknown", peakBytes: peakBytes())
  }

  /// The most memory that this process had so far.
  private static func peakBytes() -> Int {
    var usage = rusage()
    return getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
  }
}

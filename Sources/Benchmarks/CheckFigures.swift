import Judging

/// How long it took to read and to check one history, and how much memory.
package struct CheckFigures: Hashable, Sendable, Codable {
  /// A verdict by its name alone.
  package enum Outcome: String, Hashable, Sendable, Codable {
    case linearizable
    case notLinearizable = "not-linearizable"
    case unknown
  }

  package let verdict: Outcome
  /// How many operations the history has.
  package let operations: Int
  /// From bytes to events with numbered values, in nanoseconds. Opening and reading the file is part of it.
  package let readNanoseconds: Int64
  /// From events to operations, key by key, in nanoseconds.
  package let splitNanoseconds: Int64
  /// From operations to what was decided, orders replayed, in nanoseconds.
  package let checkNanoseconds: Int64
  /// From there to the witness or the explained counterexample, in nanoseconds.
  package let tellNanoseconds: Int64
  /// The configurations looked at.
  package let expansions: Int
  /// The most memory that the process held, in bytes.
  package let peakBytes: Int

  /// Operations checked in a second.
  package var operationsPerSecond: Int {
    checkNanoseconds > 0 ? Int(Double(operations) * 1e9 / Double(checkNanoseconds)) : 0
  }
}

extension CheckFigures {
  /// The figures of a history that this process read and judged.
  ///
  /// Its memory is that of all that the process ever did, so a process should measure one history only.
  package init(_ judgement: Judgement, readNanoseconds: Int64) {
    verdict =
      switch judgement.verdict {
      case .linearizable: .linearizable
      case .notLinearizable: .notLinearizable
      case .unknown: .unknown
      }
    operations = judgement.operations
    self.readNanoseconds = readNanoseconds
    splitNanoseconds = Int64(judgement.splittingTime / .nanoseconds(1))
    tellNanoseconds = Int64(judgement.tellingTime / .nanoseconds(1))
    checkNanoseconds = Int64(judgement.time / .nanoseconds(1)) - splitNanoseconds - tellNanoseconds
    expansions = judgement.expansions
    peakBytes = ResidentMemory.peakBytes
  }
}

import Determinism
import Histories
import Judging
import Linearizability
import Runs
import Shrinking

/// What a live run came to, as one word.
package enum LiveVerdict: String, Hashable, Sendable, CaseIterable {
  case linearizable
  /// No order of the operations explains what clients saw.
  case notLinearizable = "not-linearizable"
  /// A server ended that nobody had killed.
  case serverEnded = "server-ended"
  /// A server did not answer though all was calm.
  case noProgress = "no-progress"
  /// A limit was reached, it was ended before its time, no operation succeeded, or a key could not be read in the end.
  case unknown
}

/// A live run that was judged.
package struct LiveReport: Sendable {
  package let outcome: LiveOutcome
  package let checked: CheckedHistory
  /// The few operations that show that there is no order; `nil` if there is one, or nobody knows.
  package let essence: Essence?
  /// How long judging and shrinking took.
  package let judgingTime: Duration
  /// Where all of it is saved.
  package let folder: String

  /// The worst that was found.
  package var verdict: LiveVerdict {
    if case .notLinearizable = checked.judgement.verdict { return .notLinearizable }
    if !outcome.endings.isEmpty { return .serverEnded }
    if !outcome.silent.isEmpty { return .noProgress }
    // A run without a success shows nothing.
    if case .linearizable = checked.judgement.verdict, !outcome.wasInterrupted, outcome.unreadKeys == 0,
      outcome.counts.ok > 0
    {
      return .linearizable
    }
    return .unknown
  }

  package var severity: Severity {
    if case .unknown(.contradiction) = checked.judgement.verdict { return .internalError }
    return switch verdict {
    case .linearizable: .pass
    case .unknown: .undecided
    case .notLinearizable, .serverEnded, .noProgress: .violation
    }
  }

  /// From the first call to the last return of the operations that have no order, since the start; `nil` if these are not
  /// known.
  package var span: ClosedRange<Duration>? {
    guard let essence else { return nil }
    let events = checked.recorded.history.events
    let times = essence.members.flatMap { member in
      [events[member.origin.call].time] + (member.origin.end.map { [events[$0].time] } ?? [])
    }
    guard let first = times.min(), let last = times.max() else { return nil }
    return Duration(nanoseconds: first)...Duration(nanoseconds: last)
  }

  var lastReturn: Duration? { span?.upperBound }

  /// Why there is no answer, as a clause.
  package var undecidedReason: String? {
    guard verdict == .unknown else { return nil }
    if case .unknown(let limit) = checked.judgement.verdict { return "\(limit)" }
    if outcome.wasInterrupted { return "it was ended before its time" }
    guard outcome.unreadKeys > 0 else { return "no operation of a client succeeded" }
    return "\(outcome.unreadKeys) of \(outcome.keys) keys could not be read in the end"
  }
}

extension LiveRun {
  /// The files of a run, by their names in its folder.
  package enum FileName {
    package static let history = "history.jsonl"
    package static let plan = "plan.json"
    package static let report = "report.txt"
  }

  /// How long the judge and the shrinker of its history may take.
  private static let judgingTime = Swift.Duration.seconds(60)

  /// Runs it, saves what clients saw, and judges that.
  package func judged(
    _ plan: LivePlan, report: (LiveProgress) -> Void, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> LiveReport {
    try Files.makeFolder(folder)
    try Files.write(plan.bytes, to: FileName.plan, in: folder)
    let outcome = try carryOut(report: report, shouldStop: shouldStop)
    // Before the verdict: whatever becomes of the judge, the history is there.
    try Files.write(outcome.history.jsonLines(), to: FileName.history, in: folder)
    report(.judging)
    let watch = Stopwatch()
    let options = CheckOptions(limits: JudgingLimits(time: Self.judgingTime))
    let checked = try RecordedHistory(path: "\(folder)/\(FileName.history)", options: options).judged(options)
    let counterexamples = checked.judgement.counterexamples
    let essence =
      counterexamples.isEmpty
      ? nil
      : HistoryShrinker(model: checked.judgement.model, watch: TimedWatch(Self.judgingTime))
        .shrink(checked.recorded.history, from: counterexamples)
    return LiveReport(outcome: outcome, checked: checked, essence: essence, judgingTime: watch.elapsed, folder: folder)
  }
}

/// Ends a shrinking after a time.
private struct TimedWatch: ShrinkingWatch {
  let watch = Stopwatch()
  let nanoseconds: Int64

  init(_ time: Swift.Duration) { nanoseconds = Int64(time / .nanoseconds(1)) }

  func isOver() -> Bool { watch.elapsed.nanoseconds >= nanoseconds }
  var freeBytes: Int { .max }
  func hasTime(toTell operations: Int) -> Bool { true }
}

import Histories
import Linearizability

/// What was found out about a history.
package struct Judgement: Sendable {
  /// What the operations were taken to mean.
  package let model: Model
  /// One for each key, in the order in which they are first mentioned; none if the operations were not even told apart.
  package let keys: KeyJudgements
  /// Why the first keys without an order have none, the one whose culprit ended first in front: of so many others nobody
  /// reads.
  package let counterexamples: [Counterexample]
  /// The verdict of the worst key: one without an order outweighs all that is unknown, and one unknown key all those
  /// that are linearizable. Of those without an order the first of `counterexamples` counts.
  package let verdict: Verdict
  /// How many operations the history has, failed and unknown ones included.
  package let operations: Int
  /// How many keys are linearizable by the order that came with the history: for them nothing was searched.
  package var keysInGivenOrder: Int { keys.countInGivenOrder }
  /// The configurations looked at, all keys together.
  package let expansions: Int
  /// Wall time, from events to operations, key by key, and on to the verdict.
  package let time: Swift.Duration
  /// The part of it until the operations were there.
  package let splittingTime: Swift.Duration
  /// The part of it in which orders and violations were put into words.
  package let tellingTime: Swift.Duration
  /// The most memory that the process was seen to hold meanwhile, in bytes.
  package let peakBytes: Int
  /// Whether the limit of time ended it.
  package let ranOutOfTime: Bool

  init(
    model: Model, keys: KeyJudgements, counterexamples: [Counterexample], splittingTime: Swift.Duration,
    tellingTime: Swift.Duration, _ watch: Watch
  ) {
    self.model = model
    self.keys = keys
    self.counterexamples = counterexamples
    self.splittingTime = splittingTime
    self.tellingTime = tellingTime
    verdict = counterexamples.first.map { .notLinearizable($0) } ?? keys.verdictIfUnbroken
    operations = keys.operations
    expansions = keys.expansions
    time = watch.elapsed
    peakBytes = watch.peakBytes
    ranOutOfTime = watch.ending == .time
  }

  /// The judgement of a history whose keys nobody came to tell apart.
  init(_ model: Model, unsplit history: History, _ limits: JudgingLimits, _ watch: Watch) {
    self.model = model
    keys = KeyJudgements(
      Subhistory.parts(of: HistoryRecorder(header: HistoryHeader()).finish()), Ledger(keys: 0), limits)
    counterexamples = []
    (splittingTime, tellingTime) = (watch.elapsed, .zero)
    verdict = .unknown(watch.ending == .memory ? .bytes(limits.residentBytes ?? limits.bytes) : .stopped)
    operations = history.events.count { $0.kind == .invoke }
    expansions = 0
    time = watch.elapsed
    peakBytes = watch.peakBytes
    ranOutOfTime = watch.ending == .time
  }
}

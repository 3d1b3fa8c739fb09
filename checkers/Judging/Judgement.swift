import Histories
import Linearizability

/// What was found out about one key.
package struct KeyJudgement: Sendable {
  /// The key; `nil` in a history of one register.
  package let key: [UInt8]?
  /// How many operations it has, failed and unknown ones included.
  package let operations: Int
  /// What the judge says.
  package let verdict: Verdict
  /// The configurations looked at.
  package let expansions: Int
  /// Whether it is linearizable by the order that came with the history.
  package let followsGivenOrder: Bool

  var isBroken: Bool {
    if case .notLinearizable = verdict { true } else { false }
  }
}

/// What was found out about a history.
package struct Judgement: Sendable {
  /// What the operations were taken to mean.
  package let model: Model
  /// One for each key, in the order in which they are first mentioned.
  package let keys: [KeyJudgement]
  /// The verdict of the worst key: one without an order outweighs all that is unknown, and one unknown key all those
  /// that are linearizable. Of equals the first counts.
  package let verdict: Verdict
  /// How many operations the history has, failed and unknown ones included.
  package let operations: Int
  /// How many keys are linearizable by the order that came with the history: for them nothing was searched.
  package var keysInGivenOrder: Int { keys.count { $0.followsGivenOrder } }
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

  init(model: Model, keys: [KeyJudgement], splittingTime: Swift.Duration, tellingTime: Swift.Duration, _ watch: Watch) {
    self.model = model
    self.keys = keys
    self.splittingTime = splittingTime
    self.tellingTime = tellingTime
    time = watch.elapsed
    peakBytes = watch.peakBytes
    ranOutOfTime = watch.ending == .time
    verdict = Self.worst(of: keys)
    operations = keys.reduce(0) { $0 + $1.operations }
    expansions = keys.reduce(0) { $0 + $1.expansions }
  }

  private static func worst(of keys: [KeyJudgement]) -> Verdict {
    // One key's witness may be long: it is not copied.
    if keys.count == 1 { return keys[0].verdict }
    if let broken = keys.first(where: \.isBroken) { return broken.verdict }
    var witnesses: [Witness] = []
    for key in keys {
      guard case .linearizable(let witness) = key.verdict else { return key.verdict }
      witnesses.append(witness)
    }
    return .linearizable(Witness(joining: witnesses))
  }
}

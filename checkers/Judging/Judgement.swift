import Histories
import Linearizability

/// What was found out about one key.
package struct KeyJudgement: Sendable {
  /// The key; `nil` in a history of one register.
  package let key: [UInt8]?
  /// How many operations it has, failed and unknown ones included.
  package let operations: Int
  /// What the judge says.
  package internal(set) var verdict: Verdict
  /// The configurations looked at.
  package internal(set) var expansions: Int

  var isUndecided: Bool {
    if case .unknown = verdict { true } else { false }
  }
}

/// What was found out about a history.
package struct Judgement: Sendable {
  /// What the operations were taken to mean.
  package let model: Model
  /// One for each key, in the order in which they are first mentioned.
  package let keys: [KeyJudgement]
  /// How many operations the history has, failed and unknown ones included.
  package let operations: Int

  /// The configurations looked at, all keys together.
  package var expansions: Int { keys.reduce(0) { $0 + $1.expansions } }

  /// The verdict of the worst key: one without an order outweighs all that is unknown, and one unknown key all those
  /// that are linearizable. Of equals the first counts.
  package var verdict: Verdict {
    var witnesses: [Witness] = []
    var unknown: Verdict?
    for key in keys {
      switch key.verdict {
      case .notLinearizable: return key.verdict
      case .unknown: unknown = unknown ?? key.verdict
      case .linearizable(let witness): witnesses.append(witness)
      }
    }
    return unknown ?? .linearizable(Witness(joining: witnesses))
  }
}

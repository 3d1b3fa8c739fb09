import Linearizability

/// What was found out about one key.
package struct KeyJudgement: Sendable {
  /// The key; `nil` in a history of one register.
  package let key: [UInt8]?
  /// How many operations it has, failed and unknown ones included.
  package let operations: Int
  /// What the judge says.
  package let verdict: KeyVerdict
  /// The configurations looked at.
  package let expansions: Int
  /// Whether it is linearizable by the order that came with the history.
  package let followsGivenOrder: Bool
}

/// What the judge says of one key, without orders and reasons.
package enum KeyVerdict: Hashable, Sendable {
  /// There is an order that explains every answer.
  case linearizable
  /// There is none.
  case notLinearizable
  /// Not known. Never to be taken for a pass.
  case unknown(Limit)

  /// `linearizable`, `not-linearizable` or `unknown`.
  package var name: String {
    switch self {
    case .linearizable: "linearizable"
    case .notLinearizable: "not-linearizable"
    case .unknown: "unknown"
    }
  }
}

/// What was found out about each key, in the order in which the keys are first mentioned.
///
/// Each is put together when somebody asks for it, for there may be a million.
package struct KeyJudgements: RandomAccessCollection, Sendable {
  private let parts: Subhistories
  private let ledger: Ledger
  private let limits: JudgingLimits

  init(_ parts: Subhistories, _ ledger: Ledger, _ limits: JudgingLimits) {
    self.parts = parts
    self.ledger = ledger
    self.limits = limits
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { parts.count }

  package subscript(place: Int) -> KeyJudgement {
    KeyJudgement(
      key: parts.key(of: place), operations: parts.range(of: place).count, verdict: verdict(of: place),
      expansions: ledger.expansions[place], followsGivenOrder: ledger.standings[place] == .given)
  }

  private func verdict(of place: Int) -> KeyVerdict {
    switch ledger.standings[place] {
    case .linearizable, .given: .linearizable
    case .broken: .notLinearizable
    case .open: .unknown(.stopped)
    case .spent: .unknown(.expansions(ledger.shares[place]))
    // People know the limit that they gave, not what is left of it beside the history.
    case .full: .unknown(.bytes(limits.residentBytes ?? limits.bytes))
    case .notApplicable:
      .unknown(ledger.misfits.first { $0.place == place }.map { .misfit($0.misfit) } ?? .notApplicable)
    case .contradiction: .unknown(.contradiction)
    }
  }

  /// How many of them are linearizable by the order that came with the history.
  var countInGivenOrder: Int { ledger.standings.count { $0 == .given } }

  /// The first of those that have no order; of keys without a name `nil`.
  package func withoutOrder(atMost limit: Int) -> [[UInt8]?] {
    ledger.standings.indices.lazy.filter { ledger.standings[$0] == .broken }.prefix(limit).map { parts.key(of: $0) }
  }

  /// How many of them have no order.
  package var countWithoutOrder: Int { ledger.standings.count { $0 == .broken } }

  /// Of how many of them it is not known whether they have an order.
  package var countUndecided: Int {
    ledger.standings.count { standing in
      switch standing {
      case .linearizable, .given, .broken: false
      case .open, .spent, .full, .notApplicable, .contradiction: true
      }
    }
  }

  /// How many operations there are, failed and unknown ones included.
  var operations: Int { parts.operations.count }

  /// The configurations looked at, all keys together.
  var expansions: Int { ledger.expansions.reduce(0, +) }

  /// The verdict of the worst key, if none of them has no order.
  var verdictIfUnbroken: Verdict {
    for place in indices {
      if case .unknown(let limit) = verdict(of: place) { return .unknown(limit) }
    }
    return .linearizable(ledger.witness(of: parts))
  }
}

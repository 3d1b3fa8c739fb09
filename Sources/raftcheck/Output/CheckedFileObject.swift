import Histories
import Hosting
import Judging
import Linearizability
import Runs

/// One file in what `check --json` prints.
struct FileObject: Encodable {
  let asExpected: Bool?
  /// Other ways to take the history, and what it is then.
  let assumptions: [AssumptionObject]?
  let expansions: Int
  let expected: String?
  let explanation: String?
  let file: String
  let jepsen: JepsenObject?
  let keys: Int
  let keysInGivenOrder: Int
  let model: String
  let operations: Int
  let peakBytes: Int
  let reason: String?
  /// How many operations' times lie wholly before those of operations that stand before them.
  let timesRunBack: Int?
  let verdict: String
  /// Why keys have no order.
  let violations: [ViolationObject]?
  let wallNanoseconds: Int64

  init(_ checked: CheckedHistory, _ remarks: CheckRemarks, comparesExpected: Bool) {
    let judgement = checked.judgement
    asExpected = comparesExpected ? checked.isAsExpected : nil
    assumptions = AssumptionText(checked, remarks).objects
    expansions = judgement.expansions
    expected = checked.expected?.rawValue
    file = checked.recorded.name
    jepsen = checked.jepsen.map(JepsenObject.init)
    keys = judgement.keys.count
    keysInGivenOrder = judgement.keysInGivenOrder
    model = judgement.model.name.rawValue
    operations = judgement.operations
    peakBytes = judgement.peakBytes
    timesRunBack = remarks.backwardTimes?.count
    verdict = checked.verdictName
    let violations = judgement.counterexamples.map { ViolationObject($0, checked.recorded.history, judgement.model) }
    self.violations = violations.isEmpty ? nil : violations
    wallNanoseconds = checked.time.nanoseconds
    switch judgement.verdict {
    case _ where !checked.observesSomething: (explanation, reason) = (nil, checked.emptiness)
    case .linearizable: (explanation, reason) = (nil, nil)
    case .notLinearizable(let counterexample):
      explanation = (checked.remarkOnKeys.map { "\($0)\n" } ?? "") + counterexample.explanation
      reason = nil
    case .unknown(let limit): (explanation, reason) = (nil, checked.reason(limit))
    }
  }
}

/// What Jepsen said of a history.
struct JepsenObject: Encodable {
  let agrees: Bool?
  let checker: String
  let file: String
  let verdict: String

  init(_ comparison: JepsenComparison) {
    agrees = comparison.agrees
    checker = comparison.checker.name
    file = comparison.file
    verdict = comparison.checker.verdict.rawValue
  }
}

/// Another way to take a history.
struct AssumptionObject: Encodable {
  /// The lines of the operations that are taken otherwise.
  let lines: [Int]
  let name: String
  /// As it is typed.
  let option: [String]?
  let sentence: String
  let verdict: String

  init(_ trial: AssumptionTrial, _ text: AssumptionText, _ history: History) {
    lines = trial.operations.flatMap { [history.callLine(of: $0), history.endLine(of: $0)].compactMap(\.self) }
    name =
      switch trial.assumption {
      case .initial: "initial"
      case .nothingIsUnknown: "nil-unknown"
      case .mismatchNeverHappened: "mismatch-never-happened"
      case .failureIsUnknown: "failure-unknown"
      case .typesAreOne: "types-are-one"
      case .orderOfTimes: "order-of-times"
      }
    option = text.option(trial.assumption)
    sentence = text.sentence(trial)
    verdict = trial.isLinearizable.map { $0 ? "linearizable" : "not-linearizable" } ?? "unknown"
  }
}

/// A value: as text, in base64 if it is none, and with neither if there is none.
struct ValueObject: Encodable {
  let base64: String?
  let text: String?

  init(_ value: [UInt8]?) {
    text = value.flatMap { String(validating: $0, as: UTF8.self) }
    base64 = text == nil ? value.map { Base64.encoded($0) } : nil
  }
}

/// One key without an order, as data.
struct ViolationObject: Encodable {
  let anomaly: String
  /// The operations none of which can come next, with the reasons.
  let blocked: [BlockedObject]
  /// A few operations that break a rule by themselves.
  let certificate: [OperationObject]
  /// The operation whose end leaves no order.
  let culprit: OperationObject
  let key: ValueObject
  /// The longest order found of the operations up to that end.
  let longestPrefix: [OperationObject]
  /// Right before that end.
  let possibleValues: [ValueObject]
  /// What the longest prefix leaves.
  let value: ValueObject

  init(_ counterexample: Counterexample, _ history: History, _ model: Model) {
    let wording = Wording(history)
    func object(_ operation: Operation) -> OperationObject { OperationObject(operation, history, wording) }
    anomaly = counterexample.anomaly.rawValue
    blocked = counterexample.blocked.map { blocked in
      BlockedObject(
        operation: object(blocked.operation), reason: blocked.reason,
        wanted: blocked.obstacle.map { ValueObject($0.wanted) },
        wantedUntil: blocked.obstacle?.end.map(object), writer: blocked.obstacle?.usedWrite.map(object),
        writerUsedBy: blocked.obstacle?.user.map(object))
    }
    certificate = counterexample.certificate.map(object)
    culprit = object(counterexample.culprit)
    key = ValueObject(counterexample.key)
    longestPrefix = counterexample.prefix.map(object)
    possibleValues = counterexample.possibleValues.map { ValueObject($0) }
    value = ValueObject(counterexample.value)
  }
}

/// An operation that cannot come next, and why.
struct BlockedObject: Encodable {
  let operation: OperationObject
  let reason: String
  /// The value that it found.
  let wanted: ValueObject?
  /// The operation of the longest prefix that ended that value.
  let wantedUntil: OperationObject?
  /// The only write that could bring the value back, and the operation that it was used for.
  let writer: OperationObject?
  let writerUsedBy: OperationObject?
}

/// One operation of the file.
struct OperationObject: Encodable {
  let callLine: Int?
  let endLine: Int?
  let operation: String
  let process: Int

  init(_ operation: Operation, _ history: History, _ wording: Wording) {
    (callLine, endLine) = (history.callLine(of: operation), history.endLine(of: operation))
    self.operation = wording.exchange(operation)
    process = operation.process
  }
}

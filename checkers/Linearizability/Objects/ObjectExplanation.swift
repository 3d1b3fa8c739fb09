import Histories

/// Tells, in plain sentences, why the calls of an object have no order.
struct ObjectExplanation {
  let part: Subhistory
  let model: Model
  let budget: Budget
  /// The configurations looked at.
  private(set) var expansions = 0

  /// So many of the operations none of which can come next are named, and so many of these are told.
  fileprivate static let blockedLimit = 64
  fileprivate static let listLimit = 8
  /// The most operations of a part whose order is told step by step where a rule is known that is broken, and the most
  /// whose first end without an order is looked for then.
  private static let (storyLimit, searchLimit, etcdLimit) = (2_000, 200_000, 20_000)

  init(_ part: Subhistory, _ model: Model, within budget: Budget) {
    (self.part, self.model, self.budget) = (part, model, budget)
  }

  /// The counterexample, explained.
  mutating func counterexample(_ ground: ObjectGround, shouldStop: () -> Bool) -> Counterexample {
    if let violation = ground.violation, part.operations.count > Self.storyLimit {
      return summary(of: violation, shouldStop: shouldStop)
    }
    let told = withoutActuallyEscaping(shouldStop) { shouldStop in
      try? ObjectChecker(model).run(TellingObjects(ground: ground, budget: budget, shouldStop: shouldStop), on: part)
    }
    guard let told else { preconditionFailure("operations that were decided can be read") }
    expansions += told.expansions
    return told.counterexample
  }

  /// The counterexample of a part too long for a story: the rule that it breaks.
  private func summary(of violation: FastViolation, shouldStop: () -> Bool) -> Counterexample {
    let broken = violation.calls.map { part.operations[Int($0)] }
    let last = broken.max { $0.end ?? 0 < $1.end ?? 0 } ?? part.operations[0]
    let limit = model.name == .etcd ? Self.etcdLimit : Self.searchLimit
    let culprit = part.operations.count > limit ? nil : firstImpossibleEnd(shouldStop)
    let names = ObjectNaming(part)
    var lines = [names.title]
    if let culprit {
      lines.append(Wording.firstImpossibleEnd(names.end(of: culprit), of: names.name(culprit)))
    } else {
      lines.append("Of all operations there is none, and perhaps of fewer.")
    }
    lines += violation.lines(of: broken, names)
    let blocked =
      culprit.map { Self.blocked($0, names) }
      ?? .init(operation: last, name: names.name(last), reason: "it is one of those that fit no order")
    return Counterexample(
      key: part.history.values[part.key], culprit: culprit ?? last, prefix: [], value: nil, blocked: [blocked],
      certificate: broken, possibleValues: [], anomaly: .wrongAnswer,
      explanation: lines.joined(separator: "\n"))
  }

  /// The operation whose end leaves no order, where it is not known what could come next.
  fileprivate static func blocked(_ culprit: Operation, _ names: ObjectNaming) -> Counterexample.Blocked {
    Counterexample.Blocked(operation: culprit, name: names.name(culprit), reason: "no order goes on behind its end")
  }

  /// The operation with the earliest return after which no order is left; `nil` if that was not found out.
  private func firstImpossibleEnd(_ shouldStop: () -> Bool) -> Operation? {
    let ended = part.operations.filter { $0.kind == .ok }.sorted { $0.end ?? 0 < $1.end ?? 0 }
    var (low, high) = (0, ended.count - 1)
    guard let all = FastCalls(part, model) else { return nil }
    while low < high {
      let middle = (low + high) / 2
      guard !shouldStop(), let calls = all.cut(before: (ended[middle].end ?? 0) + 1) else { return nil }
      switch calls.decide(shouldStop: shouldStop) {
      case .linearizable: low = middle + 1
      case .notLinearizable: high = middle
      case .notApplicable: return nil
      }
    }
    return ended.isEmpty ? nil : ended[high]
  }
}

private struct TellingObjects: ObjectTask {
  let ground: ObjectGround
  let budget: Budget
  let shouldStop: () -> Bool

  func run<Model: ObjectModel>(
    on decoded: DecodedCalls<Model>, of part: Subhistory
  ) -> (counterexample: Counterexample, expansions: Int) {
    var places = [Int32](repeating: -1, count: part.operations.count)
    for (place, offset) in decoded.offsets.enumerated() { places[Int(offset)] = Int32(place) }
    var finder = ModelViolationFinder(
      decoded.model, decoded.calls, ground.operations.map { places[Int($0)] }, within: budget)
    let violation = finder.find(shouldStop: shouldStop)
    let account = ObjectAccount(part: part, decoded: decoded, violation: violation, rule: ground.violation)
    return (account.counterexample(), finder.expansions)
  }
}

/// One violation, in words. The reader is woken at night and has not read the paper.
private struct ObjectAccount<Model: ObjectModel> {
  let part: Subhistory
  let decoded: DecodedCalls<Model>
  let violation: ModelViolation<Model.State>
  /// The rule that is broken, if one is known.
  let rule: FastViolation?

  private var names: ObjectNaming { ObjectNaming(part) }
  private var broken: [Operation] { (rule?.calls ?? []).map { part.operations[Int($0)] } }

  func counterexample() -> Counterexample {
    let state = decoded.model.description(of: violation.state)
    let blocked =
      violation.isLongest ? cannotComeNext : [ObjectExplanation.blocked(operation(violation.culprit), names)]
    return Counterexample(
      key: part.history.values[part.key], culprit: operation(violation.culprit),
      prefix: violation.prefix.map { operation($0) }, value: Array(state.utf8), blocked: blocked, certificate: broken,
      possibleValues: [], anomaly: .wrongAnswer, explanation: text(blocked, state))
  }

  private var cannotComeNext: [Counterexample.Blocked] {
    violation.blocked.prefix(ObjectExplanation.blockedLimit).map { place in
      Counterexample.Blocked(
        operation: operation(place), name: name(operation(place)), reason: reason(against: place))
    }
  }

  private func operation(_ place: Int32) -> Operation { part.operations[Int(decoded.offsets[Int(place)])] }

  /// The whole account.
  private func text(_ blocked: [Counterexample.Blocked], _ state: String) -> String {
    let culprit = operation(violation.culprit)
    var lines = [names.title]
    let position = names.end(of: culprit)
    lines.append(
      violation.isCertain
        ? Wording.firstImpossibleEnd(position, of: name(culprit))
        : "From \(position) on there is none, and perhaps from earlier: to look for the first point took too long.")
    if let last = violation.prefix.last {
      let count = violation.prefix.count
      lines.append(
        "The longest order found explains \(count) operation\(count == 1 ? "" : "s") and ends with \(name(operation(last))); then \(state)."
      )
    } else {
      lines.append("No operation can come first, while \(state).")
    }
    if violation.isLongest {
      lines += wordsOfBlocked(blocked)
    } else {
      lines.append("There may be a longer one: the search for it reached its limit.")
    }
    if let remark = remarkOnOpen() { lines.append(remark) }
    if let rule { lines += rule.lines(of: broken, names) }
    return lines.joined(separator: "\n")
  }

  private func wordsOfBlocked(_ blocked: [Counterexample.Blocked]) -> [String] {
    let count = violation.blocked.count
    let more = count - ObjectExplanation.listLimit
    return [Wording.blockedTitle(count)]
      + blocked.prefix(ObjectExplanation.listLimit).map { "  \($0.name): \($0.reason)." }
      + (more > 0 ? ["  and \(more) more."] : [])
  }

  private func reason(against place: Int32) -> String {
    let meant = decoded.calls[Int(place)].operation
    if !decoded.model.successors(of: violation.state, by: meant).isEmpty {
      return "every order that goes on with it ends sooner"
    }
    let found = decoded.model.description(of: violation.state, facing: meant)
    return "it \(decoded.model.description(of: meant)), but \(found)"
  }

  /// The operations that could still change the object; `nil` if there are none.
  private func remarkOnOpen() -> String? {
    let open = violation.open
    guard !open.isEmpty else { return nil }
    let shown = open.prefix(3).map { name(operation($0)) }.joined(separator: "; ")
    let more = open.count > 3 ? "; and \(open.count - 3) more" : ""
    return open.count == 1
      ? "One operation that may change it was open or of unknown result then; whatever it does, there is no order: \(shown)."
      : "\(open.count) operations that may change it were open or of unknown result then; whatever they do, there is no order: "
        + "\(shown)\(more)."
  }

  private func name(_ operation: Operation) -> String { names.name(operation) }
}

/// How operations on an object are written in an account.
struct ObjectNaming {
  private let part: Subhistory

  init(_ part: Subhistory) { self.part = part }

  /// What is wrong, as the first sentence.
  var title: String {
    let object = part.history.values[part.key].map { "Key \(Wording.showWhole($0))" } ?? "The object"
    return "\(object): no order of the operations explains what the clients saw."
  }

  /// Where an operation ended.
  func end(of operation: Operation) -> String {
    part.history.endLine(of: operation).map { "line \($0)" } ?? "history event \(operation.end ?? operation.call)"
  }

  /// Whether revisions are what the rules speak of.
  var countsRevisions: Bool { part.history.header.model == .etcd }

  /// Client, call, answer and lines: `c3's dequeue -> 4 (lines 400-412)`.
  func name(_ operation: Operation) -> String {
    let history = part.history
    var words = [operation.function.name(in: history.header.model ?? .set)]
    if let key = history.values[operation.key] { words.append(Wording.showWhole(key)) }
    if operation.argument != .absent { words.append(Wording.show(operation.argument, of: history)) }
    var text = "c\(operation.process)'s \(words.joined(separator: " "))"
    if operation.isUnknown {
      text += " -> unknown"
    } else if operation.seen != operation.argument {
      text += " -> \(Wording.show(operation.seen, of: history))"
    }
    return text + " (\(Wording.place(of: operation, in: history)))"
  }
}

extension FastViolation {
  /// The rule that is broken, and by which operations.
  fileprivate func lines(of broken: [Operation], _ names: ObjectNaming) -> [String] {
    let sentence =
      switch rule {
      case .valueFromNowhere where names.countsRevisions: "Nobody can have made this revision by then:"
      case .twice where names.countsRevisions: "Two calls wrote at one revision:"
      case .backwards where names.countsRevisions:
        "These revisions are not in the order in which the calls happened:"
      case .wrongAnswer where names.countsRevisions && broken.count == 2:
        "The second of these did not see what the first one wrote:"
      case .wrongAnswer where names.countsRevisions: "This answer is not what etcd held at its revision:"
      case .valueFromNowhere: "Something came out that nobody can have put in by then:"
      case .twice: "One thing was given out twice:"
      case .tooEarly: "Something was seen before it can have been put in:"
      case .lost: "Something that was there was missed afterwards:"
      case .overtaken: "Two values came out in the order opposite to that in which they went in:"
      case .neverEmpty: "Nothing was found while something was there all the time:"
      case .noLowest: "Values of a stack came off in an order in which they cannot have lain on each other:"
      case .incomparable: "Two reads each missed what the other one had seen:"
      case .backwards: "A later answer knows less than an earlier one:"
      case .wrongAnswer: "This answer fits no order of the others:"
      }
    return [sentence] + broken.map { "  \(names.name($0))" }
  }
}

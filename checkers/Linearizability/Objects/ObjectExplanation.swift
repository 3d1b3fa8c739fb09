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

  init(_ part: Subhistory, _ model: Model, within budget: Budget) {
    (self.part, self.model, self.budget) = (part, model, budget)
  }

  /// The counterexample, explained.
  mutating func counterexample(_ ground: ObjectGround, shouldStop: () -> Bool) -> Counterexample {
    let told = withoutActuallyEscaping(shouldStop) { shouldStop in
      try? ObjectChecker(model).run(TellingObjects(ground: ground, budget: budget, shouldStop: shouldStop), on: part)
    }
    guard let told else { preconditionFailure("operations that were decided can be read") }
    expansions += told.expansions
    return told.counterexample
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
    let account = ObjectAccount(part: part, decoded: decoded, violation: violation)
    return (account.counterexample(), finder.expansions)
  }
}

/// One violation, in words. The reader is woken at night and has not read the paper.
private struct ObjectAccount<Model: ObjectModel> {
  let part: Subhistory
  let decoded: DecodedCalls<Model>
  let violation: ModelViolation<Model.State>

  func counterexample() -> Counterexample {
    let state = decoded.model.description(of: violation.state)
    let blocked = violation.blocked.prefix(ObjectExplanation.blockedLimit).map { place in
      Counterexample.Blocked(
        operation: operation(place), name: name(operation(place)), reason: reason(against: place, state))
    }
    return Counterexample(
      key: part.history.values[part.key], culprit: operation(violation.culprit),
      prefix: violation.prefix.map { operation($0) }, value: Array(state.utf8), blocked: blocked, certificate: [],
      possibleValues: [], anomaly: .wrongAnswer, explanation: text(blocked, state))
  }

  private func operation(_ place: Int32) -> Operation { part.operations[Int(decoded.offsets[Int(place)])] }

  /// The whole account.
  private func text(_ blocked: [Counterexample.Blocked], _ state: String) -> String {
    let culprit = operation(violation.culprit)
    let object = part.history.values[part.key].map { "Key \(Wording.quote($0))" } ?? "The object"
    var lines = ["\(object): no order of the operations explains what the clients saw."]
    let position =
      part.history.endLine(of: culprit).map { "line \($0)" } ?? "history event \(culprit.end ?? culprit.call)"
    lines.append(
      violation.isCertain
        ? "Before \(position) there is one; the end of \(name(culprit)) leaves none."
        : "From \(position) on there is none, and perhaps from earlier: to look for the first point took too long.")
    if let last = violation.prefix.last {
      let count = violation.prefix.count
      lines.append(
        "The longest order found explains \(count) operation\(count == 1 ? "" : "s") and ends with \(name(operation(last))); then \(state)."
      )
    } else {
      lines.append("No operation can come first, while \(state).")
    }
    let count = violation.blocked.count
    lines.append(count == 1 ? "This must come next, and cannot:" : "One of these must come next, and none can:")
    for one in blocked.prefix(ObjectExplanation.listLimit) { lines.append("  \(one.name): \(one.reason).") }
    if count > ObjectExplanation.listLimit { lines.append("  and \(count - ObjectExplanation.listLimit) more.") }
    if let remark = remarkOnUnknown() { lines.append(remark) }
    lines.append(Anomaly.wrongAnswer.sentence)
    return lines.joined(separator: "\n")
  }

  private func reason(against place: Int32, _ state: String) -> String {
    let meant = decoded.calls[Int(place)].operation
    // It may fit where the search was cut short by its budget, or where what follows does not.
    if !decoded.model.successors(of: violation.state, by: meant).isEmpty {
      return "every order that goes on with it ends sooner"
    }
    return "it \(decoded.model.description(of: meant)), but \(state)"
  }

  private func remarkOnUnknown() -> String? {
    let left = violation.unhelpful
    guard !left.isEmpty else { return nil }
    let shown = left.prefix(3).map { name(operation($0)) }.joined(separator: "; ")
    let more = left.count > 3 ? "; and \(left.count - 3) more" : ""
    return left.count == 1
      ? "One operation was open or of unknown result then, and does not help: \(shown)."
      : "\(left.count) operations were open or of unknown result then, and do not help: \(shown)\(more)."
  }

  /// Client, call, answer and lines: `c3's dequeue -> 4 (lines 400-412)`.
  private func name(_ operation: Operation) -> String {
    let history = part.history
    var words = [operation.function.name(in: history.header.model ?? .set)]
    if let key = history.values[operation.key] { words.append(Wording.quote(key)) }
    if let argument = history.values[operation.argument] { words.append(Wording.show(argument)) }
    var text = "c\(operation.process)'s \(words.joined(separator: " "))"
    if operation.isUnknown {
      text += " -> unknown"
    } else if operation.seen != operation.argument {
      text += " -> \(Wording.show(history.values[operation.seen]))"
    }
    if let line = history.callLine(of: operation) {
      return text + (history.endLine(of: operation).map { " (lines \(line)-\($0))" } ?? " (line \(line))")
    }
    let call = operation.call
    return text + (operation.end.map { " (history events \(call)-\($0))" } ?? " (history event \(call))")
  }
}

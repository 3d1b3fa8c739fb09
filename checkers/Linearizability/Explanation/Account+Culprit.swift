import Histories

// What is certain of the operation whose end leaves no order, in sentences.
extension Account {
  /// What it found and why that cannot be, in one sentence; `nil` if that is not known.
  func lead(_ facts: CulpritFacts) -> String? {
    let culprit = facts.culprit
    if culprit.function == .compareAndSet, culprit.kind == .ok {
      let expected = show(part.history.values[culprit.argument])
      if culprit.answer == .mismatch, culprit.seen == culprit.argument {
        return "\(name(culprit)) says that it found something else than \(expected), yet saw just that."
      }
      if culprit.answer == .unseenMismatch, facts.values?.count == 1 {
        return "\(name(culprit)) says that it found something else than \(expected), but for as long as it was open "
          + "the value was \(expected) in every order."
      }
    }
    guard let found = facts.found, let fate = facts.fate else { return nil }
    return "\(finding(of: culprit, found)), but \(clause(fate, found, facts))."
  }

  /// The same as a clause: `it read "2", but ...`.
  func certainReason(_ facts: CulpritFacts) -> String? {
    guard let found = facts.found, let fate = facts.fate else { return nil }
    let verb = facts.culprit.function == .get ? "read" : "found"
    return "it \(verb) \(show(part.history.values[found])), but \(clause(fate, found, facts))"
  }

  /// `c11 read "2" (lines 85-86)`.
  private func finding(of culprit: Operation, _ found: ValueID) -> String {
    let place = Wording.place(of: culprit, in: part.history)
    let value = show(part.history.values[found])
    let function = culprit.function.name(in: part.history.header.model)
    return culprit.function == .get
      ? "c\(culprit.process) read \(value) (\(place))" : "c\(culprit.process)'s \(function) found \(value) (\(place))"
  }

  private func clause(_ fate: CulpritFacts.Fate, _ found: ValueID, _ facts: CulpritFacts) -> String {
    let isAbsent = found == .absent
    let shown = show(part.history.values[found])
    let value = isAbsent || shown.count > Self.shortValue ? "that" : shown
    let leaves = isAbsent ? "deletes it" : "writes \(value)"
    switch fate {
    case .neverMade(let fruitless, let later):
      let first = later.map { "; the first that does is \(name($0))" } ?? ""
      switch fruitless.count {
      case 0:
        let other = facts.culprit.function == .compareAndSet && facts.culprit.replacement == found ? "other " : ""
        return "no \(other)operation \(isNeverWritten(found) ? "" : "called by then ")\(leaves)\(first)"
      case 1: return "the only operation called by then that \(leaves) failed: \(name(fruitless[0]))\(first)"
      default:
        let write = isAbsent ? "delete it" : "write \(value)"
        return "all \(fruitless.count) operations called by then that \(write) failed, such as \(name(fruitless[0]))"
          + first
      }
    case .replaced(let operation, let replacement):
      let isWrite = operation.function == .put || operation.answer == .swapped
      let subject = isAbsent ? "a value" : value
      let beginning = isAbsent ? "It was deleted" : "\(value == shown ? shown : "It") was written"
      let verb =
        isAbsent
        ? (isWrite ? "had been written" : "was there") : isWrite ? "had been overwritten" : "was gone"
      return
        "\(subject) \(verb) by \(endPlace(of: operation)), when \(name(operation)) had returned"
        + (replacement.map { sentence($0, beginning, seenBy: operation) } ?? "")
    case .gone(let operation):
      if operation.end ?? 0 > facts.culprit.call {
        let noneIsLeft = "once \(name(operation)) had returned, no order is left in which"
        return facts.culprit.onlyLooks
          ? "\(noneIsLeft) the value was \(shown) while this one was open" : "\(noneIsLeft) this one found \(shown)"
      }
      if isAbsent {
        return "a value was there from \(endPlace(of: operation)) on, when \(name(operation)) had returned"
      }
      if !facts.wasThere { return "in no order is the value \(shown) once \(name(operation)) has returned" }
      let fate = appended(to: found, facts) == nil ? "\(value) was gone" : "more had been appended to that"
      return "\(fate) by \(endPlace(of: operation)), when \(name(operation)) had returned"
    case .impossible:
      return "no order of the operations called by then leaves \(value)"
    }
  }

  /// Whether no operation of the whole key would leave a value, those that failed and came later included.
  private func isNeverWritten(_ value: ValueID) -> Bool {
    let bytes = part.history.values[value]
    return part.operations.allSatisfy { operation in
      switch part.history.action(of: operation) {
      case .put(let written), .append(let written): written != bytes
      case .compareAndSet(_, let new): new != bytes
      case .delete: bytes != nil
      case .get: true
      }
    }
  }

  /// A value of more characters is not repeated in a sentence.
  private static var shortValue: Int { 20 }

  /// - Parameter beginning: that the value was made: `1 was written`.
  private func sentence(
    _ replacement: CulpritFacts.Replacement, _ beginning: String, seenBy reader: Operation
  ) -> String {
    let seen = reader.foundValue.map { $0 == .absent ? "deleted it" : "written \(show(part.history.values[$0]))" }
    return ". \(beginning) by \(name(replacement.maker)); after that only \(name(replacement.writer)), which "
      + "may take effect at any time after its call, can have \(seen ?? "written this")"
  }

  /// `line 75`.
  func endPlace(of operation: Operation) -> String {
    part.history.endLine(of: operation).map { "line \($0)" } ?? "history event \(operation.end ?? operation.call)"
  }

  /// The values that are possible right before the end; `nil` if they are not known, or said already.
  func possibleValues(_ facts: CulpritFacts) -> String? {
    guard let values = facts.values, let found = facts.found else { return nil }
    let bytes = part.history.values[found]
    let place = endPlace(of: facts.culprit)
    if let appended = appended(to: found, facts) {
      let more = values.count > 1 ? ", perhaps with more" : ""
      return "Right before \(place) the value was that and \(show(appended)) behind it\(more), in every order."
    }
    if values.count == 1 {
      if case .neverMade = facts.fate { return nil }
      return "Right before \(place) the value was \(show(values[0])) in every order."
    }
    let shown = values.prefix(values.count > Self.valueLimit ? Self.valueLimit - 1 : Self.valueLimit).map { show($0) }
    let all = shown + (values.count > shown.count ? ["\(values.count - shown.count) others"] : [])
    let listed = "\(all.dropLast().joined(separator: ", ")) or \(all[all.count - 1])"
    return "Right before \(place) the value could be \(listed), never \(show(bytes))."
  }

  /// What stood behind the value that was found, in every order; `nil` if that is not so.
  private func appended(to found: ValueID, _ facts: CulpritFacts) -> [UInt8]? {
    guard facts.wasThere, !facts.knowsMakers, let bytes = part.history.values[found], !bytes.isEmpty,
      !part.operations.contains(where: { isMore($0, than: bytes) }), let values = facts.values,
      let shortest = values.first ?? nil, bytes.count < shortest.count, shortest.starts(with: bytes),
      values.allSatisfy({ $0?.starts(with: shortest) ?? false })
    else { return nil }
    return Array(shortest.dropFirst(bytes.count))
  }

  /// Whether an operation would leave, whatever was there, a value and more behind it.
  private func isMore(_ operation: Operation, than value: [UInt8]) -> Bool {
    let left: [UInt8]?
    switch part.history.action(of: operation) {
    case .put(let new): left = new
    case .compareAndSet(_, let new): left = new
    case .append, .delete, .get: return false
    }
    return left.map { $0.count > value.count && $0.starts(with: value) } ?? false
  }

  private static var valueLimit: Int { 5 }

  /// Why those do not help that might write the value late, and then the others; empty if there are none.
  func remarksOnOpen(_ facts: CulpritFacts) -> [String] {
    var sentences = facts.latecomers.prefix(Self.latecomerLimit).map { sentence($0) }
    let count = facts.latecomers.count
    if count > Self.latecomerLimit {
      sentences.append(
        "Nor do \(count - Self.latecomerLimit) more that leave the same value: whatever they do, there is no order.")
    }
    let isAbsent = facts.found == .absent
    let value = facts.found.map { show(part.history.values[$0]) } ?? ""
    if let overwriter = facts.overwriter, !isAbsent {
      let it = facts.overwritten.map { "the last, by \(name($0))," } ?? "it"
      sentences.append(
        "An earlier \(value) does not help either: \(it) was gone by \(endPlace(of: overwriter)), when "
          + "\(name(overwriter)) had returned.")
    }
    if facts.hasOnlyLatecomers {
      let verb = isAbsent ? "deletes it" : "writes \(value)"
      sentences.append("No other operation called by then that may have taken effect \(verb).")
    }
    guard !facts.others.isEmpty else { return sentences }
    let number = facts.others.count
    let other = facts.latecomers.isEmpty ? "" : "other "
    // First those that explain what the value could be.
    let isPossible = { (operation: Operation) in
      let result = model.specification.meaning(of: operation)?.result ?? .absent
      return facts.values?.contains(part.history.values[result]) ?? false
    }
    let ordered = facts.others.filter(isPossible) + facts.others.filter { !isPossible($0) }
    let names = ordered.prefix(Self.otherLimit).map { name($0) }.joined(separator: "; ")
    let more = number > Self.otherLimit ? "; and \(number - Self.otherLimit) more" : ""
    let knows = facts.found != nil && facts.knowsMakers
    let verb = isAbsent ? "deletes it" : "writes \(value)"
    let subject =
      number == 1
      ? "One \(other)operation that may change the value was open or of unknown result then"
      : "\(number) \(other)operations that may change the value were open or of unknown result then"
    let fate =
      knows
      ? (number == 1
        ? ", and it does not \(isAbsent ? "delete it" : "write \(value)")" : ", and none of them \(verb)")
      : "; whatever \(number == 1 ? "it does" : "they do"), there is no order"
    sentences.append("\(subject)\(fate): \(names)\(more).")
    return sentences
  }

  private static var latecomerLimit: Int { 4 }
  private static var otherLimit: Int { 4 }

  private func sentence(_ latecomer: CulpritFacts.Latecomer) -> String {
    let subject = name(latecomer.operation)
    if let need = latecomer.need {
      return "\(subject) cannot help: "
        + "it had taken effect by \(endPlace(of: need)), for without it \(name(need)) has no order"
        + (latecomer.isUsedUp ? ", and a write takes effect once." : ".")
    }
    if let missing = latecomer.missing {
      return "\(subject) cannot help: in every order in which it has not taken effect yet, the value is another one "
        + "than \(show(part.history.values[missing]))."
    }
    return "\(subject) cannot help: whenever it takes effect, there is no order."
  }

  /// How failed compare-and-sets are taken, if there are any up to there; `nil` if not.
  func remarkOnFailures(before culprit: Operation) -> String? {
    let end = culprit.end ?? .max
    let failed = part.operations.filter { $0.function == .compareAndSet && $0.call < end && $0.call != culprit.call }
    let never = failed.count { $0.kind == .fail }
    let found = failed.count { $0.answer == .unseenMismatch }
    guard let function = failed.first?.function.name(in: part.history.header.model) else { return nil }
    var clauses: [String] = []
    if never > 0 {
      clauses.append(
        "\(never) failed \(function) called by then \(never == 1 ? "is" : "are") taken as never having run")
    }
    if found > 0 {
      clauses.append(
        "\(found) failed \(function) called by then \(found == 1 ? "is" : "are") taken as having found another value "
          + "than expected")
    }
    return clauses.isEmpty ? nil : clauses.joined(separator: "; ") + "."
  }

  // MARK: What kind of wrong answer it is

  /// The kind, with the culprit named.
  func sentence(for anomaly: Anomaly, _ facts: CulpritFacts) -> String {
    let who = "c\(facts.culprit.process)"
    switch anomaly {
    case .staleRead where facts.wasThere && facts.found != nil: return "\(who) saw an earlier state: a stale read."
    case .lostWrite:
      let seen = facts.wasThere && facts.found != nil ? "\(who) saw an earlier state. " : ""
      switch (facts.isLostWithoutRead, part.lastRead(after: facts.culprit, model)) {
      case (false?, let read?):
        return "\(seen)Together with a later read, \(name(read)), the changes have no order: a lost write."
      case (true?, _), (_, nil): return "\(seen)Even without any read the changes have no order: a lost write."
      case (nil, _): return seen + anomaly.sentence
      }
    case .duplicateApply:
      guard let maker = facts.denied else { return anomaly.sentence }
      return "\(name(maker)) was told that it changed nothing, and left what \(who) found, after all or once more: "
        + "a duplicate application."
    case .phantomValue where facts.isImpossible:
      return "\(who) saw a value that the operations called by then make in no order: a phantom value."
    case .phantomValue where facts.found != nil:
      return "\(who) saw a value that no operation had made by then: a phantom value."
    default: return anomaly.sentence
    }
  }

  /// What is found without an operation that only looks; `nil` if that is not known, or it does more.
  func remarkOnRest(_ facts: CulpritFacts) -> String? {
    let culprit = facts.culprit
    guard culprit.onlyLooks else { return nil }
    let what = "this \(culprit.function.name(in: part.history.header.model))"
    switch facts.rest {
    case .hasOrder:
      let all = part.history.values[part.key].map { "all else on key \(show($0))" } ?? "everything else"
      return "Without \(what) \(all) has an order."
    case .failsNext(let operation):
      return "Without \(what) the history fails next at \(endPlace(of: operation)), the end of \(name(operation))."
    case .unknown: return nil
    }
  }
}

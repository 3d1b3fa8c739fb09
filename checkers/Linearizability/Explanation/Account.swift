import Histories

/// Tells, in plain sentences, why a key has no order. The reader is woken at night and has not read the paper.
struct Account {
  let part: Subhistory
  let model: Model
  /// The longest order that explains the answers of what it holds, and the value that it leaves.
  let prefix: [Operation]
  let value: [UInt8]?

  private var history: History { part.history }

  /// The whole account.
  ///
  /// - Parameters:
  ///   - facts: what is certain of the culprit; `nil` of a lock, of whose values nobody reads.
  ///   - cut: what was known at the culprit's end.
  func text(
    culprit: Operation, isCertain: Bool, facts: CulpritFacts?, blocked: [Counterexample.Blocked], blockedCount: Int,
    cut: Subhistory, anomaly: Anomaly, _ ground: Decision.Ground
  ) -> String {
    var lines = ["\(keyPhrase): no order of the operations explains what the clients saw."]
    let position = endPlace(of: culprit)
    lines.append(
      isCertain
        ? Wording.firstImpossibleEnd(position, of: name(culprit))
        : "From \(position) on there is none, and perhaps from earlier: to look for the first point took too long.")
    lines += [remarkOnLaterAnswers(than: culprit)].compactMap(\.self)
    guard let facts else {
      lines += longestOrder(blocked, blockedCount) + [remarkOnOpen(cut), breach(of: culprit)].compactMap(\.self)
      return lines.joined(separator: "\n")
    }
    let lead = lead(facts)
    lines += [lead, possibleValues(facts) ?? (lead == nil ? possibleValues(ground) : nil)].compactMap(\.self)
    lines += remarksOnOpen(facts) + [remarkOnFailures(before: culprit)].compactMap(\.self)
    lines.append([sentence(for: anomaly, facts), remarkOnRest(facts)].compactMap(\.self).joined(separator: " "))
    if lead == nil || facts.isImpossible, let rule = rule(ground, beside: culprit) { lines.append(rule) }
    // Of the only one that can come next it is said already what stands against it.
    let isTold = lead != nil && blockedCount == 1 && blocked.first?.operation == culprit
    lines += isTold ? [] : longestOrder(blocked, blockedCount)
    return lines.joined(separator: "\n")
  }

  private func count(_ number: Int) -> String { "\(number) operation\(number == 1 ? "" : "s")" }

  /// What is known of operations open at the culprit's end, though their answers came later; `nil` if there are none.
  private func remarkOnLaterAnswers(than culprit: Operation) -> String? {
    let end = culprit.end ?? .max
    let known = part.operations.filter { operation in
      operation.call < end && operation.end ?? 0 > end
        && (operation.answer == .mismatch || operation.answer == .unseenMismatch)
    }
    guard let first = known.first else { return nil }
    return known.count == 1
      ? "That \(name(first)) changed nothing is known from its later answer."
      : "That \(name(first)) and \(known.count - 1) more changed nothing is known from their later answers."
  }

  /// The longest order, and why it does not go on.
  private func longestOrder(_ blocked: [Counterexample.Blocked], _ blockedCount: Int) -> [String] {
    var lines: [String] = []
    if let last = prefix.last {
      lines.append(
        "The longest order found explains \(count(prefix.count)), ends with \(name(last)) and leaves \(state).")
    } else {
      let first = model.name == .mutex ? "nobody holds it" : "the value is \(show(value))"
      lines.append("No operation can come first, while \(first).")
    }
    lines.append(Wording.blockedTitle(blockedCount))
    for one in blocked.prefix(Self.listLimit) { lines.append("  \(one.name): \(one.reason).") }
    if blockedCount > Self.listLimit { lines.append("  and \(blockedCount - Self.listLimit) more.") }
    return lines
  }

  private static let listLimit = 8

  /// What the longest order leaves.
  private var state: String {
    guard model.name == .mutex else { return show(value) }
    return value == nil ? "the lock free" : "the lock held"
  }

  private var keyPhrase: String {
    history.values[part.key].map { "Key \(show($0))" } ?? (model.name == .mutex ? "The lock" : "The register")
  }

  /// The operations of a lock that may still change who holds it; `nil` if there are none.
  private func remarkOnOpen(_ cut: Subhistory) -> String? {
    let open = cut.operations.filter { $0.isUnknown && $0.function != .get }
    guard !open.isEmpty else { return nil }
    let shown = open.prefix(3).map { name($0) }.joined(separator: "; ")
    let more = open.count > 3 ? "; and \(open.count - 3) more" : ""
    return open.count == 1
      ? "One operation was open or of unknown result then; whatever it does, there is no order: \(shown)."
      : "\(open.count) operations were open or of unknown result then; whatever they do, there is no order: \(shown)\(more)."
  }

  /// Why `operation` cannot come behind the prefix.
  func reason(against operation: Operation, _ facts: CulpritFacts?) -> String {
    if let facts, facts.culprit == operation, let reason = certainReason(facts) { return reason }
    let observed: ValueID
    let sentence: String
    switch (operation.function, operation.answer) {
    case (.get, _):
      observed = operation.seen
      sentence = "it read \(show(history.values[observed])), but this order leaves \(show(value))"
    case (.compareAndSet, .swapped):
      observed = operation.argument
      sentence = "it found \(show(history.values[observed])) and replaced it, but this order leaves \(show(value))"
    case (.compareAndSet, .mismatch):
      observed = operation.seen
      if operation.seen == operation.argument {
        return "it said that it found something else than \(show(history.values[observed])), yet saw just that"
      }
      sentence = "it saw \(show(history.values[observed])), but this order leaves \(show(value))"
    case (.compareAndSet, .unseenMismatch):
      return "it found something else than \(show(history.values[operation.argument])), but this order leaves just that"
    case (.object(let function), _): return reason(againstLock: function, operation)
    default:
      return "every order that goes on with it ends sooner"
    }
    // The value may fit where the search was cut short by its budget.
    if history.values[observed] == value { return "every order that goes on with it ends sooner" }
    return "\(sentence); \(fate(of: observed, for: operation))\(use(of: observed, before: operation))"
  }

  private func reason(againstLock function: ObjectFunction, _ operation: Operation) -> String {
    let isFree = value == nil
    if function == .acquire ? isFree : history.values[operation.argument] == value {
      return "every order that goes on with it ends sooner"
    }
    guard function == .acquire else { return "it gave back the lock, but nobody holds it" }
    let holder = prefix.last { $0.function == .object(.acquire) }
    return "it took the lock, but \(holder.map { "it is held since \(name($0))" } ?? "somebody holds it")"
  }

  /// What came of a lock's last operation, in a sentence.
  private func breach(of culprit: Operation) -> String {
    culprit.function == .object(.acquire)
      ? "The lock was taken while it was held: a broken lock."
      : "The lock was given back while nobody held it: a broken lock."
  }

  /// What became of the value that `reader` observed.
  private func fate(of id: ValueID, for reader: Operation) -> String {
    let replay = Replay(part: part, specification: model.specification)
    let observed = history.values[id]
    if let last = replay.lastPlace(of: id, along: prefix) {
      return "in it \(show(observed)) was the value until \(overwriting(at: last + 1, before: reader))"
    }
    if observed == model.initial, let first = prefix.first(where: { $0.function != .get }) {
      return "in it \(show(observed)) was the value only at first, until \(relation(of: first, to: reader))"
    }
    return "in it \(show(observed)) is never the value\(origin(of: observed))"
  }

  private func overwriting(at place: Int, before reader: Operation) -> String {
    prefix.indices.contains(place) ? relation(of: prefix[place], to: reader) : "the end"
  }

  /// The name of a write, and that it had returned before `reader` was called, if it had.
  private func relation(of write: Operation, to reader: Operation) -> String {
    if write.isUnknown { return "\(name(write)), which may take effect at any time after its call" }
    guard let end = write.end, end < reader.call else { return name(write) }
    return "\(name(write)), which had returned before this one was called"
  }

  /// Who could have written a value that the order never shows.
  private func origin(of observed: [UInt8]?) -> String {
    let writers = part.operations.filter { writes($0, observed) }
    if let writer = writers.first(where: { $0.kind != .fail }) { return ", although \(name(writer)) writes it" }
    if let failed = writers.first { return ": only \(name(failed)) would have written it" }
    return part.operations.contains { $0.isAppend } ? "" : ": no operation writes it"
  }

  private func writes(_ operation: Operation, _ value: [UInt8]?) -> Bool {
    switch history.action(of: operation) {
    case .put(let written): written == value
    case .delete: value == nil
    case .compareAndSet(_, let new):
      new == value && operation.answer != .mismatch && operation.answer != .unseenMismatch
    case .get, .append: false
    }
  }
}

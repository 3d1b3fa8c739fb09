import Histories

/// Where a value can have come from that no operation makes that took effect: its writers failed, or were called too late.
/// True of the whole history, not only of a few operations.
struct UnmadeValue {
  /// Why it should not be there, to be put behind what found it: `which nobody had written`.
  let clause: String
  /// The same as a sentence; `nil` if it was written and has only gone again.
  let sentence: String?

  /// - Parameters:
  ///   - reader: the operation that found it.
  ///   - isSum: whether it may be made of several strings.
  ///   - part: all operations of its key.
  init(_ value: [UInt8]?, foundBy reader: Operation, in part: Subhistory, isSum: Bool) {
    if isSum, let value {
      self.init(sum: value, foundBy: reader, part.operations, part.history)
    } else {
      self.init(whole: value, foundBy: reader, part.operations, part.history)
    }
  }

  private init(whole value: [UInt8]?, foundBy reader: Operation, _ all: [Operation], _ history: History) {
    let wording = Wording(history)
    let end = reader.end ?? .max
    let writers = all.filter { operation in
      switch history.action(of: operation) {
      case .put(let written): written == value
      case .delete: value == nil
      case .compareAndSet(let expected, let new): new == value && expected != new
      case .append, .get: false
      }
    }
    let honest = writers.filter { !Self.isFruitless($0) }
    if honest.contains(where: { $0.call < end }) {
      (clause, sentence) = ("which had been overwritten before", nil)
      return
    }
    let shown = Wording.show(value)
    let fruitless = writers.filter { $0.call < end }
    // One that failed might have written it.
    let hasFailed = !fruitless.isEmpty || all.contains { Self.isFailedAppend($0, of: value, before: end, history) }
    let called = "called by then\(hasFailed ? " that took effect" : "")"
    if let late = honest.first {
      let subject = wording.subject(late)
      clause = "before \(subject) was called, which was the first to write it\(hasFailed ? " and take effect" : "")"
      sentence = "No operation \(called) writes \(shown): \(subject) is the first, and came later."
      return
    }
    let others = fruitless.filter { $0.call != reader.call }
    guard let first = others.first else {
      (clause, sentence) =
        fruitless.isEmpty
        ? (
          hasFailed ? "which no operation that took effect had written" : "which nobody had written",
          "No operation \(called) writes \(shown)."
        )
        : (
          "which nothing but this cas itself can have written",
          "No operation that took effect writes \(shown): only this cas itself would, and it failed."
        )
      return
    }
    let failed = (first.end ?? .max) < reader.call ? "had failed" : "failed"
    let rest = others.count == 1 ? "" : others.count == 2 ? " and one more" : " and \(others.count - 1) more"
    clause = "though \(wording.subject(first)) \(failed)"
    sentence =
      "No operation that took effect writes \(shown): only \(wording.subject(first))\(rest) would, and "
      + "\(others.count == 1 ? "it" : "they") \(failed)."
  }

  private init(sum: [UInt8], foundBy reader: Operation, _ all: [Operation], _ history: History) {
    let wording = Wording(history)
    let writers = all.compactMap { operation -> (operation: Operation, written: [UInt8])? in
      guard operation.call < reader.end ?? .max else { return nil }
      let written: [UInt8]? =
        switch history.action(of: operation) {
        case .put(let value), .append(let value): value
        case .compareAndSet(_, let new): new
        case .get, .delete: nil
        }
      return written.flatMap { $0.isEmpty || !sum.starts(with: $0) ? nil : (operation, $0) }
    }
    guard let first = writers.first else {
      clause = "whose beginning nobody had written"
      sentence = "No operation called by then writes its beginning."
      return
    }
    if writers.contains(where: { !Self.isFruitless($0.operation) }) {
      (clause, sentence) = ("which no order of these operations leaves", "No order of these operations leaves that.")
      return
    }
    let subject = wording.subject(first.operation)
    guard writers.count == 1 else {
      clause = "whose beginning only writes that failed would make, such as \(subject)"
      sentence = "No operation that took effect writes its beginning: those that would, such as \(subject), failed."
      return
    }
    clause = "whose beginning \(Wording.show(first.written)) only \(subject) writes, which had failed"
    sentence = "No operation that took effect writes its beginning: only \(subject) would, and it failed."
  }

  /// Whether it is an append that failed, of just this value.
  private static func isFailedAppend(
    _ operation: Operation, of value: [UInt8]?, before end: Int, _ history: History
  ) -> Bool {
    guard operation.call < end, operation.kind == .fail else { return false }
    if case .append(let appended) = history.action(of: operation) { return appended == value }
    return false
  }

  /// Whether this write is known not to have taken effect.
  private static func isFruitless(_ operation: Operation) -> Bool {
    operation.kind == .fail || operation.answer == .mismatch || operation.answer == .unseenMismatch
  }
}

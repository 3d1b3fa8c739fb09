import Determinism
import Histories

/// How operations are called where people read of them.
package struct Wording: Sendable {
  private let history: History
  /// Blank and key; empty in a history of one register.
  private let key: String
  /// Who goes by another number here than people know him by.
  private let renamed: LookupTable<Int, Int>
  /// Whether there is room for longer values, as in a sentence.
  private let hasRoom: Bool

  /// - Parameters:
  ///   - history: whose operations they are.
  ///   - renamed: clients that have another number in it than people know them by.
  ///   - hasRoom: whether there is room for longer values, as in a sentence.
  package init(_ history: History, renamed: [(process: Int, client: Int)] = [], hasRoom: Bool = false) {
    (self.history, self.hasRoom) = (history, hasRoom)
    var table = LookupTable<Int, Int>()
    for one in renamed where table[one.process] == nil { table[one.process] = one.client }
    self.renamed = table
    key = history.events.first.flatMap { history.values[$0.key] }.map { " \(Self.show($0))" } ?? ""
  }

  /// What holds the value, as the subject of a sentence: the key, or `the register`. A key that reads like a value is called
  /// one.
  package var cell: String {
    guard let name = key.dropFirst().first else { return "the register" }
    return name.isNumber ? "key\(key)" : String(key.dropFirst())
  }

  /// The client: `c1`.
  package func client(_ operation: Operation) -> String {
    "c\(renamed[operation.process] ?? operation.process)"
  }

  /// What was asked: `put x = 2`.
  package func request(_ operation: Operation) -> String {
    let name = operation.function.name(in: history.header.model) + key(of: operation)
    let equals = key.isEmpty ? "" : "= "
    if operation.isOfObject {
      // What a lock is given is its owner, who is named anyway.
      guard history.header.model?.isCell == false, operation.argument != .absent else { return name }
      return "\(name) \(Self.show(operation.argument, of: history))"
    }
    return switch history.action(of: operation) {
    case .get, .delete: name
    case .put(let value): "\(name) \(equals)\(show(value))"
    case .append(let value): "\(name) \(show(value))"
    case .compareAndSet(let expected, let new): "\(name) \(show(expected)) to \(show(new))"
    }
  }

  private func show(_ value: [UInt8]?) -> String { hasRoom ? Self.showWhole(value) : Self.show(value) }

  /// What was asked and answered: `get x -> 1`.
  package func exchange(_ operation: Operation) -> String {
    request(operation) + (answer(to: operation).map { " -> \($0)" } ?? "")
  }

  /// What was answered; `nil` if that says no more than that it was done.
  package func answer(to operation: Operation) -> String? {
    guard case .ok(let answer) = history.outcome(of: operation), !operation.isUnknown else {
      return operation.kind == .fail ? "failed" : "?"
    }
    return switch answer {
    case .done, .swapped: nil
    case .value(let value):
      saysNothing(operation)
        ? nil : history.header.model?.isCell == false ? Self.show(operation.seen, of: history) : show(value)
    case .mismatch(let seen): "mismatch, saw \(show(seen))"
    case .unseenMismatch: "mismatch"
    }
  }

  /// Whether the answer of an object says no more than that it was done.
  private func saysNothing(_ operation: Operation) -> Bool {
    guard case .object(let function) = operation.function else { return false }
    let isTake = function == .dequeue || function == .pop || function == .drain
    return operation.seen == .absent ? !isTake : operation.seen == operation.argument
  }

  /// Who asked what: `c1's put x = 2`.
  package func subject(_ operation: Operation) -> String { "\(client(operation))'s \(request(operation))" }

  /// What it did, as a sentence: `c1 read x = 2`, `c1's cas x 1 to 2 succeeded`.
  package func deed(_ operation: Operation) -> String {
    guard case .ok(let answer) = history.outcome(of: operation), !operation.isUnknown else {
      return "nobody knows whether \(subject(operation)) took effect"
    }
    return switch answer {
    case .done: "\(subject(operation)) returned"
    case .swapped: "\(subject(operation)) succeeded"
    case .value: "\(client(operation)) \(found(operation))"
    case .mismatch(let seen): "\(subject(operation)) failed and saw \(Self.show(seen))"
    case .unseenMismatch: "\(subject(operation)) failed"
    }
  }

  /// The same, of what came before: `c1's put x = 2 had returned`.
  package func earlierDeed(_ operation: Operation) -> String {
    guard case .ok(let answer) = history.outcome(of: operation), !operation.isUnknown else { return deed(operation) }
    return switch answer {
    case .done: "\(subject(operation)) had returned"
    case .swapped: "\(subject(operation)) had succeeded"
    case .value: "\(client(operation)) had \(found(operation))"
    case .mismatch(let seen): "\(subject(operation)) had failed and seen \(Self.show(seen))"
    case .unseenMismatch: "\(subject(operation)) had failed"
    }
  }

  private func found(_ operation: Operation) -> String {
    let equals = key.isEmpty ? "" : " ="
    guard let value = history.values[operation.seen] else { return "found \(cell) without a value" }
    return "read\(key)\(equals) \(Self.show(value))"
  }

  private func key(of operation: Operation) -> String {
    history.values[operation.key].map { " \(Self.show($0))" } ?? ""
  }

  /// The most columns of a value that are shown, and how many of them are its end: that of a long string of appends is
  /// what tells it from others.
  private static let (valueLimit, valueEnd) = (40, 27)
  private static let (quotedLimit, quotedEnd) = (60, 36)

  /// A value: as it is if that is plain, else in quotes, and shortened. A string that would read as a number stands in
  /// quotes in the history, and here in no more of them.
  package static func show(_ value: [UInt8]?) -> String { show(value, columns: valueLimit, atEnd: valueEnd) }

  /// The same for a sentence, which has more room than a drawing.
  package static func showWhole(_ value: [UInt8]?) -> String { show(value, columns: quotedLimit, atEnd: quotedEnd) }

  private static func show(_ value: [UInt8]?, columns: Int, atEnd: Int) -> String {
    guard let value else { return "nothing" }
    guard let text = String(validating: value, as: UTF8.self) else { return hexadecimal(value, most: columns / 5) }
    let isQuoted = text.count > 2 && text.first == "\"" && text.last == "\"" && isWord(text.dropFirst().dropLast())
    return isQuoted || isWord(text[...])
      ? text.printable(columns: columns, atEnd: atEnd) : text.quoted(columns: columns, atEnd: atEnd)
  }

  private static func isWord(_ text: Substring) -> Bool {
    !text.isEmpty && text != "nothing" && text.allSatisfy { $0.isLetter || $0.isNumber || "._:/+-".contains($0) }
      && String(text).printable == text
  }

  /// A value of an object, shortened: what is no text as EDN writes it.
  package static func show(_ id: ValueID, of history: History) -> String {
    let bytes = history.values[id]
    switch history.plainValue(id) {
    case .absent: return show(nil)
    case .text(let text) where text.bytes == bytes: return show(bytes)
    case let value: return value.description.printable(columns: quotedLimit, atEnd: quotedEnd)
    }
  }

  /// Where an operation stands in its file: `line 3`, `lines 400-412`; `nil` if it stands in none.
  package static func lines(of operation: Operation, in history: History) -> String? {
    guard let first = history.callLine(of: operation) else { return nil }
    let last = history.endLine(of: operation) ?? first
    return last == first ? "line \(first)" : "lines \(first)-\(last)"
  }

  /// The same, or where it stands among the events.
  static func place(of operation: Operation, in history: History) -> String {
    lines(of: operation, in: history) ?? operation.end.map { "history events \(operation.call)-\($0)" }
      ?? "history event \(operation.call)"
  }

  /// Where the first end is after which no order is left, as a sentence: `Everything before line 4 has an order. ...`.
  static func firstImpossibleEnd(_ position: String, of culprit: String) -> String {
    "Everything before \(position) has an order. With \(position), the end of \(culprit), there is none."
  }

  /// What comes next of what was answered, above the reasons against each. What has no answer may come next, too, and does not
  /// help.
  static func blockedTitle(_ count: Int) -> String {
    count == 1
      ? "Of what was answered this comes next, and cannot:"
      : "Of what was answered one of these comes next, and none can:"
  }

  /// A value in quotes, shortened.
  package static func quote(_ value: [UInt8]?) -> String {
    guard let value else { return "nothing" }
    guard let text = String(validating: value, as: UTF8.self) else { return hexadecimal(value, most: 30) }
    return text.quoted(columns: quotedLimit, atEnd: quotedEnd)
  }

  /// Bytes that are no text.
  private static func hexadecimal(_ value: [UInt8], most: Int) -> String {
    let digits = value.prefix(most).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return "0x\(digits)\(value.count > most ? "…" : "")"
  }

  /// `1`, `1 or 2`, `1, 2 or 3`, `1, 2, 3 or 7 others`.
  package static func alternatives(_ values: [[UInt8]?]) -> String {
    let shown = values.prefix(values.count > 4 ? 3 : 4).map { show($0) }
    let all = shown + (values.count > shown.count ? ["\(values.count - shown.count) others"] : [])
    guard all.count > 1, let last = all.last else { return all.first ?? "no value at all" }
    return "\(all.dropLast().joined(separator: ", ")) or \(last)"
  }
}

import Histories

/// A value as its text tells its type: `4` is an integer, `4.0` a decimal, `:a` a keyword, and all else a string. A string
/// that would read as one of the others stands in quotes (see `History.edn()`).
package struct TypedValue: Hashable, Sendable {
  /// What kind of value a text is.
  package enum Kind: Hashable, Sendable {
    case integer, decimal, keyword, string
  }

  package let kind: Kind
  /// As it stands in the history.
  package let bytes: [UInt8]
  /// Without the quotes around it.
  package let unquoted: [UInt8]
  /// The same for all values that differ only in their types: `4`, `4.0`, `"4"`.
  let plain: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var text = bytes[...]
    var isQuoted = false
    while text.count >= 2, text.first == Self.quote, text.last == Self.quote {
      text = text.dropFirst().dropLast()
      isQuoted = true
    }
    unquoted = Array(text)
    if let number = DecimalNumber(text) {
      kind = isQuoted ? .string : number.isInteger ? .integer : .decimal
      plain = number.canonical
    } else if text.first == UInt8(ascii: ":"), text.count > 1 {
      kind = isQuoted ? .string : .keyword
      plain = Array(text.dropFirst())
    } else {
      kind = .string
      plain = Array(text)
    }
  }

  private static let quote = UInt8(ascii: "\"")
}

/// A number in decimal digits.
private struct DecimalNumber {
  /// Whether it is written without a fraction and without an exponent.
  private(set) var isInteger = true
  /// One text for each number: digits without zeros around them, and the power of ten behind them.
  let canonical: [UInt8]

  /// So many digits of an exponent are read.
  private static let exponentLimit = 6

  /// `nil` if it is none.
  init?(_ text: ArraySlice<UInt8>) {
    var rest = text
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    var digits = rest.prefix(while: Self.isDigit)
    guard !digits.isEmpty else { return nil }
    rest = rest.dropFirst(digits.count)
    var exponent = 0
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: Self.isDigit)
      rest = rest.dropFirst(fraction.count + 1)
      digits += fraction
      exponent = -fraction.count
      isInteger = false
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      let isDown = rest.first == UInt8(ascii: "-")
      if isDown || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      let power = rest.prefix(while: Self.isDigit)
      guard !power.isEmpty, power.count <= Self.exponentLimit else { return nil }
      rest = rest.dropFirst(power.count)
      let value = power.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      exponent += isDown ? -value : value
      isInteger = false
    }
    // EDN marks numbers of any length so.
    if rest.first == UInt8(ascii: "N") || rest.first == UInt8(ascii: "M") { rest = rest.dropFirst() }
    guard rest.isEmpty else { return nil }
    digits = digits.drop { $0 == 0x30 }
    while digits.last == 0x30 {
      digits = digits.dropLast()
      exponent += 1
    }
    canonical =
      digits.isEmpty ? [0x30] : (isNegative ? [UInt8(ascii: "-")] : []) + digits + Array("e\(exponent)".utf8)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}

/// For each value of a history the first one that differs from it at most in its type.
struct PlainValues {
  private let values: ValueTable
  /// The plain texts, and by number of each the value that had it first.
  private var plains = ValueTable()
  private var owners: [ValueID] = [.absent]
  /// By number of a value, the number of the first.
  private var firsts: [ValueID] = [.absent]

  /// - Complexity: O(bytes of the values).
  init(of values: ValueTable) {
    self.values = values
    for number in 1..<max(1, values.count) {
      let value = ValueID(rawValue: UInt32(number))
      let plain = plains.intern(TypedValue(values[value] ?? []).plain)
      if Int(plain.rawValue) == owners.count { owners.append(value) }
      firsts.append(owners[Int(plain.rawValue)])
    }
  }

  /// The first of those that differ from this one at most in their types.
  subscript(value: ValueID) -> ValueID { firsts[Int(value.rawValue)] }

  /// The same of a value that may not be in the history.
  func first(of value: [UInt8]?) -> [UInt8]? {
    guard let value, let plain = plains.find(TypedValue(value).plain), plain != .absent else { return value }
    return values[owners[Int(plain.rawValue)]]
  }
}

extension History {
  /// The same history, in which values that differ only in their types are the same.
  ///
  /// - Complexity: O(events + bytes of the values).
  func takingTypesAsOne(_ plain: PlainValues) -> History {
    changingEvents { _, event in
      if event.function == .append { return }
      event.value = plain[event.value]
      event.replacement = plain[event.replacement]
    }
  }
}

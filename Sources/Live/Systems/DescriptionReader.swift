import Determinism
import Hosting

/// How much a `system.json` may hold, so that no file takes what no command line takes.
enum DescriptionLimits {
  static let fileBytes = 1 << 20
  static let words = 64
  static let wordBytes = 4 << 10
  static let ports = 8
  static let options = 32
  static let variables = 64
  static let longestTime = Duration.seconds(60)
}

/// Takes values out of a description's JSON. Whatever is not as expected is told in one sentence, with its place.
struct DescriptionReader {
  let path: String
  let bytes: [UInt8]

  /// A value and the name under which people find it: `peers.each`.
  struct Field {
    let name: String
    let value: PlacedJSON

    init(_ name: String, _ value: PlacedJSON) { (self.name, self.value) = (name, value) }

    /// An element of an array.
    func element(_ place: Int) -> Field { Field("\(name)[\(place)]", value.elements[place]) }
  }

  func problem(at offset: Int, _ sentence: String) -> LiveProblem {
    let (line, column) = PlacedJSON.position(of: offset, in: bytes)
    return LiveProblem(.content, "\(path):\(line):\(column): \(sentence)".printableSentence)
  }

  func problem(in field: Field, _ sentence: String) -> LiveProblem {
    problem(at: field.value.offset, "\(field.name): \(sentence)")
  }

  /// What stands there in the place of what was expected.
  func wrongKind(of field: Field, expected: String) -> LiveProblem {
    problem(in: field, "expected \(expected), found \(Self.found(field.value.value))")
  }

  private static func found(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text.quoted(columns: 60)
    case .integer(let number): "\(number)"
    case .bool(let isTrue): "\(isTrue)"
    case .array(let elements) where elements.isEmpty: "an array of nothing"
    default: value.kind
    }
  }

  // MARK: Objects and arrays

  /// The members of an object, which has none but these.
  func members(of field: Field, known: [String], of what: String) throws(LiveProblem) -> [Field] {
    guard case .object = field.value.value else { throw wrongKind(of: field, expected: "an object") }
    for member in field.value.members where !known.contains(member.name) {
      let list = "; its members are \(known.joined(separator: ", "))"
      throw problem(
        at: member.offset,
        "\(member.name.quoted(columns: 60)) is no member of \(what)"
          + Hints.clause(for: member.name, among: known, otherwise: list))
    }
    return field.value.members.map { Field($0.name, $0.value) }
  }

  /// The elements of an array of at least `least`.
  func elements(of field: Field, least: Int, most: Int, expected: String) throws(LiveProblem) -> [Field] {
    guard case .array(let values) = field.value.value, values.count >= least else {
      throw wrongKind(of: field, expected: expected)
    }
    guard values.count <= most else {
      throw problem(in: field, "expected at most \(most) elements, found \(values.count)")
    }
    return values.indices.map(field.element)
  }

  // MARK: Texts

  /// A text that can be a word of a command line.
  func text(of field: Field, expected: String = "a string") throws(LiveProblem) -> String {
    guard case .string(let text) = field.value.value else { throw wrongKind(of: field, expected: expected) }
    guard !text.utf8.contains(0) else { throw problem(in: field, "expected a string without a zero byte") }
    guard text.utf8.count <= DescriptionLimits.wordBytes else {
      throw problem(
        in: field, "expected at most \(DescriptionLimits.wordBytes) bytes, found \(text.utf8.count)")
    }
    return text
  }

  /// A name that can be part of a file's name.
  func name(of field: Field) throws(LiveProblem) -> String {
    let expected = "a name of at most 32 out of a-z, A-Z, 0-9, - and _, not one of the last two first"
    let text = try text(of: field, expected: expected)
    guard Self.isName(text) else { throw wrongKind(of: field, expected: expected) }
    return text
  }

  private static func isName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
    guard 1...32 ~= text.utf8.count, let first = text.utf8.first, isPlain(first) else { return false }
    return text.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }

  /// Words of a command line.
  func words(of field: Field) throws(LiveProblem) -> [(word: String, field: Field)] {
    let expected = "an array of words such as [\"python3\", \"{folder}/server.py\"]"
    if case .string = field.value.value {
      throw problem(in: field, "expected \(expected), found one string; no shell takes it apart")
    }
    var words: [(word: String, field: Field)] = []
    for element in try elements(of: field, least: 1, most: DescriptionLimits.words, expected: expected) {
      words.append((try text(of: element), element))
    }
    guard !words[0].word.isEmpty else { throw problem(in: words[0].field, "expected a program, found \"\"") }
    return words
  }

  /// One of a few.
  func choice<Value>(of field: Field, among known: [(name: String, value: Value)]) throws(LiveProblem) -> Value {
    let names = known.map(\.name)
    let text = try text(of: field, expected: Hints.choice(among: names))
    guard let value = known.first(where: { $0.name == text })?.value else {
      throw problem(
        in: field,
        "expected \(Hints.choice(among: names)), found \(text.quoted(columns: 60))"
          + Hints.clause(for: text, among: names))
    }
    return value
  }

  /// A time above zero.
  func duration(of field: Field) throws(LiveProblem) -> Duration {
    let expected = "a time such as \"500ms\" or \"2s\""
    guard let duration = Duration(try text(of: field, expected: expected)), duration > .zero else {
      throw wrongKind(of: field, expected: expected)
    }
    guard duration <= DescriptionLimits.longestTime else {
      throw problem(in: field, "expected at most \(DescriptionLimits.longestTime.inWholeSeconds)")
    }
    return duration
  }

  /// Refuses the second of two that are the same.
  func refuseRepeated(_ names: [(name: String, field: Field)]) throws(LiveProblem) {
    for (place, (name, field)) in names.enumerated() where names[..<place].contains(where: { $0.name == name }) {
      throw problem(in: field, "\(name.quoted(columns: 60)) stands there twice")
    }
  }
}

extension Duration {
  fileprivate var inWholeSeconds: String { "\(nanoseconds / 1_000_000_000)s" }
}

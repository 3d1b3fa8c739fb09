import Foundation

/// A Swift file as the house rules see it: its code without comments and without the content of strings.
struct SourceText {
  /// The lines of the file, comments and strings blanked out.
  let codeLines: [String]

  init(_ source: String) {
    var blanker = Blanker(source)
    codeLines = blanker.blanked().components(separatedBy: "\n")
  }

  /// How many lines the file has.
  var lineCount: Int { codeLines.last == "" ? codeLines.count - 1 : codeLines.count }

  /// The modules that it imports.
  var imports: [String] {
    codeLines.compactMap { line in
      var words = line.split(separator: " ").map(String.init)
      while let first = words.first, first.hasPrefix("@") || Self.accessLevels.contains(first) { words.removeFirst() }
      guard words.first == "import", words.count > 1 else { return nil }
      let path = words.count > 2 && Self.importKinds.contains(words[1]) ? words[2] : words[1]
      return path.split(separator: ".").first.map(String.init)
    }
  }

  private static let accessLevels = ["public", "package", "internal", "fileprivate", "private"]
  private static let importKinds = ["class", "enum", "func", "let", "protocol", "struct", "typealias", "var"]

  /// A function and the lines from its name to its closing brace.
  struct Function: Equatable {
    let line: Int
    let lines: Int
  }

  /// Every function and initialiser with a body.
  var functions: [Function] {
    let code = Array(codeLines.joined(separator: "\n").unicodeScalars)
    var functions: [Function] = []
    var line = 1
    for place in code.indices {
      if code[place] == "\n" { line += 1 }
      guard startsDeclaration(code, at: place), let opening = bodyStart(code, from: place) else { continue }
      let closing = matchingBrace(code, from: opening)
      functions.append(Function(line: line, lines: code[place...closing].count { $0 == "\n" } + 1))
    }
    return functions
  }

  private func startsDeclaration(_ code: [Unicode.Scalar], at place: Int) -> Bool {
    let before = place == 0 ? " " : code[place - 1]
    guard before == " " || before == "\n" else { return false }
    return ["func ", "init(", "init?(", "init<", "deinit "].contains { keyword in
      code[place...].starts(with: keyword.unicodeScalars)
    }
  }

  /// The brace that opens the body; `nil` for a requirement of a protocol, which has none.
  private func bodyStart(_ code: [Unicode.Scalar], from start: Int) -> Int? {
    var depth = 0
    for place in start..<code.count {
      switch code[place] {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return place
      case "}" where depth == 0: return nil
      case "\n" where depth == 0:
        let rest = String(String.UnicodeScalarView(code[place...].drop { $0 == "\n" || $0 == " " }.prefix(6)))
        guard ["{", "->", "throws", "where ", "async"].contains(where: rest.hasPrefix) else { return nil }
      default: break
      }
    }
    return nil
  }

  private func matchingBrace(_ code: [Unicode.Scalar], from opening: Int) -> Int {
    var depth = 0
    for place in opening..<code.count {
      if code[place] == "{" { depth += 1 }
      if code[place] == "}" { depth -= 1 }
      if depth == 0 { return place }
    }
    return code.count - 1
  }
}

/// Replaces comments and the content of strings by nothing, line feeds aside. Code inside `\(...)` goes with its string.
private struct Blanker {
  private let source: [Unicode.Scalar]
  private var place = 0
  private var output = String.UnicodeScalarView()

  init(_ source: String) {
    self.source = Array(source.unicodeScalars)
  }

  mutating func blanked() -> String {
    while place < source.count {
      if ![0x22, 0x23, 0x2F].contains(source[place].value) {
        // Neither a quote nor a number sign nor a slash: most characters, and nothing begins there.
        output.append(source[place])
        place += 1
      } else if starts("//") {
        while place < source.count, source[place] != "\n" { place += 1 }
      } else if starts("/*") {
        skip { $0.starts("*/") }
        place = min(source.count, place + 2)
      } else if let delimiter = stringDelimiter() {
        output.append("\"")
        place += delimiter.count
        skipString(closedBy: String(delimiter.reversed()))
        output.append("\"")
      } else {
        output.append(source[place])
        place += 1
      }
    }
    return String(output)
  }

  private func starts(_ text: String) -> Bool {
    source[place...].starts(with: text.unicodeScalars)
  }

  private mutating func skip(until isOver: (Blanker) -> Bool) {
    while place < source.count, !isOver(self) { pass() }
  }

  private mutating func pass() {
    if source[place] == "\n" { output.append("\n") }
    place += 1
  }

  /// `"`, `"""` or either behind `#`s, if a string starts here.
  private func stringDelimiter() -> String? {
    let hashes = source[place...].prefix { $0 == "#" }.count
    let quotes = source[(place + hashes)...].prefix { $0 == "\"" }.count
    guard quotes > 0 else { return nil }
    return String(repeating: "#", count: hashes) + (quotes >= 3 ? "\"\"\"" : "\"")
  }

  private mutating func skipString(closedBy end: String) {
    let isRaw = end.hasSuffix("#")
    while place < source.count {
      if ![0x22, 0x23, 0x5C].contains(source[place].value) {
        pass()
        continue
      }
      if starts(end) {
        place += end.count
        return
      }
      if !isRaw, starts("\\(") {
        skipInterpolation()
      } else if !isRaw, starts("\\") {
        place = min(source.count, place + 2)
      } else {
        pass()
      }
    }
  }

  /// Skips `\(...)`, in which there may be further strings.
  private mutating func skipInterpolation() {
    place += 2
    var depth = 1
    while place < source.count, depth > 0 {
      if let delimiter = stringDelimiter() {
        place += delimiter.count
        skipString(closedBy: String(delimiter.reversed()))
        continue
      }
      if source[place] == "(" { depth += 1 }
      if source[place] == ")" { depth -= 1 }
      pass()
    }
  }
}

import Determinism

/// Text from outside as the formats of reports take it. What is not shown as it is stands there as in source text, so no
/// format meets a character that it forbids.
enum ReportText {
  /// A sentence or a line of a story takes so many columns at most.
  private static let lineColumns = 600

  /// In one line, of a length that somebody reads.
  static func line(_ text: String) -> String { text.printable(columns: lineColumns, atEnd: 200) }

  /// At most so many lines; of more the last ones are left out, and that is said.
  static func lines(_ lines: [String], atMost limit: Int) -> [String] {
    guard lines.count > limit else { return lines.map(line) }
    return lines.prefix(limit - 1).map(line) + ["... and \(lines.count - limit + 1) more lines"]
  }

  /// The name of a kind without a slash, as buckets are called.
  static func name(_ text: String) -> String { text.mapped { $0 == "/" ? "-" : nil } }

  /// Between tags of XML and in double quotes.
  static func xml(_ text: String) -> String {
    text.printableLines.mapped { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: nil
      }
    }
  }

  /// A message of SARIF: braces are doubled, for single ones stand for arguments (§3.11.5), and nothing is a link (§3.11.6).
  static func sarif(_ text: String) -> String {
    var last: Unicode.Scalar = " "
    return text.printableLines.mapped { scalar in
      defer { last = scalar }
      return switch scalar {
      case "{": "{{"
      case "}": "}}"
      case "(" where last == "]": " ("
      default: nil
      }
    }
  }

  /// Markdown's plain text, between HTML's tags too: whatever means something to either stands there by its number.
  static func markdown(_ text: String) -> String {
    text.printable.mapped { scalar in
      "&<>\"'|*_`[](){}\\~#!@:$".unicodeScalars.contains(scalar) ? "&#\(scalar.value);" : nil
    }
  }

  /// The text of a command to a GitHub runner, behind `::`.
  static func command(_ text: String) -> String {
    text.mapped { scalar in
      switch scalar {
      case "%": "%25"
      case "\r": "%0D"
      case "\n": "%0A"
      default: nil
      }
    }
  }

  /// A property of such a command.
  static func property(_ text: String) -> String {
    command(text).mapped { scalar in
      switch scalar {
      case ":": "%3A"
      case ",": "%2C"
      default: nil
      }
    }
  }

  /// The path of a file as a relative reference (RFC 3986).
  static func uri(_ path: String) -> String {
    path.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      if unreserved.contains(scalar) { return "\(scalar)" }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%\(digits.utf8.count < 2 ? "0" : "")\(digits)"
    }.joined()
  }

  private static let unreserved = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".unicodeScalars)
}

extension String {
  /// With other text in place of some scalars.
  fileprivate func mapped(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var text = ""
    text.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      if let other = replacement(scalar) { text += other } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}

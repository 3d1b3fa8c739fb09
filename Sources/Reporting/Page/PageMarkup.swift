import Determinism

/// HTML that is put together element by element. Words go in through `text` and attributes only, and are escaped there:
/// what a scenario calls its keys can neither break the page nor run in it.
struct Markup {
  private(set) var html = ""

  /// An element with what is in it. An attribute without a value is left out.
  mutating func element(
    _ name: StaticString, _ attributes: (StaticString, String?)..., content: (inout Markup) -> Void
  ) {
    open(name, attributes)
    content(&self)
    html += "</\(name)>"
  }

  /// An element that holds nothing but words.
  mutating func element(_ name: StaticString, _ attributes: (StaticString, String?)..., text words: String) {
    open(name, attributes)
    text(words)
    html += "</\(name)>"
  }

  /// An element that never holds anything, in HTML or in a drawing.
  mutating func void(_ name: StaticString, _ attributes: (StaticString, String?)...) {
    open(name, attributes)
    html.removeLast()
    html += "/>"
  }

  /// Words.
  mutating func text(_ words: String) {
    html += Self.escaped(words)
  }

  /// Markup, style or script of this program's own.
  mutating func verbatim(_ own: StaticString) {
    html += "\(own)"
  }

  private mutating func open(_ name: StaticString, _ attributes: [(StaticString, String?)]) {
    html += "<\(name)"
    for (name, value) in attributes {
      if let value { html += " \(name)=\"\(Self.escaped(value))\"" }
    }
    html += ">"
  }

  /// Words as they stand between tags and in double quotes. What is not
  /// shown as it is stands there as in source text.
  static func escaped(_ words: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(words.utf8.count)
    for scalar in words.printableLines.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// A place across a drawing, in ten-thousandths of its width, so that the drawing fits every screen.
struct Across: Hashable, Comparable {
  var share: Int

  /// As an attribute or in a style: `33.25%`.
  var percent: String {
    let (whole, rest) = (share.magnitude / 100, share.magnitude % 100)
    return "\(share < 0 ? "-" : "")\(whole)\(rest == 0 ? "" : rest < 10 ? ".0\(rest)" : ".\(rest)")%"
  }

  static func < (one: Across, other: Across) -> Bool { one.share < other.share }

  /// So many thousandths of the way to another place.
  func towards(_ other: Across, thousandths: Int) -> Across {
    Across(share: share + (other.share - share) * thousandths / 1_000)
  }
}

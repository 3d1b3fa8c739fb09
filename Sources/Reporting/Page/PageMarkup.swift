import Determinism

/// HTML that is put together element by element. Words go in through `text` and attributes only, and are escaped there:
/// what a scenario calls its keys can neither break the page nor run in it.
package struct Markup {
  package private(set) var html = ""

  /// A whole page of this project: it needs no other file, asks nobody for anything, and looks like the others.
  ///
  /// - Parameters:
  ///   - style: what it needs besides the style of all pages.
  ///   - script: all that can run in it; nothing unless given.
  ///   - body: what stands in its body.
  package static func page(
    title: String, style: StaticString = "", script: StaticString? = nil, body: (inout Markup) -> Void
  ) -> String {
    var page = Markup()
    page.verbatim("<!DOCTYPE html>\n")
    page.element("html", ("lang", "en")) { page in
      page.element("head") { page in
        page.void("meta", ("charset", "utf-8"))
        let scripts = script == nil ? "" : "script-src 'unsafe-inline'; "
        page.void(
          "meta", ("http-equiv", "Content-Security-Policy"),
          (
            "content",
            "default-src 'none'; style-src 'unsafe-inline'; \(scripts)img-src data:; base-uri 'none'; form-action 'none'"
          ))
        page.void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"))
        page.void("meta", ("name", "color-scheme"), ("content", "light dark"))
        // Without one a browser asks the page's server for one.
        page.void("link", ("rel", "icon"), ("href", "data:,"))
        page.element("title", text: title)
        page.element("style") { page in
          page.verbatim(PageStyle.text)
          page.verbatim(style)
        }
      }
      page.element("body") { page in
        body(&page)
        if let script { page.element("script") { $0.verbatim(script) } }
      }
    }
    return page.html + "\n"
  }

  /// An element with what is in it. An attribute without a value is left out.
  package mutating func element(
    _ name: StaticString, _ attributes: (StaticString, String?)..., content: (inout Markup) -> Void
  ) {
    open(name, attributes)
    content(&self)
    html += "</\(name)>"
  }

  /// An element that holds nothing but words.
  package mutating func element(_ name: StaticString, _ attributes: (StaticString, String?)..., text words: String) {
    open(name, attributes)
    text(words)
    html += "</\(name)>"
  }

  /// An element that never holds anything, in HTML or in a drawing.
  package mutating func void(_ name: StaticString, _ attributes: (StaticString, String?)...) {
    open(name, attributes)
    html.removeLast()
    html += "/>"
  }

  /// Words.
  package mutating func text(_ words: String) {
    html += Self.escaped(words)
  }

  /// Markup, style or script of this program's own.
  package mutating func verbatim(_ own: StaticString) {
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

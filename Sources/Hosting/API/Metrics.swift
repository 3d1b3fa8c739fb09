/// Numbers about a server, as Prometheus reads them.
package struct Metrics: Hashable, Sendable {
  /// How a number changes.
  package enum Kind: String, Hashable, Sendable {
    /// Only upward, from 0 at the start of the process.
    case counter
    /// In both directions.
    case gauge
  }

  /// One number.
  private struct Entry: Hashable, Sendable {
    var name: String
    var kind: Kind
    var help: String
    var value: Double
  }

  private var entries: [Entry] = []

  package init() {}

  /// Adds a number at the end.
  ///
  /// - Parameters:
  ///   - name: of lower-case ASCII, digits and `_`, with its unit last, such as `raftkv_log_bytes`; that of a counter ends in
  ///     `_total`.
  ///   - help: one sentence.
  package mutating func append(_ kind: Kind, _ name: String, help: String, _ value: Double) {
    let isName = name.utf8.allSatisfy { $0.isAlphabetic || $0.isDigit || $0 == UInt8(ascii: "_") }
    precondition(isName && name.utf8.first?.isAlphabetic == true, "\(name) is no name of a metric")
    entries.append(Entry(name: name, kind: kind, help: help, value: value))
  }

  /// The same for a whole number.
  package mutating func append(_ kind: Kind, _ name: String, help: String, _ value: some BinaryInteger) {
    append(kind, name, help: help, Double(value))
  }

  /// What `text` is: Prometheus' text format.
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// In Prometheus' text format.
  package var text: String {
    var text = ""
    for entry in entries {
      let help = entry.help.utf8.flatMap { byte -> [UInt8] in
        switch byte {
        case .lineFeed: Array("\\n".utf8)
        case UInt8(ascii: "\\"): Array("\\\\".utf8)
        default: [byte]
        }
      }
      text += "# HELP \(entry.name) \(help.text)\n# TYPE \(entry.name) \(entry.kind.rawValue)\n"
      text += "\(entry.name) \(Self.text(of: entry.value))\n"
    }
    return text
  }

  /// Below it every whole number has a `Double` of its own.
  private static let maxExactWhole = Double(1 << 53)

  private static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
    // `Int64(exactly:)` would need the C library's mathematics, which nothing else here links.
    guard value.magnitude < maxExactWhole else { return "\(value)" }
    let whole = Int64(value)
    return Double(whole) == value ? String(whole) : "\(value)"
  }
}

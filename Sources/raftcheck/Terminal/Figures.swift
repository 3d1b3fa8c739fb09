import Determinism
import Runs

/// Numbers as people read them.
enum Figures {
  /// `12,345`.
  static func grouped(_ number: Int) -> String { number.grouped }

  /// So many digits behind the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "-" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + grouped(scaled) }
    let fraction = String(scaled % Int(scale))
    let padding = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(grouped(scaled / Int(scale))).\(padding)\(fraction)"
  }

  /// `12.3%`.
  static func percent(_ part: Int, of whole: Int) -> String {
    whole == 0 ? "-" : "\(fixed(100 * Double(part) / Double(whole), 1))%"
  }

  /// A count and its word: `1 seed`, `3 seeds`.
  static func count(_ number: Int, _ word: String) -> String {
    "\(grouped(number)) \(word)\(number == 1 ? "" : "s")"
  }

  /// `200 MiB`, `1.5 GiB`.
  static func size(_ bytes: Int) -> String {
    let units = ["KiB", "MiB", "GiB"]
    var (amount, unit) = (Double(bytes) / 1_024, 0)
    while amount >= 1_024, unit + 1 < units.count { (amount, unit) = (amount / 1_024, unit + 1) }
    return "\(fixed(amount, amount < 10 && amount != amount.rounded() ? 1 : 0)) \(units[unit])"
  }

  /// `0.46 ms`, `128 ms`, from ten seconds on as `time`.
  static func milliseconds(_ duration: Duration) -> String {
    guard duration < .seconds(10) else { return time(duration) }
    return "\(fixed(Double(duration.nanoseconds) / 1e6, duration < .milliseconds(100) ? 2 : 0)) ms"
  }

  /// `0.012 s`, `2 min 05 s`.
  static func time(_ duration: Duration) -> String {
    let seconds = duration.nanoseconds / 1_000_000_000
    guard seconds >= 60 else { return "\(duration)" }
    let rest = String(seconds % 60)
    return "\(seconds / 60) min \(rest.count < 2 ? "0" : "")\(rest) s"
  }
}

extension Duration {
  /// In seconds.
  var seconds: Double { Double(nanoseconds) / 1e9 }
}

extension String {
  /// Filled up with blanks on the right.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }

  /// Every line moved to the right, and broken between words where it grows too long to read.
  func indented(by width: Int) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
      let margin = String(repeating: " ", count: width + line.prefix { $0 == " " }.count)
      var lines = [margin]
      for word in line.split(separator: " ") {
        let last = lines[lines.count - 1]
        let isFirst = last.allSatisfy { $0 == " " }
        if !isFirst, last.count + 1 + word.count > Self.readableWidth {
          lines.append("\(margin)  \(word)")
        } else {
          lines[lines.count - 1] = isFirst ? last + word : "\(last) \(word)"
        }
      }
      return lines
    }.joined(separator: "\n")
  }

  private static let readableWidth = 110
}

import Determinism

/// Numbers as people read them.
package enum Figures {
  /// So many digits behind the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "-" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return sign + scaled.grouped }
    let fraction = String(scaled % Int(scale))
    let padding = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\((scaled / Int(scale)).grouped).\(padding)\(fraction)"
  }

  /// `12.3%`.
  package static func percent(_ part: Int, of whole: Int) -> String {
    whole == 0 ? "-" : "\(fixed(100 * Double(part) / Double(whole), 1))%"
  }

  /// `200 MiB`, `1.5 GiB`.
  package static func size(_ bytes: Int) -> String {
    let units = ["KiB", "MiB", "GiB"]
    var (amount, unit) = (Double(bytes) / 1_024, 0)
    while amount >= 1_024, unit + 1 < units.count { (amount, unit) = (amount / 1_024, unit + 1) }
    return "\(fixed(amount, amount < 10 && amount != amount.rounded() ? 1 : 0)) \(units[unit])"
  }

  /// `0.46 ms`, `128 ms`, from ten seconds on as `time`.
  package static func milliseconds(_ duration: Duration) -> String {
    guard duration < .seconds(10) else { return time(duration) }
    return "\(fixed(Double(duration.nanoseconds) / 1e6, duration < .milliseconds(100) ? 2 : 0)) ms"
  }

  /// `0.012 s`, `2 min 05 s`.
  package static func time(_ duration: Duration) -> String {
    let seconds = duration.nanoseconds / 1_000_000_000
    guard seconds >= 60 else { return "\(duration)" }
    let rest = String(seconds % 60)
    return "\(seconds / 60) min \(rest.count < 2 ? "0" : "")\(rest) s"
  }
}

extension Duration {
  /// In seconds.
  package var seconds: Double { Double(nanoseconds) / 1e9 }
}

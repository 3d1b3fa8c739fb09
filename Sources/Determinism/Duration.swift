/// A span of time in whole nanoseconds, negative ones included; about 292 years either way.
///
/// It takes the place of the standard library's type of the same name: no floating point, and one machine word.
@frozen
public struct Duration: Hashable, Comparable, Sendable {
  /// The length in nanoseconds.
  public var nanoseconds: Int64

  /// The span of so many nanoseconds.
  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// No time at all.
  @inlinable public static var zero: Duration { Duration(nanoseconds: 0) }

  /// So many nanoseconds.
  @inlinable public static func nanoseconds(_ count: Int64) -> Duration { Duration(nanoseconds: count) }
  /// So many microseconds.
  @inlinable public static func microseconds(_ count: Int64) -> Duration { Duration(nanoseconds: count * 1_000) }
  /// So many milliseconds.
  @inlinable public static func milliseconds(_ count: Int64) -> Duration { Duration(nanoseconds: count * 1_000_000) }
  /// So many seconds.
  @inlinable public static func seconds(_ count: Int64) -> Duration { Duration(nanoseconds: count * 1_000_000_000) }

  /// Whether one is shorter than the other.
  @inlinable
  public static func < (one: Duration, other: Duration) -> Bool { one.nanoseconds < other.nanoseconds }
  /// Both, one after the other.
  @inlinable
  public static func + (one: Duration, other: Duration) -> Duration {
    Duration(nanoseconds: one.nanoseconds + other.nanoseconds)
  }
  /// What one is longer than the other by.
  @inlinable
  public static func - (one: Duration, other: Duration) -> Duration {
    Duration(nanoseconds: one.nanoseconds - other.nanoseconds)
  }
  /// So many times as long.
  @inlinable
  public static func * (one: Duration, factor: Int64) -> Duration {
    Duration(nanoseconds: one.nanoseconds * factor)
  }
  /// So many times shorter, rounded towards zero.
  @inlinable
  public static func / (one: Duration, divisor: Int64) -> Duration {
    Duration(nanoseconds: one.nanoseconds / divisor)
  }
}

/// Coded as text with the largest unit that is exact: `"1500ms"`.
extension Duration: Codable {
  private static let units: [(suffix: String, nanoseconds: Int64)] = [
    ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
  ]

  /// Reads a whole number with its unit.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let duration = Duration(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a duration such as \"150ms\", found \"\(text)\"")
    }
    self = duration
  }

  /// The span that a whole number with its unit stands for: `ns`, `us`, `ms` or `s`.
  package init?(_ text: String) {
    let suffix = text.drop { $0 == "-" || ("0"..."9").contains($0) }
    guard let unit = Self.units.first(where: { $0.suffix == suffix }),
      let count = Int64(text[..<suffix.startIndex]),
      case let (nanoseconds, overflows) = count.multipliedReportingOverflow(by: unit.nanoseconds), !overflows
    else { return nil }
    self.nanoseconds = nanoseconds
  }

  /// Writes a whole number of the largest unit that makes one.
  public func encode(to encoder: any Encoder) throws {
    let unit = Self.units.last { nanoseconds % $0.nanoseconds == 0 } ?? Self.units[0]
    var container = encoder.singleValueContainer()
    try container.encode("\(nanoseconds / unit.nanoseconds)\(unit.suffix)")
  }
}

extension Duration: CustomStringConvertible {
  /// Seconds with three decimals: `0.150 s`.
  public var description: String { "\(inSeconds) s" }

  /// The same without the unit: `0.150`.
  public var inSeconds: String {
    let magnitude = nanoseconds.magnitude
    let thousandths = String(magnitude / 1_000_000 % 1_000)
    let padding = String(repeating: "0", count: 3 - thousandths.count)
    return "\(nanoseconds < 0 ? "-" : "")\(magnitude / 1_000_000_000).\(padding)\(thousandths)"
  }
}

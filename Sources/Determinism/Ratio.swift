/// An exact fraction from 0 to 1, for chances: no floating point decides anything in a run.
@frozen
public struct Ratio: Hashable, Sendable {
  /// At most the denominator.
  public let numerator: UInt32
  /// At least 1.
  public let denominator: UInt32

  /// The fraction of these two.
  @inlinable
  public init(_ numerator: UInt32, _ denominator: UInt32) {
    precondition(denominator > 0 && numerator <= denominator, "\(numerator)/\(denominator) is not between 0 and 1")
    self.numerator = numerator
    self.denominator = denominator
  }

  /// Never.
  @inlinable public static var zero: Ratio { Ratio(0, 1) }
}

extension Ratio: CustomStringConvertible {
  /// As it is written.
  public var description: String { "\(numerator)/\(denominator)" }
}

/// Coded as `"1/20"`.
extension Ratio: Codable {
  /// Reads both numbers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let numerator = UInt32(parts[0]), let denominator = UInt32(parts[1]),
      denominator > 0, numerator <= denominator
    else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a fraction from 0 to 1 such as \"1/20\", found \"\(text)\"")
    }
    self.init(numerator, denominator)
  }

  /// Writes both numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A text that is equal to another one if its bytes are: Swift takes strings for equal that look alike, which those who
/// compare values elsewhere do not.
public struct PlainText: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
  /// In UTF-8.
  public let bytes: [UInt8]

  /// The text of a string.
  public init(_ string: some StringProtocol) { bytes = Array(string.utf8) }

  /// The text of these bytes, in UTF-8.
  init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// The text of a literal.
  public init(stringLiteral value: String) { self.init(value) }

  /// The text as a string.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

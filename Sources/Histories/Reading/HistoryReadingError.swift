/// Why bytes are not a history: where, what was expected there and what was found.
public struct HistoryReadingError: Error, Hashable, Sendable {
  /// The line, from 1.
  public let line: Int
  /// The column, in bytes from 1.
  public let column: Int
  /// What would have been right.
  public let expected: String
  /// What is there instead.
  public let found: String
}

extension HistoryReadingError: CustomStringConvertible {
  /// One sentence, to be put behind `file:line:column: `.
  public var description: String { "expected \(expected), found \(found)" }
}

/// A value that no operation of the model can have.
public struct ModelMisfit: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line in the file; `nil` if the history was not read from one, or the initial value is meant.
  public let line: Int?
  /// What the model takes.
  public let expected: String
  /// What is there.
  public let found: String

  /// One clause.
  public var description: String {
    "\(line.map { "line \($0): " } ?? "")expected \(expected), found \(found)"
  }
}

import Determinism

/// A period with at most one leader (Raft §5.1). Term 0 comes before the first election.
@frozen
public struct Term: Hashable, Comparable, Sendable {
  /// The number.
  public var rawValue: UInt64

  /// The one of this number.
  @inlinable
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The term before the first election.
  @inlinable public static var zero: Term { Term(0) }
  /// The term after this one.
  @inlinable public var next: Term { Term(rawValue + 1) }

  /// Whether one comes before the other.
  @inlinable
  public static func < (one: Term, other: Term) -> Bool { one.rawValue < other.rawValue }
}

/// A place in the log. The first entry has index 1; index 0 stands for the empty log's end.
@frozen
public struct LogIndex: Hashable, Comparable, Sendable {
  /// The number.
  public var rawValue: UInt64

  /// The one of this number.
  @inlinable
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Before the first entry.
  @inlinable public static var zero: LogIndex { LogIndex(0) }
  /// The place after this one.
  @inlinable public var next: LogIndex { LogIndex(rawValue + 1) }
  /// The place before this one; zero has none.
  @inlinable public var previous: LogIndex { LogIndex(rawValue - 1) }

  /// Whether one comes before the other.
  @inlinable
  public static func < (one: LogIndex, other: LogIndex) -> Bool { one.rawValue < other.rawValue }
}

/// An index with the term of the entry that stands there: two logs that agree on a position agree on all before it.
@frozen
public struct LogPosition: Hashable, Sendable {
  /// Where the entry stands.
  public var index: LogIndex
  /// Of the entry.
  public var term: Term

  /// The position of these two.
  @inlinable
  public init(index: LogIndex, term: Term) {
    self.index = index
    self.term = term
  }

  /// The end of the empty log.
  @inlinable public static var zero: LogPosition { LogPosition(index: .zero, term: .zero) }
}

extension Term: CustomStringConvertible {
  /// The number.
  public var description: String { "\(rawValue)" }
}

extension LogIndex: CustomStringConvertible {
  /// The number.
  public var description: String { "\(rawValue)" }
}

extension LogPosition: CustomStringConvertible {
  /// Index, then term: `7/2`.
  public var description: String { "\(index)/\(term)" }
}

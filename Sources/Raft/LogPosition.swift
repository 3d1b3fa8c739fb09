import Determinism

/// A period of the cluster's life with at most one leader (Raft §5.1). Term 0 comes before the first election.
@frozen
package struct Term: Hashable, Comparable, Sendable {
  package var rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The term before the first election.
  @inlinable package static var zero: Term { Term(0) }
  /// The term after this one.
  @inlinable package var next: Term { Term(rawValue + 1) }

  @inlinable
  package static func < (one: Term, other: Term) -> Bool { one.rawValue < other.rawValue }
}

/// A place in the log. The first entry has index 1; index 0 stands for the empty log's end.
@frozen
package struct LogIndex: Hashable, Comparable, Sendable {
  package var rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Before the first entry.
  @inlinable package static var zero: LogIndex { LogIndex(0) }
  /// The place after this one.
  @inlinable package var next: LogIndex { LogIndex(rawValue + 1) }
  /// The place before this one; zero has none.
  @inlinable package var previous: LogIndex { LogIndex(rawValue - 1) }

  @inlinable
  package static func < (one: LogIndex, other: LogIndex) -> Bool { one.rawValue < other.rawValue }
}

/// An index with the term of the entry that stands there: two logs that agree on a position agree on all before it.
@frozen
package struct LogPosition: Hashable, Sendable {
  package var index: LogIndex
  package var term: Term

  @inlinable
  package init(index: LogIndex, term: Term) {
    self.index = index
    self.term = term
  }

  /// The end of the empty log.
  @inlinable package static var zero: LogPosition { LogPosition(index: .zero, term: .zero) }
}

extension Term: CustomStringConvertible {
  package var description: String { "\(rawValue)" }
}

extension LogIndex: CustomStringConvertible {
  package var description: String { "\(rawValue)" }
}

extension LogPosition: CustomStringConvertible {
  /// Index, then term: `7/2`.
  package var description: String { "\(index)/\(term)" }
}

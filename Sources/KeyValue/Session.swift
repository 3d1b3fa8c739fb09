import Determinism

/// The name of a client's session with the store (Ongaro 2014 §6.3): the place in the log of the command that opened it.
///
/// So no two sessions share a name, and one that has ended never opens again: a client that picked its name itself could
/// have it opened anew by an old request, and then have an old command applied twice.
@frozen
package struct SessionID: Hashable, Comparable, Sendable {
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  @inlinable
  package static func < (one: SessionID, other: SessionID) -> Bool { one.rawValue < other.rawValue }
}

/// The place of a command among those of its session, which are sent one after the other.
@frozen
package struct SequenceNumber: Hashable, Comparable, Sendable {
  /// 1 or more. No message with a 0 decodes.
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The number of a client's first command.
  @inlinable package static var first: SequenceNumber { SequenceNumber(1) }
  /// The number of the command after this one.
  @inlinable package var next: SequenceNumber { SequenceNumber(rawValue + 1) }

  @inlinable
  package static func < (one: SequenceNumber, other: SequenceNumber) -> Bool { one.rawValue < other.rawValue }
}

/// What the store remembers of a client.
package struct Session: Hashable, Sendable {
  /// The last command applied, and what it answered.
  package struct Answer: Hashable, Sendable {
    package var sequence: SequenceNumber
    package var result: KeyValueResult

    package init(sequence: SequenceNumber, result: KeyValueResult) {
      self.sequence = sequence
      self.result = result
    }
  }

  /// Log time at its last command, or at its opening.
  package var lastUsed: WallInstant
  /// `nil` before its first command.
  package var last: Answer?

  package init(lastUsed: WallInstant, last: Answer? = nil) {
    self.lastUsed = lastUsed
    self.last = last
  }

  /// - Complexity: O(n) in the bytes of the value that the answer carries.
  func digest(named id: SessionID) -> UInt64 {
    var digest = StableDigest(start: 2)
    digest.combine(id.rawValue)
    digest.combine(UInt64(bitPattern: lastUsed.nanoseconds))
    guard let last else { return digest.value }
    digest.combine(last.sequence.rawValue)
    switch last.result {
    case .done: digest.combine(1 as UInt64)
    case .swapped: digest.combine(2 as UInt64)
    case .mismatch(nil): digest.combine(3 as UInt64)
    case .mismatch(let seen?):
      digest.combine(4 as UInt64)
      digest.combine(seen)
    case .refused: digest.combine(5 as UInt64)
    }
    return digest.value
  }
}

/// The open sessions, by name.
package typealias SessionTable = SortedTable<SessionID, Session>

/// How long sessions last and how many there may be: the same at every server, or their states would part.
package struct SessionSettings: Hashable, Sendable {
  /// A session ends when so much log time has passed since its last command.
  package var lifetime: Duration
  /// The most sessions open at a time, from 1 to `KeyValueLimits.maxSessions`. To open one more ends the one that was
  /// used least recently.
  package var maxOpen: Int

  package init(lifetime: Duration, maxOpen: Int) {
    precondition(lifetime >= .zero, "a session cannot last \(lifetime)")
    precondition(
      (1...KeyValueLimits.maxSessions).contains(maxOpen),
      "\(maxOpen) open sessions are not between 1 and \(KeyValueLimits.maxSessions)")
    self.lifetime = lifetime
    self.maxOpen = maxOpen
  }

  /// An hour, and as many as there may be.
  package static let standard = SessionSettings(lifetime: .seconds(3_600), maxOpen: KeyValueLimits.maxSessions)
}

import Determinism
import KeyValue
import Raft
import Reference

/// What the committed log comes to after each of its entries, by the reference.
package struct CommittedStates: Sendable {
  private let sessions: SessionSettings
  private var machine: ReferenceMachine
  private var entries: [Entry] = []
  /// Of the state after each index, from index 1.
  private var digests: [UInt64] = []

  /// - Parameter sessions: as the servers have them.
  init(sessions: SessionSettings) {
    self.sessions = sessions
    machine = ReferenceMachine(sessionLifetime: sessions.lifetime, maxSessions: sessions.maxOpen)
  }

  /// Applies the entry that comes next; another one is passed over, and with it all that follow.
  mutating func apply(_ entry: Entry, at index: LogIndex) {
    guard index.rawValue == UInt64(entries.count) + 1 else { return }
    entries.append(entry)
    Self.apply(entry, at: index.rawValue, to: &machine)
    digests.append(machine.digest)
  }

  /// The digest of the state after an index, if that is known.
  func digest(at index: LogIndex) -> UInt64? {
    index > .zero && index.rawValue <= UInt64(digests.count) ? digests[Int(index.rawValue) - 1] : nil
  }

  /// The digest of the state after an index, had each command been applied as often as the log holds it.
  ///
  /// - Complexity: that of applying all of them anew.
  func digestOfRepetition(at index: LogIndex) -> UInt64 { machine(at: index, appliesRetries: true).digest }

  /// The first thing in which a server's state differs from what the log up to an index comes to; `nil` if there is
  /// nothing.
  ///
  /// - Complexity: that of applying all entries anew: for when a failure is found.
  func difference(of state: StateMachine, at index: LogIndex) -> StateDifference? {
    guard digest(at: index) != nil else { return nil }
    return machine(at: index, appliesRetries: false).difference(of: state)
  }

  private func machine(at index: LogIndex, appliesRetries: Bool) -> ReferenceMachine {
    var machine = ReferenceMachine(
      sessionLifetime: sessions.lifetime, maxSessions: sessions.maxOpen, appliesRetries: appliesRetries)
    for (place, entry) in entries.prefix(Int(index.rawValue)).enumerated() {
      Self.apply(entry, at: UInt64(place) + 1, to: &machine)
    }
    return machine
  }

  private static func apply(_ entry: Entry, at index: UInt64, to machine: inout ReferenceMachine) {
    guard case .command(let bytes) = entry.payload, let command = try? Command(decoding: bytes) else { return }
    machine.apply(command, at: index)
  }
}

extension ReferenceMachine {
  /// The first thing in which a server's state differs from this one; `nil` if there is nothing.
  ///
  /// - Complexity: O(n) in the keys and sessions of both.
  package func difference(of state: StateMachine) -> StateDifference? {
    var open = SessionTable()
    for session in sessions {
      let answer = session.last.map { Session.Answer(sequence: $0.sequence, result: $0.result) }
      open[session.name] = Session(lastUsed: session.lastUsed, last: answer)
    }
    let values = cells.compactMap { cell in cell.value.map { (key: cell.key, value: $0) } }
    let content = StateContent(values: values, sessions: open, storeBytes: storeBytes, logTime: logTime)
    return state.content.firstDifference(from: content)
  }
}

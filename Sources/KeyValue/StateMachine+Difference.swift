import Determinism

/// The first thing in which one state differs from another one: its own first, then the other's.
package enum StateDifference: Hashable, Sendable {
  /// The values of a key; `nil` where it has none.
  case key([UInt8], [UInt8]?, [UInt8]?)
  /// A session; `nil` where it is not open.
  case session(SessionID, Session?, Session?)
  case logTime(WallInstant, WallInstant)
}

extension StateMachine {
  /// The first thing in which this state differs from another one. Keys come first, for these clients see; `nil` if there
  /// is nothing.
  ///
  /// - Complexity: O(n) in the keys and sessions of both.
  package func firstDifference(from other: StateMachine) -> StateDifference? {
    let keys = (store.keys + other.store.keys).sorted()
    if let key = keys.first(where: { store[$0] != other.store[$0] }) {
      return .key(key.bytes, store[key], other.store[key])
    }
    let names = (sessions.keys + other.sessions.keys).sorted()
    if let name = names.first(where: { sessions[$0] != other.sessions[$0] }) {
      return .session(name, sessions[name], other.sessions[name])
    }
    return logTime == other.logTime ? nil : .logTime(logTime, other.logTime)
  }
}

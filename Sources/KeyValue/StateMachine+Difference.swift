import Determinism

/// The first thing in which one state differs from another one: its own first, then the other's.
package enum StateDifference: Hashable, Sendable {
  /// The values of a key; `nil` where it has none.
  case key([UInt8], [UInt8]?, [UInt8]?)
  /// A session; `nil` where it is not open.
  case session(SessionID, Session?, Session?)
  /// What all keys and values are counted to take.
  case storeBytes(Int, Int)
  case logTime(WallInstant, WallInstant)
}

/// A state as plain values, to be compared.
package struct StateContent: Sendable {
  private let store: KeyTable
  private let sessions: SessionTable
  private let storeBytes: Int
  private let logTime: WallInstant

  /// - Parameters:
  ///   - values: by key, in any order.
  ///   - storeBytes: what all keys and values take, as `KeyValueLimits.maxStoreBytes` counts them.
  package init(
    values: [(key: [UInt8], value: [UInt8])], sessions: SessionTable, storeBytes: Int, logTime: WallInstant
  ) {
    var store = KeyTable()
    for (key, value) in values { store[KeyBytes(bytes: key)] = value }
    self.init(store: store, sessions: sessions, storeBytes: storeBytes, logTime: logTime)
  }

  fileprivate init(store: KeyTable, sessions: SessionTable, storeBytes: Int, logTime: WallInstant) {
    (self.store, self.sessions, self.storeBytes, self.logTime) = (store, sessions, storeBytes, logTime)
  }

  /// The first thing in which this state differs from another one. Keys come first, for these clients see; `nil` if there
  /// is nothing.
  ///
  /// - Complexity: O(n) in the keys and sessions of both.
  package func firstDifference(from other: StateContent) -> StateDifference? {
    let keys = (store.elements.map(\.0) + other.store.elements.map(\.0)).sorted()
    if let key = keys.first(where: { store[$0] != other.store[$0] }) {
      return .key(key.bytes, store[key], other.store[key])
    }
    let names = (sessions.keys + other.sessions.keys).sorted()
    if let name = names.first(where: { sessions[$0] != other.sessions[$0] }) {
      return .session(name, sessions[name], other.sessions[name])
    }
    if storeBytes != other.storeBytes { return .storeBytes(storeBytes, other.storeBytes) }
    return logTime == other.logTime ? nil : .logTime(logTime, other.logTime)
  }
}

extension StateMachine {
  /// Everything that clients can ever notice.
  package var content: StateContent {
    StateContent(store: store, sessions: sessions, storeBytes: storeBytes, logTime: logTime)
  }

  /// The first thing in which this state differs from another one; `nil` if there is nothing.
  ///
  /// - Complexity: O(n) in the keys and sessions of both.
  package func firstDifference(from other: StateMachine) -> StateDifference? {
    content.firstDifference(from: other.content)
  }
}

import Determinism

/// The state as bytes (Raft §7): a format version (1 byte), log time (8 bytes), the sessions and the keys with their
/// values, each list after its length and in increasing order. Equal states give equal bytes.
extension StateMachine {
  private static let snapshotVersion: UInt8 = 1

  /// Everything that the commands applied so far have left, sessions included.
  ///
  /// - Complexity: O(n) in the bytes, which are at most `KeyValueLimits.maxSnapshotBytes`.
  package func snapshot(rules: any SessionRules.Type) -> [UInt8] {
    var frozen = frozen(rules: rules)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(frozen.byteCount)
    frozen.encode(byteCount: frozen.byteCount, into: &bytes)
    return bytes
  }

  /// The state as it is now, to be made a snapshot of piece by piece while commands go on changing this one.
  ///
  /// - Complexity: O(n) in the sessions. Both share their memory: of the store's keys, what changes later is copied first.
  package func frozen(rules: any SessionRules.Type) -> FrozenState {
    FrozenState(
      version: Self.snapshotVersion, logTime: logTime, sessions: rules.sessionsForSnapshot(sessions), store: store,
      storeBytes: storeBytes)
  }

  /// The state that `snapshot` wrote.
  ///
  /// - Throws: where the bytes are not those of a state within `KeyValueLimits`, or not in the one form that it has.
  /// - Complexity: O(n) in the bytes, in time and in memory.
  package init(
    snapshot bytes: [UInt8], sessions settings: SessionSettings = .standard
  ) throws(ByteCodingError) {
    guard bytes.count <= KeyValueLimits.maxSnapshotBytes else {
      throw .tooLong(offset: 0, length: bytes.count, limit: KeyValueLimits.maxSnapshotBytes)
    }
    var reader = ByteReader(bytes)
    let version = try reader.readTag()
    guard version.tag == Self.snapshotVersion else { throw .unknownTag(offset: version.offset, tag: version.tag) }
    self.init(sessions: settings, logTime: try reader.readInstant())
    var lastID: SessionID?
    for _ in 0..<(try reader.readCount(limit: KeyValueLimits.maxSessions)) {
      let offset = reader.offset
      let id = SessionID(try reader.read())
      if let lastID, id <= lastID { throw .outOfOrder(offset: offset) }
      setSession(id, to: try reader.readSession())
      lastID = id
    }
    var lastKey: KeyBytes?
    for _ in 0..<(try reader.readCount(limit: KeyValueLimits.maxKeys)) {
      let offset = reader.offset
      let key = KeyBytes(bytes: try reader.readLengthPrefixed(limit: KeyValueLimits.maxKeyBytes))
      if let lastKey, key <= lastKey { throw .outOfOrder(offset: offset) }
      set(key, to: try reader.readLengthPrefixed(limit: KeyValueLimits.maxValueBytes))
      lastKey = key
    }
    guard storeBytes <= KeyValueLimits.maxStoreBytes else {
      throw .tooLong(offset: reader.offset, length: storeBytes, limit: KeyValueLimits.maxStoreBytes)
    }
    try reader.finish()
  }

  /// Goes on from the state that another server's `snapshot` wrote.
  ///
  /// - Throws: where the bytes are none, as `init(snapshot:)` does; the state is then as it was.
  /// - Complexity: O(n) in the bytes and in those of the state that it replaces.
  package mutating func replace(with bytes: [UInt8], rules: any SessionRules.Type) throws(ByteCodingError) {
    var restored = try StateMachine(snapshot: bytes, sessions: settings)
    for (key, value) in store.elements {
      let inSnapshot = restored.store[key]
      let value = rules.value(inSnapshot: inSnapshot, held: value)
      if value != inSnapshot { restored.set(key, to: value) }
    }
    self = restored
  }
}

extension ByteReader {
  /// Reads an instant that is not before the epoch.
  fileprivate mutating func readInstant() throws(ByteCodingError) -> WallInstant {
    let instant = WallInstant(nanoseconds: try read())
    guard instant >= .epoch else { throw .outOfOrder(offset: offset - 8) }
    return instant
  }

  fileprivate mutating func readSession() throws(ByteCodingError) -> Session {
    var session = Session(lastUsed: try readInstant())
    guard try readFlag() else { return session }
    let sequence = try readSequenceNumber()
    session.last = Session.Answer(sequence: sequence, result: try readResult())
    return session
  }
}

import Determinism

/// A state as it was at some time, and how much of it was encoded already (Raft §7 has snapshots made while new updates go
/// on, by copy-on-write).
package struct FrozenState: Sendable {
  private let version: UInt8
  private let logTime: WallInstant
  private let sessions: SessionTable
  private let store: KeyTable
  /// How many bytes it comes to in all.
  package let byteCount: Int
  /// What comes next: the beginning, the sessions, how many keys there are, the keys.
  private var place = 0
  private var key = KeyTable.Place()

  init(
    version: UInt8, logTime: WallInstant, sessions: SessionTable, store: KeyTable, storeBytes: Int
  ) {
    self.version = version
    self.logTime = logTime
    self.sessions = sessions
    self.store = store
    byteCount = sessions.values.reduce(KeyValueLimits.snapshotHeaderBytes + storeBytes) { $0 + 8 + $1.encodedBytes }
  }

  private var isDone: Bool { place > 1 + sessions.count + store.count }

  /// Encodes what comes next: at least so many bytes, and a session or a key with its value more at the most; or the rest.
  package mutating func encode(byteCount least: Int, into bytes: inout [UInt8]) {
    var writer = ByteWriter(reservingCapacity: min(least, byteCount))
    while writer.count < least, !isDone {
      writePlace(to: &writer)
      place += 1
    }
    bytes += writer.bytes
  }

  private mutating func writePlace(to writer: inout ByteWriter) {
    if place == 0 {
      writer.write(version)
      writer.write(logTime.nanoseconds)
      writer.write(UInt32(sessions.count))
    } else if place <= sessions.count {
      writer.write(sessions.keys[place - 1].rawValue)
      writer.write(session: sessions.values[place - 1])
    } else if place > sessions.count + 1, let (key, value) = store.next(after: &key) {
      writer.write(lengthPrefixed: key.bytes)
      writer.write(lengthPrefixed: value)
    } else {
      writer.write(UInt32(store.count))
    }
  }
}

extension ByteWriter {
  /// Writes when it was used last, a flag, and what it answered last if it ever did.
  fileprivate mutating func write(session: Session) {
    write(session.lastUsed.nanoseconds)
    guard let last = session.last else { return write(UInt8(0)) }
    write(UInt8(1))
    write(last.sequence.rawValue)
    write(result: last.result)
  }
}

extension Session {
  /// How many bytes `ByteWriter.write(session:)` makes of it.
  fileprivate var encodedBytes: Int {
    guard let last else { return 8 + 1 }
    let resultBytes: Int =
      switch last.result {
      case .done, .swapped, .refused: 1
      case .mismatch(nil): 1 + 1
      case .mismatch(let seen?): 1 + 1 + 4 + seen.count
      }
    return 8 + 1 + 8 + resultBytes
  }
}

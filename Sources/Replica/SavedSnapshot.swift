import KeyValue
import Raft

/// A snapshot that is being written.
struct SavedSnapshot: Sendable {
  /// It holds its state as far as that was made.
  private(set) var snapshot: Snapshot
  /// Makes the rest of it, of a snapshot of this server's own.
  private var state: FrozenState?
  /// How long the state is, and how much of it was written.
  let stateBytes: Int
  private var written = 0
  private var isBegun = false

  /// A leader's, which is there.
  init(_ arrived: Snapshot) {
    snapshot = arrived
    stateBytes = arrived.bytes.count
  }

  /// One of this server's own, which `description` describes without the state.
  init(of state: FrozenState, _ description: Snapshot) {
    snapshot = description
    snapshot.bytes.reserveCapacity(state.byteCount)
    self.state = state
    stateBytes = state.byteCount
  }

  var isWritten: Bool { isBegun && written == stateBytes }

  /// Of the state the next bytes to be written, so many at the most.
  mutating func nextPart(limit: Int) -> ArraySlice<UInt8> {
    let end = min(stateBytes, written + limit)
    if snapshot.bytes.count < end { state?.encode(byteCount: end - snapshot.bytes.count, into: &snapshot.bytes) }
    // The state it was made of need not be kept.
    if snapshot.bytes.count == stateBytes { state = nil }
    defer { (written, isBegun) = (end, true) }
    return snapshot.bytes[written..<end]
  }
}

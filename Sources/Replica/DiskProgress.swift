import Determinism
import Raft

/// What a server keeps on its disk, and the messages that wait for it.
struct DiskProgress: Sendable {
  /// Messages for other servers that may wait; further ones are dropped, as a network may.
  static let maxHeldMessages = 4_096

  /// A message that leaves when so many of the storage's changes are durable.
  private struct Held: Sendable {
    var envelope: Ready.Envelope
    var changes: UInt64
  }

  var storage: Storage
  /// In increasing order of changes; those before `firstHeld` have left.
  private var held: [Held] = []
  private var firstHeld = 0

  init(storage: Storage) {
    self.storage = storage
  }

  /// Keeps a message back until everything written so far is durable.
  mutating func hold(_ envelope: Ready.Envelope, isForSelf: Bool) {
    guard isForSelf || held.count - firstHeld < Self.maxHeldMessages else { return }
    held.append(Held(envelope: envelope, changes: storage.changes))
  }

  /// The next message whose time has come, in order.
  mutating func nextDeparture() -> Ready.Envelope? {
    guard firstHeld < held.count, held[firstHeld].changes <= storage.durableChanges else {
      if firstHeld == held.count { held.clear() }
      if !held.isEmpty, firstHeld > 0 { held.removeSubrange(..<firstHeld) }
      firstHeld = 0
      return nil
    }
    defer { firstHeld += 1 }
    return held[firstHeld].envelope
  }
}

import Determinism
import Raft

/// What a server keeps on its disk, and the messages that wait for it.
struct DiskProgress: Sendable {
  /// Messages for other servers that may wait; further ones are dropped, as a network may.
  static let maxHeldMessages = 4_096

  /// A message that leaves when so many of the storage's changes are durable.
  private struct Held: Sendable {
    /// `nil` once it has left.
    var envelope: Ready.Envelope?
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
  mutating func hold(_ envelope: consuming Ready.Envelope, isForSelf: Bool) {
    guard isForSelf || held.count - firstHeld < Self.maxHeldMessages else { return }
    // Those that have left go when they are half of all.
    if firstHeld > 0, firstHeld * 2 >= held.count {
      held.removeSubrange(..<firstHeld)
      firstHeld = 0
    }
    held.append(Held(envelope: envelope, changes: storage.changes))
  }

  /// Whether the time of a message has come. Inlined, for a call would copy all of this.
  @inline(__always)
  var hasDeparture: Bool { firstHeld < held.count && held[firstHeld].changes <= storage.durableChanges }

  /// Takes out the next message whose time has come, in order.
  mutating func nextDeparture() -> Ready.Envelope? {
    guard hasDeparture else { return nil }
    let envelope = held[firstHeld].envelope.take()
    firstHeld += 1
    if firstHeld == held.count {
      held.clear()
      firstHeld = 0
    }
    return envelope
  }
}

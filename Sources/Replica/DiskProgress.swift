import Determinism
import Raft

/// How far the log file has got, and the messages that wait for it.
struct DiskProgress: Sendable {
  /// Messages for other servers that may wait; further ones are dropped, as a network may.
  static let maxHeldMessages = 4_096

  /// A message that leaves when the file is durable up to a length.
  private struct Held: Sendable {
    var envelope: Ready.Envelope
    var length: Int
  }

  /// The end of the file.
  var log: WriteAheadLog
  private var durableLength: Int
  /// What the sync under way will make durable.
  private var syncingLength: Int?
  /// In increasing order of length; those before `firstHeld` have left.
  private var held: [Held] = []
  private var firstHeld = 0

  /// - Parameter log: what recovery kept, all of it durable.
  init(log: WriteAheadLog) {
    self.log = log
    durableLength = log.length
  }

  /// Keeps a message back until everything appended so far is durable.
  mutating func hold(_ envelope: Ready.Envelope, isForSelf: Bool) {
    guard isForSelf || held.count - firstHeld < Self.maxHeldMessages else { return }
    held.append(Held(envelope: envelope, length: log.length))
  }

  /// The next message whose time has come, in order.
  mutating func nextDeparture() -> Ready.Envelope? {
    guard firstHeld < held.count, held[firstHeld].length <= durableLength else {
      if firstHeld > 0 {
        held.removeSubrange(..<firstHeld)
        firstHeld = 0
      }
      return nil
    }
    defer { firstHeld += 1 }
    return held[firstHeld].envelope
  }

  /// Whether a sync must be asked for now: there is something to make durable, and none is under way.
  mutating func startSync() -> Bool {
    guard syncingLength == nil, durableLength < log.length else { return false }
    syncingLength = log.length
    return true
  }

  mutating func syncFinished() {
    durableLength = syncingLength ?? durableLength
    syncingLength = nil
  }
}

import Determinism
import Scenarios

/// Frames from one server to another that have come and are not passed on yet.
///
/// Those of `queue` go in the order in which they came: `due` does not decrease along it. Those of `overtaken` go when their
/// time has come, whatever came before or after them: the next one is the last.
struct HeldFrames {
  private struct Frame {
    let bytes: [UInt8]
    let due: LocalInstant
  }

  /// The most bytes that a connection holds; what comes then is lost.
  static let maxBytes = 64 << 20

  private var queue: [Frame?] = []
  /// How many of the queue are gone.
  private var gone = 0
  private var overtaken: [Frame] = []
  private(set) var bytes = 0

  var isEmpty: Bool { !hasQueue && overtaken.isEmpty }

  /// Whether what comes now must wait for something that came before it.
  var hasQueue: Bool { gone < queue.count }

  /// When the next frame is to go.
  var nextDue: LocalInstant? {
    let first = hasQueue ? queue[gone]?.due : nil
    return [first, overtaken.last?.due].compactMap { $0 }.min()
  }

  /// Holds a frame behind those that came before it.
  ///
  /// - Returns: whether there was room.
  mutating func hold(_ frame: [UInt8], until due: LocalInstant) -> Bool {
    guard hasRoom(for: frame) else { return false }
    queue.append(Frame(bytes: frame, due: max(due, queue.last??.due ?? due)))
    return true
  }

  /// Holds a frame that others may overtake.
  ///
  /// - Returns: whether there was room.
  mutating func holdAside(_ frame: [UInt8], until due: LocalInstant) -> Bool {
    guard hasRoom(for: frame) else { return false }
    let place = overtaken.lastIndex { $0.due > due }.map { $0 + 1 } ?? 0
    overtaken.insert(Frame(bytes: frame, due: due), at: place)
    return true
  }

  private mutating func hasRoom(for frame: [UInt8]) -> Bool {
    guard bytes + frame.count <= Self.maxBytes else { return false }
    bytes += frame.count
    return true
  }

  /// Takes the next frame whose time has come.
  mutating func takeDue(at now: LocalInstant) -> [UInt8]? {
    let queued = hasQueue ? queue[gone]?.due : nil
    if let aside = overtaken.last?.due, aside <= now, queued.map({ aside < $0 }) ?? true {
      return taken(overtaken.removeLast())
    }
    guard let queued, queued <= now, let frame = queue[gone].take() else { return nil }
    defer {
      gone += 1
      if gone == queue.count || gone > 1_024, gone * 2 > queue.count {
        queue.removeFirst(gone)
        gone = 0
      }
    }
    return taken(frame)
  }

  private mutating func taken(_ frame: Frame) -> [UInt8] {
    bytes -= frame.bytes.count
    return frame.bytes
  }
}

/// What has become of the frames of a run.
package struct LinkFigures: Hashable, Sendable {
  /// Sent on to their recipient, duplicates among them.
  package var passed: UInt64 = 0
  /// Lost on a link that was cut, or by chance.
  package var dropped: UInt64 = 0
  /// Passed on later than they came.
  package var held: UInt64 = 0
  /// Sent twice.
  package var duplicated: UInt64 = 0
  /// Lost because a link held as much as it may.
  package var overflowed: UInt64 = 0
  /// The connections that servers have made.
  package var connections: UInt64 = 0
}

/// What befalls frames on a link.
struct FrameFates {
  private var draws: DiceSequence

  init(seed: UInt64) { draws = Dice(seed: seed).sequence(Purpose(rawValue: 0)) }

  /// Lets one frame be lost, or holds it, once or twice.
  mutating func decide(
    _ frame: [UInt8], under state: LinkState, at now: LocalInstant, into held: inout HeldFrames,
    _ figures: inout LinkFigures
  ) {
    guard !state.isCut, !draws.next().happens(state.loss) else { return figures.dropped += 1 }
    let isDoubled = draws.next().happens(state.duplication)
    if isDoubled { figures.duplicated += 1 }
    for _ in 0..<(isDoubled ? 2 : 1) {
      var due = now + draws.next().delay(mean: state.delay, shape: state.delayShape)
      let isOvertaken = state.hold > .zero && draws.next().happens(state.reordering)
      if isOvertaken { due = due + draws.next().within(.zero...state.hold) }
      let hasRoom = isOvertaken ? held.holdAside(frame, until: due) : held.hold(frame, until: due)
      if !hasRoom { figures.overflowed += 1 } else if due > now || state.isClogged { figures.held += 1 }
    }
  }
}

import Determinism

/// What a network may do to the bytes of a frame.
enum FrameDamage {
  /// The most bytes that are added.
  private static let mostAdded = 8

  /// Flips a bit, sets eight bytes to ones or zeros, cuts the frame off, or adds bytes to it. It is another frame then.
  static func damage(_ frame: inout [UInt8], by draws: inout DiceSequence) {
    let sent = frame
    let place = draws.next().below(frame.count)
    switch draws.next().below(8) {
    case 0: for offset in place..<min(place + 8, frame.count) { frame[offset] = 0xFF }
    case 1: for offset in place..<min(place + 8, frame.count) { frame[offset] = 0 }
    case 2: frame.removeSubrange(place...)
    case 3:
      let added = draws.next().within(1...mostAdded)
      frame.insert(contentsOf: (0..<added).map { _ in UInt8(truncatingIfNeeded: draws.next().bits) }, at: place)
    default: frame[place] ^= 1 << UInt8(draws.next().below(8))
    }
    if frame == sent { frame[place] ^= 1 }
  }
}

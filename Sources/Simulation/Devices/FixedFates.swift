import Determinism
import Scenarios

/// What the scenario fixes of single messages.
struct FixedFates: Sendable {
  private var fates = LookupTable<UInt64, FixedFate>()

  /// - Parameter content: the digest of what a message is about, by which `SimulatedNetwork` draws.
  init(_ messages: [MessageOverride], content: (MessageKey) -> UInt64) {
    for message in messages {
      fates[Self.digest(content(message.message), message.message.occurrence)] = message.fate
    }
  }

  /// The fate of a message, if it is fixed.
  func fate(of content: UInt64, occurrence: UInt64) -> FixedFate? { fates[Self.digest(content, occurrence)] }

  private static func digest(_ content: UInt64, _ occurrence: UInt64) -> UInt64 {
    var digest = StableDigest(resuming: content)
    digest.combine(occurrence)
    return digest.value
  }
}

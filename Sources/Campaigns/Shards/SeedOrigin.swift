import Determinism
import Glibc

/// Where a campaign begins that was given no range of seeds.
package enum SeedOrigin: Hashable, Sendable {
  /// At a seed that somebody has named.
  case seed(UInt64)
  /// At one made from a text, such as a commit's id: the same for the same text, on every machine.
  case text(String)
  /// At that of a day, counted from 1970-01-01: no two days run the same seeds.
  case day(UInt64)

  /// A day has so many seeds to itself, and so has a text.
  private static let seedsPerBlock: UInt64 = 1_000_000
  /// Blocks of texts are so many: their seeds end far below the last one that there is.
  private static let textBits: UInt64 = 40

  /// The day of this moment.
  ///
  /// - Parameter seconds: since 1970-01-01, UTC; no time before it.
  package static func day(atSecond seconds: Int) -> SeedOrigin { .day(UInt64(max(0, seconds)) / 86_400) }

  /// The present day, UTC.
  package static var today: SeedOrigin { day(atSecond: time(nil)) }

  /// The first seed.
  package var firstSeed: UInt64 {
    switch self {
    case .seed(let seed): seed
    case .text(let text): Self.block(of: text) * Self.seedsPerBlock
    case .day(let day): day * Self.seedsPerBlock
    }
  }

  private static func block(of text: String) -> UInt64 {
    var digest = StableDigest()
    digest.combine(text)
    return digest.value >> (UInt64(UInt64.bitWidth) - textBits)
  }

  /// Where it comes from, as a clause behind the first seed.
  package var reason: String {
    switch self {
    case .seed: "as asked"
    case .text(let text): "made from \"\(text.printable(columns: 60))\""
    case .day(let day): "a million seeds for each day since 1970, this is day \(Int(clamping: day).grouped)"
    }
  }
}

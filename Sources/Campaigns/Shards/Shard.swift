/// A part of a campaign: which of its seeds one of several machines runs.
///
/// A seed belongs to the shard that its remainder names, so that shards need not know of each other, and together run each
/// seed once.
package struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// Which part, from 0; below `total`.
  package let index: UInt64
  /// Of how many parts, at least one.
  package let total: UInt64

  /// A part of so many.
  package init(index: UInt64, total: UInt64) {
    precondition(index < total, "there is no shard \(index) of \(total)")
    (self.index, self.total) = (index, total)
  }

  /// All of a campaign.
  package static let whole = Shard(index: 0, total: 1)

  /// Whether the shard runs this seed.
  package func contains(_ seed: UInt64) -> Bool { seed % total == index }

  /// The first seed of the shard that is not below this one; `nil` if there is none.
  package func seed(from first: UInt64) -> UInt64? {
    let remainder = first % total
    let (seed, overflows) = first.addingReportingOverflow(
      index >= remainder ? index - remainder : total - remainder + index)
    return overflows ? nil : seed
  }

  /// How many of these seeds it runs; `nil` if those are 2^64.
  package func count(in seeds: SeedRange) -> UInt64? {
    guard let first = seed(from: seeds.first), first <= seeds.last else { return 0 }
    let (count, overflows) = ((seeds.last - first) / total).addingReportingOverflow(1)
    return overflows ? nil : count
  }

  /// As it is typed: `2/8`.
  package var description: String { "\(index)/\(total)" }
}

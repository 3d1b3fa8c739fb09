/// Seeds that follow each other: at least one, and up to the last one that there is.
package struct SeedRange: Hashable, Sendable {
  /// The first and the last of them.
  package let first: UInt64
  package let last: UInt64

  /// All from `first` to `last`, both included.
  package init(_ first: UInt64, through last: UInt64) {
    precondition(first <= last, "no seed lies from \(first) to \(last)")
    (self.first, self.last) = (first, last)
  }

  /// How many there are; `nil` if all 2^64.
  package var count: UInt64? {
    let (count, overflows) = (last - first).addingReportingOverflow(1)
    return overflows ? nil : count
  }

  /// The same without an end; `nil` if the last seed that there is belongs to it.
  package var halfOpen: Range<UInt64>? { last == .max ? nil : first..<last + 1 }
}

import Histories

extension Subhistory {
  /// The order that came with the history, if it explains every answer and respects real time. It is replayed like any
  /// other: nothing of it is believed, and one that fails says nothing.
  ///
  /// An operation stands at its place; at the same place, those that change something before those that only look, and
  /// else as they were called.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends it as an order that fails.
  /// - Returns: the offsets of the operations in their order; `nil` if some operation that took effect has no place, or
  ///   the order fails.
  /// - Complexity: O(n log n), and O(n) where places rise with the calls; strings aside.
  package func confirmedGivenOrder(
    _ specification: SequentialSpecification, shouldStop: () -> Bool = { false }
  ) -> [Int32]? {
    guard let order = givenOrder(), !shouldStop(), isConfirmed(by: order, specification, shouldStop: shouldStop)
    else { return nil }
    return order
  }

  /// One operation with all that its place hangs on.
  private struct Placed: Comparable {
    let place: Int64
    /// What only looks comes behind what changes something.
    let rank: UInt64

    var offset: Int32 { Int32(truncatingIfNeeded: rank) }

    static func < (one: Placed, other: Placed) -> Bool {
      one.place != other.place ? one.place < other.place : one.rank < other.rank
    }
  }

  private func givenOrder() -> [Int32]? {
    guard history.hasGivenOrder else { return nil }
    var placed: [Placed] = []
    placed.reserveCapacity(operations.count)
    var isSorted = true
    for (offset, operation) in operations.enumerated() where operation.kind != .fail {
      guard let place = history.givenPlace(of: operation) else {
        // What nobody knows to have happened need not have.
        if operation.kind == .ok { return nil }
        continue
      }
      let next = Placed(place: place, rank: (operation.onlyLooks ? 1 << 32 : 0) | UInt64(offset))
      if let last = placed.last, next < last { isSorted = false }
      placed.append(next)
    }
    if !isSorted { placed.sort() }
    return placed.map(\.offset)
  }
}

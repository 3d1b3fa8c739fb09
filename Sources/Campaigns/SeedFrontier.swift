/// The seeds of a campaign by their places: handed out in order, answered in any, and counted in order again. So what is
/// counted is the same however many are run at once.
struct SeedFrontier {
  /// How many may be handed out that are not counted: behind one that takes long, others go on for so long.
  static let maxOpen = 10_000

  /// How many are counted.
  private(set) var counted: UInt64
  /// Those behind them; `nil` while one is under way.
  private var ends: [SeedEnd?] = []
  /// Of these, those at the beginning are counted already.
  private var taken = 0

  /// - Parameter counted: how many are counted already.
  init(counted: UInt64 = 0) { self.counted = counted }

  /// The place that is handed out next; `nil` while there are too many.
  var next: UInt64? { ends.count - taken < Self.maxOpen ? counted + UInt64(ends.count - taken) : nil }
  /// How many are handed out and not counted.
  var open: Int { ends.count - taken }

  /// What became of seeds that are not counted.
  var uncounted: [SeedEnd] { ends[taken...].compactMap(\.self) }

  /// Hands out the next place.
  mutating func handOut() { ends.append(nil) }

  /// Takes note of what became of a place.
  mutating func set(_ end: SeedEnd, at place: UInt64) { ends[taken + Int(place - counted)] = end }

  /// Counts the next one, if it is there.
  mutating func count() -> SeedEnd? {
    guard taken < ends.count, let end = ends[taken] else { return nil }
    ends[taken] = nil
    taken += 1
    counted += 1
    if taken == Self.maxOpen {
      ends.removeFirst(taken)
      taken = 0
    }
    return end
  }
}

/// What a draw is for. Draws for different purposes are independent; each room names its own.
@frozen
public struct Purpose: Hashable, Sendable {
  /// Tells it apart from all others.
  public let rawValue: UInt64

  /// The purpose of that number.
  @inlinable
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// Keyed, counter-based randomness: a draw is a pure function of (seed, purpose, content key, occurrence).
///
/// There is no stream to share, so removing one thing from a run leaves every other draw as it was.
@frozen
public struct Dice: Hashable, Sendable {
  /// The number that decides everything.
  public let seed: UInt64
  /// What every draw starts from.
  @usableFromInline let start: StableDigest

  /// The dice of one seed.
  @inlinable
  public init(seed: UInt64) {
    self.seed = seed
    start = StableDigest(start: seed)
  }

  /// The draw that belongs to these four.
  ///
  /// - Parameters:
  ///   - key: says what the draw is about by its content, never by how many draws came before.
  ///   - occurrence: tells apart draws of one purpose and key.
  @inlinable
  public func draw(_ purpose: Purpose, _ key: UInt64, occurrence: UInt64 = 0) -> Draw {
    var digest = start
    digest.combine(purpose.rawValue)
    digest.combine(key)
    digest.combine(occurrence)
    return Draw(bits: digest.value)
  }

  /// Draws number 0, 1, 2, … of one purpose and key, for whoever needs several in a row.
  @inlinable
  public func sequence(_ purpose: Purpose, _ key: UInt64 = 0) -> DiceSequence {
    var start = start
    start.combine(purpose.rawValue)
    start.combine(key)
    return DiceSequence(start: start)
  }
}

/// 64 random bits and the ways of reading them.
@frozen
public struct Draw: Hashable, Sendable {
  /// All of them.
  public let bits: UInt64

  /// The draw with these bits.
  @inlinable
  public init(bits: UInt64) {
    self.bits = bits
  }

  /// A number from 0 to `bound` − 1; the bound is at least 1.
  @inlinable
  public func below(_ bound: Int) -> Int {
    precondition(bound > 0, "there is no number below \(bound)")
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number of the range, both ends included.
  @inlinable
  public func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// A duration of the range, both ends included.
  @inlinable
  public func within(_ range: ClosedRange<Duration>) -> Duration {
    let width = range.upperBound.nanoseconds - range.lowerBound.nanoseconds
    return range.lowerBound + .nanoseconds(Int64(below(Int(width) + 1)))
  }

  /// Whether an event of this chance happens.
  @inlinable
  public func happens(_ chance: Ratio) -> Bool {
    below(Int(chance.denominator)) < Int(chance.numerator)
  }

  /// An exponentially distributed duration, at most about 7 times its mean.
  public func exponential(mean: Duration) -> Duration {
    let place = Int(bits >> 56)
    let low = UInt64(ExponentialQuantiles.table[place])
    let high = UInt64(ExponentialQuantiles.table[place + 1])
    // The upper byte picks the step of the table, the next 16 bits the point between its ends.
    let quantile = low + (high - low) * (bits >> 40 & 0xFFFF) / 65_536
    let product = UInt64(max(0, mean.nanoseconds)).multipliedFullWidth(by: quantile)
    return .nanoseconds(Int64(product.high << 48 | product.low >> 16))
  }
}

/// The draws of one purpose and key, one after the other.
@frozen
public struct DiceSequence: Sendable {
  /// What every draw of these starts from.
  @usableFromInline let start: StableDigest
  @usableFromInline var occurrence: UInt64 = 0

  @usableFromInline
  init(start: StableDigest) {
    self.start = start
  }

  /// The next draw.
  @inlinable
  public mutating func next() -> Draw {
    defer { occurrence += 1 }
    var digest = start
    digest.combine(occurrence)
    return Draw(bits: digest.value)
  }

  /// One of the elements, each as likely as the others.
  @inlinable
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[next().below(elements.count)]
  }

  /// One of the elements, each as likely as its weight says; the weights are not negative and not all zero.
  @inlinable
  public mutating func pick<Element>(weighted elements: [(element: Element, weight: Int)]) -> Element {
    var remaining = next().below(elements.reduce(0) { $0 + $1.weight })
    for (element, weight) in elements.dropLast() {
      if remaining < weight { return element }
      remaining -= weight
    }
    return elements[elements.count - 1].element
  }

  /// A duration of the range such that each doubling is as likely as the others: most are short, and some are long.
  ///
  /// - Parameter range: above zero.
  public mutating func logarithmic(_ range: ClosedRange<Duration>) -> Duration {
    precondition(range.lowerBound > .zero, "\(range) has no logarithm at its start")
    var doublings = 0
    while range.lowerBound * (1 << Int64(doublings)) < range.upperBound { doublings += 1 }
    guard doublings > 0 else { return range.lowerBound }
    let low = range.lowerBound * (1 << Int64(next().below(doublings)))
    return next().within(low...min(low * 2, range.upperBound))
  }

  /// The elements in a random order.
  @inlinable
  public mutating func permute<Element>(_ elements: [Element]) -> [Element] {
    var permuted = elements
    for last in stride(from: permuted.count - 1, to: 0, by: -1) {
      permuted.swapAt(last, next().below(last + 1))
    }
    return permuted
  }
}

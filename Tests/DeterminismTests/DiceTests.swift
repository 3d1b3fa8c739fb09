import Testing

@testable import Determinism

@Suite("Keyed randomness")
struct DiceTests {
  private let dice = Dice(seed: 42)
  private let purpose = Purpose(rawValue: 1)

  @Test("The same seed, purpose, key and occurrence give the same draw; another of any gives another")
  func keyed() {
    let draw = dice.draw(purpose, 7, occurrence: 3)
    #expect(draw == Dice(seed: 42).draw(Purpose(rawValue: 1), 7, occurrence: 3))
    let others = [
      Dice(seed: 43).draw(purpose, 7, occurrence: 3), dice.draw(Purpose(rawValue: 2), 7, occurrence: 3),
      dice.draw(purpose, 8, occurrence: 3), dice.draw(purpose, 7, occurrence: 4), dice.draw(purpose, 3, occurrence: 7),
    ]
    #expect(Set(others + [draw]).count == 6)
  }

  @Test("The first draws of a few keys stay what they are: recorded seeds depend on them")
  func golden() {
    #expect(dice.draw(purpose, 0).bits.hexadecimal == "5ffba243e37b8529")
    #expect(dice.draw(purpose, 1, occurrence: 2).bits.hexadecimal == "ca12b1088fe478e9")
  }

  @Test("Draws for different purposes, keys or occurrences are independent: their bits agree half the time")
  func independent() {
    var agreements = [0, 0, 0]
    for key in 0..<1_000 as Range<UInt64> {
      let draw = dice.draw(purpose, key).bits
      let others = [
        dice.draw(Purpose(rawValue: 2), key).bits, dice.draw(purpose, key &+ 1).bits,
        dice.draw(purpose, key, occurrence: 1).bits,
      ]
      for (place, other) in others.enumerated() { agreements[place] += (~(draw ^ other)).nonzeroBitCount }
    }
    // 64,000 fair coins: 32,000, give or take 127; five times that is asked.
    for agreement in agreements { #expect((31_360...32_640).contains(agreement)) }
  }

  @Test("A sequence is the draws by their occurrence")
  func sequence() {
    var sequence = dice.sequence(purpose, 5)
    for occurrence in 0..<10 as Range<UInt64> {
      #expect(sequence.next() == dice.draw(purpose, 5, occurrence: occurrence))
    }
  }

  @Test("Numbers stay within their bounds and reach all of them")
  func bounds() {
    var below = Set<Int>()
    var within = Set<Int>()
    for key in 0..<500 as Range<UInt64> {
      let draw = dice.draw(purpose, key)
      below.insert(draw.below(6))
      within.insert(draw.within(-2...3))
      #expect(draw.below(1) == 0)
      #expect(draw.within(Duration.seconds(1)...Duration.seconds(1)) == .seconds(1))
      let span = draw.within(Duration.zero...Duration.nanoseconds(2))
      #expect(span >= .zero && span <= .nanoseconds(2))
    }
    #expect(below == Set(0...5))
    #expect(within == Set(-2...3))
    #expect(Draw(bits: .max).below(10) == 9 && Draw(bits: 0).below(10) == 0)
  }

  @Test("A chance comes true as often as it says, 0 never and 1 always")
  func chances() {
    var hits = 0
    for key in 0..<10_000 as Range<UInt64> {
      let draw = dice.draw(purpose, key)
      hits += draw.happens(Ratio(1, 4)) ? 1 : 0
      #expect(!draw.happens(.zero) && draw.happens(Ratio(3, 3)))
    }
    // 2,500, give or take 43.
    #expect((2_280...2_720).contains(hits))
  }

  @Test("Exponential delays have their mean, are never negative, and end at about seven times it")
  func exponential() {
    var sum: Int64 = 0
    var longest = Duration.zero
    let mean = Duration.milliseconds(10)
    for key in 0..<20_000 as Range<UInt64> {
      let delay = dice.draw(purpose, key).exponential(mean: mean)
      #expect(delay >= .zero)
      sum += delay.nanoseconds
      longest = max(longest, delay)
    }
    #expect((9_500_000...10_500_000).contains(sum / 20_000))
    #expect(longest > .milliseconds(50) && longest <= .milliseconds(70))
    #expect(Draw(bits: .max).exponential(mean: .seconds(1_000_000_000)) < .seconds(7_000_000_000))
    #expect(Draw(bits: .max).exponential(mean: .nanoseconds(-5)) == .zero)
  }

  @Test("The quantiles never go down")
  func quantiles() {
    let table = ExponentialQuantiles.table
    #expect(table.count == 257)
    #expect(zip(table, table.dropFirst()).allSatisfy { $0 < $1 })
    // Half of the distribution lies below ln 2 = 0.693147.
    #expect(table[128] == UInt32(693_147 * ExponentialQuantiles.unit / 1_000_000))
  }

  @Test("A permutation holds what it was given, and every order comes up")
  func permutations() {
    var sequence = dice.sequence(purpose, 9)
    var orders = Set<[Int]>()
    for _ in 0..<200 {
      let order = sequence.permute([1, 2, 3])
      #expect(order.sorted() == [1, 2, 3])
      orders.insert(order)
      #expect([4, 5].contains(sequence.pick([4, 5])))
    }
    #expect(orders.count == 6)
    #expect(sequence.permute([Int]()).isEmpty)
  }
}

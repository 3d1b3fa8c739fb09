/// How often something happened in independent trials, and what that says of how often it does.
package struct Proportion: Hashable, Sendable {
  /// How often it happened.
  package let successes: Int
  /// How often it could have.
  package let trials: Int

  /// - Precondition: no more successes than trials.
  package init(_ successes: Int, of trials: Int) {
    precondition((0...trials).contains(successes), "\(successes) of \(trials) trials cannot have succeeded")
    self.successes = successes
    self.trials = trials
  }

  /// The share of the trials; 0 where there were none.
  package var value: Double { trials == 0 ? 0 : Double(successes) / Double(trials) }

  /// Where the true share lies with a confidence of 95% (Wilson 1927): also where nothing happened, or always something.
  package var interval: ClosedRange<Double> {
    guard trials > 0 else { return 0...1 }
    let (count, square) = (Double(trials), Self.deviations * Self.deviations)
    let scale = 1 + square / count
    let middle = (value + square / (2 * count)) / scale
    let spread = value * (1 - value) / count + square / (4 * count * count)
    let half = Self.deviations * spread.squareRoot() / scale
    return max(0, middle - half)...min(1, middle + half)
  }

  /// After how many trials it has happened in half of all cases: ln 2 / p, and at least one; `nil` if it never did.
  package var medianTrials: Double? {
    successes == 0 ? nil : max(1, Self.naturalLogarithmOfTwo / value)
  }

  /// As many standard deviations as 95% of a normal distribution lie within.
  private static let deviations = 1.959_963_984_540_054
  private static let naturalLogarithmOfTwo = 0.693_147_180_559_945_3
}

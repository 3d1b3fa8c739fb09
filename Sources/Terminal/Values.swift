import Determinism

// What options mean. Every reader names the option, what it found and what it expected.
extension Arguments {
  /// A whole number of this range.
  package func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let bounds =
        range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
      throw UsageError("\(name) is \"\(text)\"; expected a whole number, \(bounds).")
    }
    return number
  }

  /// Some whole numbers of this range, with commas between them.
  package func numbers(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> [Int]? {
    guard let text = value(name) else { return nil }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { (word) throws(UsageError) in
      guard let number = Int(word), range.contains(number) else {
        throw UsageError(
          "\(name) names \"\(word)\"; expected whole numbers from \(range.lowerBound) to \(range.upperBound), as in 1,4."
        )
      }
      return number
    }
  }

  /// A span of time with its unit: `500ms`, `30s`, `50m`, `2h`.
  package func duration(_ name: String) throws(UsageError) -> Duration? {
    guard let text = value(name) else { return nil }
    let units: [(suffix: String, length: Duration)] = [
      ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3_600)),
    ]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
      let count = Int64(text.dropLast(unit.suffix.count)), count > 0
    else {
      throw UsageError("\(name) is \"\(text)\"; expected a time above zero with its unit: 500ms, 30s, 50m or 2h.")
    }
    let (nanoseconds, overflows) = unit.length.nanoseconds.multipliedReportingOverflow(by: count)
    guard !overflows, nanoseconds <= Self.longestTime.nanoseconds else {
      throw UsageError("\(name) is \"\(text)\"; expected at most \(Self.longestHours)h.")
    }
    return .nanoseconds(nanoseconds)
  }

  /// Longer than anybody waits, and so short that sums of times do not overflow.
  private static let longestHours: Int64 = 10_000
  private static let longestTime = Duration.seconds(3_600) * longestHours

  /// A size in bytes with its unit: `64K`, `512M`, `2G`.
  package func size(_ name: String) throws(UsageError) -> Int? {
    guard let text = value(name) else { return nil }
    let units: [(suffix: String, shift: Int)] = [("K", 10), ("M", 20), ("G", 30)]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
      let count = Int(text.dropLast()), count > 0, count < 1 << 20
    else { throw UsageError("\(name) is \"\(text)\"; expected a size with its unit: 64K, 512M or 2G.") }
    return count << unit.shift
  }

  /// One of a few names.
  package func choice<Name: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Name.Type
  ) throws(UsageError) -> Name? where Name.RawValue == String {
    guard let text = value(name) else { return nil }
    guard let choice = Name(rawValue: text) else {
      let known = Name.allCases.map(\.rawValue)
      throw UsageError(
        "\(name) is \"\(text)\"; expected one of \(known.joined(separator: ", "))."
          + Suggestion.clause(for: text, among: known))
    }
    return choice
  }

  /// Some of a few names, with commas between them.
  package func choices<Name: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Name.Type
  ) throws(UsageError) -> [Name]? where Name.RawValue == String {
    guard let words = value(name)?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) else {
      return nil
    }
    let known = Name.allCases.map(\.rawValue)
    if let word = words.first(where: { !known.contains($0) }) {
      throw UsageError(
        "\(name) names \"\(word)\"; expected some of \(known.joined(separator: ","))."
          + Suggestion.clause(for: word, among: known))
    }
    return Name.allCases.filter { words.contains($0.rawValue) }
  }
}

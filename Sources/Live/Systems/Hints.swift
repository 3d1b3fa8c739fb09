import Determinism

/// What is said behind a name that is none.
enum Hints {
  /// `; did you mean "server"?`, or something else if nothing is near.
  static func clause(for typed: String, among known: [String], otherwise: String = "") -> String {
    Suggestion.name(for: typed, among: known).map { "; did you mean \"\($0)\"?" } ?? otherwise
  }

  /// `"a", "b" or "c"`.
  static func choice(among values: [String]) -> String {
    let quoted = values.map { $0.quoted(columns: 60) }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
    return "\(quoted.dropLast().joined(separator: ", ")) or \(last)"
  }
}

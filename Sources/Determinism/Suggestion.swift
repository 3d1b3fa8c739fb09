/// Finds what somebody may have meant.
package enum Suggestion {
  /// The name that is nearest to what was typed, if any is near.
  package static func name(for typed: String, among known: [String]) -> String? {
    // Nobody has meant a name by so much.
    guard typed.utf8.count <= 100 else { return nil }
    let near = known.map { (name: $0, distance: distance(typed, $0)) }.min { $0.distance < $1.distance }
    guard let near, near.distance <= max(1, near.name.count / 3) else { return nil }
    return near.name
  }

  /// ` Did you mean "--seeds"?`, or nothing.
  package static func clause(for typed: String, among known: [String]) -> String {
    name(for: typed, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
  }

  /// How many characters must be put in, taken out or replaced to make one of the other.
  package static func distance(_ one: String, _ other: String) -> Int {
    let target = Array(other)
    var row = Array(0...target.count)
    for (line, character) in one.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, wanted) in target.enumerated() {
        let replaced = diagonal + (character == wanted ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[target.count]
  }
}

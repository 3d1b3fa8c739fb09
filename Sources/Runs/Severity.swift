/// How a run, a check or many of them ended, from good to bad: of several, the worst counts.
package enum Severity: Int, Codable, Comparable, Hashable, Sendable {
  /// Everything checked held.
  case pass
  /// A limit was reached before there was an answer.
  case undecided
  /// Something broke.
  case violation
  /// The same scenario gave two different runs.
  case nondeterminism
  /// The program contradicts itself.
  case internalError

  /// By how bad they are.
  package static func < (one: Severity, other: Severity) -> Bool { one.rawValue < other.rawValue }
}

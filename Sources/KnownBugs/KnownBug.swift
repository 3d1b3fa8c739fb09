import Replica

/// A mistake that real systems have made, as one override of one rule.
///
/// A bug changes rules only: the scenario of a seed is the same with and without it.
package struct KnownBug: Sendable {
  /// By what a mistake is noticed.
  package enum Effect: String, Hashable, Sendable, CaseIterable {
    /// Clients see a history that is not linearizable.
    case history
    /// An invariant of the cluster breaks.
    case invariant
    /// A node stops on its own check.
    case stop
  }

  /// Says what it does wrong; unique.
  package let name: String
  /// One sentence for people.
  package let mistake: String
  /// What brings it out.
  package let trigger: String
  /// By what it may be noticed, most telling first.
  package let effects: [Effect]
  /// Systems that had it.
  package let seenIn: String
  /// The paper's rules but for one.
  package let rules: RuleSet

  /// The bug of this name.
  package static func named(_ name: String) -> KnownBug? {
    catalogue.first { $0.name == name }
  }
}

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
    /// The cluster makes no progress though nothing stands in its way.
    case progress
    /// A node stops on its own check.
    case stop
  }

  /// Effects that were seen beside those to be expected.
  package struct Further: Sendable {
    package let effects: [Effect]
    /// Why the mistake has them here, in one sentence.
    package let reason: String

    /// An invariant.
    static let seenInside = Further(
      effects: [.invariant], reason: "What leads there is seen before anything comes of it.")
  }

  /// How small a run that shows a mistake can be made: half of all seeds that catch it must shrink to no more.
  package struct Bound: Sendable {
    package let nodes: Int
    package let faults: Int
    package let operations: Int
    /// Why it takes more than is usual, in one sentence.
    package let reason: String?

    /// Three nodes, three faults, four operations: enough for most mistakes.
    package static let usual = Bound(nodes: 3, faults: 3, operations: 4, reason: nil)

    /// Whoever changes members needs servers that come and go, and changes that count as faults.
    static let changing = Bound(
      isOfChanges: true, nodes: 5, faults: 4, operations: 4, reason: "Servers come and go, and each change is a fault.")

    /// Whether it is that of changes of members.
    fileprivate let isOfChanges: Bool

    init(isOfChanges: Bool = false, nodes: Int = 3, faults: Int = 3, operations: Int = 4, reason: String?) {
      self.isOfChanges = isOfChanges
      (self.nodes, self.faults, self.operations, self.reason) = (nodes, faults, operations, reason)
    }
  }

  /// Says what it does wrong; unique.
  package let name: String
  /// One sentence for people.
  package let mistake: String
  /// What brings it out.
  package let trigger: String
  /// What it led to in the systems that had it.
  package let effects: [Effect]
  /// What else it leads to here.
  package let further: Further?
  /// How small a run that shows it can be made.
  package let bound: Bound
  /// Whether only a cluster whose members change, or whose leadership is transferred, shows it: then it is looked for in such
  /// scenarios.
  package var takesChanges: Bool { bound.isOfChanges }
  /// Systems that had it.
  package let seenIn: String
  /// The rule that it overrides, as in `RaftRules.mayVote`.
  package let rule: String
  /// The paper's rules but for that one.
  package let rules: RuleSet

  init(
    _ name: String, _ mistake: String, trigger: String, effects: [Effect], further: Further? = nil,
    bound: Bound = .usual, seenIn: String, rule: String, _ rules: RuleSet
  ) {
    (self.name, self.mistake, self.trigger, self.effects) = (name, mistake, trigger, effects)
    (self.further, self.bound, self.seenIn, self.rule, self.rules) = (further, bound, seenIn, rule, rules)
  }

  /// Everything by which it counts as caught.
  package var allEffects: [Effect] { effects + (further?.effects ?? []) }

  /// Whether clients are to notice it, with nobody looking at the servers.
  package var isSeenByClients: Bool { effects.contains(.history) }

  /// The bug of this name.
  package static func named(_ name: String) -> KnownBug? {
    catalogue.first { $0.name == name }
  }
}

/// A mistake that is known and not in the catalogue.
package struct BugLeftOut: Sendable {
  /// Says what it does wrong.
  package let name: String
  /// One sentence for people.
  package let mistake: String
  /// Systems that had it.
  package let seenIn: String
  /// Why it cannot be built here, or does nothing.
  package let reason: String
}

import Determinism
import Histories
import Linearizability
import Scenarios
import Traces

/// A failing run with all that its story is made of.
package struct FailingRun: Sendable {
  package var scenario: Scenario
  /// With its whole trace.
  package var outcome: RunOutcome
  package var signature: FailureSignature
  /// Why no order explains what the clients saw, if none does.
  package var counterexample: Counterexample?
  /// The few operations from which that follows, if they are known.
  package var essence: Essence?
  /// The name and the mistake of the known bug that is switched on.
  package var bug: (name: String, mistake: String)?
  /// What the run was shrunk from, if it was.
  package var shrinking: ShrinkingSummary?
  /// What happens without each thing that is left.
  package var certificate: [CertificateLine]
  /// What the run leads to when it is not stopped at its failure: what came of the same scenario, drawn out until the
  /// damage was done, and the place of its first event that the run itself does not have.
  package var sequel: (scenario: Scenario, outcome: RunOutcome, from: Int)?
  /// The program and its version.
  package var program: String
  /// What to type to see the same again.
  package var replay: String
  /// What to type to see what it leads to, if that is saved.
  package var sequelReplay: String?

  package init(
    scenario: Scenario, outcome: RunOutcome, signature: FailureSignature, counterexample: Counterexample?,
    essence: Essence? = nil, bug: (name: String, mistake: String)? = nil, shrinking: ShrinkingSummary? = nil,
    certificate: [CertificateLine] = [], sequel: (scenario: Scenario, outcome: RunOutcome, from: Int)? = nil,
    program: String,
    replay: String, sequelReplay: String? = nil
  ) {
    (self.scenario, self.outcome, self.signature, self.counterexample) = (scenario, outcome, signature, counterexample)
    (self.essence, self.bug, self.shrinking) = (essence, bug, shrinking)
    (self.certificate, self.sequel) = (certificate, sequel)
    (self.program, self.replay, self.sequelReplay) = (program, replay, sequelReplay)
  }
}

/// How large a run is. Wherever nodes, operations and faults of a run are counted, they are counted so.
///
/// How the network and the clocks are from the start to the end (jitter, loss, drift) is a setting of the scenario and no
/// fault.
package struct RunSize: Codable, Hashable, Sendable {
  /// Servers.
  package var nodes: Int
  /// Operations that clients called, whether they were answered or not.
  package var operations: Int
  /// Faults that took hold of something: one that found nobody to hit, or that begins behind the end, does not count.
  package var faults: Int
  /// Messages that reached a running server.
  package var deliveries: Int

  /// Of a scenario that was run, up to its failure: there the story ends.
  package init(of scenario: Scenario, _ outcome: RunOutcome) {
    self.init(ofAllOf: scenario, outcome)
    guard let extent = outcome.failure?.extent else { return }
    (operations, faults, deliveries) = (extent.operations, extent.faults, extent.deliveries)
  }

  /// Of a scenario that was run, with what came behind its failure if the run went on.
  package init(ofAllOf scenario: Scenario, _ outcome: RunOutcome) {
    nodes = scenario.cluster.nodes
    operations = outcome.statistics.operations
    faults = outcome.faults.count
    deliveries = outcome.statistics.messagesDelivered
  }

  /// `3 nodes, 12 operations, 1 fault`.
  package var text: String {
    [Words.count(nodes, "node"), Words.count(operations, "operation"), Words.count(faults, "fault")]
      .joined(separator: ", ")
  }

  package init(nodes: Int, operations: Int, faults: Int, deliveries: Int) {
    (self.nodes, self.operations, self.faults, self.deliveries) = (nodes, operations, faults, deliveries)
  }
}

/// What was shrunk to what.
package struct ShrinkingSummary: Hashable, Sendable {
  package var before: RunSize
  package var after: RunSize
  /// How many scenarios were run for it.
  package var trials: Int
  /// By the wall clock; `nil` in what is saved, for it differs from run to run.
  package var time: Duration?
  /// Why it ended.
  package var end: ShrinkingEnd
  /// Other failures that were met on the way, each by a seed's scenario of its own.
  package var otherFailures: [FailureSignature]

  package init(
    before: RunSize, after: RunSize, trials: Int, time: Duration? = nil, end: ShrinkingEnd = .minimal,
    otherFailures: [FailureSignature] = []
  ) {
    (self.before, self.after, self.trials, self.time) = (before, after, trials, time)
    (self.end, self.otherFailures) = (end, otherFailures)
  }
}

/// What happens without one thing that is left.
package struct CertificateLine: Codable, Hashable, Sendable {
  /// What a thing is.
  package enum Kind: String, CodedAsWord, Hashable, Sendable {
    case node, fault, operation, election, setting, message, loss
  }

  /// `nil` in a case of version 2 of the format, which did not say it.
  package var kind: Kind?
  /// The thing, as it is called in the story: `n3`, `the partition at 120 ms`, `c1's put x = 2`.
  package var thing: String
  /// What becomes of the run without it: `linearizable`, `invariant/ElectionSafety`, `undecided`, `refused: ...`.
  package var without: String
  /// Whether the run fails without it all the same, and is no smaller.
  package var isReplaceable: Bool
  /// Of a loss: the message that must not arrive.
  package var message: MessageKey?

  package init(_ kind: Kind, thing: String, without: String, isReplaceable: Bool, message: MessageKey? = nil) {
    (self.kind, self.thing, self.without) = (kind, thing.bounded, without.bounded)
    (self.isReplaceable, self.message) = (isReplaceable, message)
  }

  /// In version 2 of a case's format these words stood for `isReplaceable`.
  static let replaceableInVersion2 = "fails all the same, and is no smaller"

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    kind = try fields.decodeIfPresent(Kind.self, forKey: .kind)
    thing = try fields.decode(String.self, forKey: .thing)
    without = try fields.decode(String.self, forKey: .without)
    isReplaceable =
      try fields.decodeIfPresent(Bool.self, forKey: .isReplaceable) ?? (without == Self.replaceableInVersion2)
    message = try fields.decodeIfPresent(MessageKey.self, forKey: .message)
  }
}

extension ShrinkingSummary {
  /// Which other failures were met.
  var otherFailuresText: String {
    let kind = otherFailures.count == 1 ? "a failure of its own" : "failures of their own"
    return "met on the way, \(kind): \(Words.list(otherFailures.map(\.description)))"
  }
}

extension FailingRun {
  /// What stands above the certificate.
  var certificateTitle: String {
    CertificateLine.title(of: certificate, isMinimal: shrinking.map { $0.end == .minimal } ?? true)
  }

  /// The messages that must not arrive: without their losses the run does not fail.
  var neededLosses: [MessageKey] { certificate.compactMap(\.message) }
}

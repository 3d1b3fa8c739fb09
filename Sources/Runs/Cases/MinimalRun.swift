import Determinism
import Histories
import Judging
import Reporting
import Scenarios
import Shrinking
import Traces

/// A failing run made as small as it gets.
package struct MinimalRun: Sendable {
  /// A run that fails in another way than the one that is shrunk.
  package struct OtherFailure: Sendable {
    package let signature: FailureSignature
    package let run: Run
    package let eventHash: UInt64
  }

  /// Of the minimal run, with its trace.
  package let report: RunReport
  /// What it leads to, if that is known.
  package let sequel: Sequel?
  /// What it was made from, and what shows that nothing more can go.
  package let minimality: CaseFile.Minimality
  /// One for each other failure that was met on the way.
  package let otherFailures: [OtherFailure]
  /// Whether nothing that is left can be left out.
  package let isCertified: Bool
  /// Of the minimal run.
  package var size: RunSize { minimality.after }
  /// How much of the minimal run's weather is not calm; with the nodes that stay away in the calm.
  package let weather: Int
  /// Whether there are more nodes, faults or operations than in the run that it was made from.
  package let hasGrown: Bool
  /// By the wall clock.
  package let time: Duration

  /// The case to be saved.
  package var caseFile: CaseFile { CaseFile(report, minimality: minimality) }

  /// Shrinks a run.
  ///
  /// - Parameters:
  ///   - report: of the run, which failed.
  ///   - earlier: what the run itself was made from, if a shrinking was interrupted there.
  ///   - threads: how many scenarios are tried at once; they change nothing about the result.
  ///   - shouldStop: asked again and again, on any thread; `true` ends it with the smallest run so far.
  ///   - afterEach: called whenever there is a smaller one.
  /// - Throws: if the run, made again, does not do the same.
  package init(
    of report: RunReport, continuing earlier: CaseFile.Minimality? = nil, threads: Int = Workers.cores,
    shouldStop: @escaping @Sendable () -> Bool = { false },
    afterEach: @escaping (ScenarioShrinker.Progress) -> Void = { _ in }
  ) throws(ScenarioShrinker.Refusal) {
    guard let signature = report.signature else { throw .differs(expected: .linearizability, found: .held) }
    let watch = Stopwatch()
    let shrinker = ScenarioShrinker(bench: report.run.bench(for: signature, threads: threads, shouldStop: shouldStop))
    let shrunk = try shrinker.shrink(
      report.run.scenario, failingWith: signature, eventHash: report.outcome.eventHash, shouldStop: shouldStop,
      progress: afterEach)
    var run = report.run
    run.scenario = shrunk.scenario
    let minimal = run.traced()
    (self.report, sequel) = (minimal, Sequel(of: minimal))
    otherFailures = shrunk.otherFailures.map { other in
      var run = report.run
      run.scenario = other.scenario
      return OtherFailure(signature: other.signature, run: run, eventHash: run.simulate().outcome.eventHash)
    }
    isCertified = shrunk.isCertified
    let (before, after) = (shrunk.before, shrunk.after)
    weather = after.faults - minimal.outcome.faults.count
    hasGrown = after.nodes > before.nodes || after.faults > before.faults || after.operations > before.operations
    var minimality = CaseFile.Minimality(shrunk, of: report, to: minimal)
    if let earlier {
      minimality.before = earlier.before
      minimality.trials = min(minimality.trials + earlier.trials, CaseFile.Minimality.maxFigure)
      minimality.unshrunkEventHash = earlier.unshrunkEventHash
    }
    self.minimality = minimality
    time = watch.elapsed
  }
}

extension CaseFile.Minimality {
  fileprivate init(_ shrunk: ShrunkScenario, of found: RunReport, to minimal: RunReport) {
    let members = NodeID.first(shrunk.scenario.cluster.nodes)
    let callers = Callers(shrunk.scenario, shrunk.trial.outcome?.history)
    self.init(
      before: RunSize(of: found.run.scenario, found.outcome), after: RunSize(of: minimal.run.scenario, minimal.outcome),
      trials: shrunk.trials, isComplete: !shrunk.wasInterrupted,
      certificate: shrunk.certificate.map {
        CertificateLine($0, begun: minimal.outcome.faults, members: members, callers)
      },
      otherFailures: shrunk.otherFailures.map(\.signature.description).sorted(),
      unshrunkEventHash: found.outcome.eventHash.hexadecimal)
  }
}

extension CertificateLine {
  fileprivate init(_ certified: Certified, begun: [BegunFault], members: [NodeID], _ callers: Callers) {
    let (kind, thing): (Kind, String) =
      switch certified.thing {
      case .node(let node): (.node, "\(node)")
      case .fault(let fault):
        (.fault, Self.name(of: fault, begun: begun.first { $0.id == fault.id }, members: members))
      case .operation(let operation, let client):
        (.operation, Self.name(of: operation, client: callers.process(of: operation, client)))
      case .election(let election): (.election, Self.name(of: election))
      case .setting(let setting, let value): (.setting, "\(setting) (\(value))")
      case .delivery(let message): (.message, Self.name(of: message))
      case .loss(let message): (.loss, Self.name(ofLossOf: message))
      }
    let without =
      switch (certified.need, certified.onCorrectRules) {
      case (.replaceable, _): "fails all the same, and is no smaller"
      case (.neededByFault, _): "fails, with a fault that takes hold only because of the bug"
      case (.neededByLoss, _): "fails, but only because a message that is lost takes the place of a fault"
      case (_, .failed(let signature)?):
        "no failure of the bug, for the correct rules fail, too (\(signature))"
      case (_, let correct?): "\(certified.without.told); on the correct rules: \(correct.told)"
      case (_, nil):
        if case .failed(let other) = certified.without {
          "fails in another way, \(other)"
        } else {
          certified.without.told
        }
      }
    var lost: MessageKey?
    if case .loss(let message) = certified.thing { lost = message }
    self.init(
      kind, thing: thing, without: without, isReplaceable: certified.need == .replaceable, message: lost)
  }
}

/// Under which identity a client has called an operation: it takes a new one when an earlier call may still take effect.
private struct Callers {
  private let scenario: Scenario
  private let operations: [Operation]

  init(_ scenario: Scenario, _ history: History?) {
    self.scenario = scenario
    operations = history?.operations() ?? []
  }

  /// The process of the history; the client's own number if it never came to this operation.
  func process(of operation: PlannedOperation, _ client: Int) -> Int {
    let clients = scenario.workload.clients
    guard let place = clients[client].operations.firstIndex(where: { $0.id == operation.id }) else { return client }
    let called = operations.filter { $0.process % clients.count == client }
    return place < called.count ? called[place].process : client
  }
}

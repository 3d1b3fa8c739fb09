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
  /// How much of the minimal run's weather is not calm; with the nodes that do not heal in the calm.
  package let weather: Int
  /// By the wall clock.
  package let time: Duration

  /// The case to be saved.
  package var caseFile: CaseFile { CaseFile(report, minimality: minimality) }

  /// Shrinks a run.
  ///
  /// - Parameters:
  ///   - report: of the run, which failed.
  ///   - earlier: what the run itself was made from, if a shrinking was ended there.
  ///   - budget: how much work it may be.
  ///   - threads: how many scenarios are tried at once; they change nothing about the result.
  ///   - shouldStop: asked again and again, on any thread; `true` ends it with the smallest run so far.
  ///   - afterEach: called whenever there is a smaller one.
  /// - Throws: if the run, made again, does not do the same.
  package init(
    of report: RunReport, continuing earlier: CaseFile.Minimality? = nil, budget: ShrinkingBudget = .usual,
    threads: Int = Workers.cores, shouldStop: @escaping @Sendable () -> Bool = { false },
    afterEach: @escaping (ScenarioShrinker.Progress) -> Void = { _ in }
  ) throws(ScenarioShrinker.Refusal) {
    let watch = Stopwatch()
    let shrunk = try report.shrunk(budget: budget, threads: threads, shouldStop: shouldStop, afterEach: afterEach)
    self.init(shrunk, of: report, continuing: earlier, since: watch)
  }

  /// What came of shrinking a run, made again with its trace.
  ///
  /// - Parameter watch: started when the shrinking was.
  init(
    _ shrunk: ShrunkScenario, of report: RunReport, continuing earlier: CaseFile.Minimality?, since watch: Stopwatch
  ) {
    var run = report.run
    run.scenario = shrunk.scenario
    let minimal = run.traced()
    self.report = minimal
    // Whoever stopped it does not wait for that.
    sequel = shrunk.end == .stopped ? nil : Sequel(of: minimal)
    otherFailures = shrunk.otherFailures.map { other in
      var run = report.run
      run.scenario = other.scenario
      return OtherFailure(signature: other.signature, run: run, eventHash: other.eventHash)
    }
    isCertified = shrunk.isCertified
    weather = shrunk.after.faults - minimal.outcome.faults.count
    minimality = CaseFile.Minimality(shrunk, of: report, to: minimal.outcome, continuing: earlier)
    time = watch.elapsed
  }
}

extension RunReport {
  /// The smallest scenario that fails as the run did, which failed; the parameters are those of `MinimalRun`.
  func shrunk(
    budget: ShrinkingBudget, threads: Int = Workers.cores, shouldStop: @escaping @Sendable () -> Bool,
    afterEach: @escaping (ScenarioShrinker.Progress) -> Void
  ) throws(ScenarioShrinker.Refusal) -> ShrunkScenario {
    guard let signature else { throw .differs(expected: .linearizability, found: .held) }
    let bench = run.bench(for: signature, threads: threads, shouldStop: shouldStop)
    return try ScenarioShrinker(bench: bench, budget: budget).shrink(
      run.scenario, failingWith: signature, eventHash: outcome.eventHash, shouldStop: shouldStop, progress: afterEach)
  }
}

extension CaseFile {
  /// The case of what came of shrinking a run, with what its clients saw, before any of it is told; `nil` if that is not
  /// known.
  static func untold(
    _ shrunk: ShrunkScenario, of report: RunReport, continuing earlier: Minimality?
  ) -> (saved: CaseFile, history: History)? {
    guard let signature = report.signature, var outcome = shrunk.trial.outcome else { return nil }
    var run = report.run
    run.scenario = shrunk.scenario
    // Where clients see what it means, the failure is named after that.
    if case .linearizability = signature { outcome.failure = nil }
    outcome.history.header = run.historyHeader
    let minimality = Minimality(shrunk, of: report, to: outcome, continuing: earlier)
    let saved = CaseFile(run, failingWith: signature, eventHash: outcome.eventHash, minimality: minimality)
    return (saved, outcome.history)
  }
}

extension CaseFile.Minimality {
  /// - Parameters:
  ///   - found: the run that was shrunk, and `outcome` what came of the smallest one.
  ///   - earlier: what the former was made from itself, if it is no seed's.
  fileprivate init(
    _ shrunk: ShrunkScenario, of found: RunReport, to outcome: RunOutcome, continuing earlier: CaseFile.Minimality?
  ) {
    let members = NodeID.first(shrunk.scenario.cluster.nodes)
    let callers = Callers(shrunk.scenario, shrunk.trial.outcome?.history)
    self.init(
      before: earlier?.before ?? RunSize(of: found.run.scenario, found.outcome),
      after: RunSize(of: shrunk.scenario, outcome),
      trials: min(shrunk.trials + (earlier?.trials ?? 0), Self.maxFigure), isComplete: shrunk.end == .minimal,
      isBudgetUsedUp: shrunk.end == .budgetUsedUp ? true : nil,
      certificate: shrunk.certificate.map { CertificateLine($0, begun: outcome.faults, members: members, callers) },
      otherFailures: shrunk.otherFailures.map(\.signature.description).sorted(),
      unshrunkEventHash: earlier?.unshrunkEventHash ?? found.outcome.eventHash.hexadecimal)
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

import Determinism
import Histories
import Scenarios
import Traces

/// A shrinking under way: the smallest scenario so far, and all that was tried.
///
/// A pass asks for candidates to be tried in order, and the first one that is acceptable is taken. Several of them are tried
/// at once; what comes out is the same as if they were tried one after the other.
struct ShrinkSession {
  /// The smallest scenario so far, and its run.
  struct Best: Sendable {
    var scenario: Scenario
    var trial: Trial
    var outcome: RunOutcome
    var measure: ScenarioMeasure
    /// When the failure was there to be seen, once somebody has asked.
    var failedAt: Duration?
  }

  /// What is remembered of a scenario that was tried.
  struct Finding: Sendable {
    var verdict: Trial.Verdict
    var onCorrectRules: Trial.Verdict?
    /// `nil` unless it fails in the same way, and holds on the correct rules.
    var measure: ScenarioMeasure?
    /// How many of its faults take hold only because of the bug.
    var idleFaults = 0
    /// How much work its run was.
    var work = 0
    /// The identity of its run.
    var eventHash: UInt64 = 0
    /// Whether messages are lost in it that make a fault needless.
    var takesFaultsPlace = false
    /// Whether it counts: not if it was only tried because the bench had room for it.
    var isCounted = false
  }

  let signature: FailureSignature
  private let bench: TrialBench
  let shouldStop: () -> Bool
  private let progress: (ScenarioShrinker.Progress) -> Void
  private(set) var best: Best
  /// How many scenarios were tried.
  private(set) var trials = 1
  /// The first scenario of every other failure.
  private(set) var others: [ShrunkScenario.OtherFailure] = []
  private(set) var isStopped = false
  /// What is being done.
  var pass = ""
  /// Whether the first of many things are taken away first, rather than the last.
  var takesFirstThingsFirst = false
  private let budget: ShrinkingBudget
  /// How much work the trials were, and up to how much may be done now.
  private var work = 0
  private var allowance: Int
  /// Up to how much work there is time to spare.
  private var retryBudget = 0
  private var findings = LookupTable<Scenario, Finding>()
  /// How many scenarios were tried when all findings were last forgotten, and for how many more they are remembered.
  private var forgottenAt = 0
  private var memory: Int { max(500, 500_000 / max(50, best.scenario.operationPlaces.count)) }
  /// The smallest that was told.
  private var told: ScenarioMeasure?

  init(
    _ best: Best, signature: FailureSignature, bench: TrialBench, budget: ShrinkingBudget,
    shouldStop: @escaping () -> Bool, progress: @escaping (ScenarioShrinker.Progress) -> Void
  ) {
    (self.best, self.signature, self.bench, self.budget) = (best, signature, bench, budget)
    (self.shouldStop, self.progress) = (shouldStop, progress)
    allowance = budget.search
  }

  var isLiveness: Bool { if case .liveness = signature { true } else { false } }
  /// Whether the run ends where it shall: behind the failure, or with the calm that a failure of progress takes.
  var hasEnd: Bool { isLiveness || !best.scenario.keepsCalm }
  /// Whether nothing more is tried.
  var isOver: Bool { isStopped || work >= budget.events }

  /// When the failure of the best was there to be seen.
  mutating func failedAt() -> Duration {
    if let known = best.failedAt { return known }
    let at = best.outcome.failedAt(shouldStop: shouldStop)
    best.failedAt = at
    return at
  }

  /// When all was there that the failure of the best takes, but for the calm where progress is missing.
  mutating func end() -> Duration { min(failedAt(), best.scenario.stormEnd) }

  /// Tries candidates in their order and takes the first that is acceptable.
  ///
  /// - Parameter candidate: one by its number, the same whenever it is asked for; `nil` if there is none.
  /// - Returns: the number of the one that was taken.
  mutating func takeFirst(of count: Int, _ candidate: (Int) -> Scenario?) -> Int? {
    takeFirst(of: count, below: best.measure, candidate)
  }

  private mutating func takeFirst(
    of count: Int, below limit: ScenarioMeasure?, _ candidate: (Int) -> Scenario?
  ) -> Int? {
    var next = 0
    if trials >= forgottenAt + memory { (findings, forgottenAt) = (LookupTable(), trials) }
    while next < count, work < allowance {
      // What is known already costs nothing; what is not goes to the bench, as much as there is room for.
      var batch: [(number: Int, scenario: Scenario)] = []
      var unknown: [Scenario] = []
      while next < count, unknown.count < batchSize {
        if let scenario = candidate(next), scenario != best.scenario {
          if findings[scenario] == nil, !unknown.contains(scenario) { unknown.append(scenario) }
          batch.append((next, scenario))
        }
        next += 1
      }
      guard !batch.isEmpty else { continue }
      guard let tried = tryAll(unknown, below: limit) else { return nil }
      for item in batch {
        guard work < allowance else { return nil }
        guard findings[item.scenario] != nil else {
          // It stands behind one that the bench took for acceptable.
          next = item.number
          break
        }
        guard let measure = note(item.scenario), limit.map({ measure < $0 }) ?? true else { continue }
        guard faultsAreNeeded(in: item.scenario) else {
          findings[item.scenario]?.takesFaultsPlace = true
          continue
        }
        // Its run may be forgotten: then it is made once more.
        let trial = tried.first { $0.scenario == item.scenario }?.trial ?? bench(item.scenario)
        guard let outcome = trial.outcome else { continue }
        best = Best(scenario: item.scenario, trial: trial, outcome: outcome, measure: measure)
        tell()
        return item.number
      }
    }
    return nil
  }

  /// How many scenarios are tried in a row without a look at what came of them.
  private var batchSize: Int { bench.width == 1 ? 1 : 8 * bench.width }

  /// Tries scenarios of which nothing is known, up to the first at least that is acceptable.
  ///
  /// - Returns: `nil` if somebody has ended it.
  private mutating func tryAll(
    _ scenarios: [Scenario], below limit: ScenarioMeasure?
  ) -> [(scenario: Scenario, trial: Trial)]? {
    if isStopped || shouldStop() {
      isStopped = true
      return nil
    }
    let signature = signature
    let trials = bench(scenarios) { scenario, trial in
      guard let measure = Finding(scenario, trial, signature).measure else { return false }
      return limit.map { measure < $0 } ?? true
    }
    let tried = zip(scenarios, trials).compactMap { scenario, trial in trial.map { (scenario: scenario, trial: $0) } }
    for item in tried { findings[item.scenario] = Finding(item.scenario, item.trial, signature) }
    return tried
  }

  /// Unless the first of some scenarios is known, tries those of which nothing is, as much as there is room for: whoever asks
  /// for them one by one need not wait for each.
  mutating func lookAhead(at scenarios: some Sequence<Scenario>) {
    var unknown: [Scenario] = []
    for scenario in scenarios {
      if findings[scenario] == nil, !unknown.contains(scenario) {
        unknown.append(scenario)
      } else if unknown.isEmpty {
        return
      }
      if unknown.count >= batchSize { break }
    }
    _ = tryAll(unknown, below: best.measure)
  }

  /// Tells of the best, if it is the smallest so far.
  private mutating func tell() {
    guard told.map({ best.measure < $0 }) ?? true else { return }
    told = best.measure
    progress(.init(pass: pass, size: ScenarioSize(best.scenario, best.outcome), trials: trials))
  }

  /// Tries candidates in their order and takes the first that is acceptable. - Returns: whether one was.
  @discardableResult
  mutating func takeFirst(of candidates: [Scenario]) -> Bool {
    takeFirst(of: candidates.count) { candidates[$0] } != nil
  }

  /// Goes on from the first of some scenarios that fails as it should, however large it is. - Returns: whether one does.
  mutating func takeFirstFailing(of starts: [Scenario]) -> Bool {
    takeFirst(of: starts.count, below: nil) { starts[$0] } != nil
  }

  /// Goes on from what was the best before.
  mutating func restore(_ former: Best) { best = former }

  /// Goes one way, as long as it is worth the work.
  mutating func goOneWay(_ passes: (inout ShrinkSession) -> Void) {
    let former = allowance
    (allowance, retryBudget) = (min(former, work + budget.way), work + budget.spare)
    passes(&self)
    (allowance, retryBudget) = (former, 0)
  }

  /// Does something that few failures need, as long as there is time for it.
  mutating func spendSpareTime(on passes: (inout ShrinkSession) -> Void) {
    let former = allowance
    allowance = min(former, retryBudget)
    if work < allowance { passes(&self) }
    allowance = former
  }

  /// Does what must be done so that nothing is left that could be left out, as long as there is any budget left.
  mutating func retry(with passes: (inout ShrinkSession) -> Void) {
    let former = allowance
    allowance = budget.events
    passes(&self)
    allowance = former
  }

  /// What is known of a scenario, which is tried if need be; `nil` if it was ended before.
  mutating func finding(of scenario: Scenario) -> Finding? {
    if scenario == best.scenario { return Finding(scenario, best.trial, signature) }
    takeFirst(of: [scenario])
    return findings[scenario].flatMap { $0.isCounted ? $0 : nil }
  }

  /// Whether no fault can be left out. Asked where messages are lost: a lost message must not take a fault's place.
  private mutating func faultsAreNeeded(in scenario: Scenario) -> Bool {
    guard scenario.overrides?.messages.isEmpty == false else { return true }
    let fewer = scenario.faults.indices.map { scenario.withoutFaults($0..<$0 + 1) }
    for (place, without) in fewer.enumerated() {
      while findings[without] == nil {
        let unknown = fewer[place...].filter { findings[$0] == nil }
        guard tryAll(Array(unknown.prefix(batchSize)), below: nil) != nil else { return false }
      }
      if note(without) != nil { return false }
    }
    return true
  }

  /// Takes note of a candidate whose turn has come. - Returns: its measure, if it fails as it should.
  private mutating func note(_ scenario: Scenario) -> ScenarioMeasure? {
    guard var finding = findings[scenario] else { return nil }
    if !finding.isCounted {
      finding.isCounted = true
      findings[scenario] = finding
      if case .refused = finding.verdict { return nil }
      trials += 1
      work += finding.work
      if case .failed(let other) = finding.verdict, other != signature, !other.letsRunGoOn,
        !others.contains(where: { $0.signature == other })
      {
        others.append(.init(signature: other, scenario: scenario, eventHash: finding.eventHash))
      }
    }
    return finding.measure
  }
}

extension ShrinkSession.Finding {
  fileprivate init(_ scenario: Scenario, _ trial: Trial, _ signature: FailureSignature) {
    (verdict, onCorrectRules, work) = (trial.verdict, trial.onCorrectRules?.verdict, trial.work)
    eventHash = trial.outcome?.eventHash ?? 0
    let holdsOtherwise = trial.onCorrectRules.map { $0.verdict == .held } ?? true
    guard trial.verdict == .failed(signature), holdsOtherwise, let outcome = trial.outcome else { return }
    measure = ScenarioMeasure(scenario, trial, outcome)
    idleFaults = trial.idleFaults
  }
}

// MARK: Taking away

extension ShrinkSession {
  /// Takes away as many of some things as can be: all, halves, quarters and so on, down to one at a time; the last ones
  /// first, for less hangs on them.
  ///
  /// - Parameters:
  ///   - things: all that there are in the present best.
  ///   - most: how many are taken away at once.
  ///   - least: fewer are not taken away at once.
  ///   - without: the scenario without some of them; `nil` if there is none.
  mutating func takeAway<Things: RandomAccessCollection>(
    _ things: (Best) -> Things, atOnce most: Int = .max, downTo least: Int = 1,
    without: (Best, Things.SubSequence) -> Scenario?
  ) where Things.Index == Int {
    var present = things(best)
    var size = min(most, present.count)
    while size >= least, !isOver {
      var end = present.count
      while end > 0, !isOver {
        let pieces = (end + size - 1) / size
        let best = best
        let isTurned = takesFirstThingsFirst
        let all = present
        func piece(_ number: Int) -> Range<Int> {
          let piece = max(0, end - (number + 1) * size)..<(end - number * size)
          return isTurned ? all.count - piece.upperBound..<all.count - piece.lowerBound : piece
        }
        guard let taken = takeFirst(of: pieces, { without(best, all[piece($0)]) }) else { break }
        present = things(self.best)
        end = min(max(0, end - (taken + 1) * size), present.count)
      }
      size = size == 1 ? 0 : (min(size, max(1, present.count)) + 1) / 2
    }
  }

  /// Goes from thing to thing and gives each a try at being simpler, again as long as that succeeds.
  mutating func simplifyEach(_ count: (Best) -> Int, _ candidates: (Best, Int) -> [Scenario]) {
    var place = 0
    while place < count(best), !isOver {
      // Those of the next things, too, so that the bench has enough to do.
      var all: [(place: Int, scenario: Scenario)] = []
      var end = place
      repeat {
        all += candidates(best, end).map { (end, $0) }
        end += 1
      } while end < count(best) && all.count < batchSize
      place = takeFirst(of: all.count) { all[$0].scenario }.map { all[$0].place } ?? end
    }
  }
}

import Determinism
import Histories
import Scenarios
import Traces

/// A shrinking under way: the smallest scenario so far, and all that was tried.
///
/// A pass asks for candidates to be tried in order, and the first one that is acceptable is taken. So many of them are
/// tried at once as the bench can; what comes out is the same as if they were tried one after the other.
struct ShrinkSession {
  /// The smallest scenario so far, and its run.
  struct Best: Sendable {
    var scenario: Scenario
    var trial: Trial
    var outcome: RunOutcome
    var measure: ScenarioMeasure
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
    /// Whether messages are lost in it that make a fault needless.
    var takesFaultsPlace = false
    /// Whether it counts: not if it was only tried because the bench had room for it.
    var isCounted = false
  }

  let signature: FailureSignature
  private let bench: TrialBench
  private let shouldStop: () -> Bool
  private let progress: (ScenarioShrinker.Progress) -> Void
  private(set) var best: Best
  /// How many scenarios were tried.
  private(set) var trials = 1
  /// The first scenario of every other failure.
  private(set) var others: [ShrunkScenario.OtherFailure] = []
  private(set) var isInterrupted = false
  /// What is being done.
  var pass = ""
  /// Whether the first of many things are taken away first, rather than the last.
  var takesFirstThingsFirst = false
  /// How much work the trials were, and how much may be done. Events stand for time, so that it ends the same way every time.
  private var work = 0
  private var allowance = Effort.thorough.allowance
  /// Up to how much work there is time to spare.
  private var retryBudget = 0
  private var findings = LookupTable<Scenario, Finding>()
  /// How many scenarios were tried when all findings were last forgotten, and for how many more they are remembered.
  private var forgottenAt = 0
  private var memory: Int { max(500, 500_000 / max(50, best.scenario.operationPlaces.count)) }
  /// The smallest that was told.
  private var told: ScenarioMeasure?

  init(
    _ best: Best, signature: FailureSignature, bench: TrialBench, shouldStop: @escaping () -> Bool,
    progress: @escaping (ScenarioShrinker.Progress) -> Void
  ) {
    (self.best, self.signature, self.bench) = (best, signature, bench)
    (self.shouldStop, self.progress) = (shouldStop, progress)
  }

  var isLiveness: Bool { if case .liveness = signature { true } else { false } }
  /// Whether the run ends where it shall: behind the failure, or with the calm that a failure of progress takes.
  var hasEnd: Bool { isLiveness || !best.scenario.keepsCalm }

  /// Tries candidates in their order and takes the first that is acceptable.
  ///
  /// - Parameter candidate: one by its number; `nil` if there is none. It is asked for at most once.
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
      var batch: [(number: Int, scenario: Scenario, isNew: Bool)] = []
      var room = bench.width
      while next < count, room > 0 {
        if let scenario = candidate(next), scenario != best.scenario {
          let isNew = findings[scenario] == nil && !batch.contains { $0.scenario == scenario }
          if isNew { room -= 1 }
          batch.append((next, scenario, isNew))
        }
        next += 1
      }
      guard !batch.isEmpty else { continue }
      if isInterrupted || shouldStop() {
        isInterrupted = true
        return nil
      }
      var tried = bench(batch.filter(\.isNew).map(\.scenario))[...]
      var taken: [Trial?] = []
      for item in batch {
        let trial = item.isNew ? tried.popFirst() : nil
        taken.append(trial)
        if let trial { findings[item.scenario] = finding(item.scenario, trial) }
      }
      for (item, trial) in zip(batch, taken) {
        guard work < allowance else { return nil }
        guard let measure = note(item.scenario), limit.map({ measure < $0 }) ?? true else { continue }
        guard faultsAreNeeded(in: item.scenario) else {
          findings[item.scenario]?.takesFaultsPlace = true
          continue
        }
        // Its run may be forgotten: then it is made once more.
        guard let trial = trial ?? bench([item.scenario]).first, let outcome = trial.outcome else { continue }
        best = Best(scenario: item.scenario, trial: trial, outcome: outcome, measure: measure)
        tell()
        return item.number
      }
    }
    return nil
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

  /// How much work something is worth.
  enum Effort {
    /// What is done only while there is time for it: two things at once.
    case spare
    /// One way from a scenario to a minimal one.
    case way
    /// All ways together.
    case thorough
    /// What must be done so that nothing is left that could be left out.
    case necessary

    /// In events. A million take about a second.
    fileprivate var allowance: Int {
      switch self {
      case .spare: 8_000_000
      case .way: 12_000_000
      case .thorough: 30_000_000
      case .necessary: .max
      }
    }

    /// What a run takes beside its events.
    fileprivate static var ofAnyRun: Int { 200 }
  }

  /// Goes one way, as long as it is worth the work.
  mutating func goOneWay(_ passes: (inout ShrinkSession) -> Void) {
    let former = allowance
    (allowance, retryBudget) = (min(former, work + Effort.way.allowance), work + Effort.spare.allowance)
    passes(&self)
    (allowance, retryBudget) = (former, 0)
  }

  /// Does something that few failures need, as long as there is time for it.
  mutating func spendSpareTime(on passes: (inout ShrinkSession) -> Void) {
    let former = allowance
    allowance = min(former, retryBudget)
    passes(&self)
    allowance = former
  }

  /// Does something however much work it is.
  mutating func retry(with passes: (inout ShrinkSession) -> Void) {
    let former = allowance
    allowance = Effort.necessary.allowance
    passes(&self)
    allowance = former
  }

  /// What is known of a scenario, which is tried if need be; `nil` if it was ended before.
  mutating func finding(of scenario: Scenario) -> Finding? {
    if scenario == best.scenario { return finding(scenario, best.trial) }
    takeFirst(of: [scenario])
    return findings[scenario]
  }

  private func finding(_ scenario: Scenario, _ trial: Trial) -> Finding {
    var finding = Finding(verdict: trial.verdict, onCorrectRules: trial.onCorrectRules?.verdict)
    let runs = trial.onCorrectRules == nil ? 1 : 2
    finding.work = runs * (Effort.ofAnyRun + (trial.outcome?.statistics.events ?? 0))
    let holdsOtherwise = trial.onCorrectRules.map { $0.verdict == .held } ?? true
    if trial.verdict == .failed(signature), holdsOtherwise, let outcome = trial.outcome {
      finding.measure = ScenarioMeasure(scenario, trial, outcome)
      finding.idleFaults = trial.idleFaults
    }
    return finding
  }

  /// Whether no fault can be left out. Asked where messages are lost: a lost message must not take a fault's place.
  private mutating func faultsAreNeeded(in scenario: Scenario) -> Bool {
    guard scenario.overrides?.messages.isEmpty == false else { return true }
    for place in scenario.faults.indices {
      let without = scenario.withoutFaults(place..<place + 1)
      if findings[without] == nil, let trial = bench([without]).first { findings[without] = finding(without, trial) }
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
        others.append(.init(signature: other, scenario: scenario))
      }
    }
    return finding.measure
  }
}

// MARK: Taking away

extension ShrinkSession {
  /// Takes away as many of some things as can be: all, halves, quarters and so on, down to one at a time; the last ones
  /// first, for less hangs on them.
  ///
  /// - Parameters:
  ///   - count: how many there are in the present best.
  ///   - most: how many are taken away at once.
  ///   - without: the scenario without some of them; `nil` if there is none.
  mutating func takeAway(
    _ count: (Best) -> Int, atOnce most: Int = .max, without: (Best, Range<Int>) -> Scenario?
  ) {
    var size = min(most, count(best))
    while size >= 1, !isInterrupted {
      var end = count(best)
      while end > 0, !isInterrupted {
        let pieces = (end + size - 1) / size
        let best = best
        let isTurned = takesFirstThingsFirst
        let total = count(best)
        func piece(_ number: Int) -> Range<Int> {
          let piece = max(0, end - (number + 1) * size)..<(end - number * size)
          return isTurned ? total - piece.upperBound..<total - piece.lowerBound : piece
        }
        guard let taken = takeFirst(of: pieces, { without(best, piece($0)) }) else { break }
        end = min(max(0, end - (taken + 1) * size), count(self.best))
      }
      size = size == 1 ? 0 : (min(size, max(1, count(best))) + 1) / 2
    }
  }

  /// Goes from thing to thing and gives each a try at being simpler, again as long as that succeeds.
  mutating func simplifyEach(_ count: (Best) -> Int, _ candidates: (Best, Int) -> [Scenario]) {
    var place = 0
    while place < count(best), !isInterrupted {
      if !takeFirst(of: candidates(best, place)) { place += 1 }
    }
  }
}

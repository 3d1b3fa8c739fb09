import Determinism
import Histories
import KnownBugs
import Reporting
import Runs
import Shrinking
import Traces

/// What came of shrinking one seed that catches a bug.
package struct ShrunkSeed: Sendable {
  package let seed: UInt64
  package let signature: FailureSignature
  /// Of the smallest scenario; `nil` if the seed, run again, did not do the same.
  package let size: RunSize?
  /// How much of its weather is not calm; with the nodes that do not heal in the calm.
  package let weather: Int?
  /// Whether the smallest scenario, run and judged as any other, fails with the same signature and event hash, and holds
  /// on the correct rules.
  package let holdsSignature: Bool
  /// Whether nothing that is left can be left out.
  package let isCertified: Bool
  /// How many scenarios were run for it.
  package let trials: Int
  package let processorTime: Duration
  /// What is told or drawn of the minimal case and is not what its trace says; `nil` if that was not checked.
  package let disagreements: [StoryAgreement.Disagreement]?

  /// The minimal case and the one that it was made from, and what their clients saw, to be saved.
  private let kept: (minimal: CaseFile, history: History, unshrunk: CaseFolder.Unshrunk)?

  /// Shrinks a run that was judged and failed.
  ///
  /// - Parameters:
  ///   - checksStory: whether what is told of the minimal run is compared with its trace.
  ///   - clock: the processor time of the calling thread, on which all of it is done.
  ///   - shouldStop: `true` ends it; what was done by then is not certified.
  init(
    _ report: RunReport, failingWith signature: FailureSignature, checksStory: Bool, clock: () -> Duration,
    shouldStop: @escaping @Sendable () -> Bool
  ) {
    let start = clock()
    let minimal = try? MinimalRun(of: report, threads: 1, shouldStop: shouldStop)
    processorTime = clock() - start
    seed = report.run.scenario.seed
    self.signature = signature
    (size, weather) = (minimal?.size, minimal?.weather)
    isCertified = minimal?.isCertified ?? false
    trials = minimal?.minimality.trials ?? 1
    holdsSignature = minimal.map { Self.holds(signature, $0.report) } ?? false
    disagreements = checksStory ? minimal.flatMap(Self.disagreements) : nil
    kept = minimal.map { ($0.caseFile, $0.report.outcome.history, CaseFolder.Unshrunk(report)) }
  }

  /// What its story, its page and its steps say otherwise than its trace.
  private static func disagreements(of minimal: MinimalRun) -> [StoryAgreement.Disagreement]? {
    FailingRun(minimal.report, minimality: minimal.minimality, replay: CaseFile.replayCommand(for: "case.json"))
      .map { StoryAgreement(of: $0).disagreements }
  }

  /// Run and judged once more, and on the correct rules.
  private static func holds(_ signature: FailureSignature, _ minimal: RunReport) -> Bool {
    let again = minimal.run.simulate().judged()
    var correct = minimal.run
    correct.bug = nil
    return again.signature == signature && again.outcome.eventHash == minimal.outcome.eventHash
      && (minimal.run.bug == nil || correct.simulate().judged().verdict == .linearizable)
  }

  /// Saves the minimal case, if there is one, and what it was made from in a folder of the bug's and in that one of the
  /// seed's.
  func save(in directory: String) throws(FileProblem) {
    guard let kept else { return }
    let folder = CaseFolder(of: seed, family: kept.minimal.run.bug?.name, in: directory)
    try folder.save(kept.minimal, kept.history, madeFrom: kept.unshrunk)
  }
}

/// What came of shrinking all seeds that catch one bug.
package struct ShrinkFigures: Sendable {
  package let bug: KnownBug
  /// In the order of their seeds.
  package let seeds: [ShrunkSeed]

  init(_ bug: KnownBug, _ seeds: [ShrunkSeed]) {
    (self.bug, self.seeds) = (bug, seeds)
  }

  package var heldSignatures: Int { seeds.count(where: \.holdsSignature) }
  package var certified: Int { seeds.count(where: \.isCertified) }
  /// How many minimal cases are told as their traces say.
  package var agreeing: Int { seeds.count { $0.disagreements?.isEmpty ?? false } }

  /// The median of some figure of the smallest scenarios; `nil` if there are none.
  package func median(_ figure: (RunSize) -> Int) -> Int? {
    Self.percentile(50, of: seeds.compactMap(\.size).map(figure))
  }

  /// The median of what the weather adds to the faults.
  package var medianWeather: Int? { Self.percentile(50, of: seeds.compactMap(\.weather)) }

  /// Whether the medians are no more than the bug's bound, in which weather counts like faults.
  package var isWithinBound: Bool {
    let trouble = seeds.compactMap { seed in seed.size.map { $0.faults + (seed.weather ?? 0) } }
    guard let nodes = median(\.nodes), let operations = median(\.operations),
      let faults = Self.percentile(50, of: trouble)
    else { return false }
    return nodes <= bug.bound.nodes && faults <= bug.bound.faults && operations <= bug.bound.operations
  }

  /// The least time that so many of a hundred seeds took no more than; `nil` if there are none.
  package func processorTime(percentile: Int) -> Duration? {
    Self.percentile(percentile, of: seeds.map(\.processorTime))
  }

  /// The least element that so many of a hundred are not above.
  package static func percentile<Element: Comparable>(_ percent: Int, of elements: [Element]) -> Element? {
    guard !elements.isEmpty else { return nil }
    return elements.sorted()[max(0, (elements.count * percent + 99) / 100 - 1)]
  }
}

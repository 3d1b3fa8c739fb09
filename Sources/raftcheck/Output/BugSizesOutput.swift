import Campaigns
import Determinism
import KnownBugs
import Reporting
import Runs
import Terminal

/// What is printed about how small the scenarios of known bugs get.
struct BugSizesOutput {
  /// What was asked for.
  let plan: BugHuntPlan
  /// What came of it.
  let result: BugHunt.Result

  private var rows: [ShrinkFigures] { result.figures.map(\.shrinking) }
  private var small: Int { rows.count(where: \.isWithinBound) }
  private var seeds: [ShrunkSeed] { rows.flatMap(\.seeds) }
  private var agreeing: Int { rows.reduce(0) { $0 + $1.agreeing } }

  /// Whether every minimal scenario fails as its seed did, is certified, and told as its trace says.
  var isSound: Bool { seeds.allSatisfy { $0.holdsSignature && $0.isCertified && ($0.disagreements ?? []).isEmpty } }

  // MARK: For people

  /// A row for each bug, and what is left to say.
  func lines(in layout: Layout) -> [StoryLine] {
    var table = TextTable(
      [
        .text("bug"), .number("shrunk", goes: 4), .number("nodes"), .number("faults"), .number("weather", goes: 6),
        .number("operations"), .number("messages", goes: 3), .number("bound"), .number("signature held", goes: 5),
        .number("certified", goes: 7), .number("CPU", goes: 2), .number("95%", goes: 1),
      ] + (plan.checksStories ? [.number("stories agree", goes: 8)] : []))
    for row in rows {
      let bound = row.bug.bound
      table.add(
        [
          row.bug.name, row.seeds.count.grouped, Self.cell(row.median(\.nodes)), Self.cell(row.median(\.faults)),
          Self.cell(row.medianWeather), Self.cell(row.median(\.operations)), Self.cell(row.median(\.deliveries)),
          "\(bound.nodes), \(bound.faults), \(bound.operations)", row.heldSignatures.grouped, row.certified.grouped,
          Self.cell(row.processorTime(percentile: 50)), Self.cell(row.processorTime(percentile: 95)),
        ] + (plan.checksStories ? [row.agreeing.grouped] : []), tone: row.isWithinBound ? .good : .doubtful)
    }
    let title = plan.title(
      "\(small) OF \(plan.bugs.count) WITHIN THEIR BOUNDS", isGood: small == plan.bugs.count, result)
    return layout.wrapped(title, indent: 2) + [StoryLine()] + table.lines(in: layout) + [StoryLine()]
      + notes.flatMap { layout.wrapped(StoryLine($0), indent: 2) } + disagreements(in: layout)
  }

  /// What is told otherwise than it was, a line each.
  private func disagreements(in layout: Layout) -> [StoryLine] {
    let lines = rows.flatMap { row in
      row.seeds.flatMap { seed in
        (seed.disagreements ?? []).map { StoryLine("\(row.bug.name) \(seed.seed), \($0)", .bad) }
      }
    }
    return lines.isEmpty ? [] : [StoryLine()] + lines.flatMap { layout.wrapped($0, indent: 2) }
  }

  private var notes: [String] {
    let reasons = rows.compactMap { row in row.bug.bound.reason.map { "\(row.bug.name): \($0)" } }
    let times = seeds.map(\.processorTime)
    return ["Sizes are medians; a bound is nodes, faults and weather together, operations."] + reasons + [
      "",
      "signature held   \(seeds.count(where: \.holdsSignature).grouped) of \(seeds.count.grouped)",
      "certified   \(seeds.count(where: \.isCertified).grouped) of \(seeds.count.grouped)",
    ] + (plan.checksStories ? ["stories agree   \(agreeing.grouped) of \(seeds.count.grouped)"] : []) + [
      "processor time of one   \(Self.cell(ShrinkFigures.percentile(50, of: times))), 95% of them within"
        + " \(Self.cell(ShrinkFigures.percentile(95, of: times)))",
      "wall   \(Figures.time(result.wallTime))", "version   \(Program.identity)",
    ]
  }

  private static func cell(_ number: Int?) -> String { number.map(\.grouped) ?? "-" }
  private static func cell(_ time: Duration?) -> String { time.map { Figures.time($0) } ?? "-" }

  // MARK: For programs

  /// One object, sorted keys.
  var json: String {
    JSONText.of(
      .sizes,
      TableObject(
        asOperator: plan.checks == .outside, bugs: rows.map(BugObject.init), catches: plan.catches,
        firstSeed: plan.seeds.lowerBound,
        isBlackBox: plan.checks != .all, isInterrupted: result.wasInterrupted, isSound: isSound, seeds: plan.seedCount,
        wallNanoseconds: result.wallTime.nanoseconds, withinBounds: small))
  }

  /// What `bugs run --shrink --json` prints.
  private struct TableObject: Encodable {
    let asOperator: Bool
    let bugs: [BugObject]
    let catches: Int
    let firstSeed: UInt64
    let isBlackBox: Bool
    let isInterrupted: Bool
    let isSound: Bool
    let seeds: Int
    let wallNanoseconds: Int64
    let withinBounds: Int
  }

  private struct BugObject: Encodable {
    let bound: BoundObject
    let certified: Int
    let isWithinBound: Bool
    let medianFaults: Int?
    let medianMessages: Int?
    let medianNodes: Int?
    let medianOperations: Int?
    let medianProcessorNanoseconds: Int64?
    let medianWeather: Int?
    let name: String
    let percentile95ProcessorNanoseconds: Int64?
    let shrunk: [SeedObject]
    let signatureHeld: Int
    /// Present where stories were checked.
    let storiesAgree: Int?

    init(_ row: ShrinkFigures) {
      bound = BoundObject(row.bug.bound)
      certified = row.certified
      isWithinBound = row.isWithinBound
      medianFaults = row.median(\.faults)
      medianMessages = row.median(\.deliveries)
      medianNodes = row.median(\.nodes)
      medianOperations = row.median(\.operations)
      medianProcessorNanoseconds = row.processorTime(percentile: 50)?.nanoseconds
      medianWeather = row.medianWeather
      name = row.bug.name
      percentile95ProcessorNanoseconds = row.processorTime(percentile: 95)?.nanoseconds
      shrunk = row.seeds.map(SeedObject.init)
      signatureHeld = row.heldSignatures
      storiesAgree = row.seeds.contains { $0.disagreements != nil } ? row.agreeing : nil
    }
  }

  private struct DisagreementObject: Encodable {
    let place: String
    let told: String
    let trace: String
  }

  private struct SeedObject: Encodable {
    let disagreements: [DisagreementObject]?
    let faults: Int?
    let isCertified: Bool
    let messages: Int?
    let nodes: Int?
    let operations: Int?
    let processorNanoseconds: Int64
    let seed: UInt64
    let signature: String
    let signatureHeld: Bool
    let trials: Int
    let weather: Int?

    init(_ shrunk: ShrunkSeed) {
      (nodes, faults) = (shrunk.size?.nodes, shrunk.size?.faults)
      (operations, messages) = (shrunk.size?.operations, shrunk.size?.deliveries)
      (seed, signature, trials) = (shrunk.seed, shrunk.signature.description, shrunk.trials)
      (isCertified, signatureHeld) = (shrunk.isCertified, shrunk.holdsSignature)
      weather = shrunk.weather
      disagreements = shrunk.disagreements?.map {
        DisagreementObject(place: $0.place, told: $0.told, trace: $0.found)
      }
      processorNanoseconds = shrunk.processorTime.nanoseconds
    }
  }
}

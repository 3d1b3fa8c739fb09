import Benchmarks
import Determinism
import Reporting
import Terminal

/// What came of many trials.
struct HostileSummary: Sendable {
  /// A trial that found a mistake of the program.
  struct Finding: Sendable {
    /// Of the input.
    let number: Int
    let trial: HostileTrial
    let fault: HostileFault
  }

  /// Findings that look alike.
  struct Group: Sendable {
    /// That with the lowest number.
    var first: Finding
    var count = 1

    func holds(_ other: Finding) -> Bool {
      first.trial.kind == other.trial.kind && first.trial.command == other.trial.command
        && first.fault.name == other.fault.name
    }
  }

  /// How the inputs of one kind ended.
  struct Tally: Sendable {
    let kind: HostileTrial.Kind
    /// With a verdict, or with what was asked for.
    var answered = 0
    /// Because the input made no sense.
    var refused = 0
    /// By a signal, or in any other way.
    var others = 0
  }

  private(set) var findings: [Group] = []
  private(set) var tallies = HostileTrial.Kind.allCases.map { Tally(kind: $0) }
  var time = Duration.zero

  /// How many inputs there were.
  var inputs: Int { tallies.reduce(0) { $0 + $1.answered + $1.refused + $1.others } }

  mutating func add(_ trial: HostileTrial, _ end: LimitedProcess.End, _ finding: Finding?) {
    for place in tallies.indices where tallies[place].kind == trial.kind {
      switch end.way {
      case .exited(0...4): tallies[place].answered += 1
      case .exited(64...65): tallies[place].refused += 1
      default: tallies[place].others += 1
      }
    }
    guard let finding else { return }
    if let place = findings.firstIndex(where: { $0.holds(finding) }) {
      findings[place].count += 1
      if finding.number < findings[place].first.number { findings[place].first = finding }
    } else {
      findings.append(Group(first: finding))
    }
  }

  private static let savedOfGroup = 3

  /// Whether few like it have been found.
  func isWorthSaving(_ finding: Finding) -> Bool {
    findings.first { $0.holds(finding) }.map { $0.count <= Self.savedOfGroup } ?? true
  }
}

/// What `bench hostile` prints.
struct HostileOutput: Encodable {
  private let findings: [FindingObject]
  private let inputs: Int
  private let kinds: [KindObject]
  private let seed: UInt64
  private let verdict: String
  private let wallNanoseconds: Int64

  private struct FindingObject: Encodable {
    let command: String
    let count: Int
    let fault: String
    let firstInput: Int
    let kind: String
    let typed: String
  }

  private struct KindObject: Encodable {
    let answered: Int
    let kind: String
    let others: Int
    let refused: Int
  }

  init(_ summary: HostileSummary, seed: UInt64) {
    findings = summary.findings.map {
      FindingObject(
        command: $0.first.trial.command, count: $0.count, fault: $0.first.fault.name, firstInput: $0.first.number,
        kind: $0.first.trial.kind.rawValue, typed: $0.first.trial.commandLine)
    }
    inputs = summary.inputs
    kinds = summary.tallies.map {
      KindObject(answered: $0.answered, kind: $0.kind.rawValue, others: $0.others, refused: $0.refused)
    }
    self.seed = seed
    verdict = summary.findings.isEmpty ? "nothing-found" : "found"
    wallNanoseconds = summary.time.nanoseconds
  }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    var title = findings.isEmpty ? StoryLine("NOTHING FOUND", .good) : StoryLine("FOUND", .bad)
    title.add("   seed \(seed)   \(inputs.grouped) inputs in \(Figures.time(.nanoseconds(wallNanoseconds)))")
    var table = TextTable([.text(""), .number("answered"), .number("refused"), .number("signalled or else")])
    for kind in kinds where kind.answered + kind.refused + kind.others > 0 {
      table.add([kind.kind, kind.answered.grouped, kind.refused.grouped, kind.others.grouped])
    }
    var lines = layout.wrapped(title, indent: 2) + [StoryLine()] + table.lines(in: layout)
    for finding in findings {
      let head =
        StoryLine(finding.fault, .bad)
        + StoryLine("   \(finding.kind)   \(Words.count(finding.count, "input")), first \(finding.firstInput)")
      lines += [StoryLine()] + layout.wrapped(head, indent: 2)
      lines += layout.paragraph("  ", nil, .whole(String(finding.typed.prefix(Self.typedLimit))))
    }
    return lines
  }

  /// More of a command line is not shown.
  private static let typedLimit = 300
}

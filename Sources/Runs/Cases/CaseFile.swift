import Determinism
import FoundationEssentials
import Histories
import KnownBugs
import Reporting
import Scenarios
import Traces

/// A run as it is saved: `case.json`. It replays after the generator of scenarios has changed.
package struct CaseFile: Sendable {
  /// What the run ended with.
  ///
  /// The program always writes all of it, but for the signature of a run that did not fail.
  package struct Expectation: Codable, Hashable, Sendable {
    package var verdict: String?
    package var signature: String?
    /// Sixteen hexadecimal digits.
    package var eventHash: String?
    /// The identity of the run that was saved.
    package var runHash: String?
  }

  /// What a minimal case was made from, and what shows that it is minimal.
  package struct Minimality: Codable, Hashable, Sendable {
    package var before: RunSize
    package var after: RunSize
    /// How many scenarios were run for it.
    package var trials: Int
    /// Whether nothing more can be taken away; if not, the shrinking was ended before.
    package var isComplete: Bool
    /// Whether its budget ended it; absent unless it did.
    package var isBudgetUsedUp: Bool?
    /// What happens without each thing that is left.
    package var certificate: [CertificateLine]
    /// The signatures of other failures that were met on the way.
    package var otherFailures: [String]
    /// The event hash of the run that it was made from.
    package var unshrunkEventHash: String

    /// Why the shrinking ended.
    package var end: ShrinkingEnd {
      if isComplete { .minimal } else { isBudgetUsedUp ?? false ? .budgetUsedUp : .stopped }
    }
  }

  /// The name in the file's first key.
  package static let format = "raftcheck-case"
  /// The latest version of the format that is read, and the one written. The first one knew no minimal cases; the second
  /// did not say of what kind the things of a certificate are; the third had no `contentHash`.
  package static let formatVersion = 4

  /// The version of the program that saved it: only the same version promises the same event hash.
  package let program: String?
  /// What to run.
  package let run: Run
  /// What it ended with when it was saved.
  package let expected: Expectation
  /// If it is the smallest that a shrinker found.
  package let minimality: Minimality?

  /// Whether somebody has changed the case since it was saved, so that its event hash says nothing.
  package let isEdited: Bool
  /// Whether it is known that nobody has. Versions 1 to 3 of the format only show whether the run is another one.
  private let isAsSaved: Bool

  /// How a run of the case compares with the one that was saved.
  package enum Comparison: String, Hashable, Sendable {
    /// It is the same, event for event.
    case same
    /// It is not the one that was saved.
    case edited
    /// Another version of the program saved it, and runs the scenario another way.
    case otherVersion = "other-version"
    /// It differs, and it may be that somebody has changed the case.
    case unproved
    /// It differs, though the same version saved the case as it is: only nondeterminism can be the reason.
    case differs
  }

  /// Compares a run of the case with the one that was saved.
  package func comparison(with outcome: RunOutcome) -> Comparison {
    if isEdited { return .edited }
    if outcome.eventHash.hexadecimal == expected.eventHash { return .same }
    if program != Program.version { return .otherVersion }
    return isAsSaved ? .differs : .unproved
  }

  /// What the run was made from, as far as that still holds of a run that ended so: not if it is another one by now.
  package func minimality(of report: RunReport) -> Minimality? {
    comparison(with: report.outcome) == .same ? minimality : nil
  }

  /// The case of a run that has been judged.
  package init(_ report: RunReport, minimality: Minimality? = nil) {
    program = Program.version
    run = report.run
    self.minimality = minimality
    (isEdited, isAsSaved) = (false, true)
    expected = Expectation(
      verdict: report.verdict.rawValue, signature: report.signature?.description,
      eventHash: report.outcome.eventHash.hexadecimal, runHash: report.run.identity)
  }

  /// The case of a run of which only is known how it fails.
  package init(
    _ run: Run, failingWith signature: FailureSignature, eventHash: UInt64, minimality: Minimality? = nil
  ) {
    program = Program.version
    (self.run, self.minimality) = (run, minimality)
    (isEdited, isAsSaved) = (false, true)
    expected = Expectation(
      verdict: RunVerdict(signature).rawValue, signature: signature.description, eventHash: eventHash.hexadecimal,
      runHash: run.identity)
  }

  /// The case of a run that nobody has judged.
  init(_ run: Run, expecting outcome: RunOutcome) {
    program = Program.version
    self.run = run
    minimality = nil
    (isEdited, isAsSaved) = (false, true)
    expected = Expectation(
      verdict: RunVerdict.unknown.rawValue, signature: nil, eventHash: outcome.eventHash.hexadecimal,
      runHash: run.identity)
  }

  /// The file's content: sorted keys, indented, one line feed at the end, escapes for what cannot be printed.
  package func encoded() -> [UInt8] {
    var content = Content(
      format: Self.format, version: Self.formatVersion, program: program, scenario: run.scenario, bug: run.bug?.name,
      checksInvariants: run.checks.looksInside, looksAhead: run.checks == .damage ? false : nil,
      asOperator: run.checks == .outside ? true : nil, expected: expected, minimal: minimality)
    content.contentHash = content.hash
    let text = String(decoding: CanonicalJSON.encode(content, indented: true), as: UTF8.self)
    return Array(text.printableJSON.utf8) + [0x0A]
  }

  /// How much of a file is looked at to tell whether it is a case.
  static let headingLimit = 64 << 10

  /// Whether there is a file of this name whose first object says that it is a case.
  package static func isCase(at path: String) -> Bool {
    isCase(Files.beginning(of: path, limit: headingLimit))
  }

  /// Whether these are the beginning of a case.
  static func isCase(_ beginning: [UInt8]) -> Bool { JSONSyntax.object(at: beginning, has: format, behind: "format") }

  /// The name of another format of this program's in the first object of a file: what is no history, though somebody may
  /// have taken it for one.
  package static func foreignFormat(at path: String) -> String? {
    let beginning = Files.beginning(of: path, limit: headingLimit)
    guard let value = JSONSyntax.value(at: beginning, behind: "format"), value != "\"\(HistoryHeader.format)\"" else {
      return nil
    }
    let (name, start) = (String(value.dropFirst().dropLast()), "\(Program.name)-")
    return name.hasPrefix(start) ? name : nil
  }

  /// Reads the case at this path.
  package init(at path: String) throws(FileProblem) {
    let beginning = Files.beginning(of: path, limit: Self.headingLimit)
    guard !JSONSyntax.object(at: beginning, has: HistoryHeader.format, behind: "format") else {
      throw FileProblem(.content, "\(path): is a history and no case; see `raftcheck check` and `raftcheck shrink`")
    }
    try self.init(reading: Files.read(path, limit: Files.caseLimit), path: path)
  }

  /// Reads a case.
  ///
  /// - Parameter path: the file's name, for errors.
  /// - Throws: at the first thing that is not as it should be, a scenario that cannot be run included.
  package init(reading bytes: [UInt8], path: String) throws(FileProblem) {
    let heading = try CanonicalJSON.decode(Heading.self, from: bytes, path: path)
    guard heading.format == Self.format else {
      throw FileProblem(.content, "\(path): format: expected \"\(Self.format)\", found \"\(heading.format)\"")
    }
    guard (1...Self.formatVersion).contains(heading.version) else {
      throw FileProblem(
        .content,
        "\(path): version: expected 1 to \(Self.formatVersion), the latest that this program reads, found "
          + "\(heading.version)")
    }
    do {
      if let version = heading.scenario?.scenarioVersion { try Scenario.require(version: version) }
    } catch {
      throw FileProblem(.content, "\(path): scenario: \(error)")
    }
    let content = try CanonicalJSON.decodeStrictly(Content.self, from: bytes, path: path)
    guard heading.version > 1 || content.minimal == nil else {
      throw FileProblem(.content, "\(path): minimal: expected none in a case of version 1, which knew no minimal cases")
    }
    do {
      try content.scenario.validate()
    } catch {
      throw FileProblem(.content, "\(path): scenario: \(error)")
    }
    var bug: KnownBug?
    if let name = content.bug {
      bug = KnownBug.named(name)
      guard bug != nil else {
        throw FileProblem(.content, "\(path): bug: there is no known bug \"\(name)\"; see `raftcheck bugs list`")
      }
    }
    try content.expected?.validate(path: path)
    if let hash = content.contentHash { try Self.require(digits: hash, "contentHash", path: path) }
    try content.minimal?.validate(path: path)
    program = content.program
    run = Run(scenario: content.scenario, bug: bug, checks: content.checks)
    expected = content.expected ?? Expectation()
    isAsSaved = content.contentHash == content.hash
    let isAnotherRun = expected.runHash != run.identity && (heading.version == 3 || expected.runHash != nil)
    let hasLost = heading.version > 3 || content.contentHash != nil || expected.eventHash == nil
    isEdited = isAnotherRun || hasLost && !isAsSaved
    minimality = content.minimal
  }

  /// The keys that say how to read the others.
  private struct Heading: Decodable {
    struct ScenarioHeading: Decodable {
      var scenarioVersion: Int?
    }

    var format: String
    var version: Int
    var scenario: ScenarioHeading?
  }

  private struct Content: Codable {
    var format: String
    var version: Int
    var program: String?
    var scenario: Scenario
    var bug: String?
    var checksInvariants: Bool
    /// Whether invariants that look ahead end a run, too; they do unless it is said.
    var looksAhead: Bool?
    /// Whether what an operator sees ends a run where invariants are not looked at; it does not unless it is said.
    var asOperator: Bool?
    var expected: Expectation?
    var minimal: Minimality?
    /// A digest of everything else, sixteen hexadecimal digits: whoever edits the case leaves one that does not fit.
    var contentHash: String?

    var checks: RunChecks {
      guard checksInvariants else { return asOperator ?? false ? .outside : .none }
      return looksAhead ?? true ? .all : .damage
    }

    /// What `contentHash` must be. The order of keys and the blanks between them are no matter.
    var hash: String {
      var rest = self
      rest.contentHash = nil
      var digest = StableDigest()
      digest.combine(CanonicalJSON.encode(rest))
      return digest.value.hexadecimal
    }
  }
}

extension Scenario {
  /// The scenario's identity: a digest of its canonical JSON, sixteen hexadecimal digits.
  package var identity: String {
    var digest = StableDigest()
    digest.combine(CanonicalJSON.encode(self))
    return digest.value.hexadecimal
  }
}

extension Run {
  /// The run's identity: a digest of the scenario, the bug and what ends a run, sixteen hexadecimal digits.
  package var identity: String {
    var digest = StableDigest()
    digest.combine(Array("\(scenario.identity) \(bug?.name ?? "") \(checks.word)".utf8))
    return digest.value.hexadecimal
  }
}

extension RunChecks {
  /// As it enters a run's identity.
  fileprivate var word: String {
    switch self {
    case .all: "true"
    case .damage: "damage"
    case .outside: "outside"
    case .none: "false"
    }
  }
}

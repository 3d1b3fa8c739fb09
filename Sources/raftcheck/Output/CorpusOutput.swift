import Campaigns
import Determinism
import Reporting
import Runs
import System

/// What became of a corpus, for people and as JSON.
struct CorpusOutput {
  private let corpus: Corpus
  private(set) var replays: [CorpusReplay] = []
  private(set) var problems: [FileProblem] = []

  init(_ corpus: Corpus) { self.corpus = corpus }

  /// Takes in a case that was replayed, and one that could not be.
  mutating func add(_ replay: CorpusReplay) { replays.append(replay) }
  mutating func add(_ problem: FileProblem) { problems.append(problem) }

  /// The worst that was found.
  var worst: Severity { replays.map(\.severity).max() ?? .pass }

  // MARK: For people

  /// What became of a case.
  static func lines(of replay: CorpusReplay, in layout: Layout) -> [StoryLine] {
    let (word, tone): (String, StoryTone) =
      switch replay.finding {
      case .held: ("holds", .good)
      case .undecided: ("undecided", .doubtful)
      case .fails, .contradiction: ("FAILS", .bad)
      case .notCaught: ("NOT CAUGHT", .bad)
      }
    let lines = layout.paragraph(Layout.padded(word, to: 12), tone, StoryLine(replay.entry.name))
    let more = [sentence(on: replay)] + (replay.runsOtherwise ? [otherwise] : [])
    return lines + more.compactMap(\.self).flatMap { layout.paragraph("            ", nil, StoryLine($0)) }
  }

  private static let otherwise =
    "its run is not the one that was saved, event for event: only how it ends was compared"

  private static func sentence(on replay: CorpusReplay) -> String? {
    replay.sentence.map { "\($0); \(CaseFile.replayCommand(for: replay.entry.path))" }
  }

  /// The last line.
  func summary(in layout: Layout) -> [StoryLine] {
    let bad = replays.count { $0.severity > .pass }
    let (word, tone): (String, StoryTone) =
      bad > 0 || !problems.isEmpty ? ("NOT ALL HELD", .bad) : ("ALL HELD", .good)
    var line = StoryLine(replays.isEmpty && problems.isEmpty ? "NOTHING RAN" : word, tone)
    line.add("   \(Words.count(replays.count, "case"))   \(corpus.folder)")
    if !problems.isEmpty { line.add("   unreadable \(problems.count)", .bad) }
    return layout.wrapped(line)
  }

  /// A case that was taken in.
  static func line(added entry: Corpus.Entry) -> [StoryLine] { [StoryLine("added       \(entry.path)")] }

  /// A case that could go.
  static func lines(of covered: Corpus.Covered, isRemoved: Bool, in layout: Layout) -> [StoryLine] {
    let signature = covered.entry.saved.expected.signature ?? "in some way"
    let reason =
      "\(covered.smaller.name) fails with the same bug in the same way, \(signature), and has "
      + "\(covered.smaller.size.grouped) bytes instead of \(covered.entry.size.grouped)"
    let word = isRemoved ? "removed" : "could go"
    return layout.paragraph(Layout.padded(word, to: 12), nil, StoryLine(covered.entry.name))
      + layout.paragraph("            ", nil, StoryLine(reason))
  }

  /// What goes and what stays.
  static func summary(_ covered: Int, of cases: Int, isRemoved: Bool) -> [StoryLine] {
    let stay = Words.count(cases - covered, "case")
    if covered == 0 { return [StoryLine("NOTHING TO REMOVE   \(stay)")] }
    let ending = isRemoved ? "" : "; --remove removes the others"
    let verb = cases - covered == 1 ? "is" : "are"
    return [StoryLine("\(stay) of \(cases.grouped) \(verb) \(isRemoved ? "left" : "enough")\(ending)")]
  }

  // MARK: JSON

  /// A case, as `--json` prints it.
  private struct CaseObject: Encodable {
    let bug: String?
    let expected: String?
    let finding: String
    let found: String?
    let path: String
    let runsOtherwise: Bool

    init(_ replay: CorpusReplay) {
      (bug, expected) = (replay.entry.saved.run.bug?.name, replay.entry.saved.expected.signature)
      (path, runsOtherwise) = (replay.entry.path.displayed, replay.runsOtherwise)
      (finding, found) =
        switch replay.finding {
        case .held: ("held", nil)
        case .fails(let signature): ("fails", "\(signature)")
        case .notCaught(let signature): ("not-caught", signature.map { "\($0)" })
        case .undecided: ("undecided", nil)
        case .contradiction: ("contradiction", nil)
        }
    }
  }

  private struct RunObject: Encodable {
    let cases: [CaseObject]
    let folder: String
    let problems: [String]
  }

  /// Of `corpus run`.
  var json: String {
    JSONText.of(
      .corpus,
      RunObject(
        cases: replays.map(CaseObject.init), folder: corpus.folder.displayed, problems: problems.map(\.description)))
  }

  private struct AdditionObject: Encodable {
    let added: [String]
  }

  /// Of `corpus add`.
  static func json(added: [Corpus.Entry]) -> String {
    JSONText.of(.corpusAddition, AdditionObject(added: added.map(\.path.displayed)))
  }

  private struct CoveredObject: Encodable {
    let bytes: Int
    let path: String
    let smaller: String
    let smallerBytes: Int
  }

  private struct MinimisationObject: Encodable {
    let cases: Int
    let covered: [CoveredObject]
    let isRemoved: Bool
  }

  /// Of `corpus minimise`.
  static func json(_ covered: [Corpus.Covered], isRemoved: Bool, of cases: Int) -> String {
    let objects = covered.map {
      CoveredObject(
        bytes: $0.entry.size, path: $0.entry.path.displayed, smaller: $0.smaller.path.displayed,
        smallerBytes: $0.smaller.size)
    }
    return JSONText.of(
      .corpusMinimisation, MinimisationObject(cases: cases, covered: objects, isRemoved: isRemoved))
  }
}

import Determinism
import Raft
import Scenarios
import Traces

/// Whether all that is told and drawn of a failing run is what its trace says.
///
/// The story, the picture and the steps are read as a person reads them, and each time, server, term, entry, value, client
/// and count is held against the events that the line, mark or step names.
package struct StoryAgreement: Sendable {
  /// One thing that is told and is not so.
  package struct Disagreement: Hashable, Sendable, CustomStringConvertible {
    /// Where it is told: `line 3`, `step 41`, `the picture`.
    package let place: String
    /// What is told there.
    package let told: String
    /// What the trace says.
    package let found: String

    /// All of it in one line.
    package var description: String { "\(place): \(told); the trace: \(found)" }
  }

  /// In the order of the story, the picture, the steps and the counts.
  package private(set) var disagreements: [Disagreement] = []

  let run: FailingRun
  let told: ToldRun

  /// Checks the story, the page and the steps of a run.
  package init(of run: FailingRun) { self.init(of: run, as: ToldRun(run)) }

  /// Checks what is told of a run.
  init(of run: FailingRun, as told: ToldRun) {
    (self.run, self.told) = (run, told)
    let facts = TraceFacts(run.scenario, run.outcome)
    check(told.narrative, facts)
    if let sequel = run.sequel { check(told.sequel, TraceFacts(sequel.scenario, sequel.outcome)) }
    checkVerdict(facts)
    checkStanding(facts)
    checkPicture()
    checkSteps(facts)
    checkCounts()
    checkCertificate(facts)
  }

  mutating func disagree(_ place: String, _ told: String, _ found: String) {
    disagreements.append(Disagreement(place: place, told: told, found: found))
  }

  /// Holds all that a text claims against some facts.
  mutating func check(_ text: String, at place: String, _ facts: EventFacts) {
    for claim in ToldText(text, knowing: facts.phrases).claims(facts.phrases) where !facts.hold(claim) {
      disagree(place, "\(claim) in \"\(Self.excerpt(text))\"", facts.alternatives(to: claim))
    }
  }

  /// The beginning of a long text.
  static func excerpt(_ text: String) -> String {
    text.count <= excerptLength ? text : "\(text.prefix(excerptLength))…"
  }

  private static let excerptLength = 200
}

/// All that is told and drawn of a failing run, as it is checked.
struct ToldRun: Sendable {
  var narrative: [NarrativeLine]
  var sequel: [NarrativeLine]
  /// What the argument says that was decided.
  var decisive: [NarrativeLine]
  var picture: ToldPicture
  var steps: [RunStep]
  /// The printed story, a section each.
  var sections: [[String]]
  /// The sizes of the page, by their names.
  var pageSizes: [(name: String, count: Int)]

  init(_ run: FailingRun) {
    // The page's writer holds the story, too: it is put together once.
    let writer = PageWriter(run, caseText: nil)
    let story = writer.story
    (narrative, sequel) = (story.narrative.lines, story.sequel?.lines ?? [])
    decisive = story.decisive
    picture = ToldPicture(of: run, PageSpaceTime(of: run, writer.history, narrative + sequel), narrative + sequel)
    steps = Array(RunSteps(of: run.outcome, in: run.scenario))
    sections = story.lines.map(\.plainText).split(separator: "").map(Array.init)
    pageSizes = Self.sizes(in: writer.html)
  }

  /// The lines of a section put together again to paragraphs: the first line begins one, and whatever line says so that
  /// stands no further to the right. A paragraph goes on below its text, where any word may come first.
  static func paragraphs(_ lines: [String], beginningWhere isBegin: (ToldText) -> Bool) -> [String] {
    var paragraphs: [String] = []
    var margin = 0
    for line in lines {
      let text = String(line.drop { $0 == " " })
      let indentation = line.count - text.count
      if paragraphs.isEmpty { margin = indentation }
      if paragraphs.isEmpty || (indentation <= margin && isBegin(ToldText(text))) {
        paragraphs.append(text)
      } else {
        paragraphs[paragraphs.count - 1] += " \(text)"
      }
    }
    return paragraphs
  }

  /// Reads the sizes from the head of a page: `<dt>nodes</dt>` and the next `<b>3</b>`.
  private static func sizes(in html: String) -> [(name: String, count: Int)] {
    let pieces = html.utf8.split(separator: UInt8(ascii: "<")).map { String(decoding: $0, as: UTF8.self) }
    var sizes: [(name: String, count: Int)] = []
    var name: String?
    for piece in pieces {
      let parts = piece.utf8.split(separator: UInt8(ascii: ">")).map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 2 else { continue }
      if parts[0] == "dt" { name = parts[1] }
      if parts[0] == "b", let one = name, case .number(let count)? = ToldText(parts[1]).tokens.first {
        sizes.append((one, Int(count)))
        name = nil
      }
    }
    return sizes
  }
}

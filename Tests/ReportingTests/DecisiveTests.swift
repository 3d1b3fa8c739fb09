import KnownBugs
import Reporting
import Testing
import Traces

@Suite("The decision that led to a failure is told")
struct DecisiveTests {
  /// For each bug of the catalogue: words of the line that tells where its wrong rule showed.
  private static let words: [(bug: String, words: String)] = []

  @Test("The story of each minimal case has a line in which the bug's rule decided otherwise", arguments: words)
  func isTold(bug name: String, words: String) throws {
    let bug = try #require(KnownBug.named(name))
    let story = Story(of: try MinimalCases.failing(name))
    let deciding = story.narrative.filter { line in
      line.decisions.contains { $0.differs && $0.rule.rawValue == bug.rule }
    }
    #expect(!deciding.isEmpty, "\(name): no line tells a decision by \(bug.rule)")
    #expect(deciding.contains { $0.text.contains(words) }, "\(name): \(deciding.map(\.text))")
    let text = story.text()
    #expect(text.contains("the published rule decides otherwise") && text.contains(bug.rule), "\(name): the argument")
  }

  @Test("The table has every bug of the catalogue once")
  func complete() {
    #expect(Self.words.map(\.bug).sorted() == KnownBug.catalogue.map(\.name).sorted())
  }
}

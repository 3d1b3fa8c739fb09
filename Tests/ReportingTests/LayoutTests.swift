import Reporting
import Testing

/// What must hold of printed lines at any width.
enum Widths {
  /// The widths that are looked at.
  static let all = [40, 60, 80, 100, 120]

  /// Whether no line is over, but for a command or a single word, and the words are all there, whole and in order.
  ///
  /// Bars are no words, and change with the width; so do the titles of a table.
  static func check(_ lines: [StoryLine], _ columns: Int, sameWordsAs other: [StoryLine]? = nil) {
    for line in lines.map(\.plainText) where line.count > columns {
      let text = line.drop { $0 == " " }
      #expect(text.hasPrefix("raftcheck ") || !text.contains(" "), "\(columns): \(line)")
    }
    for line in lines { #expect(line.plainText.last != " ", "\(columns): \(line.plainText)") }
    if let other { #expect(words(lines).sorted() == words(other).sorted(), "\(columns)") }
  }

  private static func words(_ lines: [StoryLine]) -> [String] {
    lines.flatMap { $0.plainText.split(separator: " ") }.map(String.init).filter {
      $0.contains { !"-|)>".contains($0) }
    }
  }
}

@Suite("Text that is set for a width")
struct LayoutTests {
  private func text(_ lines: [StoryLine]) -> String { lines.map(\.plainText).joined(separator: "\n") }

  @Test("A line is broken between cells first, then between words")
  func cells() {
    let layout = Layout(width: 24)
    let line = StoryLine("one two   three four five   a cell that is longer than the line")
    #expect(
      text(layout.wrapped(line, indent: 2)) == """
        one two
          three four five
          a cell that is longer
          than the line
        """)
    #expect(layout.wrapped(StoryLine("short   line"), indent: 2) == [StoryLine("short   line")])
  }

  @Test("A word that is longer than the line stands whole on a line of its own")
  func longWord() {
    let path = "/a/path/of/more/than/twenty/columns"
    let lines = Layout(width: 24).paragraph("report   ", nil, path)
    #expect(text(lines) == "report\n\(path)")
    #expect(text(Layout(width: 24).paragraph("  ", nil, "see \(path) there")) == "  see\n\(path)\n  there")
  }

  @Test("A command is never broken, and goes to the left as far as it needs to fit")
  func command() {
    let command = StoryLine.whole("raftcheck replay a.json")
    #expect(text(Layout(width: 80).paragraph("replay   ", nil, command)) == "replay   raftcheck replay a.json")
    #expect(text(Layout(width: 24).paragraph("replay   ", nil, command)) == "replay\n raftcheck replay a.json")
    #expect(text(Layout(width: 20).paragraph("replay   ", nil, command)) == "replay\nraftcheck replay a.json")
  }

  @Test("Later lines begin below the first word; behind a label of more than half of the line the text begins below it")
  func paragraphs() {
    #expect(
      text(Layout(width: 24).paragraph("label   ", nil, "one two three four")) == "label   one two three\n        four")
    #expect(
      text(Layout(width: 24).paragraph("  a label that is long  ", nil, "one two three four five"))
        == "  a label that is long\n      one two three four\n      five")
  }

  @Test("Tones stay with their words, whatever line these come to stand on")
  func tones() {
    let line = StoryLine("one two ", .good) + StoryLine("three four five six", .bad)
    let lines = Layout(width: 20).wrapped(line)
    #expect(text(lines) == "one two three four\nfive six")
    #expect(lines[0].parts.filter { $0.tone == .good }.map(\.text) == ["one", "two"])
    #expect(lines[1].parts.filter { $0.tone == .bad }.map(\.text) == ["five", "six"])
  }

  @Test("Prose that was written with line breaks is set anew, paragraph by paragraph")
  func prose() {
    #expect(text(Layout(width: 20).prose("one two three\nfour\n\nfive")) == "one two three four\n\nfive")
  }
}

@Suite("Tables that are set for a width")
struct TextTableTests {
  private var table: TextTable {
    var table = TextTable([
      .text("bug"), .number("caught"), .number("share", goes: 2), .text("signature", wraps: true),
      .number("CPU", goes: 1),
    ])
    table.add(["ack-before-sync", "20", "100%", "invariant/DurableBeforePromised 12, linearizability 8", "0.123 s"])
    table.add(["no-sessions", "3", "7%", "invariant/AppliedOnce 3", "12.000 s"])
    return table
  }

  private func text(_ width: Int) -> String {
    table.lines(in: Layout(width: width)).map(\.plainText).joined(separator: "\n")
  }

  @Test("With room enough each column is as wide as it needs to be")
  func wide() {
    #expect(
      text(120) == """
        bug               caught   share   signature                                                    CPU
        ack-before-sync       20    100%   invariant/DurableBeforePromised 12, linearizability 8    0.123 s
        no-sessions            3      7%   invariant/AppliedOnce 3                                 12.000 s
        """)
  }

  @Test("Then the text of a column is broken, then columns are left out in their order, which a line says")
  func narrow() {
    #expect(
      text(80) == """
        bug              caught  share  signature                                    CPU
        ack-before-sync      20   100%  invariant/DurableBeforePromised 12,      0.123 s
                                        linearizability 8
        no-sessions           3     7%  invariant/AppliedOnce 3                 12.000 s
        """)
    #expect(
      text(60) == """
        bug              caught  signature
        ack-before-sync      20  invariant/DurableBeforePromised 12,
                                 linearizability 8
        no-sessions           3  invariant/AppliedOnce 3
        Not shown, for the line is too short: share, CPU.
        """)
  }

  @Test("Where nothing more can be left out each row is a paragraph, with all of its cells")
  func paragraphs() {
    #expect(
      text(40) == """
        bug ack-before-sync
          caught 20   share 100%
          signature
          invariant/DurableBeforePromised 12,
          linearizability 8   CPU 0.123 s
        bug no-sessions
          caught 3   share 7%
          signature invariant/AppliedOnce 3
          CPU 12.000 s
        """)
  }

  @Test("No line is over", arguments: Widths.all)
  func widths(_ columns: Int) {
    Widths.check(table.lines(in: Layout(width: columns)), columns)
  }
}

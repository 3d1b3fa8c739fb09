import Testing

@Suite("The house rules would notice")
struct ScannerTests {
  private func room(_ name: String) throws -> Room {
    try #require(HouseRules.rooms.first { $0.name == name })
  }

  @Test(
    "an import that the table does not list",
    arguments: [
      ("Linearizability", "KeyValue"), ("Simulation", "KnownBugs"), ("Raft", "Foundation"), ("Raft", "Glibc"),
      ("Scenarios", "FoundationEssentials"), ("Judging", "FoundationEssentials"), ("Determinism", "Synchronization"),
      ("Invariants", "Dispatch"), ("Runs", "Campaigns"), ("Runs", "Foundation"), ("Benchmarks", "Runs"),
    ])
  func imports(name: String, module: String) throws {
    #expect(HouseRules.objection(to: module, in: try room(name)) != nil)
  }

  @Test("and allow what it lists")
  func allowedImports() throws {
    #expect(HouseRules.objection(to: "Raft", in: try room("Replica")) == nil)
    #expect(HouseRules.objection(to: "KnownBugs", in: try room("Runs")) == nil)
    #expect(HouseRules.objection(to: "FoundationEssentials", in: try room("Runs")) == nil)
    #expect(HouseRules.objection(to: "Synchronization", in: try room("Judging")) == nil)
  }

  @Test(
    "every way of writing an import",
    arguments: [
      "import Glibc", "@testable import Glibc", "package import Glibc", "@preconcurrency public import Glibc",
      "import struct Glibc.timespec", "  import Glibc // why",
    ])
  func waysOfImporting(line: String) {
    #expect(SourceText("import A\n\(line)\n").imports == ["A", "Glibc"])
  }

  @Test(
    "a name that differs from one process to the next",
    arguments: [
      "Task { work() }", "SystemRandomNumberGenerator()", "Int.random(in: 0..<3)", "nodes.shuffled()",
      "func hash(into hasher: inout Hasher)", "key.hashValue", "ContinuousClock.now", "let now = Date()",
      "var table: [Key: Value] = x", "let empty = f([:])", "Dictionary(grouping: x)", "Set<Int>()", "Set(nodes)",
      "func f(_ x: [Int: [String]])", "let t: [A.B<C>: D]",
    ])
  func forbiddenNames(line: String) {
    #expect(!HouseRules.forbiddenNames(in: SourceText(line), path: "x.swift").isEmpty)
  }

  @Test(
    "and allow what only looks like one",
    arguments: [
      "// a Task with a Dictionary", "let text = \"Date() [Key: Value]\"", "table[kind: kind] += 1",
      "cache[key, default: 0]", "let x = [flag ? a : b]", "struct TaskList {}", "SortedTable<Int, Int>()",
      "/* .random( */ let a = 1", "\"\\(names[\"a\"] ?? \"Hasher\")\"", "let offset: [Int] = []", "MySet(x)",
      "let pairs: [(name: String, count: Int)]", "f(a[0], b: [1])",
    ])
  func allowedNames(line: String) {
    #expect(HouseRules.forbiddenNames(in: SourceText(line), path: "x.swift") == [])
  }

  @Test("a dictionary anywhere but in LookupTable")
  func dictionaries() {
    let text = SourceText("var storage: [Key: Value] = [:]")
    #expect(HouseRules.forbiddenNames(in: text, path: HouseRules.dictionaryFile) == [])
    #expect(!HouseRules.forbiddenNames(in: text, path: "Sources/Raft/RaftLog.swift").isEmpty)
  }

  @Test("the length of a function, from its name to its closing brace")
  func functionLengths() {
    let text = SourceText(
      """
      protocol P {
        func requirement(_ a: Int)
        init(a: Int)
      }
      struct S {
        init?(a: Int) { nil }
        func long(
          _ a: [Int]
        ) throws
          -> Int
        {
          let brace = "}"  // }
          return 1
        }
        let other = S.init(a: 1)
      }
      """)
    #expect(text.functions == [.init(line: 6, lines: 1), .init(line: 7, lines: 8)])
  }

  @Test(
    "a word that was given up, in a comment, a name or a text",
    arguments: [
      "/// The letter that was lost", "let letterCount = 1", "\"n1 grips it\"", "func retellAll()",
      "nodes.turnAway(n1)",
      "/// It hears\n  /// from no leader.", "AmbushPlan()", "/// its second life",
    ])
  func words(text: String) {
    #expect(!WordRules.forbidden(in: text).isEmpty)
  }

  @Test(
    "and allow words that only begin so", arguments: ["a.isLetter", "letter-spacing: 1px", "lifetime", "tokens live"])
  func allowedWords(text: String) {
    #expect(WordRules.forbidden(in: text) == [])
  }

  @Test(
    "code that looks for words in a text",
    arguments: [
      "if text.contains(\"granted\") {", "line.hasPrefix(\"the election timer of \")",
      "detail.split(separator: \"\\n\")",
      "if $0 == \"nothing\" {", "line.firstRange(of: \"entry\")", "guard verdict != \"unknown\" else {",
    ])
  func prose(line: String) {
    #expect(ProseRules.readsBack(in: SourceText(line), source: line) == [1])
  }

  @Test(
    "and allow code that only makes one",
    arguments: [
      "let text = \"contains(\\\"a\\\")\"", "// text.contains(\"granted\")", "names.contains(name)",
      "prefix { $0 == \" \" }",
      "return \"a == \\(b)\"",
    ])
  func madeProse(line: String) {
    #expect(ProseRules.readsBack(in: SourceText(line), source: line) == [])
  }

  @Test("a row of the table of rooms")
  func tableRows() {
    let rooms = RoomTable.rooms(
      of: """
        | floor | room | what lives here | imports |
        |---|---|---|---|
        | 1 | `Sources/A` | ground | – |
        | 2 | `checkers/B` | a judge | A |
        | 3 | `Sources/C` | commands | all below |
        | 4 MiB | `Other` | no room | A |
        """)
    #expect(rooms.map(\.name) == ["A", "B", "C"] && rooms.map(\.floor) == [1, 2, 3])
    #expect(rooms.map(\.folder) == ["Sources", "checkers", "Sources"])
    #expect(rooms.map(\.imports) == [[], ["A"], nil])
  }

  @Test("a target of Package.swift")
  func targets() {
    let targets = Manifest(
      """
      let belowRuns = ["A", "B"]
      // Floor 1
      room("A"),
      // Floor 2
      room("B", under: "checkers", imports: ["A"]),
      // Floor 3
      room("C", imports: belowRuns + ["D"]),
          tests("ATests", of: ["A"]),
      """
    ).targets
    #expect(targets.map(\.name) == ["A", "B", "C"] && targets.map(\.floor) == [1, 2, 3])
    #expect(targets.map(\.imports) == [[], ["A"], ["A", "B", "D"]] && targets[1].folder == "checkers")
  }

  @Test("the lines of a file")
  func lineCounts() {
    #expect(SourceText("a\nb\n").lineCount == 2)
    #expect(SourceText("a\nb").lineCount == 2)
  }
}

import Determinism
import Foundation
import Raft
import Replica
import Runs
import Scenarios
import Testing
import Traces

@testable import KnownBugs
@testable import Reporting

/// Never takes a snapshot.
private enum TakesNoSnapshot: ReplicaRules {
  static func wantsSnapshot(
    entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
  ) -> Bool { false }
}

/// Keeps the log that a snapshot stands for.
private enum KeepsTheLog: RaftRules {
  static func compactionIndex(
    snapshot: LogIndex, trailing: UInt64, lastIndex: LogIndex, beingSent: LogIndex?
  ) -> LogIndex { .zero }
}

@Suite("Story, picture and steps agree with the trace")
struct AgreementTests {
  @Test("There is a minimal case of every known bug")
  func catalogue() {
    #expect(AgreementSamples.cases == KnownBug.catalogue.map(\.name).sorted())
  }

  @Test(
    "All that is told and drawn of a known bug's minimal case is what its trace says", arguments: AgreementSamples.cases
  )
  func agreement(_ name: String) throws {
    let agreement = StoryAgreement(of: try MinimalCases.told(name).run)
    for one in agreement.disagreements { Issue.record("\(name): \(one)") }
  }

  @Test("All that is told and drawn of a log that only grows is what its trace says", arguments: [true, false])
  func growingLog(takesSnapshots: Bool) throws {
    let rules = takesSnapshots ? RuleSet(raft: KeepsTheLog.self) : RuleSet(replica: TakesNoSnapshot.self)
    let bug = KnownBug(
      "log-grows", "A log only grows.", trigger: "snapshot", effects: [.invariant], seenIn: "a test", rule: "", rules)
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.operations, knobs.duration, knobs.snapshotEntries) = (3, 20, .seconds(1), 3)
    for seed in 0..<3 as Range<UInt64> {
      let report = Run(seed: seed, knobs: knobs, bug: bug).traced()
      #expect(report.signature == .invariant(.logIsCompacted))
      let run = try #require(FailingRun(report, replay: "raftcheck replay case.json"))
      for one in StoryAgreement(of: run).disagreements { Issue.record("seed \(seed): \(one)") }
    }
  }

  @Test(
    "All that is told and drawn of the kept stories is what their traces say",
    arguments: ["commits-earlier-terms", "reads-leader-without-quorum"])
  func keptStories(_ bug: String) throws {
    for one in StoryAgreement(of: try AgreementSamples.run(ofStory: bug)).disagreements {
      Issue.record("\(bug): \(one)")
    }
  }
}

@Suite("Paragraphs of a printed section")
struct ToldParagraphTests {
  @Test("A line that goes on below a row's text begins no row, though it begins with a server's name")
  func rows() {
    let lines = [
      "  n1  leader    term 1  committed 1  log 1: no-op [1], 2: voters n1 and",
      "                                     n2 [1]",
      "  n2  follower  term 1  committed 0  log empty",
    ]
    let rows = ToldRun.paragraphs(lines) { $0.tokens.first == .word("n1") || $0.tokens.first == .word("n2") }
    #expect(rows.map { String($0.prefix(2)) } == ["n1", "n2"])
    #expect(rows.first?.hasSuffix("voters n1 and n2 [1]") ?? false)
  }

  @Test("A line that goes on below a step's text begins no step, though it begins with a number")
  func steps() {
    let steps = ToldRun.paragraphs(["  1. n1 leads term", "     2. It does not.", "  2. n2 leads."]) {
      $0.number(at: 0) != nil && $0[1] == .mark(".")
    }
    #expect(steps == ["1. n1 leads term 2. It does not.", "2. n2 leads."])
  }
}

@Suite("What a text claims")
struct ToldTextTests {
  private func claims(_ text: String, knowing phrases: [String] = []) -> [Claim] {
    ToldText(text, knowing: phrases).claims(phrases)
  }

  @Test("Times, spans, servers, terms, entries, positions, clients and numbers are read as such")
  func kinds() {
    #expect(claims("0.390 s n1 (387 ms)") == [.time("0.390 s"), .node(1), .span("387 ms")])
    #expect(claims("n2's votes of term 3, in terms 1 to 4") == [.node(2), .term(3), .term(1), .term(4)])
    #expect(claims("entry 3 of term 2, entry 4") == [.position(index: 3, term: 2), .index(4)])
    #expect(claims("entries 3 to 5 of term 2") == (3...5).map { .position(index: $0, term: 2) })
    #expect(claims("behind 2/1 [7] and 12,000 bytes") == [.position(index: 2, term: 1), .term(7), .number(12_000)])
    #expect(claims("c3 gives up") == [.client(3)])
  }

  @Test("A request is one that is known, with its whole answer, or it is none")
  func requests() {
    let known = ["put x = 1", "get x", "get x returns 1"]
    #expect(claims("c0's put x = 1", knowing: known) == [.client(0), .operation(client: 0, "put x = 1")])
    #expect(claims("c0 calls put x = 12", knowing: known).contains(.unknownRequest("x")))
    #expect(
      claims("c0's get x returns 1", knowing: known) == [.client(0), .operation(client: 0, "get x returns 1")])
    #expect(claims("c0's get x returns 2", knowing: known).contains(.unknownAnswer("get x returns 2")))
  }

  @Test("A value that is a number hides no number, and is one of those that are named")
  func numericValue() {
    #expect(claims("n3 appends 13/2 no-op", knowing: ["13", "no-op"]) == [.node(3), .position(index: 13, term: 2)])
    var facts = EventFacts()
    facts.add(phrase: "13")
    #expect(facts.hold(.number(13)) && !facts.hold(.number(14)))
  }

  @Test("A share is told in percent where these are whole")
  func shares() {
    var facts = EventFacts()
    facts.add(allIn: Ratio(1, 4))
    facts.add(allIn: Ratio(1, 3))
    #expect(facts.hold(.number(25)) && !facts.hold(.number(33)) && !facts.hold(.number(50)))
  }

  @Test("What an entry holds belongs to it")
  func contents() {
    #expect(
      claims("entry 3 of term 2 (put x = 1)", knowing: ["put x = 1"]) == [
        .content(index: 3, term: 2, "put x = 1")
      ])
  }
}

/// What is told is changed, and the same checker must notice it.
@Suite("A lie is noticed")
struct LieTests {
  /// One thing that is told or drawn otherwise than it was.
  struct Lie: Sendable, CustomTestStringConvertible {
    var name: String
    /// The run of which it is told.
    var bug = "commits-earlier-terms"
    /// Where it must be noticed.
    var place: String
    /// Changes what is told, and says whether there was something to change.
    var tell: @Sendable (inout ToldRun) -> Bool

    var testDescription: String { name }
  }

  static let lies: [Lie] = [
    Lie(name: "a line's time is moved", place: "line 6") { told in
      told.narrative[5].at = told.narrative[5].at + .milliseconds(1)
      return true
    },
    Lie(name: "a crash is not drawn", place: "the picture") { $0.removeMark { $0.kind == .crash } },
    Lie(name: "a restart is drawn that did not happen", place: "the picture") { told in
      guard var mark = told.picture.marks.first(where: { $0.kind == .restart }) else { return false }
      (mark.event, mark.node) = (mark.event - 1, NodeID(3))
      told.picture.marks.append(mark)
      return true
    },
    Lie(name: "a server is drawn as down for longer than it was", place: "the picture") { told in
      guard !told.picture.downs.isEmpty else { return false }
      told.picture.downs[0].to = nil
      return true
    },
    Lie(name: "an election is not drawn", place: "the picture") { $0.removeMark { $0.kind == .election(2) } },
    Lie(name: "an entry has another index", bug: "reads-leader-without-quorum", place: "line 9") {
      $0.replace("entry 4 (", "entry 5 (", in: 9)
    },
    Lie(name: "an entry has another term", place: "line 14") { $0.replace("of term 1", "of term 2", in: 14) },
    Lie(name: "the heading counts one fault more", place: "the heading") { told in
      guard let line = told.sections[0].firstIndex(where: { $0.contains("2 faults") }) else { return false }
      told.sections[0][line] = told.sections[0][line].replacingOccurrences(of: "2 faults", with: "3 faults")
      return true
    },
    Lie(name: "one message more is left out", place: "the heading") { told in
      guard let line = told.sections[0].firstIndex(where: { $0.contains("3 messages that") }) else { return false }
      told.sections[0][line] = told.sections[0][line].replacingOccurrences(of: "3 messages", with: "4 messages")
      return true
    },
    Lie(name: "the page counts one message more", place: "the page") { told in
      guard let size = told.pageSizes.firstIndex(where: { $0.name == "messages" }) else { return false }
      told.pageSizes[size].count += 1
      return true
    },
    Lie(name: "a leader is elected in another term", place: "line 7") { $0.replace("of term 2", "of term 1", in: 7) },
    Lie(name: "a vote is for another server", place: "line 6") { $0.replace("votes for n2", "votes for n3", in: 6) },
    Lie(name: "a line is about another server", place: "line 6") { told in
      told.narrative[5].node = NodeID(1)
      return true
    },
    Lie(name: "a read returns another value", bug: "reads-leader-without-quorum", place: "line 15") {
      $0.replace("returns nothing", "returns 4", in: 15)
    },
    Lie(name: "a client writes another value", bug: "reads-leader-without-quorum", place: "line 8") {
      $0.replace("put x = 4", "put x = 2", in: 8)
    },
    Lie(name: "an operation is another client's", bug: "reads-leader-without-quorum", place: "line 12") {
      $0.replace("c0's", "c1's", in: 12)
    },
    Lie(name: "a line names another event", place: "line 6") { told in
      told.narrative[5].events = [told.narrative[4].event]
      return true
    },
    Lie(name: "a partition ends that parted other servers", place: "line 9") {
      $0.replace("{n1} | {n2 n3}", "{n2} | {n1 n3}", in: 9)
    },
    Lie(name: "a partition's drawn end names other servers", place: "the picture") { told in
      guard let mark = told.picture.marks.firstIndex(where: { $0.kind == .partitionEnds && $0.text.contains("{n1}") })
      else { return false }
      told.picture.marks[mark].text = "the partition {n3} | {n1 n2} ends"
      return true
    },
    Lie(name: "a leader is elected by another server's vote", place: "line 7") {
      $0.replace("(votes: n2, n3)", "(votes: n2, n1)", in: 7)
    },
    Lie(name: "a server stands in another term", place: "the servers") {
      $0.replaceInSections("n2  follower  term 2", "n2  follower  term 3")
        || $0.replaceInSections("n2  leader    term 2", "n2  leader    term 3")
    },
    Lie(name: "a log holds another entry", place: "the servers") {
      $0.replaceInSections("log 1: no-op [2]", "log 1: no-op [3]")
    },
    Lie(name: "the verdict names another server", place: "the verdict") {
      $0.replaceInSections("and n2, which lacks it", "and n3, which lacks it")
    },
    Lie(name: "the argument gives another time", place: "the argument") {
      $0.replaceInSections("at 0.950 s.", "at 0.951 s.")
    },
    Lie(name: "a step sends to another server", place: "step") { told in
      for step in told.steps.indices {
        guard let effect = told.steps[step].effects.firstIndex(where: { $0.hasPrefix("n1 sends n2") }) else { continue }
        var effects = told.steps[step].effects
        effects[effect] = effects[effect].replacingOccurrences(of: "n1 sends n2", with: "n1 sends n3")
        told.steps[step] = told.steps[step].saying(told.steps[step].headline, effects)
        return true
      }
      return false
    },
    Lie(name: "a step says another term", place: "step") { told in
      for step in told.steps.indices {
        let headline = told.steps[step].headline.replacingOccurrences(of: "term 2", with: "term 9")
        guard headline != told.steps[step].headline else { continue }
        told.steps[step] = told.steps[step].saying(headline, told.steps[step].effects)
        return true
      }
      return false
    },
  ]

  @Test("About who takes part")
  func members() throws {
    let run = try MinimalCases.told("voter-added-blind").run
    let truth = ToldRun(run)
    #expect(StoryAgreement(of: run, as: truth).disagreements.isEmpty)
    var told = truth
    told.picture.absences = []
    #expect(StoryAgreement(of: run, as: told).disagreements.contains { $0.told.contains("not shown as not started") })
    told = truth
    #expect(told.removeMark { $0.kind == .part })
    #expect(StoryAgreement(of: run, as: told).disagreements.contains { $0.place == "the picture" })
    told = truth
    let learner = try #require(told.picture.marks.firstIndex { $0.kind == .part && $0.text.hasPrefix("learner") })
    told.picture.marks[learner].text = told.picture.marks[learner].text.replacing("learner", with: "voter")
    #expect(
      StoryAgreement(of: run, as: told).disagreements.contains { $0.told.hasSuffix(told.picture.marks[learner].text) })
  }

  @Test("In the story, the picture, the steps or a count", arguments: lies)
  func noticed(_ lie: Lie) throws {
    let run = try AgreementSamples.run(ofStory: lie.bug)
    let truth = ToldRun(run)
    var told = truth
    #expect(lie.tell(&told), "there is nothing to change")
    let before = StoryAgreement(of: run, as: truth).disagreements
    let new = StoryAgreement(of: run, as: told).disagreements.filter { !before.contains($0) }
    #expect(new.contains { $0.place.hasPrefix(lie.place) }, "\(new)")
  }
}

extension ToldRun {
  /// Removes the first such mark from the picture.
  fileprivate mutating func removeMark(where isWanted: (ToldPicture.Mark) -> Bool) -> Bool {
    guard let place = picture.marks.firstIndex(where: isWanted) else { return false }
    picture.marks.remove(at: place)
    return true
  }

  /// Changes the first such words of what is printed.
  fileprivate mutating func replaceInSections(_ old: String, _ new: String) -> Bool {
    for section in sections.indices {
      for line in sections[section].indices where sections[section][line].contains(old) {
        sections[section][line] = sections[section][line].replacingOccurrences(of: old, with: new)
        return true
      }
    }
    return false
  }

  /// Changes the words of a line, by its number.
  fileprivate mutating func replace(_ old: String, _ new: String, in number: Int) -> Bool {
    guard let place = narrative.firstIndex(where: { $0.number == number && $0.text.contains(old) }) else {
      return false
    }
    narrative[place].text = narrative[place].text.replacingOccurrences(of: old, with: new)
    return true
  }
}

extension RunStep {
  /// The same in other words.
  fileprivate func saying(_ headline: String, _ effects: [String]) -> RunStep {
    RunStep(
      number: number, cause: cause, event: event, headline: headline, effects: effects, decisions: decisions,
      before: before,
      after: after)
  }
}

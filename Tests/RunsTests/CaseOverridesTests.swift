import Determinism
import Foundation
import Scenarios
import Testing

@testable import Runs

@Suite("Case files with overrides")
struct CaseOverridesTests {
  /// Fixes something of every sort.
  private static func run() -> Run {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.clients, knobs.operations, knobs.duration) = (3, 2, 12, .milliseconds(900))
    var scenario = Scenario(seed: 21, knobs: knobs)
    let vote = MessageKey(from: NodeID(1), to: NodeID(2), .requestVote, term: 1, index: 0, occurrence: 0)
    let last = MessageKey(from: NodeID(3), to: NodeID(1), .readIndexReply, term: .max, index: .max, occurrence: .max)
    scenario.overrides = Overrides(
      elections: [ForcedElection(node: NodeID(1), at: .milliseconds(1)), ForcedElection(node: NodeID(3), at: .zero)]
        .sorted(),
      messages: [MessageOverride(message: vote, fate: .atOnce), MessageOverride(message: last, fate: .lost)],
      leavesOutCalm: true)
    return Run(scenario: scenario)
  }

  private let text = String(
    decoding: CaseFile(Self.run().simulate().judged()).encoded(), as: UTF8.self)

  @Test("What was saved is read back, and runs to the same event hash")
  func roundTrip() throws {
    let saved = try CaseFile(reading: Array(text.utf8), path: "case.json")
    #expect(saved.run.scenario == Self.run().scenario)
    #expect(saved.run.simulate().outcome.eventHash.hexadecimal == saved.expected.eventHash)
    #expect(saved.encoded() == Array(text.utf8))
  }

  @Test("A scenario without overrides is saved without a word of them")
  func none() {
    var run = Self.run()
    run.scenario.overrides = nil
    #expect(!String(decoding: CaseFile(run.simulate().judged()).encoded(), as: UTF8.self).contains("overrides"))
  }

  /// What is replaced in the file, by what, and how the refusal begins behind `case.json: scenario`.
  private static let flaws: [(old: String, new: String, refusal: String)] = [
    (
      #""fate" : "lost""#, #""fate" : "gone""#,
      #".overrides.messages[1].fate: expected one of at-once, lost, found "gone""#
    ),
    (
      #""kind" : "request-vote""#, #""kind" : "vote""#,
      ".overrides.messages[0].message.kind: expected one of request-vote, request-vote-reply, append-entries, "
    ),
    (
      #""occurrence" : 0"#, #""occurrence" : -1"#,
      ".overrides.messages[0].message.occurrence: expected a whole number from 0 to 2^64 - 1, found -1"
    ),
    (
      #""term" : 1"#, #""term" : 18446744073709551616"#,
      ".overrides.messages[0].message.term: expected a whole number from 0 to 2^64 - 1, found 18446744073709551616"
    ),
    (#""leavesOutCalm" : true"#, #""leavesCalm" : true"#, ".overrides.leavesOutCalm: expected a value, found nothing"),
    (#""sender" : "n3""#, #""sender" : "n4""#, ": overrides.messages[1].message.sender is n4; the cluster's last"),
  ]

  @Test("What is wrong with an override is said in one sentence", arguments: flaws.indices)
  func refused(place: Int) throws {
    let (old, new, refusal) = Self.flaws[place]
    let wrong = text.replacingOccurrences(of: old, with: new)
    #expect(wrong != text)
    let problem = #expect(throws: FileProblem.self) { try CaseFile(reading: Array(wrong.utf8), path: "case.json") }
    #expect(problem?.description.hasPrefix("case.json: scenario\(refusal)") ?? false, "\(String(describing: problem))")
  }
}

import Determinism
import KeyValue
import KnownBugs
import Raft
import Replica
import Testing

/// Puts one question to two sets of rules. It goes through the existential, as the product's own calls do: an override
/// with a misspelt label would be silently passed over there.
private struct Question {
  let bug: String
  /// Whether the two answer differently.
  let differs: @Sendable (RuleSet, RuleSet) -> Bool

  init<Answer: Equatable & SendableMetatype>(_ bug: String, _ ask: @escaping @Sendable (RuleSet) -> Answer) {
    self.bug = bug
    differs = { ask($0) != ask($1) }
  }
}

@Suite("The catalogue of known bugs")
struct CatalogueTests {
  /// For each bug an input at which its rule and the paper's part.
  private static let questions = [
    Question("vote-not-persisted") { $0.raft.hardStateToPersist(HardState(term: Term(3), votedFor: NodeID(2))) },
    Question("quorum-rounds-down") { $0.raft.quorum(of: 4) },
    Question("append-always-truncates") { $0.raft.truncationStart(previous: LogIndex(3), firstConflict: nil) },
    Question("ack-before-sync") { $0.raft.departure(of: .appendEntriesReply) },
    Question("reads-any-node") { $0.server.readPath(role: .follower, mode: .readIndex) },
    Question("reads-leader-without-quorum") { $0.server.readPath(role: .leader, mode: .readIndex) },
    Question("acks-before-commit") {
      $0.server.mayAnswer(LogIndex(5), appliedIndex: LogIndex(4), lastIndex: LogIndex(5))
    },
    Question("no-sessions") {
      $0.session.disposition(of: SequenceNumber(7), last: SequenceNumber(7), isOpen: true)
    },
  ]

  @Test("Every bug is asked a question, and answers it differently from the paper", arguments: KnownBug.catalogue)
  func differsFromPaper(bug: KnownBug) throws {
    let question = try #require(Self.questions.first { $0.bug == bug.name }, "\(bug.name) is asked nothing")
    #expect(question.differs(bug.rules, .paper), "\(bug.name) answers as the paper does")
  }

  @Test("No bug answers the question of another bug of the same rule set wrongly, save where the rule is the same")
  func oneRuleEach() {
    let sameRule = [["reads-any-node", "reads-leader-without-quorum"]]
    for bug in KnownBug.catalogue {
      for question in Self.questions where question.bug != bug.name && question.differs(bug.rules, .paper) {
        let isSameRule = sameRule.contains { $0.contains(bug.name) && $0.contains(question.bug) }
        #expect(isSameRule, "\(bug.name) also answers for \(question.bug)")
      }
    }
  }

  @Test("Every bug replaces exactly one of the four sets of rules", arguments: KnownBug.catalogue)
  func oneComponent(bug: KnownBug) {
    func types(_ rules: RuleSet) -> [ObjectIdentifier] {
      [
        ObjectIdentifier(rules.raft), ObjectIdentifier(rules.session), ObjectIdentifier(rules.storage),
        ObjectIdentifier(rules.server),
      ]
    }
    #expect(zip(types(bug.rules), types(.paper)).count { $0 != $1 } == 1)
  }

  @Test("Names are unique, in lower case with dashes, and found again")
  func names() {
    let names = KnownBug.catalogue.map(\.name)
    for (place, name) in names.enumerated() {
      #expect(names.firstIndex(of: name) == place, "\(name) is there twice")
      #expect(name.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil, "\(name)")
      #expect(KnownBug.named(name)?.name == name)
    }
    #expect(KnownBug.named("no-such-bug") == nil && KnownBug.named("") == nil)
  }

  @Test(
    "Every bug says what it does, what brings it out, by what it is noticed and who had it",
    arguments: KnownBug.catalogue)
  func told(bug: KnownBug) {
    for text in [bug.mistake, bug.trigger, bug.seenIn] { #expect(!text.isEmpty) }
    #expect(bug.mistake.hasSuffix("."))
    #expect(!bug.effects.isEmpty)
  }
}

extension KnownBug: CustomTestStringConvertible {
  package var testDescription: String { name }
}

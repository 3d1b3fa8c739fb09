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
  let rule: String
  /// Whether the two answer differently.
  let differs: @Sendable (RuleSet, RuleSet) -> Bool

  init<Answer: Equatable & SendableMetatype>(
    _ bug: String, _ rule: String, _ ask: @escaping @Sendable (RuleSet) -> Answer
  ) {
    (self.bug, self.rule) = (bug, rule)
    differs = { ask($0) != ask($1) }
  }
}

private func at(_ index: UInt64, _ term: UInt64) -> LogPosition {
  LogPosition(index: LogIndex(index), term: Term(term))
}
private func now(_ milliseconds: Int64) -> LocalInstant { LocalInstant(nanoseconds: milliseconds * 1_000_000) }

@Suite("The catalogue of known bugs")
struct CatalogueTests {
  /// For each bug an input at which its rule and the paper's part.
  private static let questions = votes + log + snapshots + readsAndClients + storage

  private static let votes = [
    Question("vote-not-persisted", "hardStateToPersist") {
      $0.raft.hardStateToPersist(HardState(term: Term(3), votedFor: NodeID(2)))
    },
    Question("term-not-persisted", "hardStateToPersist") {
      $0.raft.hardStateToPersist(HardState(term: Term(3), votedFor: nil))
    },
    Question("vote-persisted-after-reply", "departure") { $0.raft.departure(of: .requestVoteReply) },
    Question("vote-expires", "mayVote") {
      $0.raft.mayVote(
        for: NodeID(1), votedFor: NodeID(2), votedAt: now(0), now: now(100), electionTimeout: .milliseconds(100))
    },
    Question("vote-ignores-log", "isUpToDate") {
      $0.raft.isUpToDate(candidate: .zero, voter: at(3, 2), voterCommitIndex: LogIndex(1))
    },
    Question("vote-compares-index-only", "isUpToDate") {
      $0.raft.isUpToDate(candidate: at(4, 1), voter: at(3, 2), voterCommitIndex: LogIndex(3))
    },
    Question("vote-compares-committed-only", "isUpToDate") {
      $0.raft.isUpToDate(candidate: at(2, 2), voter: at(3, 2), voterCommitIndex: LogIndex(1))
    },
    Question("stale-votes-counted", "standing") {
      $0.raft.standing(of: .requestVoteReply, term: Term(2), current: Term(3))
    },
    Question("votes-counted-twice", "votes") { $0.raft.votes(counted: 1, isRepeated: true) },
    Question("quorum-rounds-down", "quorum") { $0.raft.quorum(of: 4) },
    Question("term-taken-from-snapshot", "term(afterInstalling:)") {
      $0.raft.term(afterInstalling: at(5, 2), current: Term(3))
    },
    Question("term-read-at-send", "speaksAsLeader") {
      $0.raft.speaksAsLeader(role: .follower, ledTerm: Term(2), current: Term(3))
    },
    Question("higher-term-not-adopted", "standing") {
      $0.raft.standing(of: .requestVote, term: Term(3), current: Term(2))
    },
  ]

  private static let log = [
    Question("append-always-truncates", "truncationStart") {
      $0.raft.truncationStart(previous: LogIndex(3), firstConflict: nil)
    },
    Question("commit-past-verified", "followerCommitIndex") {
      $0.raft.followerCommitIndex(
        current: .zero, leaderCommitIndex: LogIndex(9), lastNewEntry: LogIndex(2), lastEntry: LogIndex(5))
    },
    Question("ack-before-sync", "departure") { $0.raft.departure(of: .appendEntriesReply) },
    Question("zero-prev-always-matches", "agreement") {
      $0.raft.agreement(at: .zero, termAtPrevious: nil, logStart: at(5, 2), commitIndex: LogIndex(5))
    },
    Question("purged-prev-is-conflict", "agreement") {
      $0.raft.agreement(at: at(3, 2), termAtPrevious: nil, logStart: at(5, 2), commitIndex: LogIndex(5))
    },
    Question("proposal-reuses-index", "proposalIndex") {
      $0.raft.proposalIndex(lastIndex: LogIndex(5), commitIndex: LogIndex(3))
    },
    Question("deposed-leader-keeps-committing", "countsAsProgress") {
      $0.raft.countsAsProgress(term: Term(2), isOwn: false, role: .follower, ledTerm: Term(2), current: Term(3))
    },
  ]

  private static let snapshots = [
    Question("snapshot-wrong-last-term", "lastIncludedTerm") {
      $0.raft.lastIncludedTerm(ofEntry: Term(2), current: Term(3))
    }
  ]

  private static let readsAndClients = [
    Question("reads-any-node", "readPath") { $0.server.readPath(role: .follower, mode: .readIndex) },
    Question("reads-leader-without-quorum", "readPath") { $0.server.readPath(role: .leader, mode: .readIndex) },
    Question("readindex-before-own-commit", "knowsCommitIndex") {
      $0.raft.knowsCommitIndex(termAtCommitIndex: Term(1), currentTerm: Term(2))
    },
    Question("readindex-late-acks", "confirms") { $0.raft.confirms(acknowledgedRound: 3, neededRound: 4) },
    Question("acks-before-commit", "mayAnswer") {
      $0.server.mayAnswer(LogIndex(5), appliedIndex: LogIndex(4), lastIndex: LogIndex(5))
    },
    Question("no-sessions", "disposition") {
      $0.session.disposition(of: SequenceNumber(7), last: SequenceNumber(7), isOpen: true)
    },
    Question("sessions-not-in-snapshot", "sessionsForSnapshot") {
      var sessions = SessionTable()
      sessions[SessionID(1)] = Session(lastUsed: .epoch)
      return $0.session.sessionsForSnapshot(sessions).count
    },
    Question("sessions-expire-by-local-clock", "hasExpired") {
      $0.session.hasExpired(
        lastUsed: .epoch, logTime: .epoch, clock: WallInstant(nanoseconds: 2), lifetime: .nanoseconds(1))
    },
  ]

  private static let storage = [
    Question("snapshot-picks-lexicographic-last", "isNewer") {
      $0.storage.isNewer(SnapshotFile(index: LogIndex(10)), than: SnapshotFile(index: LogIndex(9)))
    },
    Question("file-replaced-in-place", "fileToWrite") { $0.storage.fileToWrite("snapshot-9", current: "snapshot-5") },
    Question("torn-tail-accepted", "isIntact") { $0.storage.isIntact(expected: 1, actual: 2, missingBytes: 3) },
    Question("log-position-stale-after-compaction", "place") { $0.storage.place(inFile: 50, inLog: 70) },
  ]

  @Test("Every bug is asked a question, and answers it differently from the paper", arguments: KnownBug.catalogue)
  func differsFromPaper(bug: KnownBug) throws {
    let question = try #require(Self.questions.first { $0.bug == bug.name }, "\(bug.name) is asked nothing")
    #expect(question.differs(bug.rules, .paper), "\(bug.name) answers as the paper does")
  }

  @Test("No bug answers wrongly what another rule is asked")
  func oneRuleEach() throws {
    for bug in KnownBug.catalogue {
      let own = try #require(Self.questions.first { $0.bug == bug.name })
      for question in Self.questions where question.rule != own.rule {
        #expect(!question.differs(bug.rules, .paper), "\(bug.name) also answers for \(question.bug)")
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

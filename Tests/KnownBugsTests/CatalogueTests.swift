import Determinism
import KeyValue
import KnownBugs
import Raft
import Replica
import Testing

@testable import Simulation

/// Puts one question to two sets of rules. It goes through the existential, as the product's own calls do: an override
/// with a misspelt label would be silently passed over there.
struct Question {
  let bug: String
  /// Whether the two answer differently.
  let differs: @Sendable (RuleSet, RuleSet) -> Bool

  init<Answer: Equatable & SendableMetatype>(
    _ bug: String, _ ask: @escaping @Sendable (RuleSet) -> Answer
  ) {
    self.bug = bug
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
  private static let questions =
    votes + log + progress + snapshots + readsAndClients + storage + disks + wire + MemberQuestions.all

  private static let votes = [
    Question("vote-not-persisted") {
      $0.raft.hardStateToPersist(HardState(term: Term(3), votedFor: NodeID(2)))
    },
    Question("term-not-persisted") {
      $0.raft.hardStateToPersist(HardState(term: Term(3), votedFor: nil))
    },
    Question("vote-persisted-after-reply") { $0.raft.departure(of: .requestVoteReply) },
    Question("vote-expires") {
      $0.raft.mayVote(
        for: NodeID(1), votedFor: NodeID(2), votedAt: now(0), now: now(100), electionTimeout: .milliseconds(100))
    },
    Question("vote-ignores-log") {
      $0.raft.isUpToDate(candidate: .zero, voter: at(3, 2), voterCommitIndex: LogIndex(1))
    },
    Question("vote-compares-index-only") {
      $0.raft.isUpToDate(candidate: at(4, 1), voter: at(3, 2), voterCommitIndex: LogIndex(3))
    },
    Question("vote-compares-committed-only") {
      $0.raft.isUpToDate(candidate: at(2, 2), voter: at(3, 2), voterCommitIndex: LogIndex(1))
    },
    Question("stale-votes-counted") {
      $0.raft.standing(of: .requestVoteReply, term: Term(2), current: Term(3))
    },
    Question("votes-counted-twice") { $0.raft.votes(counted: 1, isRepeated: true) },
    Question("quorum-rounds-down") { $0.raft.quorum(of: 4) },
    Question("term-taken-from-snapshot") {
      $0.raft.term(afterInstalling: at(5, 2), current: Term(3))
    },
    Question("term-read-at-send") {
      $0.raft.speaksAsLeader(role: .follower, ledTerm: Term(2), current: Term(3))
    },
    Question("higher-term-not-adopted") {
      $0.raft.standing(of: .requestVote, term: Term(3), current: Term(2))
    },
    Question("vote-forgotten-on-step-down") {
      $0.raft.vote(after: HardState(term: Term(3), votedFor: NodeID(2)), entering: Term(3))
    },
    Question("vote-compares-conjunction") {
      $0.raft.isUpToDate(candidate: at(2, 3), voter: at(5, 2), voterCommitIndex: .zero)
    },
    Question("vote-set-by-append") { $0.raft.vote(afterHearing: NodeID(1), votedFor: NodeID(2)) },
    Question("election-not-randomised") {
      $0.raft.electionTimeout(from: .milliseconds(100)...(.milliseconds(200)))
    },
    Question("timer-reset-by-denied-candidate") { $0.raft.resetsElectionTimer(.requestVote, isAccepted: false) },
    Question("no-prevote-stickiness") {
      $0.raft.ignoresCandidate(.preVote, heardLeaderAt: now(0), now: now(1), promise: .milliseconds(100))
    },
  ]

  private static let log = [
    Question("append-always-truncates") {
      $0.raft.truncationStart(previous: LogIndex(3), firstConflict: nil)
    },
    Question("commit-past-verified") {
      $0.raft.followerCommitIndex(
        current: .zero, leaderCommitIndex: LogIndex(9), lastNewEntry: LogIndex(2), lastEntry: LogIndex(5))
    },
    Question("ack-before-sync") { $0.raft.departure(of: .appendEntriesReply) },
    Question("zero-prev-always-matches") {
      $0.raft.agreement(at: .zero, termAtPrevious: nil, logStart: at(5, 2), commitIndex: LogIndex(5))
    },
    Question("purged-prev-is-conflict") {
      $0.raft.agreement(at: at(3, 2), termAtPrevious: nil, logStart: at(5, 2), commitIndex: LogIndex(5))
    },
    Question("proposal-reuses-index") {
      $0.raft.proposalIndex(lastIndex: LogIndex(5), commitIndex: LogIndex(3))
    },
    Question("deposed-leader-keeps-committing") {
      $0.raft.counted(
        .agrees(LogIndex(1)), term: Term(2), isOwn: false, role: .follower, ledTerm: Term(2), current: Term(3))
    },
    Question("commits-earlier-terms") { $0.raft.mayCommit(entryTerm: Term(1), currentTerm: Term(2)) },
    Question("commit-regresses") {
      $0.raft.followerCommitIndex(
        current: LogIndex(5), leaderCommitIndex: LogIndex(3), lastNewEntry: LogIndex(5), lastEntry: LogIndex(5))
    },
    Question("match-regresses") { $0.raft.matchIndex(current: LogIndex(5), acknowledged: LogIndex(3)) },
    Question("match-from-current-snapshot") { $0.raft.matchIndex(acknowledging: at(5, 2), newest: at(9, 2)) },
    Question("ack-credited-to-wrong-peer") {
      $0.raft.credit(
        for: Acknowledgement(member: NodeID(2), index: LogIndex(5)),
        lastSent: Acknowledgement(member: NodeID(3), index: LogIndex(9)))
    },
    Question("backtrack-ignores-snapshot") { $0.raft.conflictHint(at: LogIndex(7), logStart: LogIndex(5)) },
    Question("broadcast-aborts") {
      var unreachable = NodeSet()
      unreachable.insert(NodeID(2))
      return $0.raft.recipients(NodeSet(NodeID.first(3)), unreachable: unreachable)
    },
  ]

  private static let timeout = Duration.milliseconds(150)...(.milliseconds(300))

  private static let progress = [
    Question("refusal-into-match-ignored") {
      $0.raft.backtrack(to: LogIndex(1), match: LogIndex(3), lowestNext: LogIndex(6))
    },
    Question("transfer-stalls-at-heartbeat") {
      $0.raft.isStalled(movedAt: now(0), now: now(50), heartbeatInterval: .milliseconds(50), electionTimeout: timeout)
    },
    Question("bulk-for-the-silent") { $0.raft.isSilent(heardAt: now(0), now: now(300), electionTimeout: timeout) },
  ]

  private static let snapshots = [
    Question("snapshot-wrong-last-term") {
      $0.raft.lastIncludedTerm(ofEntry: Term(2), current: Term(3))
    },
    Question("snapshot-discards-suffix") { $0.raft.keepsSuffix(of: at(5, 2), termAtPosition: Term(2)) },
    Question("snapshot-merges") { $0.session.value(inSnapshot: nil, held: [1]) },
    Question("snapshot-newer-than-index") { $0.replica.snapshotIndex(applied: LogIndex(9), due: LogIndex(5)) },
    Question("applies-twice-after-restart") { $0.replica.appliedIndex(restoring: LogIndex(9), logBase: LogIndex(5)) },
    Question("delete-applies-put") { $0.session.effect(of: .delete(key: [1]), on: [2], isLeader: true) },
  ]

  private static let readsAndClients = [
    Question("reads-any-node") { $0.server.readPath(role: .follower, mode: .readIndex) },
    Question("reads-leader-without-quorum") { $0.raft.confirms(acknowledgedRound: 0, neededRound: 1, of: NodeID(2)) },
    Question("readindex-before-own-commit") {
      $0.raft.knowsCommitIndex(termAtCommitIndex: Term(1), currentTerm: Term(2))
    },
    Question("readindex-late-acks") { $0.raft.confirms(acknowledgedRound: 3, neededRound: 4, of: NodeID(2)) },
    Question("acks-before-commit") {
      $0.server.mayAnswer(LogIndex(5), appliedIndex: LogIndex(4), lastIndex: LogIndex(5))
    },
    Question("no-sessions") {
      $0.session.disposition(of: SequenceNumber(7), last: SequenceNumber(7), isOpen: true)
    },
    Question("sessions-not-in-snapshot") {
      var sessions = SessionTable()
      sessions[SessionID(1)] = Session(lastUsed: .epoch)
      return $0.session.sessionsForSnapshot(sessions).count
    },
    Question("sessions-expire-by-local-clock") {
      $0.session.hasExpired(
        lastUsed: .epoch, logTime: .epoch, clock: WallInstant(nanoseconds: 2), lifetime: .nanoseconds(1))
    },
    Question("lease-ignores-drift") { leaseEnd($0, drift: Ratio(1, 10)) },
    Question("lease-from-ack") { leaseEnd($0, drift: .zero) },
    Question("lease-survives-restart") { $0.raft.heardLeader(atStart: now(5), starts: 2) },
    Question("answers-whatever-lands") { $0.server.fate(of: at(5, 2), applied: at(5, 3), role: .follower) },
    Question("fails-when-unknown") { $0.server.fate(of: at(5, 2), applied: nil, role: .follower) },
  ]

  private static let storage = [
    Question("snapshot-picks-lexicographic-last") {
      $0.storage.isNewer(SnapshotFile(index: LogIndex(10)), than: SnapshotFile(index: LogIndex(9)))
    },
    Question("file-replaced-in-place") { $0.storage.fileToWrite("snapshot-9", current: "snapshot-5") },
    Question("torn-tail-accepted") { $0.storage.isIntact(expected: 1, actual: 2, missingBytes: 3) },
    Question("log-truncated-before-snapshot-durable") {
      $0.storage.disposable(durable: LogIndex(3), written: LogIndex(9), compacted: LogIndex(3))
    },
    Question("fsync-error-ignored") { $0.storage.outcome(of: .failed(.sync("log-1"))) },
    Question("log-position-stale-after-compaction") { $0.storage.place(inFile: 50, inLog: 70) },
  ]

  private static let disks = [
    Question("unsynced-tail-refused") { $0.storage.isTorn(at: 50, mark: 50, laterRecord: 90) },
    Question("recovered-taken-for-durable") { $0.storage.durableLength(ofRecovered: 90, mark: 50) },
    Question("deaf-when-full") { $0.replica.hears(.appendEntries, hasRoom: false) },
    Question("leads-without-room") { $0.raft.mayLead(canWrite: false, voters: 3) },
    Question("snapshot-sync-blocks-log") { $0.storage.lane(ofSnapshot: SnapshotFile(index: LogIndex(9))) },
    Question("full-disk-without-snapshot") {
      $0.replica.wantsSnapshot(
        entries: 3, bytes: 9, thresholds: SnapshotThresholds(), lacksRoom: true, logBytes: 90, stateBytes: 20)
    },
  ]

  private static let wire = [
    Question("corrupt-frame-accepted") { $0.wire.isIntact(expected: 1, actual: 2) },
    Question("foreign-frame-accepted") {
      let address = FrameAddress(ClusterID(1), from: NodeID(1), to: NodeID(2))
      return $0.wire.isAddressed(address, to: .server(NodeID(2)), of: ClusterID(2))
    },
  ]

  private static func leaseEnd(_ rules: RuleSet, drift: Ratio) -> LocalInstant {
    rules.raft.leaseEnd(
      sentAt: now(0), acknowledgedAt: now(50), promise: .milliseconds(100), clockRateBound: drift)
  }

  @Test("Every bug is asked a question, and answers it differently from the paper", arguments: KnownBug.catalogue)
  func differsFromPaper(bug: KnownBug) throws {
    let question = try #require(Self.questions.first { $0.bug == bug.name }, "\(bug.name) is asked nothing")
    #expect(question.differs(bug.rules, .paper), "\(bug.name) answers as the paper does")
  }

  @Test("A traced run follows the bug: its recorded rules answer as it does", arguments: KnownBug.catalogue)
  func recorded(bug: KnownBug) {
    for question in Self.questions { #expect(!question.differs(bug.rules, bug.rules.recorded), "\(question.bug)") }
  }

  @Test("No bug answers wrongly what another rule is asked")
  func oneRuleEach() throws {
    for bug in KnownBug.catalogue {
      for question in Self.questions {
        let asked = try #require(KnownBug.catalogue.first { $0.name == question.bug }, "there is no \(question.bug)")
        guard asked.rule != bug.rule else { continue }
        #expect(!question.differs(bug.rules, .paper), "\(bug.name) also answers for \(question.bug)")
      }
    }
  }

  @Test("Every bug replaces exactly one of the six sets of rules", arguments: KnownBug.catalogue)
  func oneComponent(bug: KnownBug) {
    func types(_ rules: RuleSet) -> [ObjectIdentifier] {
      [
        ObjectIdentifier(rules.raft), ObjectIdentifier(rules.session), ObjectIdentifier(rules.storage),
        ObjectIdentifier(rules.server), ObjectIdentifier(rules.replica), ObjectIdentifier(rules.wire),
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
    }
    for bug in KnownBug.catalogue { #expect(KnownBug.named(bug.name)?.name == bug.name) }
    #expect(KnownBug.named("no-such-bug") == nil && KnownBug.named("") == nil)
  }

  @Test(
    "Every bug says what it does, what brings it out, by what it is noticed and who had it",
    arguments: KnownBug.catalogue)
  func told(bug: KnownBug) {
    for text in [bug.mistake, bug.trigger, bug.seenIn] { #expect(!text.isEmpty) }
    #expect(bug.mistake.hasSuffix("."))
    #expect(!bug.effects.isEmpty)
    #expect(Set(bug.allEffects).count == bug.allEffects.count, "no effect is named twice")
    if let further = bug.further { #expect(!further.effects.isEmpty && further.reason.hasSuffix(".")) }
    #expect(bug.rule.wholeMatch(of: /[A-Z][A-Za-z]+Rules\.[a-zA-Z]+(\([a-zA-Z:]+\))?/) != nil, "\(bug.rule)")
  }
}

@Suite("Bugs left out")
struct BugsLeftOutTests {
  @Test("At most eight, none of them in the catalogue, each with its reason")
  func leftOut() {
    #expect(KnownBug.leftOut.count <= 8)
    for bug in KnownBug.leftOut {
      #expect(KnownBug.named(bug.name) == nil)
      for text in [bug.mistake, bug.reason] { #expect(text.hasSuffix(".")) }
      #expect(!bug.seenIn.isEmpty)
    }
  }
}

extension KnownBug: CustomTestStringConvertible {
  package var testDescription: String { name }
}

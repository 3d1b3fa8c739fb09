import KnownBugs
import Reporting
import Testing
import Traces

@Suite("The decision that led to a failure is told")
struct DecisiveTests {
  /// For each bug of the catalogue: words of the line that tells where its wrong rule showed. A number stands for any.
  private static let words: [(bug: String, words: String)] = [
    (
      "vote-not-persisted",
      "writes term 1 and no vote to its disk, in place of term 1 and a vote for n1"
    ),
    (
      "vote-persisted-after-reply",
      "lets its vote leave before its disk has synced what it rests on"
    ),
    (
      "vote-expires",
      "may vote for n1, though it has voted for n2 in this term, 101 ms ago"
    ),
    (
      "vote-forgotten-on-step-down",
      "forgets its vote for n2 in term 2, which goes on"
    ),
    (
      "vote-ignores-log",
      "though its own ends with entry 3 of term 1"
    ),
    (
      "vote-compares-index-only",
      "votes for n2 in term 3, whose log ends with entry 1 of term 1, though its own ends with entry 1 of term 2"
    ),
    (
      "vote-compares-conjunction",
      "log, which ends with entry 3 of term 6, not up to date beside its own, which ends with entry 4 of term 5"
    ),
    (
      "vote-compares-committed-only",
      "votes for n2 in term 2, whose log is empty, though its own ends with entry 1 of term 1"
    ),
    (
      "stale-votes-counted",
      "vote of term 1, though it is in term 2 by now"
    ),
    (
      "votes-counted-twice",
      "counts a vote that it has counted already: 2 votes became 3"
    ),
    (
      "quorum-rounds-down",
      "takes 1 of 2 for a majority"
    ),
    (
      "term-not-persisted",
      "writes term 0 and a vote for n1 to its disk, in place of term 1 and a vote for n1"
    ),
    (
      "term-taken-from-snapshot",
      "takes the term of the snapshot's last entry, 1, for its own, which was 2"
    ),
    (
      "term-read-at-send",
      "goes on to send appends in term 2, though it is a follower: it led term 1"
    ),
    (
      "vote-set-by-append",
      "takes n2, whom it hears as leader, for the one that it voted for; it had voted for n1"
    ),
    (
      "higher-term-not-adopted",
      "handles n1's request for votes of term 1 and stays in term 0"
    ),
    (
      "election-not-randomised",
      "draws its election timeout from 100 ms alone, in place of 100 ms to 200 ms"
    ),
    (
      "timer-reset-by-denied-candidate",
      "starts its election timer anew for n3's"
    ),
    (
      "no-prevote-stickiness",
      "request for votes: it heard a leader"
    ),
    (
      "append-always-truncates",
      "removes its log from entry 1 on, though nothing in the append behind entry 0 conflicts"
    ),
    (
      "commits-earlier-terms",
      "by counting copies, though it leads term 3"
    ),
    (
      "commit-past-verified",
      "sets its commit index to 1, though the append reached only to entry 0 (the leader's commit index is 1)"
    ),
    (
      "commit-regresses",
      "sets its commit index back from 1 to 0"
    ),
    (
      "match-regresses",
      "takes n2 to hold entry 0: it acknowledged entry 0 and was known to hold entry 1"
    ),
    (
      "match-from-current-snapshot",
      "takes n1 to hold entry 3: it has installed the snapshot up to entry 2, and the newest is up to entry 3"
    ),
    (
      "ack-credited-to-wrong-peer",
      "credits n3 with entry 1, though it was n1 that acknowledged entry 1"
    ),
    (
      "ack-before-sync",
      "lets its acknowledgement of an append leave before its disk has synced what it rests on"
    ),
    (
      "zero-prev-always-matches",
      "takes an append behind entry 0 for one that fits, though its log begins behind entry 2"
    ),
    (
      "backtrack-ignores-snapshot",
      "tells the leader to go on looking at entry 9 in place of entry 5: its log begins behind entry 4"
    ),
    (
      "purged-prev-is-conflict",
      ", which its snapshot includes (its log begins behind entry 2), for one that conflicts, and removes its log"
    ),
    (
      "proposal-reuses-index",
      "puts its new entry in the place of entry 1, which is not committed (its log ends at entry 1, committed up"
    ),
    (
      "deposed-leader-keeps-committing",
      "counts its own disk's acknowledgement of term 1, though it is a follower of term 2"
    ),
    (
      "broadcast-aborts",
      "sends to nobody, not to n1 and n2: one of its peers could not be reached"
    ),
    (
      "reads-any-node",
      "answers from its own state, asking nobody, as a follower"
    ),
    (
      "reads-leader-without-quorum",
      "counts n1's answer to the round of 0.104 s, which began before the read came (0.231 s)"
    ),
    (
      "readindex-before-own-commit",
      "reads at its commit index, though it has committed nothing of its own term, 2, yet"
    ),
    (
      "readindex-late-acks",
      "counts n1's answer to the round of 0.104 s, which began before the read came (0.231 s)"
    ),
    (
      "lease-ignores-drift",
      "extends its lease by 97 ms from now: a quorum has answered what it sent 2 ms ago, and promised 100 ms, wh"
    ),
    (
      "lease-from-ack",
      "extends its lease by 100 ms from now: a quorum has answered what it sent 3 ms ago, and promised 100 ms, w"
    ),
    (
      "lease-survives-restart",
      "restarts free to vote, though it may have promised not to before"
    ),
    (
      "acks-before-commit",
      "answers the client of entry 2 when it has applied nothing (its log ends at entry 2)"
    ),
    (
      "answers-whatever-lands",
      "keeps the client of entry 2 of term 1 waiting, as a follower: nothing was applied there"
    ),
    (
      "fails-when-unknown",
      "tells the client of entry 13 of term 12 that nothing was done, as a follower: nothing was applied there"
    ),
    (
      "no-sessions",
      "applies command 2 of a session, though that session has seen command 2"
    ),
    (
      "sessions-not-in-snapshot",
      "leaves out of the snapshot session 2"
    ),
    (
      "sessions-expire-by-local-clock",
      "takes a session for expired: its lifetime is 992 ms, and it was last used 534 ms ago by the log's time, 1"
    ),
    (
      "delete-applies-put",
      "applies delete x as the leader: x, which was nothing, becomes \"\", though it should have no value"
    ),
    (
      "applies-twice-after-restart",
      "applies the entries behind entry 0 to a state from a snapshot up to entry 3, which has seen them"
    ),
    (
      "snapshot-merges",
      "restores a snapshot in which a key has no value, and gives it 1: it held 1"
    ),
    (
      "snapshot-newer-than-index",
      "names entry 2 in a snapshot of a state that has seen entry 3: it was due at entry 2"
    ),
    (
      "snapshot-wrong-last-term",
      "names term 2 in its snapshot for a last entry of term 1: 2 is its current term"
    ),
    (
      "snapshot-discards-suffix",
      "drops its log for the snapshot up to entry 4 of term 1, with the entries behind it (its own entry there i"
    ),
    (
      "snapshot-picks-lexicographic-last",
      "takes snapshot-8 to be later than snapshot-10"
    ),
    (
      "log-truncated-before-snapshot-durable",
      "lets the files of its log go up to entry 2: its durable snapshot ends at entry 0, the one being written a"
    ),
    (
      "file-replaced-in-place",
      "writes snapshot-2 over snapshot-1, its latest snapshot"
    ),
    (
      "torn-tail-accepted",
      "takes a record of its log that lacks 20 byte"
    ),
    (
      "fsync-error-ignored",
      "takes a flush that failed for done"
    ),
    (
      "log-position-stale-after-compaction",
      "writes a record with place 52 in its checksum: it is at byte 0 of its file, byte 52 of the log"
    ),
    (
      "transfer-stalls-at-heartbeat",
      "takes for lost what has got no further for"
    ),
    (
      "refusal-into-match-ignored",
      "ignores n1's refusal, which asks for entry 1: n1 is known to hold entry 1"
    ),
    (
      "bulk-for-the-silent",
      "sends entries or a snapshot to a server that last answered"
    ),
    (
      "unsynced-tail-refused",
      "for damaged: the log is known to be synced up to byte"
    ),
    (
      "recovered-taken-for-durable",
      "bytes that it has read of its log for durable: up to byte"
    ),
    (
      "deaf-when-full",
      "does not hear a message of kind"
    ),
    (
      "leads-without-room",
      "leads or campaigns while its disk takes no writes"
    ),
    (
      "full-disk-without-snapshot",
      "does not want a snapshot after"
    ),
    (
      "corrupt-frame-accepted",
      "for what was sent: its checksum is wrong"
    ),
    (
      "foreign-frame-accepted",
      "for one to itself: it is of another cluster"
    ),
    (
      "snapshot-sync-blocks-log",
      "in the disk's queue for its log, whose records wait for that"
    ),
    (
      "quorum-scan-unsorted",
      "takes what 1 voter holds for committed: the voter at place 2 holds it, and 2 must"
    ),
    (
      "nack-taken-for-ack",
      "counts n3's refusal of term 2, which points to entry 2, for an acknowledgement, though it leads term 3"
    ),
    (
      "prevote-round-survives-win",
      "counts a pre-vote for its former attempt"
    ),
    (
      "config-before-own-commit",
      "begins a change in term 2, of which nothing is committed"
    ),
    (
      "config-at-commit",
      "goes by voters n1 and n2 (from the beginning), though its log holds voter n2 (entry 2)"
    ),
    (
      "config-many-at-once",
      "lets a change follow on voters n1 and n2, learner n3 (entry 2), which is not committed"
    ),
    (
      "promotes-two-uncommitted",
      "lets a change follow on voters n1 and n2, learner n3 (entry 2), which is not committed"
    ),
    (
      "joint-forgets-old-quorum",
      "asks for a majority of n2 and n3, and for none of n1 and n2"
    ),
    (
      "joint-left-uncommitted",
      "ends joint consensus of entry 3, which is not committed"
    ),
    (
      "joint-never-left",
      "does not end joint consensus of entry 3, which is committed"
    ),
    (
      "config-lost-in-snapshot",
      "puts voter n2 (entry 3) into its snapshot, in place of voter n2, outgoing n1 (entry 3)"
    ),
    (
      "snapshot-holds-uncommitted-config",
      "(entry 2) into its snapshot, in place of voters n1 and n2 (from the beginning)"
    ),
    (
      "config-not-rolled-back",
      "keeps voters n1 and n2, learner n3 (entry 2), though its log has gone back to voters n1, n2 and n3 (from the"
    ),
    (
      "stale-config-survives-snapshot",
      "keeps voters n1 and n3 (entry 2), though its leader's snapshot says voters n1, n2 and n3 (from the beginning)"
    ),
    (
      "snapshot-promotes-learner",
      "goes by voters n1 and n2 (entry 2), though its leader's snapshot says voter n1, learner n2 (entry 2)"
    ),
    (
      "config-forgotten-at-restart",
      "starts with voter n1 (from the beginning), though its log holds voter n1, learner n2 (entry 2)"
    ),
    (
      "removed-leader-stays",
      "goes on leading, though it is no voter any more: voter n2 (entry 2) is committed"
    ),
    (
      "removed-newest-cannot-campaign",
      "may not campaign, though it was a voter before that: in force is voter n2, learner n1"
    ),
    (
      "non-voter-campaigns",
      "may campaign, though it is no voter: in force is voter n2"
    ),
    (
      "votes-by-own-config",
      "denies n2 its vote: n1 is no voter itself by n1's configuration"
    ),
    (
      "removed-dropped-before-commit",
      "no longer replicates to a removed server known to hold entry 1: its removal, entry 2, is not committed"
    ),
    (
      "voter-added-blind",
      "takes the new voters for caught up with entry 2, 1 ms after the round began: one is known to hold no entry"
    ),
    (
      "removal-splits-apply",
      "takes all up to entry 6 for committed as it steps down, though only entry 5 is on a majority"
    ),
    (
      "wiped-node-revotes",
      "starts on another disk than that on which it ran"
    ),
    (
      "transfer-to-learner",
      "begins to transfer leadership to n2, which is no voter"
    ),
    (
      "transfer-to-stale",
      "hands over to a server that is known to hold no entry of its log, which ends at entry 1"
    ),
    (
      "transfer-never-ends",
      "goes on with the transfer of leadership 627 ms after it began (an election timeout is at most 200 ms)"
    ),
    (
      "transfer-accepts-proposals",
      "takes proposals while it transfers leadership to n2"
    ),
    (
      "transfer-undone-by-prevote",
      "is told by n3 to campaign; asks who would vote for it (pre-vote)"
    ),
    (
      "transferee-demoted",
      "goes on to transfer leadership to n2, which is to be no voter any more"
    ),
    (
      "stickiness-flag-outlives-transfer",
      "asks for votes of term 3 in its leader's name, though its leader told it to campaign in term 1"
    ),
    (
      "lease-survives-transfer",
      "relies on its lease, having told another server to campaign"
    ),
  ]

  @Test("The story of each minimal case has a line in which the bug's rule decided otherwise", arguments: words)
  func isTold(bug name: String, words: String) throws {
    let bug = try #require(KnownBug.named(name))
    let story = try MinimalCases.told(name).story
    let deciding = story.narrative.filter { line in
      line.decisions.contains { $0.differs && $0.rule.rawValue == bug.rule }
    }
    #expect(!deciding.isEmpty, "\(name): no line tells a decision by \(bug.rule)")
    let wanted = Self.withoutNumbers(words)
    #expect(deciding.contains { Self.withoutNumbers($0.text).contains(wanted) }, "\(name): \(deciding.map(\.text))")
    let text = story.text().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("the published rule decides otherwise") && text.contains(bug.rule), "\(name): the argument")
  }

  private static func withoutNumbers(_ text: String) -> String {
    text.replacing(/[0-9]+(?:[.,][0-9]+)*/, with: "#")
  }

  @Test("The table has every bug of the catalogue once")
  func complete() {
    #expect(Self.words.map(\.bug).sorted() == KnownBug.catalogue.map(\.name).sorted())
  }
}

import Determinism
import Invariants
import KeyValue
import Raft
import Replica
import Testing
import Traces

@Suite("The properties of Raft Figure 3")
struct InvariantTests {
  @Test("A cluster that elects, replicates, commits and changes its leader breaks none")
  func good() throws {
    var observer = try Observer()
    var (one, two, three) = (try Server(1), try Server(2), try Server(3))
    one.lead(voter: 2)
    observer.see(one)
    let noOp = Entry(term: Term(1), payload: .noOp)
    two.follow(1, term: 1, [noOp])
    observer.see(two)
    one.commitAll(with: 2)
    observer.see(one)
    two.lead(voter: 3)
    observer.see(two)
    two.commitAll(with: 3)
    observer.see(two)
    let log = [noOp, Entry(term: Term(2), payload: .noOp)]
    three.follow(2, term: 2, log)
    observer.see(three)
    one.follow(2, term: 2, log)
    observer.see(one)
    #expect(observer.broken == [])
  }

  @Test("An entry that was never committed may be replaced, and a restarted server applies anew")
  func goodReplacement() throws {
    var observer = try Observer()
    observer.see(try Server(1, log: [entry("a", term: 1), entry("b", term: 1)]))
    var one = try Server(1, log: [entry("a", term: 1), entry("b", term: 1)])
    one.follow(2, term: 2, [entry("a", term: 1), entry("c", term: 2)])
    observer.see(one)
    one = try Server(1, log: [entry("a", term: 1), entry("c", term: 2)])
    observer.see(one)
    one.follow(2, term: 2, [entry("a", term: 1), entry("c", term: 2)])
    observer.see(one)
    #expect(observer.broken == [])
  }

  @Test("Election Safety: two leaders of one term, though not at the same time")
  func electionSafety() throws {
    var observer = try Observer()
    var (one, two) = (try Server(1), try Server(2))
    one.lead(voter: 3)
    observer.see(one)
    one.hear(.requestVoteReply(RequestVoteReply(term: Term(5), isGranted: false)), from: 3)
    observer.see(one)
    two.lead(voter: 3)
    observer.see(two)
    #expect(observer.broken == [.electionSafety])
  }

  @Test("Leader Append-Only: a leader whose log is another one than before")
  func leaderAppendOnly() throws {
    var observer = try Observer()
    var before = try Server(1, log: [entry("a", term: 1)])
    before.lead(voter: 2)
    observer.see(before)
    // The same leader of the same term without the entry that came before its no-op.
    var after = try Server(1)
    after.hear(.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: false)), from: 2)
    after.lead(voter: 2)
    observer.see(after)
    #expect(observer.broken == [.leaderAppendOnly])
  }

  @Test("Log Matching: two entries of one index and term differ")
  func logMatchingAtEnd() throws {
    var observer = try Observer()
    observer.see(try Server(1, log: [entry("a", term: 1)]))
    observer.see(try Server(2, log: [entry("b", term: 1)]))
    #expect(observer.broken == [.logMatching])
  }

  @Test("Log Matching: entries agree, and what comes before them does not, not even in a log of the past")
  func logMatchingBefore() throws {
    var observer = try Observer()
    let last = entry("x", term: 3)
    observer.see(try Server(1, log: [entry("a", term: 1), last]))
    observer.see(try Server(1))
    observer.see(try Server(2, log: [entry("b", term: 2), last]))
    #expect(observer.broken == [.logMatching])
  }

  @Test("Leader Completeness: a leader of a later term lacks what was committed")
  func leaderCompleteness() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    one.lead(voter: 2)
    one.commitAll(with: 2)
    observer.see(one)
    three.handle(.timer(.election))
    three.lead(voter: 2)
    observer.see(three)
    #expect(observer.broken == [.leaderCompleteness])
  }

  @Test("Leader Completeness: an earlier term's leader commits what the present one lacks")
  func lateCommit() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    three.handle(.timer(.election))
    three.lead(voter: 2)
    observer.see(three)
    one.lead(voter: 2)
    observer.see(one)
    #expect(observer.broken == [])
    one.commitAll(with: 2)
    observer.see(one)
    #expect(observer.broken == [.leaderCompleteness])
  }

  @Test("State Machine Safety: two servers apply different entries at one index")
  func differentEntries() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    one.follow(2, term: 1, [entry("a", term: 1)])
    observer.see(one)
    three.follow(2, term: 2, [entry("b", term: 2)])
    observer.see(three)
    #expect(observer.broken == [.stateMachineSafety])
    #expect(observer.findings == [.appliedOtherEntries(NodeID(3), through: LogIndex(1), than: NodeID(1))])
  }

  @Test("State Machine Safety: who holds the same entries and has not applied them is not named")
  func heldEntries() throws {
    var observer = try Observer()
    var (one, two, three) = (try Server(1), try Server(2), try Server(3))
    let held = AppendEntries(
      term: Term(1), previous: .zero, commitIndex: .zero, round: 1, entries: [entry("a", term: 1)])
    one.hear(.appendEntries(held), from: 3)
    observer.see(one)
    two.follow(3, term: 1, [entry("a", term: 1)])
    observer.see(two)
    three.follow(2, term: 2, [entry("b", term: 2)])
    observer.see(three)
    #expect(observer.findings.contains(.appliedOtherEntries(NodeID(3), through: LogIndex(1), than: NodeID(2))))
  }

  @Test("State Machine Safety: a server that applies further than all others is held against what they applied")
  func differentEntriesAndMore() throws {
    var observer = try Observer()
    var (one, three) = (try Server(1), try Server(3))
    one.follow(2, term: 1, ["a", "b"].map { entry($0, term: 1) })
    observer.see(one)
    three.follow(2, term: 2, ["c", "d", "e"].map { entry($0, term: 2) })
    observer.see(three)
    #expect(observer.broken == [.stateMachineSafety])
  }

  @Test("State Machine Safety: the same entries make different states")
  func differentStates() throws {
    var observer = try Observer()
    let change = Command.Body.change(.append(key: [1], value: [2]), session: SessionID(1), sequence: .first)
    let retried = [.openSession, change, change].map { body in
      Entry(term: Term(1), payload: .command(Command(stamp: .epoch, body: body).encoded()))
    }
    var one = try Server(1)
    one.follow(2, term: 1, retried)
    observer.see(one)
    var three = try Server(3, rules: RuleSet(session: AppliesRetries.self))
    three.follow(2, term: 1, retried)
    observer.see(three)
    #expect(observer.broken == [.stateMachineSafety])
    #expect(
      observer.findings
        == [
          .statesDiffer(
            NodeID(3), after: LogIndex(3), from: NodeID(1), .at(NodeID(1), .key([1], [2, 2], [2])))
        ])
  }
}

import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("Operators, and what they are answered")
struct OperatorTests {
  private func replies(_ servers: TestServers, _ number: UInt8) -> [ClientReply.Body] {
    servers[number].answers.map(\.reply.body)
  }

  /// A server leads.
  private func servers(_ count: Int = 3, joining: Int = 0) -> TestServers {
    var servers = TestServers(count, joining: joining)
    servers.lead(1)
    return servers
  }

  private func beat(_ servers: inout TestServers, _ number: UInt8 = 1) {
    servers.handle(number, .timer(.heartbeat))
    servers.settle()
  }

  @Test("A change is answered once it is committed, and not before")
  func done() {
    var servers = servers(joining: 1)
    servers.ask(1, .change(voters: [4], sequence: 9))
    servers.settle()
    #expect(servers[1].answers.isEmpty, "a learner so far")
    beat(&servers)
    #expect(replies(servers, 1) == [.done] && servers[1].answers[0].reply.sequence == SequenceNumber(9))
    #expect(servers[1].replica.raft.members == Members(voters: .first(4)))
    beat(&servers)
    #expect(servers[4].replica.status.stateDigest == servers[1].replica.status.stateDigest)
    servers.ask(1, .change(voters: [4], sequence: 10))
    #expect(replies(servers, 1) == [.done, .done], "what is so already is answered at once")
  }

  @Test("Whoever does not lead does nothing and names whom it follows, a server that waits to join too")
  func hints() {
    var servers = servers(joining: 1)
    servers.ask(2, .change(removed: [3], sequence: 1))
    servers.ask(2, .transfer(to: 3, sequence: 2))
    servers.ask(4, .change(voters: [4], sequence: 3))
    #expect(replies(servers, 2) == [.notLeader(hint: NodeID(1)), .notLeader(hint: NodeID(1))])
    #expect(replies(servers, 4) == [.notLeader(hint: nil)])
    #expect(servers[2].replica.raft.log == servers[1].replica.raft.log)
  }

  @Test("A refusal says why")
  func refusals() {
    var servers = servers(joining: 2)
    servers.ask(1, .change(removed: [5], sequence: 1))
    servers.ask(1, .change(removed: [1, 2, 3], sequence: 2))
    servers.ask(1, .transfer(to: 4, sequence: 3))
    #expect(
      replies(servers, 1) == [.turnedDown(.unknownServer), .turnedDown(.lastVoter), .turnedDown(.unknownServer)])
    servers.ask(1, .change(removed: [3], sequence: 4), from: 1)
    servers.ask(1, .change(removed: [2], sequence: 5), from: 2)
    #expect(replies(servers, 1).dropFirst(3) == [.turnedDown(.changeUnderWay)])
    servers.settle()
    #expect(replies(servers, 1).dropFirst(4) == [.done] && servers[1].answers[4].client == ClientID(1))
  }

  @Test("Before anything is committed in its term a leader refuses changes")
  func tooEarly() {
    var servers = TestServers(3)
    servers.handle(1, .timer(.election))
    while servers[1].disk.isFlushing { servers.flush(1) }
    let vote = RaftMessage.requestVoteReply(RequestVoteReply(term: Term(1), isGranted: true))
    servers.handle(1, .peerMessage(vote, from: NodeID(2)))
    #expect(servers[1].replica.status.role == .leader)
    servers.ask(1, .change(removed: [3], sequence: 1))
    #expect(replies(servers, 1) == [.turnedDown(.nothingCommittedInTerm)])
  }

  @Test("A new voter that does not come is refused in the end")
  func notCaughtUp() {
    var servers = servers(joining: 1)
    servers.ask(1, .change(voters: [4], sequence: 1))
    for _ in 0..<20 {
      servers.pass(.milliseconds(99))
      servers.handle(1, .timer(.heartbeat))
      servers.settle(among: [1, 2, 3])
      #expect(servers[1].answers.isEmpty)
    }
    servers.pass(.milliseconds(99))
    servers.handle(1, .timer(.heartbeat))
    servers.settle(among: [1, 2, 3])
    #expect(replies(servers, 1) == [.turnedDown(.notCaughtUp)])
    #expect(servers[1].replica.raft.members == Members(voters: .first(3), learners: NodeSet([NodeID(4)])))
  }

  @Test("A leader that is deposed amid a change answers unknown, once")
  func deposed() {
    var servers = servers()
    servers.ask(1, .change(removed: [3], sequence: 1))
    servers.elect(2, among: [2, 3])
    servers.handle(2, .timer(.heartbeat))
    servers.settle()
    #expect(replies(servers, 1) == [.unknown])
    #expect(servers[1].replica.raft.members == Members(voters: .first(3)), "and it was not done")
  }

  @Test("A leader that removes itself answers done, and then sends its clients away")
  func removesItself() {
    var servers = servers()
    servers.ask(1, .change(removed: [1], sequence: 1))
    servers.settle()
    servers.ask(1, .get("x", sequence: 2))
    #expect(replies(servers, 1) == [.done, .notLeader(hint: nil)])
    servers.elect(2, among: [2, 3])
    servers.ask(2, .put("x", "1", sequence: 1))
    servers.settle(among: [2, 3])
    #expect(replies(servers, 2) == [.written(.done)])
  }

  @Test("A transfer is answered once the target is known to lead, and writes are refused meanwhile")
  func transferred() {
    var servers = servers()
    servers.ask(1, .transfer(to: 2, sequence: 1), from: 1)
    servers.ask(1, .put("x", "1", sequence: 1), from: 2)
    #expect(replies(servers, 1) == [.notLeader(hint: nil)])
    servers.settle()
    #expect(servers[2].replica.status.role == .leader)
    #expect(replies(servers, 1).dropFirst() == [.done] && servers[1].answers[1].client == ClientID(1))
  }

  @Test("A transfer to whichever is best is done once that one leads")
  func transferredToBest() {
    var servers = servers()
    servers.ask(1, .transfer(to: nil, sequence: 1))
    servers.settle()
    #expect(servers[1].replica.raft.leader != NodeID(1) && replies(servers, 1) == [.done])
  }

  @Test("A transfer after which another one leads, or that takes too long, is refused")
  func notTransferred() {
    var servers = servers()
    servers.ask(1, .transfer(to: 2, sequence: 1))
    servers.elect(3, among: [1, 3])
    #expect(replies(servers, 1) == [.turnedDown(.notCaughtUp)])
    servers.ask(3, .transfer(to: 2, sequence: 1))
    for _ in 0..<2 {
      servers.pass(.milliseconds(100))
      servers.handle(3, .timer(.heartbeat))
      servers.settle(among: [1, 3])
    }
    #expect(replies(servers, 3) == [.turnedDown(.notCaughtUp)] && servers[3].replica.status.role == .leader)
  }

  @Test("The second of two transfers is refused, and the first one still has its answer")
  func twoTransfers() {
    var servers = servers()
    servers.ask(1, .transfer(to: 2, sequence: 1), from: 1)
    servers.ask(1, .transfer(to: 3, sequence: 1), from: 2)
    servers.ask(1, .change(removed: [3], sequence: 1), from: 3)
    #expect(replies(servers, 1) == [.turnedDown(.transferUnderWay), .turnedDown(.transferUnderWay)])
    servers.settle()
    #expect(replies(servers, 1).last == .done && servers[1].answers.last?.client == ClientID(1))
  }

  @Test(
    "A server that joins holds its place in the cluster over restarts, and takes a snapshot once it knows who takes part"
  )
  func joins() throws {
    var servers = servers(1, joining: 1)
    try servers.restart(2)
    servers.flush(2)
    servers.handle(2, .snapshotRequested)
    servers.flush(2)
    #expect(!servers[2].disk.files.contains { $0.name.hasPrefix("snapshot-") })
    servers.ask(1, .change(voters: [2], sequence: 5))
    servers.settle()
    beat(&servers)
    beat(&servers)
    servers.handle(2, .snapshotRequested)
    while servers[2].disk.isFlushing { servers.flush(2) }
    #expect(servers[2].disk.files.contains { $0.name.hasPrefix("snapshot-") })
    for number in [1, 2] as [UInt8] { try servers.restart(number) }
    #expect(servers[2].replica.raft.members == Members(voters: .first(2)))
    servers.elect(2)
    servers.ask(2, .put("x", "1", sequence: 6))
    servers.settle()
    #expect(replies(servers, 2) == [.written(.done)])
  }

  @Test("A server that joins with files of one that was there from the beginning is refused, and the other way round")
  func otherBeginning() throws {
    var servers = servers(2, joining: 1)
    for (number, other) in [(2, NodeSet()), (3, .first(3))] as [(UInt8, NodeSet)] {
      servers.flush(number)
      let own = servers[number].replica.raft.configuration
      var configuration = own
      configuration.voters = other
      #expect(throws: StorageDamage(file: "log-1", offset: 0, reason: .otherVoters(own.voters, expected: other))) {
        try Replica(
          recovering: servers[number].disk.durable, configuration: configuration, of: TestServers.cluster)
      }
    }
  }
}

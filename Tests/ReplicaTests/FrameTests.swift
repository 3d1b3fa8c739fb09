import Determinism
import KeyValue
import Raft
import Testing

@testable import Replica

@Suite("Frames that come to a server")
struct FrameTests {
  private func frame(
    _ message: RaftMessage, of cluster: ClusterID = TestServers.cluster, to node: UInt8 = 1
  ) -> [UInt8] {
    Wire.encode(Frame(.message(message), FrameAddress(cluster, from: NodeID(2), to: NodeID(node))))
  }

  private let lastTerm = RaftMessage.requestVote(RequestVote(term: Term(.max), lastPosition: .zero))

  @Test("A frame does what its message does, and a client's what its request does")
  func opened() {
    var (one, other) = (TestServers(3), TestServers(3))
    let vote = RaftMessage.requestVote(RequestVote(term: Term(4), lastPosition: .zero))
    one.handle(1, .frame(frame(vote)))
    other.handle(1, .peerMessage(vote, from: NodeID(2)))
    #expect(one[1].replica.raft == other[1].replica.raft && one[1].replica.status.term == Term(4))
    one.lead(1)
    let address = FrameAddress(TestServers.cluster, from: .client(ClientID(9)), to: .server(NodeID(1)))
    one.handle(1, .frame(Wire.encode(Frame(.request(.put("x", "1", sequence: 2)), address))))
    one.settle()
    #expect(one[1].answers.map(\.client) == [ClientID(9)] && one[1].answers.map(\.reply.body) == [.written(.done)])
    #expect(one[1].replica.refusedFrames.all == 0)
  }

  @Test("A frame that is damaged, of another cluster, for another server or unreadable changes nothing, and is counted")
  func refused() {
    var servers = TestServers(3)
    servers.lead(1)
    let before = servers[1].replica
    var damaged = frame(lastTerm)
    damaged[30] ^= 1
    servers.handle(1, .frame(damaged))
    servers.handle(1, .frame([]))
    servers.handle(1, .frame(frame(lastTerm, of: ClusterID(8))))
    servers.handle(1, .frame(frame(lastTerm, to: 3)))
    let address = FrameAddress(TestServers.cluster, from: .server(NodeID(2)), to: .client(ClientID(1)))
    servers.handle(1, .frame(Wire.encode(Frame(.reply(ClientReply(sequence: .first, body: .unknown)), address))))
    var refused = RefusedFrames()
    refused.count(.damaged)
    refused.count(.unreadable(.trailingBytes(offset: 0)))
    for _ in 0..<3 { refused.count(.foreign(address)) }
    #expect(servers[1].replica.refusedFrames == refused && refused.all == 5)
    #expect(servers[1].replica.raft == before.raft && servers[1].replica.status == before.status)
    #expect(servers.inFlight.isEmpty && servers[1].stopReason == nil)
  }

  @Test("Were its checksum not asked for, one garbled term would end the cluster")
  func lastTermAdopted() {
    var servers = TestServers(3)
    servers.lead(1)
    servers.handle(1, .frame(frame(lastTerm)))
    servers.settle()
    servers.handle(3, .timer(.election))
    #expect(servers[3].stopReason == nil)
    for number in 1...3 as ClosedRange<UInt8> {
      servers.handle(number, .peerMessage(lastTerm, from: NodeID(number % 3 + 1)))
      servers.settle()
      servers.handle(number, .timer(.election))
      #expect(servers[number].stopReason == .selfCheck(.termsExhausted))
    }
  }

  @Test("Frames of random bytes, and good ones with anything changed, leave a server running or stopped with a reason")
  func hostile() {
    var samples = Samples(seed: 9)
    let rules = RuleSet(wire: OpensAll.self)
    for _ in 0..<200 {
      var servers = TestServers(3, rules: rules)
      servers.lead(1)
      for _ in 0..<30 {
        let bytes: [UInt8]
        switch samples.below(3) {
        case 0: bytes = samples.bytes(90)
        case 1: bytes = frame(samples.message())
        default: bytes = samples.mutated(Wire.encode(samples.frame(samples.below(3))))
        }
        servers.handle(UInt8(1 + samples.below(3)), .frame(bytes))
        servers.flush(UInt8(1 + samples.below(3)))
      }
    }
  }
}

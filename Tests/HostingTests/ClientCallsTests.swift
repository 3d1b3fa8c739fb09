import Determinism
import KeyValue
import Raft
import Replica
import Testing

@testable import Hosting

@Suite("How requests of clients are brought to whoever leads")
struct ClientCallsTests {
  private static let (one, two, three) = (NodeID(1), NodeID(2), NodeID(3))
  private static let put = KeyValueOperation.put(key: [1], value: [2])

  private var calls = ClientCalls(
    one, readsLocally: false, electionTimeout: .milliseconds(200), heartbeat: .milliseconds(20), patience: .seconds(5))

  private func at(_ milliseconds: Int64) -> LocalInstant { LocalInstant(nanoseconds: milliseconds * 1_000_000) }

  /// What was asked last, whom, and as whom.
  private func asked(_ effects: [ClientCalls.Effect]) -> (node: NodeID, request: ClientRequest, client: ClientID)? {
    for effect in effects.reversed() {
      if case .ask(let node, let request, let client) = effect { return (node, request, client) }
    }
    return nil
  }

  private func finished(_ effects: [ClientCalls.Effect]) -> CallOutcome? {
    effects.compactMap { if case .finish(_, let outcome) = $0 { outcome } else { nil } }.last
  }

  /// Begins a write at the leader, server 2, in a session of its own, 7.
  private mutating func beginWrite(token: UInt64 = 1) throws -> (request: ClientRequest, client: ClientID) {
    calls.begin(.write(Self.put), token: token, leader: Self.two, at: at(0))
    let opening = try #require(asked(calls.takeEffects()))
    #expect(opening.node == Self.two && opening.request.body == .openSession)
    reply(.opened(SessionID(7)), to: opening.request, opening.client)
    let write = try #require(asked(calls.takeEffects()))
    #expect(write.node == Self.two && write.request.body == .write(Self.put, session: SessionID(7)))
    #expect(ClientCalls.server(of: write.client) == Self.one && write.client != opening.client)
    return (write.request, write.client)
  }

  private mutating func reply(
    _ body: ClientReply.Body, to request: ClientRequest, _ client: ClientID, from node: NodeID = two, at time: Int64 = 1
  ) {
    calls.receive(
      ClientReply(sequence: request.sequence, body: body), for: client, from: node, leader: node, at: at(time))
  }

  @Test("A write opens a session first, and the next one goes in the same session with the next number")
  func sessions() throws {
    var test = self
    let (request, client) = try test.beginWrite()
    test.reply(.written(.done), to: request, client)
    #expect(test.finished(test.calls.takeEffects()) == .answered(.written(.done)))
    test.calls.begin(.write(Self.put), token: 2, leader: Self.two, at: test.at(2))
    let second = try #require(test.asked(test.calls.takeEffects()))
    #expect(second.request == ClientRequest(sequence: SequenceNumber(2), body: .write(Self.put, session: SessionID(7))))
    #expect(second.client == client)
  }

  @Test(
    "A write whose answer is lost is sent again with its number, and may then be unknown, but never refused for good")
  func lost() throws {
    var test = self
    let (request, _) = try test.beginWrite()
    test.calls.noteLoss(of: Self.two, at: test.at(10))
    test.calls.tick(leader: Self.three, at: test.at(100))
    let again = try #require(test.asked(test.calls.takeEffects()))
    #expect(again.node == Self.three && again.request == request)
    test.calls.tick(leader: nil, at: test.at(6_000))
    #expect(test.finished(test.calls.takeEffects()) == .unknown)
  }

  @Test("If the session has ended, a first attempt is made anew in another one, and after a lost one nothing is known")
  func expired() throws {
    for isLost in [false, true] {
      var test = self
      var (request, client) = try test.beginWrite()
      if isLost {
        test.calls.noteLoss(of: Self.two, at: test.at(10))
        test.calls.tick(leader: Self.two, at: test.at(100))
        let again = try #require(test.asked(test.calls.takeEffects()))
        (request, client) = (again.request, again.client)
      }
      test.reply(.sessionExpired, to: request, client, at: 101)
      let effects = test.calls.takeEffects()
      #expect(test.finished(effects) == (isLost ? .unknown : nil))
      #expect(test.asked(effects)?.request.body == (isLost ? nil : .openSession))
    }
  }

  @Test("A server that does not lead says who does, and that one is asked")
  func redirected() throws {
    var test = self
    test.calls.begin(.read(key: [1]), token: 1, leader: Self.two, at: test.at(0))
    let first = try #require(test.asked(test.calls.takeEffects()))
    test.reply(.notLeader(hint: Self.three), to: first.request, first.client)
    let second = try #require(test.asked(test.calls.takeEffects()))
    #expect(second.node == Self.three)
    test.reply(.value([9]), to: second.request, second.client, from: Self.two)
    #expect(test.calls.takeEffects().isEmpty, "an answer of somebody else who was asked before")
    test.reply(.value([9]), to: second.request, second.client, from: Self.three)
    #expect(test.finished(test.calls.takeEffects()) == .answered(.value([9])))
  }

  @Test("Without a leader one waits, and in the end nothing was done")
  func noLeader() {
    var test = self
    for action in [CallAction.read(key: [1]), .write(Self.put), .transfer(to: nil)] {
      test.calls.begin(action, token: 1, leader: nil, at: test.at(0))
      test.calls.tick(leader: nil, at: test.at(1_000))
      #expect(test.calls.takeEffects().isEmpty)
      test.calls.tick(leader: nil, at: test.at(70_000))
      #expect(test.finished(test.calls.takeEffects()) == .noLeader)
    }
    #expect(test.calls.openCount == 0)
  }

  @Test("A read whose answer is lost is no doubt, and one of this server itself is taken back")
  func lostRead() throws {
    var test = self
    test.calls.begin(.read(key: [1]), token: 1, leader: Self.one, at: test.at(0))
    let first = try #require(test.asked(test.calls.takeEffects()))
    test.calls.tick(leader: Self.one, at: test.at(6_000))
    let effects = test.calls.takeEffects()
    #expect(effects.contains(.forget(first.client)) && test.finished(effects) == .noLeader)
  }

  @Test("A transfer is asked for once: it may have come about")
  func transfer() throws {
    var test = self
    test.calls.begin(.transfer(to: Self.three), token: 1, leader: Self.two, at: test.at(0))
    let first = try #require(test.asked(test.calls.takeEffects()))
    test.reply(.unknown, to: first.request, first.client)
    #expect(test.finished(test.calls.takeEffects()) == .unknown)
    for isLost in [true, false] {
      test.calls.begin(.transfer(to: nil), token: 2, leader: Self.two, at: test.at(10))
      #expect(test.asked(test.calls.takeEffects()) != nil)
      if isLost { test.calls.noteLoss(of: Self.two, at: test.at(11)) }
      for time in [300, 1_000, 6_000] as [Int64] { test.calls.tick(leader: Self.three, at: test.at(time)) }
      let effects = test.calls.takeEffects()
      #expect(test.asked(effects) == nil && test.finished(effects) == .unknown)
    }
  }

  @Test("Another change under way is waited for; a refusal that does not pass is told at once")
  func changes() throws {
    var test = self
    test.calls.begin(.change(MemberChange(removed: .first(1))), token: 1, leader: Self.two, at: test.at(0))
    let first = try #require(test.asked(test.calls.takeEffects()))
    test.reply(.turnedDown(.changeUnderWay), to: first.request, first.client)
    #expect(test.calls.takeEffects().isEmpty)
    test.calls.tick(leader: Self.two, at: test.at(200))
    let second = try #require(test.asked(test.calls.takeEffects()))
    test.reply(.turnedDown(.lastVoter), to: second.request, second.client)
    #expect(test.finished(test.calls.takeEffects()) == .answered(.turnedDown(.lastVoter)))
  }

  @Test("A change that is turned down when an earlier attempt was lost may yet come about")
  func lostChange() throws {
    var test = self
    test.calls.begin(.change(MemberChange(removed: .first(1))), token: 1, leader: Self.two, at: test.at(0))
    test.calls.tick(leader: Self.two, at: test.at(300))
    let again = try #require(test.asked(test.calls.takeEffects()))
    test.reply(.turnedDown(.lastVoter), to: again.request, again.client, at: 301)
    #expect(test.finished(test.calls.takeEffects()) == .unknown)
  }

  @Test("As many sessions as there may be are used at a time; whoever finds none waits for one")
  func manyWrites() throws {
    var test = self
    let count = UInt64(ClientCalls.maxSessions)
    for token in 0...count { test.calls.begin(.write(Self.put), token: token, leader: Self.two, at: test.at(0)) }
    var effects = test.calls.takeEffects()
    #expect(effects.count == Int(count), "the last one has no session")
    let first = try #require(effects.first.flatMap { test.asked([$0]) })
    test.reply(.opened(SessionID(8)), to: first.request, first.client)
    let write = try #require(test.asked(test.calls.takeEffects()))
    test.reply(.written(.done), to: write.request, write.client)
    test.calls.tick(leader: Self.two, at: test.at(2))
    effects = test.calls.takeEffects()
    #expect(
      test.asked(effects)?.request
        == ClientRequest(sequence: SequenceNumber(2), body: .write(Self.put, session: SessionID(8))))
    for token in count + 1..<count + 2_000 { test.calls.begin(.openSession, token: token, leader: nil, at: test.at(3)) }
    #expect(test.finished(test.calls.takeEffects()) == .tooMany && test.calls.openCount == ClientCalls.maxOpen)
  }
}

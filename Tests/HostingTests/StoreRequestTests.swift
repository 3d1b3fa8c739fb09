import Determinism
import KeyValue
import Raft
import Replica
import System
import Testing

@testable import Hosting

@Suite("Requests and answers of the client")
struct StoreRequestTests {
  private static let place = APIRequest.InSession(session: SessionID(7), sequence: SequenceNumber(3))

  @Test("The server reads what the client asks for, whatever the bytes of keys and values")
  func writes() throws {
    for number in 0..<200 {
      var draws = Dice(seed: 6).sequence(.randomBytes, UInt64(number))
      func bytes(_ least: Int) -> [UInt8] {
        (0..<draws.next().below(20) + least).map { _ in UInt8(draws.next().below(256)) }
      }
      let key = bytes(1)
      for operation in [
        KeyValueOperation.put(key: key, value: bytes(0)), .append(key: key, value: bytes(0)), .delete(key: key),
        .compareAndSet(key: key, expected: nil, new: bytes(0)),
        .compareAndSet(key: key, expected: bytes(0), new: bytes(0)),
      ] {
        let read = try APIRouter().request(for: StoreRequest.write(operation, Self.place).http(to: .local))
        #expect(read.action == .write(operation) && read.session == Self.place)
      }
      let read = try APIRouter().request(for: StoreRequest.read(key: key).http(to: .local))
      #expect(read.action == .read(key: key, isStale: false))
    }
  }

  @Test("The server reads what the client asks for about members")
  func orders() throws {
    let http = try #require(HostAndPort("127.0.0.1:8004"))
    let server = NamedServer(NodeID(4), ServerAddresses(peer: HostAndPort("127.0.0.1:7004"), http: http))
    let four = NodeSet([NodeID(4)])
    let expected: [(StoreRequest, APIRequest.Action)] = [
      (.change(.add(server, asLearner: false)), .changeMembers(MemberChange(voters: four), added: [server])),
      (.change(.add(server, asLearner: true)), .changeMembers(MemberChange(learners: four), added: [server])),
      (.change(.promote([NodeID(4)])), .changeMembers(MemberChange(voters: four), added: [])),
      (.change(.demote([NodeID(4)])), .changeMembers(MemberChange(learners: four), added: [])),
      (.change(.remove([NodeID(4)])), .changeMembers(MemberChange(removed: four), added: [])),
      (.transfer(to: nil), .transfer(to: nil)), (.transfer(to: NodeID(2)), .transfer(to: NodeID(2))),
      (.openSession, .openSession), (.snapshot, .snapshot), (.members, .show(.members)), (.status, .show(.status)),
      (.health, .show(.health)),
    ]
    for (request, action) in expected {
      #expect(try APIRouter().request(for: request.http(to: .local)).action == action)
    }
  }

  @Test("The client reads what the server answers")
  func answers() throws {
    func meaning(_ body: ClientReply.Body, _ request: StoreRequest) throws -> AnswerMeaning {
      let read = try APIRouter().request(for: request.http(to: .local))
      return AnswerMeaning(of: APIAnswer.reply(body).response(to: read), to: request, from: "n1")
    }
    let read = StoreRequest.read(key: [1])
    let write = StoreRequest.write(.delete(key: [1]), Self.place)
    let change = StoreRequest.change(.promote([NodeID(1)]))
    #expect(try meaning(.value([0, 255]), read) == .result(.value([0, 255])))
    #expect(try meaning(.value(nil), read) == .result(.value(nil)))
    #expect(try meaning(.written(.done), write) == .result(.done))
    #expect(try meaning(.written(.swapped), write) == .result(.done))
    for seen in [nil, [], [0x31], [0xFF]] as [[UInt8]?] {
      #expect(try meaning(.written(.mismatch(seen: seen)), write) == .result(.mismatch(seen: seen)))
    }
    #expect(try meaning(.opened(SessionID(9)), .openSession) == .opened(SessionID(9)))
    #expect(try meaning(.sessionExpired, write) == .sessionEnded)
    #expect(try meaning(.done, change) == .result(.done))
    for refusal in RequestRefusal.allCases {
      switch try meaning(.turnedDown(refusal), change) {
      case .notNow: #expect([.changeUnderWay, .transferUnderWay, .nothingCommittedInTerm].contains(refusal))
      case .result(.refused(_, let reason)): #expect(reason == refusal.name)
      default: Issue.record("\(refusal)")
      }
    }
    for violation in KeyValueLimits.Violation.allCases {
      #expect(
        try meaning(.refused(violation), write)
          == .result(.refused(violation.description, reason: StoreResult.tooLarge)))
    }
    if case .lost = try meaning(.unknown, write) {} else { Issue.record("unknown is not lost") }
    if case .notNow = try meaning(.unknown, read) {} else { Issue.record("a read is never unknown") }
    if case .notNow = try meaning(.notLeader(hint: nil), write) {} else { Issue.record("not the leader") }
  }

  @Test("Answers that are no server's of the store, and those that say nothing, are not believed")
  func strangers() {
    func meaning(_ status: UInt16, _ outcome: String?, _ body: String, _ request: StoreRequest) -> AnswerMeaning {
      var headers = HTTPHeaders()
      if let outcome { headers.append(APIHeader.outcome, outcome) }
      let response = HTTPResponse(HTTPStatus(rawValue: status), headers: headers, body: Array(body.utf8))
      return AnswerMeaning(of: response, to: request, from: "n1")
    }
    let lost = AnswerMeaning.lost("n1 answers what this client cannot read")
    #expect(meaning(200, "ok", #"{"session":-1}"#, .openSession) == lost)
    #expect(meaning(200, "ok", "", .openSession) == lost && meaning(200, "ok", "[]", .status) == lost)
    #expect(meaning(201, "ok", "", .read(key: [1])) == lost && meaning(404, "ok", "", .transfer(to: nil)) == lost)
    let other = "not as a server of raftkv does"
    #expect(meaning(200, nil, "", .transfer(to: nil)) == .lost("n1 answers 200, \(other)"))
    #expect(meaning(502, "maybe", "", .transfer(to: nil)) == .lost("n1 answers 502, \(other)"))
    #expect(meaning(404, nil, "", .transfer(to: nil)) == .stranger("n1 answers 404, \(other)"))
  }

  @Test("A result as JSON begins with its outcome and has a sentence unless it was carried out")
  func json() {
    func text(_ result: StoreResult) -> String { result.json.bytes.text }
    #expect(text(.done) == #"{"outcome":"ok"}"#)
    #expect(text(.value(nil)) == #"{"outcome":"ok","value":null}"#)
    #expect(text(.value([0xFF])) == #"{"outcome":"ok","value":null,"base64":"/w=="}"#)
    #expect(
      text(.mismatch(seen: [0x31]))
        == #"{"outcome":"failed","seen":"1","error":"the value is not the expected one"}"#)
    #expect(text(.refused("no", reason: "last-voter")) == #"{"outcome":"failed","reason":"last-voter","error":"no"}"#)
    #expect(text(.unavailable("no")) == #"{"outcome":"failed","error":"no"}"#)
    #expect(text(.unknown("why")) == #"{"outcome":"unknown","error":"why"}"#)
    #expect(
      text(.facts(.object([JSONMember("outcome", .null), JSONMember("id", .integer(1))])))
        == #"{"outcome":"ok","id":1}"#)
  }
}

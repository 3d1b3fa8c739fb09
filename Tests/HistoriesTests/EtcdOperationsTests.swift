import Histories
import Testing

@Suite("Operations of etcd's robustness tests")
struct EtcdOperationsTests {
  /// One line of a file.
  private func line(
    client: Int = 1, _ call: Int, _ end: Int, steps: String, conditions: String = "null", results: String = "{}",
    output: String = #""Error":"""#
  ) -> String {
    #"{"ClientId":\#(client),"Input":{"Type":"txn","Range":null,"Txn":{"Conditions":\#(conditions),"#
      + #""OperationsOnSuccess":[\#(steps)],"OperationsOnFailure":null}},"Call":\#(call),"Output":{"Txn":{"Failure":false,"#
      + #""Results":[\#(results)]},"Revision":3,\#(output)},"Return":\#(end)}"#
  }

  private func put(_ key: String, _ value: String, lease: Int = 0) -> String {
    #"{"Type":"put-operation","Put":{"Key":"\#(key)","Value":\#(value),"LeaseID":\#(lease)},"Delete":{"Key":""}}"#
  }

  private func range(_ key: String, end: String = "") -> String {
    #"{"Type":"range-operation","Range":{"Start":"\#(key)","End":"\#(end)","Limit":0}}"#
  }

  private func found(_ key: String, _ value: String) -> String {
    #"{"KVs":[{"Key":"\#(key)","Value":\#(value),"ModRevision":3,"Version":1}],"Count":1,"Deleted":0}"#
  }

  private func read(_ lines: [String]) throws -> History {
    try History(reading: Array(lines.joined(separator: "\n").utf8))
  }

  private func problem(_ lines: [String]) -> String {
    do {
      _ = try read(lines)
      return "it was read"
    } catch let error as HistoryReadingError {
      return "\(error.line): \(error.found)"
    } catch {
      return "\(error)"
    }
  }

  @Test("Puts, deletes and ranges of one key are operations of a key-value store, in the order of their times")
  func operations() throws {
    let one = #"{"Value":"1","Hash":0}"#
    let history = try read([
      line(client: 2, 30, 40, steps: range("a"), results: found("a", one)),
      line(client: 1, 10, 20, steps: put("a", one)),
      line(client: 1, 50, 60, steps: #"{"Type":"delete-operation","Delete":{"Key":"a"}}"#),
      line(client: 2, 70, 80, steps: range("a"), results: #"{"KVs":null,"Count":0}"#),
      line(client: 1, 90, 95, steps: put("b", one), output: #""Error":"etcdserver: request timed out""#),
      line(client: 1, 96, 99, steps: put("b", #"{"Hash":77}"#), output: #""Error":"x","PartialResponse":true"#),
      line(client: 2, 96, 99, steps: put("b", #"{"Hash":77}"#), output: #""ClientError":"compacted","Error":"""#),
      line(client: 2, 100, 101, steps: range("b"), output: #""Error":"reset""#),
      #"{"ClientId":2,"Input":{"Type":"defragment"},"Call":102,"Output":{"Error":""},"Return":103}"#,
    ])
    #expect(history.header.model == .keyValue)
    let text = Array("1".utf8)
    #expect(history.operations().map { history.action(of: $0) }.prefix(4) == [.put(text), .get, .delete, .get])
    #expect(
      history.operations().map { history.outcome(of: $0) } == [
        .ok(.done), .ok(.value(text)), .ok(.done), .ok(.value(nil)), .info, .ok(.done), .fail,
      ])
    #expect(history.events.map(\.time) == [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 96, 96, 99, 99])
    #expect(history.operations().map { history.callLine(of: $0) } == [2, 1, 3, 4, 5, 6, 7])
  }

  @Test("At the same time calls come first, also those of a client that has just returned")
  func equalTimes() throws {
    let one = #"{"Value":"1"}"#
    let history = try read([
      line(client: 1, 10, 20, steps: put("a", one)), line(client: 1, 20, 20, steps: put("a", one)),
      line(client: 1, 20, 30, steps: put("a", one)), line(client: 2, 20, 40, steps: put("a", one)),
    ])
    #expect(history.events.map(\.kind) == [.invoke, .invoke, .invoke, .invoke, .ok, .ok, .ok, .ok])
    #expect(history.events[..<4].map(\.process) == [1, 3, 4, 2])
  }

  @Test("What a store without revisions has not is refused, with its line")
  func refused() {
    let one = #"{"Value":"1"}"#
    let good = line(1, 2, steps: put("a", one))
    let later = "; the model etcd is still to come"
    #expect(
      problem([good, line(3, 4, steps: put("a", one), conditions: #"[{"Key":"a","ExpectedRevision":2}]"#)])
        == "2: a transaction with a condition on a key's revision\(later)")
    #expect(
      problem([good, line(3, 4, steps: put("a", one) + "," + put("b", one))])
        == "2: a transaction of several steps\(later)")
    #expect(problem([line(3, 4, steps: range("a", end: "c"))]) == "1: a range of several keys\(later)")
    #expect(
      problem([
        line(3, 4, steps: put("a", one, lease: 9)),
        #"{"ClientId":1,"Input":{"Type":"leaseRevoke","LeaseRevoke":{"LeaseID":9}},"Call":5,"Output":{},"Return":6}"#,
      ]) == "1: a put under a lease that is revoked\(later)")
    #expect(problem([good, line(1, 4, steps: put("a", one))]) == "2: a call at 1, before its return at 2")
    #expect(problem([good, line(3, 4, steps: range("a"), results: found("b", one))]) == "2: another answer")
  }
}

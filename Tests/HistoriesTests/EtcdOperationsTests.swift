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

  @Test("Each is a transaction with its answer, in the order of their times; what tells nothing of keys is left out")
  func operations() throws {
    let one = #"{"Value":"1","Hash":0}"#
    let history = try read([
      line(client: 2, 30, 40, steps: range("a"), results: found("a", one)),
      line(client: 1, 10, 20, steps: put("a", one)),
      line(client: 1, 50, 60, steps: #"{"Type":"delete-operation","Delete":{"Key":"a"}}"#, results: #"{"Deleted":1}"#),
      line(client: 2, 70, 80, steps: range("a", end: "c"), results: #"{"KVs":null,"Count":0}"#),
      line(client: 1, 90, 95, steps: put("b", one, lease: 7), output: #""Error":"etcdserver: request timed out""#),
      line(client: 1, 96, 99, steps: put("b", #"{"Hash":77}"#), output: #""Error":"x","PartialResponse":true"#),
      line(client: 2, 96, 99, steps: put("b", #"{"Hash":77}"#), output: #""ClientError":"compacted","Error":"""#),
      line(client: 2, 100, 101, steps: range("b"), output: #""Error":"reset""#),
      line(
        client: 2, 104, 105, steps: put("b", one),
        conditions: #"[{"Key":"a","ExpectedRevision":2},{"Key":"b","ExpectedVersion":3}]"#),
      #"{"ClientId":2,"Input":{"Type":"defragment"},"Call":102,"Output":{"Error":""},"Return":103}"#,
      #"{"ClientId":1,"Input":{"Type":"leaseRevoke","LeaseRevoke":{"LeaseID":7}},"Call":106,"Output":{"Revision":4},"Return":107}"#,
      #"{"ClientId":1,"Input":{"Type":"range","Range":{"Start":"a","Limit":3,"Revision":2}},"Call":108,"#
        + #""Output":{"Range":{"Count":1},"Revision":4},"Return":109}"#,
    ])
    #expect(history.header.model == .etcd)
    #expect(
      history.operations().map { history.plainValue($0.argument).description } == [
        #"{:then [[:put "a" "1"]]}"#, #"{:then [[:range "a"]]}"#, #"{:then [[:delete "a"]]}"#,
        #"{:then [[:range "a" "c"]]}"#, #"{:then [[:put "b" "1" 7]]}"#, #"{:then [[:put "b" #hash 77]]}"#,
        #"{:then [[:put "b" #hash 77]]}"#, #"{:if [["a" :revision 2] ["b" :version 3]], :then [[:put "b" "1"]]}"#,
        "{:revoke 7}", #"{:range ["a" "" 3], :revision 2}"#,
      ])
    #expect(
      history.operations().map { history.plainValue($0.seen).description } == [
        "{:results [nil], :revision 3}", #"{:results [[1 ["a" "1" 3 1]]], :revision 3}"#,
        "{:results [1], :revision 3}", "{:results [[0]], :revision 3}", "nil", "{:revision 3}", "nil",
        "{:results [nil], :revision 3}", "{:revision 4}", "{:results [[1]], :revision 4}",
      ])
    #expect(history.operations().map(\.kind) == [.ok, .ok, .ok, .ok, .info, .ok, .fail, .ok, .ok, .ok])
    #expect(history.operations().map { history.callLine(of: $0) } == [2, 1, 3, 4, 5, 6, 7, 9, 11, 12])
    let again = try History(reading: History(reading: history.edn()).jsonLines())
    #expect(again.edn() == history.edn())
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

  @Test("An operation that spans all others takes no line from them")
  func spanning() throws {
    let one = #"{"Value":"1"}"#
    let history = try read([
      line(client: 1, 1, 100, steps: put("a", one)), line(client: 2, 2, 3, steps: put("b", one)),
    ])
    #expect(history.operations().map { history.callLine(of: $0) } == [1, 2])
  }

  @Test("What cannot be is refused, with its line")
  func refused() {
    let one = #"{"Value":"1"}"#
    let good = line(1, 2, steps: put("a", one))
    #expect(problem([good, line(1, 4, steps: put("a", one))]) == "2: a call at 1, before its return at 2")
    #expect(problem([good, line(3, 4, steps: put("a", one) + "," + put("b", one))]) == "2: 1 result")
    #expect(
      problem([good, #"{"ClientId":1,"Input":{"Type":"range","Range":{"Start":"a"}},"Call":5,"Output":{},"Return":6}"#])
        == "2: 0 results")
  }
}

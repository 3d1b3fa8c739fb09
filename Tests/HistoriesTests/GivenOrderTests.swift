import Histories
import Testing

@Suite("An order that comes with a history")
struct GivenOrderTests {
  private let header = #"{"format":"raftcheck-history","version":1,"model":"kv"}"#

  /// The places of the operations, read both ways.
  private func places(
    _ lines: [String], member: String? = nil, format: HistoryFormat? = nil
  ) throws -> [Int64?] {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    var found: [[Int64?]] = []
    for takesShortWay in [true, false] {
      var reader = HistoryReader(format: format, orderMember: member)
      if !takesShortWay { reader.takesShortWay = false }
      try reader.read(bytes)
      let history = try reader.finish()
      found.append(history.operations().map { history.givenPlace(of: $0) })
    }
    #expect(found[0] == found[1])
    return found[0]
  }

  @Test("A place stands on a return or on a call; of two the return's counts")
  func homes() throws {
    let read = try places([
      header,
      #"{"process":0,"type":"invoke","f":"put","key":"x","value":"1","order":7}"#,
      #"{"process":1,"type":"invoke","f":"get","key":"x"}"#,
      #"{"process":2,"type":"invoke","f":"delete","key":"x","order":3}"#,
      #"{"process":1,"type":"ok","f":"get","value":"1","order":8}"#,
      #"{"process":2,"type":"info","f":"delete","order":5}"#,
      #"{"process":1,"type":"invoke","f":"get","key":"x"}"#,
    ])
    #expect(read == [7, 8, 5, nil])
  }

  @Test(
    "What is no integer from 0 on says nothing, and refuses no file",
    arguments: [
      ("0", 0), (#""12""#, 12), ("9223372036854775807", .max), ("9223372036854775808", nil), ("-1", nil),
      ("-9223372036854775808", nil), ("99999999999999999999999999", nil), ("1.5", nil), ("1e3", nil), ("null", nil),
      ("true", nil), (#""first""#, nil), (#""""#, nil), (#"[1,2]"#, nil), (#"{"a":1}"#, nil), (#""1\u0032""#, nil),
      (#"4,"order":5"#, 5), (#"4,"order":"no""#, nil), ("007", 7),
    ] as [(String, Int64?)])
  func values(text: String, place: Int64?) throws {
    let lines = [header, #"{"process":0,"type":"invoke","f":"get","key":"x","order":\#(text)}"#]
    #expect(try places(lines) == [place])
  }

  @Test("Another member can be named, also one that means something else", arguments: ["revision", "time", "index"])
  func member(name: String) throws {
    let read = try places(
      [
        header,
        #"{"index":4,"time":4,"revision":4,"order":9,"process":0,"type":"invoke","f":"get","key":"x"}"#,
      ], member: name)
    #expect(read == [4])
  }

  @Test("In EDN it is a keyword", arguments: [nil, "revision"])
  func keyword(name: String?) throws {
    let read = try places(
      [
        "{:process 0, :type :invoke, :f :write, :value 1, :order 2, :revision 5}",
        "{:process 0, :type :ok, :f :write, :value 1, :order :late, :revision 6}",
      ], member: name, format: .edn)
    #expect(read == [name == nil ? 2 : 6])
  }

  @Test("It is written and read again in both formats; a history without one has no such member")
  func roundTrip() throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    recorder.invoke(process: 0, at: 0, key: [0x78], .put([0x31]))
    recorder.invoke(process: 1, at: 1, key: [0x78], .get)
    recorder.complete(process: 1, at: 2, .ok(.value([0x31])), place: 4)
    let without = recorder.finish().placing { _ in nil }
    #expect(!without.hasGivenOrder)
    #expect(!String(decoding: without.jsonLines() + without.edn(), as: UTF8.self).contains("order"))
    let history = recorder.finish().placing { $0.process == 0 ? 3 : 4 }
    for bytes in [history.jsonLines(), history.edn()] {
      let read = try History(reading: bytes)
      #expect(read.operations().map { read.givenPlace(of: $0) } == [3, 4])
      #expect(read.jsonLines() == history.jsonLines())
    }
  }
}

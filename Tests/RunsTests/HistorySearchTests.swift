import Benchmarks
import Foundation
import Histories
import Linearizability
import Runs
import Testing

@Suite("Histories in folders")
struct HistorySearchTests {
  private static let good = "0\t:invoke\t:write\t1\n0\t:ok\t:write\t1\n"
  private static let bad = good + "0\t:invoke\t:read\tnil\n0\t:ok\t:read\t2\n"
  private static let results = "{:linear {:valid? true, :configs ()}, :perf {:valid? true}, :valid? true}\n"

  private func names(in folder: TemporaryFolder) throws -> [String] {
    try HistorySearch(in: folder.path).findings.map { String(try $0.get().path.dropFirst(folder.path.count + 1)) }
  }

  @Test("The history of each run of Jepsen is found once, the best there is, and nothing below it")
  func store() throws {
    let folder = try TemporaryFolder()
    for name in ["history.txt", "jepsen.log", "n1/db.log", "independent/0/history.edn", "results.edn"] {
      _ = try folder.write(Self.good, to: "register/20260101T000000.000Z/\(name)")
    }
    _ = try folder.write("", to: "register/20260102T000000.000Z/history.edn")
    _ = try folder.write(Self.good, to: "register/20260102T000000.000Z/history.txt")
    _ = try folder.write(Self.good, to: "register/20260103T000000.000Z/jepsen.log")
    _ = try folder.write(Self.good, to: "register/20260104T000000.000Z/test.jepsen")
    _ = try folder.write(Self.good, to: "register/20260104T000000.000Z/jepsen.log")
    #expect(symlink("20260101T000000.000Z", "\(folder.path)/register/latest") == 0)
    #expect(symlink("register/20260101T000000.000Z", "\(folder.path)/current") == 0)
    #expect(
      try names(in: folder) == [
        "register/20260101T000000.000Z/history.txt", "register/20260102T000000.000Z/history.txt",
        "register/20260103T000000.000Z/jepsen.log", "register/20260104T000000.000Z/test.jepsen",
      ])
    #expect(HistorySearch(in: folder.path).linkedFolders == [])
    let first = try HistorySearch(in: "\(folder.path)/register/20260101T000000.000Z").findings[0].get()
    #expect(first.results == "\(folder.path)/register/20260101T000000.000Z/results.edn")
  }

  @Test("What is no history by its content, or by a name of Jepsen's, is left out; compressed files are found")
  func others() throws {
    let folder = try TemporaryFolder()
    let event = #"{"process":0,"type":"invoke","f":"read"}"#
    for (name, text) in [
      ("a.json", "[\(event)]"), ("b.json", #"{"seeds":5}"#), ("c.json", "[1, 2]"), ("d.json", "nothing"),
      ("e/results.edn", Self.results), ("f/test.fressian", "x"), ("g.jsonl.gz", "x"), ("h.edn.zst", "x"),
      ("i.edn", "{:nodes [\"n1\"]}"), ("j.json", #"{"format":"raftcheck-case","version":3}"#),
    ] {
      _ = try folder.write(text, to: name)
    }
    #expect(try names(in: folder) == ["a.json", "g.jsonl.gz", "h.edn.zst"])
  }

  @Test("Clients of etcd's robustness tests are one history, in which a place is one in a file")
  func etcd() throws {
    let folder = try TemporaryFolder()
    func line(_ client: Int, _ call: Int, _ step: String, _ result: String) -> String {
      #"{"ClientId":\#(client),"Input":{"Type":"txn","Txn":{"OperationsOnSuccess":[\#(step)]}},"Call":\#(call),"#
        + #""Output":{"Txn":{"Results":[\#(result)]},"Error":""},"Return":\#(call + 1)}"#
    }
    let put = #"{"Type":"put-operation","Put":{"Key":"a","Value":{"Value":"1"}}}"#
    let range = #"{"Type":"range-operation","Range":{"Start":"a"}}"#
    _ = try folder.write(line(1, 5, put, "{}"), to: "run/client-1/operations.json")
    _ = try folder.write(
      line(2, 1, range, "{}") + "\n" + line(2, 9, range, "{}") + "\n", to: "run/client-2/operations.json")
    _ = try folder.write("{}", to: "run/client-2/watch.json")
    let beside = try folder.write("", to: "run/client-2/beside.jsonl")
    let found = try #require(HistorySearch(in: folder.path).findings.first).get()
    #expect(found.path == "\(folder.path)/run" && found.parts.count == 2)
    #expect(try HistorySearch(in: folder.path).findings.last?.get().path == beside)
    let checked = try RecordedHistory(found, below: folder.path, options: CheckOptions()).judged(CheckOptions())
    #expect(checked.judgement.verdict.name == "not-linearizable")
    #expect(checked.places.map(\.place) == ["\(folder.path)/run/client-2/operations.json:2"])

    _ = try folder.write("\n" + line(2, 1, range, "{]"), to: "run/client-2/operations.json")
    do {
      _ = try RecordedHistory(found, below: folder.path, options: CheckOptions())
      Issue.record("it was read")
    } catch {
      #expect("\(error)".hasPrefix("\(folder.path)/run/client-2/operations.json:2:"))
    }
  }

  @Test("No file of a history is written over by its page")
  func pages() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Self.good, to: "run/history.txt")
    let results = try folder.write(Self.results, to: "run/results.edn")
    let operations = try folder.write(
      #"{"ClientId":1,"Input":{"Type":"range","Range":{"Start":"a"}},"Call":1,"Output":{"Range":{}},"Return":2}"#,
      to: "etcd/client-1/operations.json")
    for (path, page) in [("run", results), ("etcd", operations)] {
      let before = try Data(contentsOf: URL(fileURLWithPath: page))
      let result = try Program.run(["check", "\(folder.path)/\(path)", "--html", page])
      #expect(result.exitCode == 64 && result.errors.contains("is the history to read"), "\(result.errors)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: page)) == before)
    }
  }

  @Test("Jepsen's verdict is compared with ours")
  func comparison() throws {
    let folder = try TemporaryFolder()
    func compared(_ history: String, _ results: String) throws -> JepsenComparison? {
      _ = try folder.write(history, to: "run/history.txt")
      _ = try folder.write(results, to: "run/results.edn")
      let found = try #require(HistorySearch(in: folder.path).findings.first).get()
      return try RecordedHistory(found, below: folder.path, options: CheckOptions()).judged(CheckOptions()).jepsen
    }
    let agreeing = try #require(try compared(Self.good, Self.results))
    #expect(agreeing.agrees == true && agreeing.checker.name == ":linear")
    #expect(try compared(Self.bad, Self.results)?.agrees == false)
    let keyed =
      "{:indp {:valid? false, :results {0 {:valid? false, :configs ()}, 1 {:valid? :unknown}}}, :valid? false}"
    let differing = try #require(try compared(Self.good, keyed))
    #expect(differing.agrees == false && differing.checker.name == ":indp :results 0")
    #expect(try compared(Self.good, "{:linear {:valid? :unknown}, :valid? :unknown}")?.agrees == nil)
    let whole = try #require(try compared(Self.bad, "{:perf {:valid? true}, :valid? true}"))
    #expect(whole.agrees == false && whole.checker.name == "the whole test" && !whole.checker.seeksOrder)
    #expect(try compared(Self.good, "no results ]") == nil)
    #expect(
      try compared(Self.good, "{:linear {:model #knossos.model.Register{:value 1}, :valid? true}}")?.agrees == true)
  }

  @Test("Compressed histories are read, and damaged ones told", arguments: [true, false])
  func compressed(isGzip: Bool) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/history.txt\(isGzip ? ".gz" : ".zst")"
    var text = ""
    for number in 0..<20_000 { text += "0\t:invoke\t:write\t\(number)\n0\t:ok\t:write\t\(number)\n" }
    let bytes = isGzip ? StoredFile.gzip(Array(text.utf8)) : StoredFile.zstandard(Array(text.utf8))
    try Files.write(bytes, to: path)
    do {
      let history = try RecordedHistory(path: path, options: CheckOptions()).history
      #expect(history.operations().count == 20_000)
      // Streams may stand one behind the other.
      try Files.write(bytes + (isGzip ? StoredFile.gzip([0x0A]) : StoredFile.zstandard([0x0A])), to: path)
      #expect(try RecordedHistory(path: path, options: CheckOptions()).history.events.count == 40_000)
      try Files.write(Array(bytes.dropLast(9)), to: path)
      #expect(throws: FileProblem.self) { try RecordedHistory(path: path, options: CheckOptions()) }
    } catch {
      // A system may be without the library.
      #expect("\(error)".contains("is not on this system"))
    }
  }
}

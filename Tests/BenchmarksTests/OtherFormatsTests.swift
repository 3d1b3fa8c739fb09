import Benchmarks
import Determinism
import Histories
import Testing

/// Histories as others write them read back to what they were.
@Suite("Formats of others")
struct OtherFormatsTests {
  private func workload(_ functions: [Function], keys: Int = 1) -> History {
    var workload = Workload("formats", operations: 120, clients: 6)
    workload.functions = functions
    workload.keys = keys
    workload.unknownPercent = 10
    return workload.history(seed: 7)
  }

  private func told(_ history: History) -> [String] {
    history.operations().map { "\($0.process) \(history.action(of: $0)) \(history.outcome(of: $0))" }
  }

  @Test("A test.jepsen and a history.txt hold the same operations")
  func jepsen() throws {
    let history = workload([.get, .put])
    let text = try History(reading: history.jepsenText())
    #expect(text.operations().map(\.kind) == history.operations().map(\.kind))
    #expect(try told(History(reading: history.jepsenLog())) == told(text))
    let stored = try History(reading: history.jepsenStore())
    #expect(told(stored) == told(history))
    #expect(stored.events.map(\.line) == (1...UInt32(history.events.count)).map { $0 })
  }

  @Test("A damaged store is told with its place")
  func damaged() {
    var bytes = workload([.get, .put]).jepsenStore()
    bytes[60] ^= 1
    do {
      _ = try History(reading: bytes)
      Issue.record("it was read")
    } catch {
      #expect(error.found == "another: the file is damaged")
      #expect(error.line == 1)
    }
    for count in [0, 5, 17, 18, 40, bytes.count - 1] {
      #expect(throws: HistoryReadingError.self) { try History(reading: Array(bytes[..<count])) }
    }
  }

  @Test("An array of JSON and operations of etcd hold the same operations")
  func json() throws {
    let history = workload([.get, .put, .delete], keys: 3)
    #expect(try told(History(reading: history.jsonArray())) == told(history))
    let etcd = try History(reading: history.etcdOperations())
    // Reads of which nothing was learnt are left out.
    let known = history.operations().filter { !($0.function == .get && $0.isUnknown) }
    func text(_ id: ValueID) -> String { "\"\(String(decoding: history.values[id] ?? [], as: UTF8.self))\"" }
    let steps = known.map { operation in
      switch operation.function {
      case .get: "[:range \(text(operation.key))]"
      case .delete: "[:delete \(text(operation.key))]"
      default: "[:put \(text(operation.key)) \(text(operation.argument))]"
      }
    }
    #expect(etcd.operations().map { etcd.plainValue($0.argument).description } == steps.map { "{:then [\($0)]}" })
    #expect(etcd.operations().map(\.isUnknown) == known.map(\.isUnknown))
    #expect(etcd.operations().map { $0.kind == .fail } == known.map { $0.kind == .fail })
    let seen = known.map { $0.function == .get && $0.kind == .ok && $0.seen != .absent ? text($0.seen) : nil }
    for (operation, value) in zip(etcd.operations(), seen) {
      let answer = etcd.plainValue(operation.seen).description
      #expect(value.map { answer.contains(" \($0) 2 0]") } ?? !answer.contains("[1 "), "\(answer)")
    }
  }
}

import Benchmarks
import Histories
import Judging
import Testing

@Suite("Workloads")
struct WorkloadTests {
  static let short = Workload.all.map { workload in
    var workload = workload.with(operations: 200)
    workload.clients = min(workload.clients, 10)
    return workload
  }

  @Test("Each is linearizable unless it was spoiled", arguments: short)
  func verdict(_ workload: Workload) {
    for seed in 0..<3 as Range<UInt64> {
      var whole = workload
      whole.isSpoiled = false
      #expect(Judge().judge(whole.history(seed: seed)).verdict.name == "linearizable")
      whole.isSpoiled = true
      #expect(Judge().judge(whole.history(seed: seed)).verdict.name == "not-linearizable")
    }
  }

  @Test("A seed makes the same history again, another seed another one")
  func seeds() {
    for workload in Self.short {
      let bytes = workload.history(seed: 1).jsonLines()
      #expect(workload.history(seed: 1).jsonLines() == bytes)
      #expect(workload.history(seed: 2).jsonLines() != bytes)
    }
  }

  @Test("Names are unique, and each workload has as many operations and clients as it says")
  func sizes() {
    let names = Workload.all.map(\.name)
    #expect(Set(names).count == names.count)
    for workload in Self.short {
      let operations = workload.history(seed: 0).operations()
      let asked = workload.isSpoiled ? 200...300 : 200...200
      #expect(asked.contains(operations.count), "\(workload.name)")
      #expect(Set(operations.filter { $0.kind == .ok }.map(\.process)).count >= workload.clients, "\(workload.name)")
    }
  }

  @Test("A log for Porcupine reads back to the same operations and the same verdict", arguments: short)
  func porcupine(_ workload: Workload) throws {
    let portable = try #require(workload.forPorcupine)
    #expect(portable.functions.allSatisfy { $0 == .get || $0 == .put || $0 == .append })
    let history = portable.history(seed: 5)
    let read = try History(reading: history.porcupineLog())
    // A get that came to nothing says nothing, and is left out.
    let told = history.operations().filter { $0.function != .get || !$0.isUnknown }
    #expect(read.operations().map(\.process) == told.map(\.process))
    #expect(read.operations().map(\.function) == told.map(\.function))
    #expect(Judge().judge(read).verdict.name == (workload.isSpoiled ? "not-linearizable" : "linearizable"))
  }
}

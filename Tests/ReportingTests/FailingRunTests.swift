import Reporting
import Testing
import Traces

@Suite("A failing run")
struct FailingRunTests {
  @Test("A size is told by its four figures")
  func sizes() {
    let size = RunSize(nodes: 3, operations: 3, faults: 1, deliveries: 9)
    #expect(size != RunSize(nodes: 3, operations: 3, faults: 1, deliveries: 8))
  }
}

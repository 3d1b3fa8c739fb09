import Determinism
import Traces

/// Of whom each fault of a run took hold.
struct FaultTargets {
  private var nodesByFault = SortedTable<Int, [NodeID]>()

  init(_ faults: [BegunFault]) {
    for fault in faults { nodesByFault[fault.id] = fault.nodes }
  }

  /// The nodes of a fault; none if it touches all messages, `nil` if it did not take hold.
  func nodes(of fault: Int) -> [NodeID]? { nodesByFault[fault] }
}

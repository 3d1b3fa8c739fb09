import Determinism
import Scenarios

/// The syncs of a run, and which of them fail.
struct DiskSyncs {
  /// By event.
  private var failed = LookupTable<UInt64, Bool>()

  init(_ trace: [TracedEvent], _ scenario: Scenario, _ faults: [BegunFault]) {
    let troubles = faults.filter { begun in
      scenario.faults.contains { fault in
        if case .syncError = fault.action { fault.id == begun.id } else { false }
      }
    }
    guard !troubles.isEmpty else { return }
    var inForce: [BegunFault] = []
    for event in trace {
      switch event.kind {
      case .faultBegins(let id): inForce += troubles.filter { $0.id == id }
      case .faultEnds(let id): inForce.removeAll { $0.id == id }
      case .stormEnds: inForce = []
      case .diskSync:
        if let node = event.node, inForce.contains(where: { $0.nodes.contains(node) }) { failed[event.hash] = true }
      default: break
      }
    }
  }

  /// Whether an event is the end of a sync that has kept nothing.
  func fails(in event: TracedEvent) -> Bool {
    event.kind == .diskSync && failed[event.hash] ?? false
  }

  /// What is said of a disk where one of its syncs ends: `has synced log-1`, `fails to sync log-1`.
  func predicate(of event: TracedEvent) -> String {
    let front = "\(event.node.map(\.description) ?? "")'s disk has synced"
    let file = event.what.hasPrefix(front) ? event.what.dropFirst(front.count) : ""
    return fails(in: event) ? "fails to sync\(file)" : "has synced\(file)"
  }
}

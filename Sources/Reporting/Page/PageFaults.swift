import Determinism
import Scenarios
import Traces

/// The faults of a run in a few words.
struct PageFaults {
  private let scenario: Scenario
  private let begun: [BegunFault]
  private let ends: [(id: Int, event: Int)]
  private let stormEnd: Int?

  /// A fault as a banner names it.
  struct Named {
    var begin: String
    /// `nil` if its end says nothing.
    var end: String?
    /// The servers that it cuts off from most of the others.
    var cutOff: [NodeID]?
  }

  init(of run: FailingRun) {
    scenario = run.sequel?.scenario ?? run.scenario
    let outcome = run.sequel?.outcome ?? run.outcome
    begun = outcome.faults
    let trace = outcome.trace
    ends = trace.enumerated().compactMap { place, event in
      if case .faultEnds(let id) = event.kind { (id, place) } else { nil }
    }
    stormEnd = trace.firstIndex { $0.kind == .stormEnds }
  }

  /// The row in which a fault is over; the last one if it is not.
  func endRow(of id: Int, in drawing: PageSpaceTime) -> Int {
    let ends = [ends.first { $0.id == id }?.event, stormEnd].compactMap(\.self)
    return ends.min().map { end in
      min(drawing.rows.count - 1, drawing.rows.partitioningIndex { $0.event >= end })
    } ?? drawing.rows.count - 1
  }

  /// - Returns: `nil` if it had nobody to take hold of.
  func fault(_ id: Int) -> Named? {
    guard let fault = scenario.faults.first(where: { $0.id == id }),
      let nodes = begun.first(where: { $0.id == id })?.nodes
    else { return nil }
    let members = NodeID.first(scenario.cluster.nodes)
    let text = FaultText(fault: fault, nodes: nodes, members: members)
    var named = Named(begin: text.begin, end: text.end)
    switch fault.action {
    case .partition(let shape, _, let direction):
      named.cutOff = Self.cutOff(shape.cuts(side: nodes, of: members, direction: direction), nodes, members)
    case .clog: named.cutOff = nodes
    default: break
    }
    return named
  }

  /// Those who do not hear the largest part of the cluster, directly or through others, or are not heard.
  private static func cutOff(
    _ cuts: [(senders: [NodeID], recipients: [NodeID])], _ side: [NodeID], _ members: [NodeID]
  ) -> [NodeID] {
    func isCut(_ one: NodeID, _ other: NodeID) -> Bool {
      cuts.contains { $0.senders.contains(one) && $0.recipients.contains(other) }
    }
    var parts: [[NodeID]] = []
    for node in members {
      let near = parts.indices.filter { part in parts[part].contains { !isCut($0, node) && !isCut(node, $0) } }
      let joined = near.flatMap { parts[$0] } + [node]
      parts = parts.enumerated().filter { !near.contains($0.offset) }.map(\.element) + [joined]
    }
    let largest = parts.map(\.count).max() ?? 0
    let homes = parts.filter { $0.count == largest }
    let home = homes.first { part in !part.contains { side.contains($0) } } ?? homes.first ?? []
    return members.filter { !home.contains($0) }
  }
}

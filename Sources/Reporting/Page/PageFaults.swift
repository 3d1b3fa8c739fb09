import Determinism
import Scenarios
import Traces

/// The faults of a run in the words of its story.
struct PageFaults {
  private let run: FailingRun
  private let ends: [(id: Int, event: Int)]
  private let stormEnd: Int?
  /// The event with which those heal that the end of the storm leaves out.
  private let lastHealing: Int?

  /// - Parameter trace: the run's own or, where that is drawn, its sequel's.
  init(of run: FailingRun, _ trace: [TracedEvent]) {
    self.run = run
    ends = trace.enumerated().compactMap { place, event in
      if case .faultEnds(let id) = event.kind { (id, place) } else { nil }
    }
    let stormEnd = trace.firstIndex { $0.kind == .stormEnds }
    self.stormEnd = stormEnd
    lastHealing = stormEnd.flatMap { end in
      trace.indices.first { place in
        place > end && trace[place].kind == .calmLook && trace[place].node == nil
          && trace[place].effects.contains { $0.what.isHealing }
      }
    }
  }

  /// The row in which a fault is over; the last one if it is not.
  func endRow(of id: Int, in drawing: PageSpaceTime) -> Int {
    row([ends.first { $0.id == id }?.event, stormEnd].compactMap(\.self).min(), drawing)
  }

  /// The row in which those heal that the end of the storm leaves out; the last one if they do not.
  func lastHealingRow(in drawing: PageSpaceTime) -> Int { row(lastHealing, drawing) }

  private func row(_ event: Int?, _ drawing: PageSpaceTime) -> Int {
    event.map { end in min(drawing.rows.count - 1, drawing.rows.partitioningIndex { $0.event >= end }) }
      ?? drawing.rows.count - 1
  }

  /// A fault that begins or ends in an event, as the story says it; `nil` if it had nobody to take hold of, or that it
  /// ends says nothing.
  func text(of event: TracedEvent, at place: Int) -> String? {
    switch event.kind {
    case .faultBegins(let id, _): fault(id, at: place)?.begin
    // The end of the storm has ended it already.
    case .faultEnds(let id): event.at > scenario(at: place).stormEnd ? nil : fault(id, at: place)?.end
    default: nil
    }
  }

  /// The servers that a fault cuts off from most of the others; `nil` if it is none that does.
  func cutOff(by id: Int, at place: Int) -> [NodeID]? {
    guard let text = fault(id, at: place) else { return nil }
    switch text.fault.action {
    case .partition(let shape, _, let direction):
      let cuts = shape.cuts(side: text.nodes, of: text.members, direction: direction)
      return Self.cutOff(cuts, text.nodes, text.members)
    case .clog: return text.nodes
    default: return nil
    }
  }

  /// The servers that stay cut off when the storm ends.
  func stayCutOff(at place: Int) -> [NodeID] {
    outcome(at: place).fates.nodes { $0 == .cut || $0 == .deaf || $0 == .mute }
  }

  /// A sequel goes its own way behind the run's last event, and not before.
  private func isSequel(_ place: Int) -> Bool { place >= run.outcome.trace.count }

  private func scenario(at place: Int) -> Scenario {
    isSequel(place) ? run.sequel?.scenario ?? run.scenario : run.scenario
  }

  private func outcome(at place: Int) -> RunOutcome {
    isSequel(place) ? run.sequel?.outcome ?? run.outcome : run.outcome
  }

  private func fault(_ id: Int, at place: Int) -> FaultText? {
    let scenario = scenario(at: place)
    let begun = outcome(at: place).faults
    guard let fault = scenario.faults.first(where: { $0.id == id }), let nodes = FaultTargets(begun).nodes(of: id)
    else { return nil }
    return FaultText(fault: fault, nodes: nodes, members: NodeID.first(scenario.cluster.nodes))
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

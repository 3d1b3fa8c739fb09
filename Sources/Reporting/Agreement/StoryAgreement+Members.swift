import Determinism
import Raft
import Scenarios
import Traces

// The picture of a cluster whose members change: from when on a server is there, and what it is by which entry.
extension StoryAgreement {
  mutating func checkMembers(_ outcome: RunOutcome, _ scenario: Scenario) {
    checkAbsences(outcome, scenario)
    var shown = NodeID.first(scenario.cluster.nodes).map { scenario.cluster.founding.contains($0) ? "voter" : "" }
    for (place, event) in outcome.trace.enumerated() where place <= told.picture.last {
      let marks = told.picture.marks.filter { $0.kind == .part && $0.event == place }
      let appended = Self.configurations(event)
      for mark in marks {
        guard let node = mark.node, let entry = appended.last(where: { mark.text.hasSuffix(" by \($0.position)") }),
          mark.text == "\(Self.part(of: node, in: entry.members)) by \(entry.position)"
        else {
          disagree("the picture", "\(mark.node?.description ?? "the cluster") is \(mark.text)", EventText.of(event))
          continue
        }
        shown[node.offset] = Self.part(of: node, in: entry.members)
      }
      guard let latest = appended.last else { continue }
      for node in NodeID.first(scenario.cluster.nodes) {
        let part = Self.part(of: node, in: latest.members)
        // Whoever has never been there is not removed.
        if shown[node.offset] != part, !(shown[node.offset].isEmpty && part == "removed") {
          disagree(
            "the picture", "\(node)'s lane does not say \(part)", "\(latest.position) \(MembersText.of(latest.members))"
          )
        }
      }
    }
  }

  private static func part(of node: NodeID, in members: Members) -> String {
    if members.voters.contains(node) { return "voter" }
    if members.outgoing.contains(node) { return "outgoing voter" }
    return members.learners.contains(node) ? "learner" : "removed"
  }

  /// The configurations that a leader appends in an event.
  private static func configurations(_ event: TracedEvent) -> [(position: LogPosition, members: Members)] {
    if case .earlier = event.kind { return [] }
    var found: [(position: LogPosition, members: Members)] = []
    for effect in event.effects {
      guard case .appended(let entries) = effect.what,
        event.states.contains(where: { $0.node == effect.node && $0.role == .leader })
      else { continue }
      for entry in entries {
        guard case .configuration(let members) = entry.content else { continue }
        found.append((LogPosition(index: entry.index, term: entry.term), members))
      }
    }
    return found
  }

  /// Servers are shown as not started yet exactly until they start for the first time.
  private mutating func checkAbsences(_ outcome: RunOutcome, _ scenario: Scenario) {
    for node in NodeID.first(scenario.cluster.nodes) {
      let drawn = outcome.trace.prefix(told.picture.last + 1)
      let first = drawn.firstIndex { event in event.states.contains { $0.node == node } }
      let isStart = first.map { drawn[$0].effects.contains(TracedEffect(.started, at: node)) } ?? true
      let isLate = !scenario.cluster.founding.contains(node) && isStart
      let end = first == told.picture.last ? nil : first
      let expected = isLate ? [ToldPicture.Down(node: node, from: -1, to: end)] : []
      let shown = told.picture.absences.filter { $0.node == node }
      if shown != expected {
        disagree(
          "the picture", "\(node)'s lane is\(shown.isEmpty ? " not" : "") shown as not started",
          first.map { isLate ? "it starts at \(outcome.trace[$0].at)" : "it has been there" } ?? "it never starts")
      }
    }
  }
}

import Determinism
import Raft
import Scenarios
import Traces

/// Who takes part in a cluster whose members change, and from when on, as the lanes show it.
struct PageMembers {
  /// What a server is by a configuration.
  enum Part: String, Hashable {
    case voter
    /// During joint consensus: a voter of the old configuration alone.
    case outgoing = "outgoing voter"
    case learner
    case removed

    /// `nil` for a server that has no part in it.
    init?(of node: NodeID, in members: Members) {
      if members.voters.contains(node) {
        self = .voter
      } else if members.outgoing.contains(node) {
        self = .outgoing
      } else if members.learners.contains(node) {
        self = .learner
      } else {
        return nil
      }
    }
  }

  /// What a server becomes by an entry that a leader appends.
  struct Change {
    var node: NodeID
    var part: Part
    var entry: LogPosition

    /// `learner by 2/1`.
    var text: String { "\(part.rawValue) by \(entry)" }
  }

  /// The servers that have not started when the run begins.
  private(set) var latecomers: [NodeID] = []
  /// By the event in which a leader appends a configuration.
  private(set) var changes = SortedTable<Int, [Change]>()
  /// By server that was late: the event in which it started for the first time.
  private var arrivals = SortedTable<Int, Int>()

  /// - Parameter last: the last event that is looked at.
  init(_ cluster: ClusterPlan, _ trace: [TracedEvent], through last: Int) {
    let nodes = NodeID.first(cluster.nodes)
    var parts = SortedTable<Int, Part>()
    for node in cluster.founding { parts[node.offset] = .voter }
    var isKnown = nodes.map { cluster.founding.contains($0) }
    for (place, event) in trace[...last].enumerated() {
      for effect in event.effects where effect.what == .started {
        if let node = effect.node, !isKnown[node.offset] { arrivals[node.offset] = place }
      }
      for state in event.states { isKnown[state.node.offset] = true }
      for logged in event.configurationsOfLeaders {
        for node in nodes {
          let before = parts[node.offset]
          let part = Part(of: node, in: logged.members) ?? (before == nil ? nil : .removed)
          guard let part, part != before else { continue }
          parts[node.offset] = part
          changes[place, default: []].append(Change(node: node, part: part, entry: logged.position))
        }
      }
    }
    latecomers = nodes.filter { arrivals[$0.offset] != nil || !isKnown[$0.offset] }
  }

  /// Whether a server starts for the first time in an event.
  func arrives(_ node: NodeID, in place: Int) -> Bool { arrivals[node.offset] == place }

  /// What a server becomes in an event.
  func changes(of node: NodeID, in place: Int) -> [Change] { (changes[place] ?? []).filter { $0.node == node } }
}

extension TracedEvent {
  /// The configurations that a leader appends in it, and where.
  fileprivate var configurationsOfLeaders: [(position: LogPosition, members: Members)] {
    if case .earlier = kind { return [] }
    return effects.flatMap { effect -> [(position: LogPosition, members: Members)] in
      guard case .appended(let entries) = effect.what,
        states.contains(where: { $0.node == effect.node && $0.role == .leader })
      else { return [] }
      return entries.compactMap { entry in
        guard case .configuration(let members) = entry.content else { return nil }
        return (LogPosition(index: entry.index, term: entry.term), members)
      }
    }
  }
}

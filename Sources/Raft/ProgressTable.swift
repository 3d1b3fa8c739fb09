import Determinism

/// What a leader knows of each server that it keeps in mind: the members, and itself.
package struct ProgressTable: Hashable, Sendable {
  /// Of which servers.
  package private(set) var tracked = NodeSet()
  /// By the servers' offsets; of one that is not tracked it says nothing. Other rooms read it by way of this field: a
  /// subscript would copy all of a progress for each of its fields.
  package private(set) var slots: [Progress] = []

  init() {}

  /// What is known of a server that is tracked.
  subscript(_ node: NodeID) -> Progress {
    _read { yield slots[node.offset] }
    _modify { yield &slots[node.offset] }
  }

  /// Begins to track those of some servers that are not tracked yet.
  mutating func track(_ nodes: NodeSet, as progress: Progress) {
    let added = nodes.subtracting(tracked)
    for node in added {
      while slots.count <= node.offset { slots.append(progress) }
      slots[node.offset] = progress
    }
    tracked = tracked.union(added)
  }

  /// Tracks some servers no longer.
  mutating func forget(_ nodes: NodeSet) { tracked = tracked.subtracting(nodes) }
}

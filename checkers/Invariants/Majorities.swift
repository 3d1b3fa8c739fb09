import Determinism
import Raft

extension Members {
  /// Whether some servers are a majority of the voters and, during joint consensus, of the outgoing ones, too (Raft §6). By
  /// code of its own, for Raft's is what is judged.
  package func isQuorum(_ servers: NodeSet) -> Bool {
    guard !voters.isEmpty else { return false }
    return servers.isMajority(of: voters) && (outgoing.isEmpty || servers.isMajority(of: outgoing))
  }

  /// Whether each two quorums of these and of other members have a server in common, as one set of voters of each shows: that
  /// is so of all configurations that follow on each other in order.
  func overlaps(_ other: Members) -> Bool {
    func halves(_ members: Members) -> [NodeSet] { [members.voters, members.outgoing].filter { !$0.isEmpty } }
    return halves(self).contains { mine in
      halves(other).contains { others in
        mine.count / 2 + 1 + others.count / 2 + 1 > mine.union(others).count
      }
    }
  }
}

extension NodeSet {
  fileprivate func isMajority(of voters: NodeSet) -> Bool { intersection(voters).count > voters.count / 2 }
}

extension ClusterView {
  /// The configuration in force at a node. By way of fields alone, for a copy of a node is dear.
  func members(at node: NodeID) -> Members {
    replicas.withUnsafeBufferPointer { $0[node.offset].raft.inForce.members }
  }

  /// The configuration before the latest one of the node that took a step, if the latest stands behind an index.
  func members(appendedBehind index: LogIndex) -> Members? {
    replicas.withUnsafeBufferPointer { replicas in
      let configurations = replicas[changed.offset].raft.log.configurations
      guard configurations.count > 1, configurations[configurations.count - 1].index > index else { return nil }
      return configurations[configurations.count - 2].members
    }
  }

  /// Whether the log of the node that took a step holds a configuration behind that with which it begins, be it in force or
  /// not. By way of fields alone, too.
  var holdsOtherMembers: Bool {
    replicas.withUnsafeBufferPointer { $0[changed.offset].raft.log.configurations.count > 1 }
  }
}

import KeyValue
import Raft

/// Every decision on which safety rests, at one server. A known bug replaces one rule of one of these.
package struct RuleSet: Sendable {
  package var raft: any RaftRules.Type
  package var session: any SessionRules.Type
  package var storage: any StorageRules.Type
  package var server: any ServerRules.Type
  package var replica: any ReplicaRules.Type
  package var wire: any WireRules.Type

  package init(
    raft: any RaftRules.Type = PaperRaftRules.self,
    session: any SessionRules.Type = PaperSessionRules.self,
    storage: any StorageRules.Type = PaperStorageRules.self,
    server: any ServerRules.Type = PaperServerRules.self,
    replica: any ReplicaRules.Type = PaperReplicaRules.self,
    wire: any WireRules.Type = PaperWireRules.self
  ) {
    self.raft = raft
    self.session = session
    self.storage = storage
    self.server = server
    self.replica = replica
    self.wire = wire
  }

  /// As published.
  package static let paper = RuleSet()
}

import Determinism
import KeyValue
import Raft
import Replica
import Traces

/// Takes down what the servers of one traced run decide.
///
/// Rules are functions without a place to write to, so the log of a run is bound to the thread that makes it
/// (`TaskLocal`), for as long as it is made. A run that is not traced neither has one nor asks for it.
final class DecisionLog: @unchecked Sendable {
  @TaskLocal static var current: DecisionLog?

  /// Who decides now; nothing is taken down while it is nobody.
  var node: NodeID?
  private var decisions: [TracedDecision] = []

  /// Hands out what was decided since the last call, in order.
  func take() -> [TracedDecision] {
    defer { decisions.removeAll() }
    return decisions
  }

  /// Gives the answer of the rule in force, and takes down the question if the published rule answers otherwise or a
  /// failure may rest on it.
  static func answer<Value: Hashable & Sendable>(
    _ rule: RuleDecision.Rule, _ inForce: Value, _ published: Value,
    _ question: (RuleDecision.Answers<Value>) -> RuleDecision.Question
  ) -> Value {
    let differs = inForce != published
    if differs || rule.isTelling, let log = current, let node = log.node {
      let question = question(RuleDecision.Answers(inForce: inForce, published: published))
      if differs || question.isTelling {
        log.decisions.append(TracedDecision(RuleDecision(by: rule, question, differs: differs), by: node))
      }
    }
    return inForce
  }
}

extension RuleSet {
  /// The same rules, recorded.
  var recorded: RuleSet {
    func raft<Rules: RaftRules>(_: Rules.Type) -> any RaftRules.Type { RecordedRaftRules<Rules>.self }
    func session<Rules: SessionRules>(_: Rules.Type) -> any SessionRules.Type { RecordedSessionRules<Rules>.self }
    func storage<Rules: StorageRules>(_: Rules.Type) -> any StorageRules.Type { RecordedStorageRules<Rules>.self }
    func server<Rules: ServerRules>(_: Rules.Type) -> any ServerRules.Type { RecordedServerRules<Rules>.self }
    func replica<Rules: ReplicaRules>(_: Rules.Type) -> any ReplicaRules.Type { RecordedReplicaRules<Rules>.self }
    func wire<Rules: WireRules>(_: Rules.Type) -> any WireRules.Type { RecordedWireRules<Rules>.self }
    return RuleSet(
      raft: raft(self.raft), session: session(self.session), storage: storage(self.storage),
      server: server(self.server), replica: replica(self.replica), wire: wire(self.wire))
  }
}

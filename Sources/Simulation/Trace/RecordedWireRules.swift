import Determinism
import Replica
import Traces

/// `WireRules` that are recorded.
enum RecordedWireRules<Rules: WireRules>: WireRules {
  /// Asks the rules in force and the published ones the same.
  private static func record(
    _ rule: RuleDecision.Rule, _ ask: (any WireRules.Type) -> Bool,
    _ question: (RuleDecision.Answers<Bool>) -> RuleDecision.Question
  ) -> Bool {
    DecisionLog.answer(rule, ask(Rules.self), ask(PaperWireRules.self), question)
  }

  static func isIntact(expected: UInt32, actual: UInt32) -> Bool {
    record(.isFrameIntact, { $0.isIntact(expected: expected, actual: actual) }) {
      .isFrameIntact(expected: expected, actual: actual, $0)
    }
  }

  static func isAddressed(
    _ address: FrameAddress, to recipient: FrameAddress.Party, of cluster: ClusterID
  ) -> Bool {
    record(.isAddressed, { $0.isAddressed(address, to: recipient, of: cluster) }) {
      .isAddressed(address: address, recipient: recipient, cluster: cluster, $0)
    }
  }
}

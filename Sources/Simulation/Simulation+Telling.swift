import Determinism
import Replica
import Scenarios

/// What is written down for whoever wants to be told of single messages.
extension Simulation {
  /// Writes down a message as it is sent. - Returns: its place; zero if nobody wants to know.
  mutating func write(_ label: MessageLabel, from node: NodeID, to recipient: NodeID, occurrence: UInt64) -> UInt32 {
    guard options.tellsDeliveries else { return 0 }
    letters.append(
      MessageKey(
        from: node, to: recipient, MessageKind(label.kind), term: label.term.rawValue, index: label.index.rawValue,
        occurrence: occurrence))
    return UInt32(letters.count - 1)
  }
}

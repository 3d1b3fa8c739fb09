/// The decisions on which it rests that a server hears only what was said to it. A default is what is right; a known bug
/// overrides one.
package protocol WireRules: Sendable {
  /// Whether a frame is the one that was sent. Raft takes messages to be lost, repeated and reordered, and never changed
  /// (Raft §2, "non-Byzantine"): networks change them (Stone and Partridge 2000), so that a frame bears a checksum
  /// (RFC 3720, appendix B.4), and one that was changed counts as lost.
  ///
  /// - Parameters:
  ///   - expected: the checksum that stands in the frame.
  ///   - actual: the checksum of the bytes that are there.
  static func isIntact(expected: UInt32, actual: UInt32) -> Bool

  /// Whether a frame is for whoever has received it. Terms, votes and indices mean something within one cluster only, and
  /// an answer counts only with the one who has asked (Raft §5.1, §5.2): servers and addresses outlive their clusters.
  ///
  /// - Parameters:
  ///   - recipient: who has received it.
  ///   - cluster: the cluster to which that one belongs, or talks.
  static func isAddressed(_ address: FrameAddress, to recipient: FrameAddress.Party, of cluster: ClusterID) -> Bool
}

extension WireRules {
  package static func isIntact(expected: UInt32, actual: UInt32) -> Bool { expected == actual }

  package static func isAddressed(
    _ address: FrameAddress, to recipient: FrameAddress.Party, of cluster: ClusterID
  ) -> Bool {
    address.cluster == cluster && address.recipient == recipient
  }
}

/// The rules as they should be.
package enum PaperWireRules: WireRules {}

import Replica

/// Takes whatever comes for what was sent.
enum CorruptFrameAccepted: WireRules {
  static func isIntact(expected: UInt32, actual: UInt32) -> Bool { true }
}

/// Takes whatever comes for a message to itself.
enum ForeignFrameAccepted: WireRules {
  static func isAddressed(
    _ address: FrameAddress, to recipient: FrameAddress.Party, of cluster: ClusterID
  ) -> Bool { true }
}

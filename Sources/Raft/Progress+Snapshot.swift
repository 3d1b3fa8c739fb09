import Determinism

/// Sending a snapshot in pieces (Raft Figure 13).
extension Progress {
  /// A snapshot on its way. The leader keeps it for as long as it is getting there, whatever newer one there is, or a
  /// cluster that makes snapshots faster than it sends them would never complete one.
  ///
  /// Always `received <= sent`, both at most the snapshot's size.
  package struct Transfer: Hashable, Sendable {
    package let snapshot: Snapshot
    /// How many of its bytes the member is taken to hold.
    package private(set) var received: UInt64 = 0
    /// Up to which of its bytes pieces have left.
    package private(set) var sent: UInt64 = 0
    /// The round of broadcasts in which the latest piece left.
    package private(set) var round: UInt64 = 0
    /// Whether the last piece is on its way.
    package private(set) var isLastSent = false
    /// Whether pieces get there. Until that is known one at a time is on its way, as with a probe.
    package private(set) var isFlowing = false

    fileprivate init(_ snapshot: Snapshot) {
      self.snapshot = snapshot
    }

    /// The bytes of the piece that may leave now, if the window has room for one.
    func nextPiece(under configuration: RaftConfiguration) -> Range<Int>? {
      let (size, most) = (snapshot.bytes.count, configuration.maxSnapshotChunkBytes)
      let underWay = Int(sent - received)
      let window = isFlowing ? RaftConfiguration.maxInflightPieces : 1
      guard !isLastSent, underWay <= (window - 1) * most, underWay < configuration.maxInflightBytes else { return nil }
      return Int(sent)..<min(size, Int(sent) + most)
    }

    mutating func send(_ piece: Range<Int>, inRound round: UInt64) {
      sent = UInt64(piece.upperBound)
      isLastSent = piece.upperBound == snapshot.bytes.count
      self.round = round
    }

    /// Takes note of how much the member says to hold. Less than before says that it has restarted, if no more than one
    /// piece was on its way; of several the answers may come in any order.
    ///
    /// - Returns: whether it is more than before.
    mutating func receive(_ count: UInt64) -> Bool {
      if count > received {
        received = count
        sent = max(sent, count)
        isFlowing = true
        return true
      }
      if count < received, !isFlowing {
        received = count
        goBack()
      }
      return false
    }

    /// Takes what is on its way for lost, and goes on behind what the member holds.
    mutating func goBack() {
      sent = received
      isLastSent = false
      isFlowing = false
    }
  }

  /// Begins to send a snapshot.
  mutating func begin(_ snapshot: Snapshot, at now: LocalInstant) {
    forgetFlights()
    mode = .snapshot
    transfer = Transfer(snapshot)
    movedAt = now
  }

  /// Takes the pieces on their way for lost if the member has answered what left after them: it would else have answered
  /// them first, and only a network that changes their order makes this wrong. Answers that come twice, or late, are of
  /// earlier rounds, so however many they are, no piece is sent for them.
  mutating func loseOvertakenPieces() {
    if let transfer, acknowledgedRound > transfer.round, transfer.isLastSent || transfer.sent > transfer.received {
      self.transfer?.goBack()
    }
  }

  /// Takes note of how much of its snapshot the member says to hold.
  mutating func receive(_ count: UInt64, at now: LocalInstant) {
    if transfer?.receive(count) ?? false { movedAt = now }
  }
}

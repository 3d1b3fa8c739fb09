import Determinism
import Histories
import Invariants
import Raft
import Scenarios
import Traces

/// What clients do while the cluster heals, and what that demands of its leader.
extension Simulation {
  /// For how long clients begin operations in each phase in which the cluster heals.
  var workTime: Duration {
    scenario.cluster.electionTimeoutMax * Int64(scenario.calm.work?.timeouts ?? 0)
  }

  /// How long a client waits before its next operation, if the cluster heals now and there is one.
  var healingPause: Duration? {
    guard calm.phase == .settling || calm.phase == .rejoining, now - calm.since < workTime else { return nil }
    return scenario.calm.work?.pause
  }

  /// Of so many operations one is a read.
  private static let readShare = 4

  /// A client writes a key of its own, again and again, and now and then reads one that all share. To write to that would
  /// hide that an earlier write was lost.
  mutating func heal(_ client: Int) {
    let number = clients[client].countHealing()
    let (keys, deadline) = (scenario.workload.keys, now + scenario.workload.operationTimeout)
    if number % Self.readShare == Self.readShare - 1, !keys.isEmpty {
      return call(client, .get, key: keys[(client + number) % keys.count], in: .healing, until: deadline)
    }
    let value = Array("\(client).h\(number)".utf8)
    let filling = max(0, (scenario.calm.work?.valueBytes ?? 0) - value.count)
    let filled = value + Array(repeating: UInt8(ascii: "."), count: filling)
    call(client, .put(filled), key: "heal-\(client)", in: .healing, until: deadline)
  }

  /// Looks at how far the leader has brought its followers up.
  mutating func lookAtFollowers() {
    guard scenario.calm.work != nil else { return }
    let isHealing = calm.phase == .settling || calm.phase == .steady
    let nodes = isHealing ? scenario.calm.nodes { $0.hears && $0.isHeard } : members
    let bounds = progressBounds
    let finding = calm.followers.look(at: nodes, replicas: replicas, running: running, within: bounds, at: now)
    if let finding { fail(finding, accounts: accounts) }
  }

  /// Within how many election timeouts, and round trips more, something must get further.
  private static let movingTimeouts: Int64 = 3
  private static let movingRoundTrips: Int64 = 8

  /// There and back, and to the disk at both ends.
  private var roundTrip: Duration { (scenario.calm.longestDelay + scenario.calm.longestSync * 2) * 2 }

  /// See ARCHITECTURE.md, "The storm and the calm".
  private var progressBounds: FollowerProgress.Bounds {
    FollowerProgress.Bounds(
      moving: scenario.cluster.electionTimeoutMax * Self.movingTimeouts + roundTrip * Self.movingRoundTrips,
      piece: roundTrip + scenario.cluster.heartbeatInterval,
      pieceBytes: scenario.protocols.snapshotChunkBytes)
  }
}

import Determinism

/// Walks what one leader knows of one follower into rare corners, blind to any bug.
///
/// A server, mostly the leader, is away for some election timeouts. What it wrote alone stays in its log, and the others
/// go on. As soon as a leader hears it again the next stroke falls: what it is sent now does not arrive, while the leader
/// takes a snapshot and its clients write. So next index, match index, mode, what is on its way and the terms in the
/// follower's log come together in ways in which faults at random hardly bring them.
struct FaultWalk {
  let dice: Dice
  let cluster: ClusterPlan
  let storm: Duration

  /// One seed of so many has a walk instead of other faults.
  private static let oneIn = 8
  private static let mostSteps = 16

  /// The faults, in the order of their identities; `nil` in a seed that has no walk.
  func faults() -> [Fault]? {
    var draws = dice.sequence(.walkPlan)
    guard draws.next().below(Self.oneIn) == 0, cluster.nodes >= 3 else { return nil }
    let stride = timeouts(draws.next().within(2_500...7_000))
    let steps = min(Self.mostSteps, Int(storm.nanoseconds / stride.nanoseconds))
    let faults = (0..<steps).flatMap { step in self.step(step, at: stride * Int64(step)) }
    return faults.enumerated().map { id, fault in
      Fault(id: id, trigger: fault.trigger, duration: fault.duration, action: fault.action)
    }
  }

  /// A server goes away, comes back, and is struck again.
  private func step(_ number: Int, at start: Duration) -> [Fault] {
    var draws = dice.sequence(.walkPlan, UInt64(number + 1))
    let someone = FaultTarget.nodes([draws.pick(NodeID.first(cluster.nodes))])
    let absent = draws.pick(weighted: [(FaultTarget.leader, 4), (someone, 1)])
    let away: FaultAction = draws.pick(weighted: [
      (.partition(shape: .one, side: absent, direction: .both), 6),
      (.partition(shape: .one, side: absent, direction: .inbound), 1), (.clog(side: absent, direction: .both), 1),
      (.pause(target: absent), 1),
    ])
    let stroke: FaultAction = draws.pick(weighted: [
      (.partition(shape: .one, side: .subject, direction: .inbound), 6),
      (.partition(shape: .one, side: .subject, direction: .both), 1),
      (.clog(side: .subject, direction: .inbound), 1), (.loss(chance: Ratio(1, 2)), 1),
      (.kill(target: .subject, tearing: false), 1), (.pause(target: .subject), 1),
    ])
    let begin = start + timeouts(draws.next().within(500...1_000))
    let absence = timeouts(draws.next().within(1_000...3_000))
    let strokeLasts = timeouts(draws.next().within(50...1_000))
    let snapshotAfter = timeouts(draws.next().within(0...600))
    let takesSnapshot = draws.next().below(4) > 0
    func atReturn(after: Duration = .zero) -> FaultTrigger {
      .moment(kind: .followerReturn, ordinal: number + 1, after: after)
    }
    let faults = [
      Fault(id: 0, trigger: .time(at: begin), duration: absence, action: away),
      Fault(id: 0, trigger: atReturn(), duration: strokeLasts, action: stroke),
    ]
    let snapshot = Fault(
      id: 0, trigger: atReturn(after: snapshotAfter), duration: .zero, action: .snapshot(target: .leader))
    return takesSnapshot ? faults + [snapshot] : faults
  }

  /// So many thousandths of the longest election timeout.
  private func timeouts(_ thousandths: Int) -> Duration { cluster.electionTimeoutMax * Int64(thousandths) / 1_000 }
}

import Determinism

/// Walks what one leader knows of one follower into rare corners, blind to any bug.
///
/// A server, mostly the leader, is away for some election timeouts, while clients ask for little: what it wrote alone stays
/// in its log, and the others hardly go on. As soon as a leader hears it again the next stroke falls: what it is sent now
/// does not arrive, while the leader takes a snapshot and clients write. So next index, match index, mode, what is on its
/// way and the terms in the follower's log come together in ways in which faults at random hardly bring them.
struct FaultWalk {
  let dice: Dice
  let cluster: ClusterPlan
  let storm: Duration

  /// One seed of so many has a walk instead of other faults.
  private static let oneIn = 8
  private static let mostSteps = 16
  /// When in a step somebody goes away, in thousandths of an election timeout, and how long it stays away.
  private static let departure = 800
  private static let absence = 1_500...4_000

  /// How long a step takes.
  private let stride: Duration

  /// Whether a seed has one, if there are enough servers.
  static func isDrawn(from dice: Dice) -> Bool {
    var draws = dice.sequence(.walkPlan)
    return isDrawn(&draws)
  }

  private static func isDrawn(_ draws: inout DiceSequence) -> Bool { draws.next().below(oneIn) == 0 }

  /// The walk of a seed, if it has one.
  init?(drawnFrom dice: Dice, cluster: ClusterPlan, storm: Duration) {
    var draws = dice.sequence(.walkPlan)
    guard Self.isDrawn(&draws), cluster.nodes >= 3 else { return nil }
    (self.dice, self.cluster, self.storm) = (dice, cluster, storm)
    stride = cluster.electionTimeoutMax * Int64(draws.next().within(5_000...9_000)) / 1_000
  }

  /// The faults, in the order of their identities.
  func faults() -> [Fault] {
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
    let begin = start + timeouts(Self.departure)
    let absence = timeouts(absence(in: number))
    let strokeLasts = timeouts(draws.next().within(50...700))
    let snapshotAfter = timeouts(draws.next().within(0...300))
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

  private func absence(in step: Int) -> Int { dice.draw(.walkPlan, UInt64(step + 1)).within(Self.absence) }

  /// When clients ask for what they would have asked for at a time: most of it before somebody goes away and after it is
  /// back, and hardly anything in between.
  func time(of wish: Duration) -> Duration {
    let step = Int(wish.nanoseconds / stride.nanoseconds)
    let (start, thousandths) = (
      stride * Int64(step), Int((wish - stride * Int64(step)).nanoseconds * 1_000 / stride.nanoseconds)
    )
    let back = Self.departure + absence(in: step)
    return switch thousandths {
    case ..<400: start + timeouts(Self.departure * thousandths / 400)
    case ..<500: start + timeouts(Self.departure + (thousandths - 400) * 5)
    default: start + timeouts(back + (thousandths - 500))
    }
  }

  /// So many thousandths of the longest election timeout.
  private func timeouts(_ thousandths: Int) -> Duration { cluster.electionTimeoutMax * Int64(thousandths) / 1_000 }
}

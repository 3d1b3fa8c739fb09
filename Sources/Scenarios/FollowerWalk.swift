import Determinism

/// Draws short storms that lead what one leader knows of one follower into corners: where their logs agree, what is on its
/// way, and whether the log still reaches back to there. It knows of no bug.
///
/// A leader is cut off for longer than an election timeout while clients go on writing to it: so it comes back with
/// entries of an old term. It is heard for a moment, and its link fails once more, for less than an election timeout,
/// while clients write to the new leader. In some walks messages are lost, a snapshot is asked for, or a server crashes.
struct FollowerWalk {
  let dice: Dice
  let cluster: ClusterPlan
  let network: NetworkPlan
  /// When the first failure begins behind the election of the first leader, and how long it lasts.
  private let begin: Duration
  private let away: Duration
  /// How long the link then works, and for how long it fails again.
  private let moment: Duration
  private let again: Duration

  /// Of so many seeds one is such a storm.
  private static let share = 5

  init(dice: Dice, cluster: ClusterPlan, network: NetworkPlan) {
    (self.dice, self.cluster, self.network) = (dice, cluster, network)
    var draws = dice.sequence(.faultPlan, 2)
    let unit = cluster.electionTimeoutMax
    begin = draws.next().within(unit...(unit * 2))
    away = draws.logarithmic((unit * 5 / 4)...(unit * 5))
    let there = network.delayMin + network.delayMean
    moment = draws.next().within(network.delayMin...(cluster.heartbeatInterval + there * 3))
    again = draws.logarithmic((unit / 5)...(unit * 5 / 4))
  }

  /// Whether a seed is one: not if a user has fixed what it takes.
  static func isDrawn(by dice: Dice, knobs: ScenarioKnobs, cluster: ClusterPlan) -> Bool {
    let isFree = knobs.duration == nil && knobs.operations == nil && knobs.faults == nil
    let drawn = dice.draw(.faultPlan, 1).below(share) == 0
    return drawn && isFree && cluster.nodes > 2 && knobs.driftsBeyondBound != true
  }

  /// When the first leader has about been elected.
  private var election: Duration { cluster.electionTimeoutMax }

  /// When the storm ends.
  var storm: Duration { election + begin + away + moment + again + cluster.electionTimeoutMax }

  /// The faults, in the order of their identities. Those at one leadership have one subject.
  func faults() -> [Fault] {
    var draws = dice.sequence(.faultPlan, 3)
    let unit = cluster.electionTimeoutMax
    func at(_ after: Duration) -> FaultTrigger { .moment(kind: .leadership, ordinal: 1, after: after) }
    let direction = draws.pick([LinkDirection.both, .inbound])
    let back = begin + away
    var planned: [(FaultAction, FaultTrigger, lasts: Duration)] = [
      (.partition(shape: .one, side: .subject, direction: .both), at(begin), away),
      (.partition(shape: .one, side: .subject, direction: direction), at(back + moment), again),
    ]
    let chance = Ratio(UInt32(draws.next().within(10...70)), 100)
    let when = draws.next().within(begin...(back + moment + again))
    let span = draws.logarithmic((unit / 8)...unit)
    switch draws.next().below(6) {
    case 0: planned.append((.loss(chance: chance), at(back), moment + again + span))
    case 1: planned.append((.snapshot(target: .leader), at(when), .zero))
    case 2: planned.append((.kill(target: .leader, tearing: false), at(when), span))
    default: break
    }
    return planned.enumerated().map { id, fault in
      Fault(id: id, trigger: fault.1, duration: fault.lasts, action: fault.0)
    }
  }

  /// A workload of which only some operations are left: before the first failure, when it has begun, and in the second.
  func thinned(_ plan: WorkloadPlan) -> WorkloadPlan {
    var plan = plan
    let unit = cluster.electionTimeoutMax
    let cut = election + begin
    let back = cut + away
    for client in plan.clients.indices {
      var draws = dice.sequence(.clientPlan, 1 << 32 | UInt64(client))
      let bursts = [(cut - unit / 2, cut), (cut, cut + unit / 2), (back, back + moment + again)]
      let times = bursts.flatMap { start, end in
        (0..<draws.next().within(0...2)).map { _ in draws.next().within(start...end) }
      }
      let operations = zip(plan.clients[client].operations, times.sorted()).map { operation, time in
        var moved = operation
        moved.at = time
        return moved
      }
      plan.clients[client].operations = operations
    }
    return plan
  }
}

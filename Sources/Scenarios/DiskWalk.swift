import Determinism

/// Walks what servers' disks hold into rare corners, blind to any bug.
///
/// Syncs are slow, so that much is written that is not durable, and machines lose power again and again at the moments at which
/// a disk changes: amid writes, files that begin, names that change, and recoveries. Some pages of what was not synced
/// stay; now and then a process alone ends, and what it wrote is read before it is durable. Each is back soon, to write
/// and to be struck again.
struct DiskWalk {
  let dice: Dice
  let cluster: ClusterPlan
  let storm: Duration

  /// One seed of so many has such a walk instead of other faults.
  private static let oneIn = 8
  private static let strokes = 20...60
  /// How many of its kind pass from one moment to the next.
  private static let writesBetween = 1...25
  private static let othersBetween = 1...3
  /// How long after its moment a stroke falls, in microseconds, and how long its server is down.
  private static let delay = 0...30_000
  private static let absence = Duration.milliseconds(1)...(.milliseconds(400))

  /// Whether a seed has one.
  static func isDrawn(from dice: Dice) -> Bool { dice.draw(.diskWalk, 0).below(oneIn) == 0 }

  /// The walk of a seed, if it has one.
  init?(drawnFrom dice: Dice, cluster: ClusterPlan, storm: Duration) {
    guard Self.isDrawn(from: dice) else { return nil }
    (self.dice, self.cluster, self.storm) = (dice, cluster, storm)
  }

  /// The faults, in the order of their identities.
  func faults() -> [Fault] {
    var draws = dice.sequence(.diskWalk, 1)
    let mean = draws.logarithmic(.milliseconds(2)...(.milliseconds(100)))
    let slowDisks = FaultAction.slowDisk(target: .nodes(NodeID.first(cluster.nodes)), mean: mean)
    var faults = [Fault(id: 0, trigger: .time(at: .zero), duration: storm, action: slowDisks)]
    var passed = SortedTable<String, Int>()
    for id in 1...draws.next().within(Self.strokes) {
      let moment = draws.pick(weighted: [
        (Moment.appendBeforeSync, 8), (.appendAfterSync, 2), (.fileBegun, 2), (.fileRenamed, 2), (.fileRemoved, 1),
        (.recovery, 3),
      ])
      let between = moment == .appendBeforeSync || moment == .appendAfterSync ? Self.writesBetween : Self.othersBetween
      let ordinal = (passed[moment.rawValue] ?? 0) + draws.next().within(between)
      passed[moment.rawValue] = ordinal
      let after = Duration.microseconds(Int64(draws.next().within(Self.delay)))
      let isAtOnce = draws.next().below(3) == 0
      let action = draws.pick(weighted: [
        (FaultAction.kill(target: .subject, tearing: true), 6), (.powerLoss(tearing: true), 2),
        (.kill(target: .subject, tearing: false), 2),
      ])
      faults.append(
        Fault(
          id: id, trigger: .moment(kind: moment, ordinal: ordinal, after: isAtOnce ? .zero : after),
          duration: draws.logarithmic(Self.absence), action: action))
    }
    return faults
  }
}

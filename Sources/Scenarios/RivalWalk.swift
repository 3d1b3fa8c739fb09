import Determinism
import Raft

/// Walks a cluster into having two servers that take themselves for its leader, with clients at both, blind to any bug.
///
/// A seed has one of two kinds. A leader outlives its time: what it hears comes late, then it is cut off from all others,
/// while some clients stay with it, and ask it as soon as its successor has answered others. Or votes are asked for twice: two
/// parts hear each other only by way of one server, which crashes as soon as it has granted a vote, and is back at once.
struct RivalWalk {
  private enum Kind { case outlived, doubled }

  let dice: Dice
  /// With timeouts that differ little; where votes are asked for twice, hardly.
  let cluster: ClusterPlan
  let storm: Duration
  private let kind: Kind
  /// How long a step takes.
  private let stride: Duration

  /// One seed of so many has such a walk instead of other faults.
  private static let oneIn = 5
  private static let mostSteps = 16
  /// In thousandths of an election timeout: when in a step the leader goes, and for how long.
  private static let departure = 1_000
  private static let absence = 1_500...2_500
  /// How long what was held back takes to arrive.
  private static let arrival = Duration.microseconds(500)
  /// How many granted votes may end in a crash, and for how long.
  private static let votes = 60
  private static let restart = Duration.microseconds(100)...(.milliseconds(30))

  /// The walk of a seed, if it has one: then timeouts, reads, speeds and clients are as it needs them, whatever else is asked
  /// for.
  init?(drawnFrom dice: Dice, cluster: ClusterPlan, storm: Duration) {
    guard !FaultWalk.isDrawn(from: dice), !DiskWalk.isDrawn(from: dice) else { return nil }
    var draws = dice.sequence(.rivalWalk)
    guard draws.next().below(Self.oneIn) == 0 else { return nil }
    (self.dice, self.storm) = (dice, storm)
    kind = draws.next().below(2) == 0 ? .doubled : .outlived
    var changed = cluster
    changed.electionTimeoutMax = cluster.electionTimeoutMin + cluster.electionTimeoutMin / (kind == .doubled ? 32 : 4)
    self.cluster = changed
    stride = changed.electionTimeoutMax * Int64(draws.next().within(5_000...8_000)) / 1_000
  }

  /// How reads become safe: where a leader outlives its time, mostly by what it takes for its lease; where votes are asked
  /// for twice never, for a lease keeps servers from voting.
  var reads: ReadMode? {
    switch kind {
    case .outlived: dice.draw(.rivalWalk, 1 << 32).below(3) > 0 ? .lease : nil
    case .doubled: .readIndex
    }
  }

  /// The faults, in the order of their identities.
  ///
  /// - Parameters:
  ///   - driftBound: in parts per million.
  ///   - transfers: whether operators may ask for other leaders.
  /// - Returns: `nil` where there are not enough servers, or votes are asked for twice and no server makes a majority of either
  ///   half of the others.
  func faults(driftBound: Int, transfers: Bool) -> [Fault]? {
    guard cluster.nodes >= 3, kind == .outlived || !cluster.nodes.isMultiple(of: 2) else { return nil }
    let steps = min(Self.mostSteps, Int(storm.nanoseconds / stride.nanoseconds))
    var faults = (0..<steps).flatMap { step in
      var draws = dice.sequence(.rivalWalk, UInt64(step + 1))
      let start = stride * Int64(step)
      return switch kind {
      case .outlived: outlived(step, at: start, driftBound: driftBound, transfers: transfers, &draws)
      case .doubled: doubled(step, at: start, &draws)
      }
    }
    if kind == .doubled { faults += crashesOfVoters() }
    return faults.enumerated().map { id, fault in
      Fault(id: id, trigger: fault.trigger, duration: fault.duration, action: fault.action)
    }
  }

  private func fault(at: Duration, lasts: Duration, _ action: FaultAction) -> Fault {
    Fault(id: 0, trigger: .time(at: at), duration: lasts, action: action)
  }

  // MARK: A leader that outlives its time

  private func outlived(
    _ step: Int, at start: Duration, driftBound: Int, transfers: Bool, _ draws: inout DiceSequence
  ) -> [Fault] {
    let (departure, absence) = (start + timeouts(Self.departure), timeouts(absence(in: step)))
    let early = timeouts(draws.next().within(0...600))
    let late = timeouts(draws.next().within(300...950))
    let mean = timeouts(draws.next().within(20...400))
    func away(_ direction: LinkDirection) -> FaultAction {
      .partition(shape: .primaries, side: .leader, direction: direction)
    }
    let clog = FaultAction.clog(side: .leader, direction: .inbound)
    var faults: [Fault]
    switch draws.next().below(transfers ? 4 : 2) {
    case 0:
      // What it hears comes later and later, and then nothing.
      faults = [
        fault(at: departure - early, lasts: early + absence, .slowNode(target: .leader, mean: mean)),
        fault(at: departure, lasts: absence, away(draws.next().below(3) > 0 ? .both : .outbound)),
      ]
    case 1:
      // What it was answered before it left comes when others no longer count on it.
      faults = [
        fault(at: departure - cluster.heartbeatInterval, lasts: late, clog),
        fault(at: departure, lasts: absence, away(.outbound)),
        fault(at: departure - cluster.heartbeatInterval + late + Self.arrival, lasts: absence, away(.inbound)),
      ]
    case 2:
      // It has handed on, and hears of its successor late.
      faults = [
        fault(at: departure - early / 10, lasts: late, clog),
        fault(at: departure, lasts: timeouts(2_000), .transferLeadership(to: .best)),
      ]
    default:
      // Who was once told to campaign hears the leader late, and campaigns again.
      let once = draws.pick(Array(cluster.founding))
      faults = [
        fault(at: start, lasts: timeouts(100), .transferLeadership(to: .node(once))),
        fault(at: start + timeouts(150), lasts: timeouts(150), .transferLeadership(to: .best)),
        fault(at: departure - timeouts(650), lasts: timeouts(1_050), .clog(side: .nodes([once]), direction: .inbound)),
        fault(at: departure, lasts: timeouts(1_000), clog),
      ]
    }
    if draws.next().below(2) == 0, driftBound > 0 {
      faults.append(
        fault(
          at: start, lasts: departure + absence - start, .clockDrift(target: .leader, partsPerMillion: -driftBound)))
    }
    return faults
  }

  private func absence(in step: Int) -> Int {
    dice.draw(.rivalWalk, UInt64(step + 1), occurrence: 1).within(Self.absence)
  }

  // MARK: Votes that are asked for twice

  /// All crash, and the server between two parts is away for long, so that both ask for its vote when it is back.
  private func doubled(_ step: Int, at start: Duration, _ draws: inout DiceSequence) -> [Fault] {
    let departure = start + timeouts(Self.departure)
    let nodes = Array(draws.permute(NodeID.first(cluster.nodes)).prefix(1 + (cluster.nodes - 1) / 2))
    let bridge = FaultAction.partition(shape: .bridge, side: .nodes(nodes), direction: .both)
    let away = FaultAction.kill(target: .nodes([nodes[0]]), tearing: false)
    let others = NodeID.first(cluster.nodes).filter { $0 != nodes[0] }
    return [
      fault(at: departure, lasts: .milliseconds(1), .kill(target: .nodes(others), tearing: false)),
      fault(at: departure, lasts: timeouts(absence(in: step) + 1_000), bridge),
      fault(at: departure, lasts: timeouts(draws.next().within(800...1_600)), away),
    ]
  }

  private func crashesOfVoters() -> [Fault] {
    var draws = dice.sequence(.rivalWalk, 1_000)
    return (1...Self.votes).compactMap { ordinal in
      let isStruck = draws.next().below(4) > 0
      let (tearing, after) = (draws.next().below(4) > 0, draws.next().within(.zero...(.microseconds(500))))
      let isAtOnce = draws.next().below(2) == 0
      let down = draws.logarithmic(Self.restart)
      guard isStruck else { return nil }
      return Fault(
        id: 0, trigger: .moment(kind: .voteReply, ordinal: ordinal, after: isAtOnce ? .zero : after), duration: down,
        action: .kill(target: .subject, tearing: tearing))
    }
  }

  // MARK: Clients

  /// When clients ask for what they would have asked for at a time: a quarter before a leader goes, the others when its
  /// lease ends.
  func time(of wish: Duration) -> Duration {
    let step = Int(wish.nanoseconds / stride.nanoseconds)
    let start = stride * Int64(step)
    let thousandths = Int((wish - start).nanoseconds * 1_000 / stride.nanoseconds)
    return switch thousandths {
    case ..<250: start + timeouts(300 * thousandths / 250)
    default: start + timeouts(Self.departure + 300 + (absence(in: step) - 300) * (thousandths - 250) / 750)
    }
  }

  /// What clients do where a leader outlives its time: half of them stay with whoever answered them last, and read as soon
  /// as another one's change has returned; the others ask anybody, and soon somebody else.
  func divide(_ workload: inout WorkloadPlan) {
    guard kind == .outlived else { return }
    workload.attemptTimeout = timeouts(150)
    workload.operationTimeout = timeouts(3_000)
    workload.retryPause = timeouts(50)
    for client in workload.clients.indices {
      for place in workload.clients[client].operations.indices {
        var operation = workload.clients[client].operations[place]
        if client % 2 == 0 {
          let draw = dice.draw(.rivalWalk, UInt64(operation.id), occurrence: 2)
          operation.firstNode = NodeID.first(cluster.nodes)[draw.below(cluster.nodes)]
        } else {
          (operation.request, operation.firstNode, operation.fill) = (.get, nil, nil)
          operation.awaitsChange = timeouts(500)
        }
        workload.clients[client].operations[place] = operation
      }
    }
  }

  /// Nobody asks beforehand who would vote for it, and where votes are asked for twice nobody stays with a leader that it has
  /// just heard: that would keep all others from being elected.
  func loosen(_ protocols: inout ProtocolPlan) {
    protocols.usesPreVote = false
    // A lease rests on it.
    if kind == .doubled, protocols.reads != .lease { protocols.checksQuorum = false }
  }

  /// Messages and disks are quick where a leader outlives its time, so that another one follows at once.
  var isQuick: Bool { kind == .outlived }

  /// So many thousandths of the longest election timeout.
  private func timeouts(_ thousandths: Int) -> Duration { cluster.electionTimeoutMax * Int64(thousandths) / 1_000 }
}

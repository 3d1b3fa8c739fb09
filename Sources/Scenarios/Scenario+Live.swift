import Determinism
import Raft

/// What a user fixes of a scenario that real servers are put through, and what these are like.
package struct LiveKnobs: Hashable, Sendable {
  package var nodes: Int
  package var clients: Int
  /// How many operations all clients together begin in a second.
  package var rate: Int
  /// From the start to the end of the storm.
  package var duration: Duration
  /// The kinds of faults that may occur; empty for none.
  package var faults: [FaultKind]
  /// From the beginning of one fault to that of the next, on average; `nil` if the seed decides it.
  package var faultGap: Duration?
  /// How long the servers wait for a leader, and how often one is heard.
  package var electionTimeout: ClosedRange<Duration>
  package var heartbeatInterval: Duration
  /// What clients can do, reads aside.
  package var changes: [LiveChange]
  /// How reads become safe, for servers of which the scenario decides it.
  package var reads: ReadMode?
  /// Whether operators change the members.
  package var changesMembers: Bool

  package init(
    nodes: Int, clients: Int, rate: Int, duration: Duration, faults: [FaultKind],
    electionTimeout: ClosedRange<Duration>, heartbeatInterval: Duration, changes: [LiveChange],
    reads: ReadMode? = nil, changesMembers: Bool = false
  ) {
    (self.nodes, self.clients, self.rate, self.duration, self.faults) = (nodes, clients, rate, duration, faults)
    (self.electionTimeout, self.heartbeatInterval, self.changes) = (electionTimeout, heartbeatInterval, changes)
    (self.reads, self.changesMembers) = (reads, changesMembers)
  }

  /// How many operations there are in all.
  var operations: Int { Int(clamping: Int64(rate) * (duration.nanoseconds / 1_000_000) / 1_000) }

  /// Checks what the limits allow.
  package func validate() throws(ScenarioError) {
    guard (0...ScenarioLimits.maxOperations).contains(operations) else {
      throw ScenarioError(
        "\(rate) operations a second for \(duration) are more than \(ScenarioLimits.maxOperations); expected fewer or less"
      )
    }
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.clients, knobs.duration) = (nodes, clients, duration)
    try knobs.validate()
  }
}

/// What a client of real servers may do to a key.
package enum LiveChange: Hashable, Sendable, CaseIterable {
  case put, append, compareAndSet, delete

  /// How often it comes, compared with the others.
  var weight: Int {
    switch self {
    case .put: 5
    case .append, .compareAndSet: 3
    case .delete: 1
    }
  }
}

extension Scenario {
  /// The scenario of a seed for real servers: nothing in it hangs on what only an observer of the servers sees.
  ///
  /// - Parameter knobs: valid ones.
  package init(seed: UInt64, live knobs: LiveKnobs) {
    var base = ScenarioKnobs()
    (base.nodes, base.duration, base.faults, base.reads) = (knobs.nodes, knobs.duration, knobs.faults, knobs.reads)
    (base.changesMembers, base.hasMeasuredSpeeds) = (knobs.changesMembers, true)
    self.init(seed: seed, knobs: base)
    (cluster.electionTimeoutMin, cluster.electionTimeoutMax) =
      (knobs.electionTimeout.lowerBound, knobs.electionTimeout.upperBound)
    cluster.heartbeatInterval = knobs.heartbeatInterval
    cluster.maxEntriesPerAppend = 512
    protocols.snapshotEntries = max(Self.fewestLiveEntries, protocols.snapshotEntries)
    workload = WorkloadPlan(drawnFrom: dice, live: knobs, cluster: cluster)
    let generator = FaultGenerator(
      dice: dice, cluster: cluster, clocks: clocks, weak: [], isBeyondBound: false, seeksDrift: false, storm: stormEnd,
      kinds: knobs.faults, usesMoments: false, slowness: Self.liveSlowness, fixedGap: knobs.faultGap)
    faults = generator.faults().map(\.live)
    if knobs.faults.contains(.transfer) { add(transfers) }
    guard knobs.changesMembers else { return }
    let walk = MembershipWalk(
      drawnFrom: dice, cluster: cluster, storm: stormEnd, founders: knobs.nodes, isWanted: true)
    add(walk?.faults().filter(\.canBeLive) ?? [])
  }

  /// Snapshots after every few entries would be all that a server does.
  private static let fewestLiveEntries = 50
  /// Processes take longer to come back than simulated servers, and clients must get something done.
  private static let liveSlowness: Int64 = 6
}

extension Fault {
  /// Whether processes can be put through it: nobody sees moments of their protocol, and no disk is taken away.
  fileprivate var canBeLive: Bool {
    guard case .time = trigger else { return false }
    if case .diskLost = action { return false }
    return true
  }

  /// The same for processes: what a machine keeps in its memory outlives them.
  fileprivate var live: Fault {
    var fault = self
    switch action {
    case .kill(let target, _): fault.action = .kill(target: target, tearing: false)
    case .crashLoop(let target, let every, _):
      fault.action = .crashLoop(target: target, every: max(every, .milliseconds(100)), tearing: false)
    case .powerLoss: fault.action = .powerLoss(tearing: false)
    default: break
    }
    return fault
  }
}

extension WorkloadPlan {
  /// Keys come and go: how many are in use at a time, and how many operations each of them gets, roughly.
  private static var keysInUse: Int { 5 }
  private static var operationsPerKey: Int { 80 }

  fileprivate init(drawnFrom dice: Dice, live knobs: LiveKnobs, cluster: ClusterPlan) {
    attemptTimeout = cluster.electionTimeoutMax * 2
    operationTimeout = attemptTimeout
    retryPause = .milliseconds(20)
    let total = knobs.operations
    let keyCount = min(ScenarioLimits.maxKeys, max(Self.keysInUse, total / Self.operationsPerKey))
    let keys = (0..<keyCount).map { "k\($0)" }
    var nextID = 0
    self.keys = keys
    clients = (0..<knobs.clients).map { client in
      let count = total / knobs.clients + (client < total % knobs.clients ? 1 : 0)
      defer { nextID += count }
      var generator = LiveClientGenerator(
        draws: dice.sequence(.liveClient, UInt64(client)), client: client, nodes: NodeID.first(cluster.nodes),
        changes: knobs.changes)
      let last = keyCount - Self.keysInUse
      return ClientPlan(
        operations: (0..<count).map { number in
          let at = knobs.duration * Int64(number * knobs.clients + client) / Int64(max(1, count * knobs.clients))
          let first = count > 1 ? last * number / (count - 1) : 0
          return generator.operation(nextID + number, number, at: at, of: keys[first..<(first + Self.keysInUse)])
        })
    }
  }
}

/// Draws what one client of real servers does.
private struct LiveClientGenerator {
  var draws: DiceSequence
  let client: Int
  let nodes: [NodeID]
  let changes: [LiveChange]

  /// Of ten operations, how many are reads. Every other client hardly ever waits for a write, so that somebody reads on at a
  /// leader that was cut off.
  private var readShare: Int { client % 2 == 0 ? 9 : 2 }

  /// Every value written is unique, and a string of appended ones can be taken apart.
  mutating func operation(
    _ id: Int, _ number: Int, at time: Duration, of keys: ArraySlice<String>
  ) -> PlannedOperation {
    let value = "\(client).\(number)"
    let request: PlannedRequest
    if changes.isEmpty || draws.next().below(10) < readShare {
      request = .get
    } else {
      let guess = draws.next().below(5) == 0
      request =
        switch draws.pick(weighted: changes.map { ($0, $0.weight) }) {
        case .put: .put(value: value)
        case .append: .append(value: "," + value)
        case .compareAndSet: guess ? .create(value: value) : .cas(new: value, guess: nil)
        case .delete: .delete
        }
    }
    // Half of the time the server that is nearest, or nobody would ever ask those that lead no longer.
    let anyone = draws.pick(nodes)
    let node = draws.next().below(2) == 0 ? nodes[client / 2 % nodes.count] : anyone
    return PlannedOperation(
      id: id, at: time, think: .zero, key: draws.pick(Array(keys)), request: request, firstNode: node)
  }
}

import Determinism

// What the clients of a seed ask for.
extension WorkloadPlan {
  /// Lets clients ask when a walk has it.
  ///
  /// - Parameter time: when clients ask for what they would have asked for at a time.
  mutating func gather(at time: (Duration) -> Duration) {
    for client in clients.indices {
      for place in clients[client].operations.indices {
        clients[client].operations[place].at = time(clients[client].operations[place].at)
      }
    }
  }

  /// Lets clients ask no later than a scenario may have it, which only the longest storm would.
  mutating func keepWithinLimits() {
    for client in clients.indices {
      for place in clients[client].operations.indices {
        let wish = clients[client].operations[place].at
        clients[client].operations[place].at = min(wish, ScenarioLimits.maxDuration)
      }
    }
  }

  init(drawnFrom dice: Dice, knobs: ScenarioKnobs, storm: Duration, cluster: ClusterPlan) {
    var draws = dice.sequence(.workloadPlan, 1)
    let clientCount = draws.next().within(3...8)
    let keyCount = draws.next().within(1...4)
    // To catch a leader that reads by a lease that it no longer holds, much must be asked in little time.
    let seeksDrift = knobs.driftsBeyondBound ?? false
    let operationCount = draws.next().within(250...650) * (seeksDrift ? 3 : 1)
    attemptTimeout = draws.logarithmic(.milliseconds(60)...(.milliseconds(600)))
    operationTimeout = attemptTimeout * Int64(draws.next().within(2...8))
    retryPause = draws.logarithmic(.milliseconds(5)...(.milliseconds(80)))
    let habits = ClientHabits(drawnFrom: &draws, seeksDrift: seeksDrift, attemptTimeout: attemptTimeout)

    let keys = (0..<(knobs.keys ?? keyCount)).map { "k\($0)" }
    let total = knobs.operations ?? operationCount
    let clients = knobs.clients ?? clientCount
    var nextID = 0
    self.keys = keys
    self.clients = (0..<clients).map { client in
      var generator = ClientGenerator(
        draws: dice.sequence(.clientPlan, UInt64(client)), client: client, keys: keys, habits: habits,
        nodes: NodeID.first(cluster.nodes))
      let count = total / clients + (client < total % clients ? 1 : 0)
      defer { nextID += count }
      return ClientPlan(operations: generator.operations(count, firstID: nextID, until: storm))
    }
  }
}

/// What the clients of a seed have in common.
private struct ClientHabits {
  enum OperationKind { case get, put, append, delete, cas }

  /// How likely each kind of operation is.
  let weights: [(element: OperationKind, weight: Int)]
  /// Of four changes and of four reads, how many are first asked of any server.
  let roamingShare: (changes: Int, reads: Int)
  /// Of four operations, how many go to the first key whatever is drawn.
  let hotShare: Int
  /// Of four operations, how many follow right on the one before.
  let burstShare: Int
  /// Of a hundred operations, with how many a client leaves its session, and amid how many it walks away.
  let leavingShare: Int
  let impatientShare: Int
  /// How long whoever walks away tries.
  let patience: ClosedRange<Duration>

  init(drawnFrom draws: inout DiceSequence, seeksDrift: Bool, attemptTimeout: Duration) {
    let reads = draws.next().within(3...8) * (seeksDrift ? 2 : 1)
    let manyReads = draws.next().within(20...80)
    let share = draws.pick(weighted: [(reads, 3), (manyReads, 1)])
    let swaps = draws.next().within(1...4)
    weights = [
      (.get, share), (.put, draws.next().within(2...5)), (.append, draws.next().within(0...3)),
      (.delete, draws.next().within(0...1)), (.cas, draws.pick(weighted: [(swaps, 5), (swaps * 6, 1)])),
    ]
    // Somebody must read on at a leader that was cut off, while others find the new one.
    roamingShare = seeksDrift ? (changes: 3, reads: 0) : (changes: 1, reads: 1)
    hotShare = draws.pick(weighted: [(0, 3), (3, 1)])
    burstShare = draws.pick(weighted: [(0, 3), (3, 1)])
    leavingShare = draws.pick(weighted: [(0, 12), (5, 3), (20, 2)])
    impatientShare = draws.pick(weighted: [(0, 3), (5, 1)])
    patience = (attemptTimeout / 16)...attemptTimeout
  }
}

/// Draws one client's operations.
private struct ClientGenerator {
  var draws: DiceSequence
  let client: Int
  let keys: [String]
  let habits: ClientHabits
  let nodes: [NodeID]

  /// Operations spread over the storm by chance, so that now and then a client hurries.
  mutating func operations(_ count: Int, firstID: Int, until storm: Duration) -> [PlannedOperation] {
    let gap = storm / Int64(max(1, count))
    // What bursts leave out comes between them.
    let pause = gap * 4 / Int64(4 - habits.burstShare)
    var at = Duration.zero
    return (0..<count).map { number in
      let think = draws.next().within(.zero...(.milliseconds(10)))
      let request = request(number)
      let operation = PlannedOperation(
        id: firstID + number, at: at, think: think, key: key(), request: request, firstNode: firstNode(for: request),
        patience: patience(), leavesSession: draws.next().below(100) < habits.leavingShare)
      let step = draws.next().exponential(mean: pause)
      if draws.next().below(4) >= habits.burstShare { at = at + step }
      return operation
    }
  }

  private mutating func key() -> String {
    let isHot = draws.next().below(4) < habits.hotShare
    let drawn = draws.pick(keys)
    return isHot ? keys[0] : drawn
  }

  /// Now and then any server, so that those that do not lead are asked too.
  private mutating func firstNode(for request: PlannedRequest) -> NodeID? {
    let share = request == .get ? habits.roamingShare.reads : habits.roamingShare.changes
    return draws.next().below(4) < share ? draws.pick(nodes) : nil
  }

  private mutating func patience() -> Duration? {
    draws.next().below(100) < habits.impatientShare ? draws.logarithmic(habits.patience) : nil
  }

  /// Every value written is unique, and a string of appended ones can be taken apart.
  private mutating func request(_ number: Int) -> PlannedRequest {
    switch draws.pick(weighted: habits.weights) {
    case .get: return .get
    case .put: return .put(value: value(number))
    case .append: return .append(value: "," + value(number))
    case .delete: return .delete
    case .cas: return .cas(new: value(number), guess: draws.next().below(5) == 0 ? "?" + value(number) : nil)
    }
  }

  /// Put together, for there are many, and an interpolation takes several times as long.
  private func value(_ number: Int) -> String { String(client) + "." + String(number) }
}

import Determinism
import Scenarios

/// A setting that a scenario need not have: what is plain for it, and how far a scenario is from that.
struct Knob: Sendable {
  /// As it is called in a certificate.
  let name: String
  /// What it is about.
  let concern: Concern
  /// What it is in a scenario.
  let value: @Sendable (Scenario) -> String
  /// Zero where it is plain.
  let cost: @Sendable (Scenario) -> Int
  /// The same scenario with less of it, plain first.
  let plainer: @Sendable (Scenario) -> [Scenario]

  /// What settings are about.
  enum Concern: Sendable {
    /// What disturbs a run without being a fault: loss, jitter, clocks at odd rates.
    case weather
    case reads
    /// What leaders and candidates must be sure of.
    case elections
    /// How entries are sent, kept, and made into snapshots.
    case log
    /// Who stays away from it.
    case calm
    case others
  }

  var isWeather: Bool { concern == .weather }

  /// A setting of which some values are preferred, the plain one first.
  private init<Value: Hashable & Sendable>(
    _ name: String, about concern: Concern = .others, _ path: WritableKeyPath<Scenario, Value> & Sendable,
    _ values: [Value]
  ) {
    self.name = name
    self.concern = concern
    value = { Self.show($0[keyPath: path]) }
    cost = { scenario in values.firstIndex(of: scenario[keyPath: path]) ?? values.count }
    plainer = { scenario in
      values.prefix { $0 != scenario[keyPath: path] }.map { value in
        var plainer = scenario
        plainer[keyPath: path] = value
        return plainer
      }
    }
  }

  /// A number of which `off` is best, and otherwise less is better, step by step.
  private init(
    _ name: String, about concern: Concern, off: Int, steps: [Int], _ path: WritableKeyPath<Scenario, Int> & Sendable
  ) {
    self.name = name
    self.concern = concern
    value = { Self.show($0[keyPath: path]) }
    cost = { scenario in
      let value = scenario[keyPath: path]
      return value >= off ? 0 : 1 + steps.count { $0 < value }
    }
    plainer = { scenario in
      let value = scenario[keyPath: path]
      return (value >= off ? [] : [off] + steps.filter { $0 < value }).map { value in
        var plainer = scenario
        plainer[keyPath: path] = value
        return plainer
      }
    }
  }

  /// Times that differ from draw to draw, in place of which something may always take the same, short or long.
  private init(
    _ name: String, jitter: WritableKeyPath<Scenario, Duration> & Sendable,
    over least: WritableKeyPath<Scenario, Duration> & Sendable
  ) {
    self.name = name
    concern = .weather
    value = { Self.show($0[keyPath: jitter]) }
    cost = { scenario in scenario[keyPath: jitter] == .zero ? 0 : 1 }
    plainer = { scenario in
      let mean = scenario[keyPath: jitter]
      guard mean > .zero else { return [] }
      let steady = [
        .zero, .milliseconds(5), mean.roundedUp(to: .milliseconds(1)), .milliseconds(20), .milliseconds(50),
      ]
      return steady.map { always in
        var plainer = scenario
        plainer[keyPath: jitter] = .zero
        if always > .zero { plainer[keyPath: least] = always }
        return plainer
      }
    }
  }

  /// Nodes of which fewer is better.
  private init(_ name: String, about concern: Concern = .others, _ path: WritableKeyPath<Scenario, [NodeID]> & Sendable)
  {
    self.name = name
    self.concern = concern
    value = { Self.show($0[keyPath: path]) }
    cost = { scenario in scenario[keyPath: path].count }
    plainer = { scenario in
      let nodes = scenario[keyPath: path]
      let fewer = nodes.count > 1 ? nodes.map { node in nodes.filter { $0 != node } } : []
      return (nodes.isEmpty ? [] : [[]] + fewer).map { nodes in
        var plainer = scenario
        plainer[keyPath: path] = nodes
        return plainer
      }
    }
  }

  static let all: [Knob] = [
    Knob("delays that differ", jitter: \.jitter, over: \.network.delayMin),
    Knob("clients' delays that differ", jitter: \.network.clientDelayMean, over: \.network.clientDelayMin),
    Knob("loss of clients' messages", about: .weather, \.network.clientLoss, [.zero]),
    Knob("syncs that differ", jitter: \.disk.syncMean, over: \.disk.syncMin),
    Knob("clocks that run at odd rates", about: .weather, \.hasOddRates, [false]),
    Knob("wall clocks that are off", about: .weather, \.hasWallOffsets, [false]),
    Knob("the least delay", \.network.delayMin, shortTimes),
    Knob("clients' least delay", \.network.clientDelayMin, shortTimes),
    Knob("the least sync", \.disk.syncMin, shortTimes),
    Knob("clocks' bound", \.clockBounds, [ClockBounds(assumed: 0, actual: 0)]),
    Knob("weak disks", \.weakDisks),
    Knob("sectors", \.disk.sectorBytes, [512]),
    Knob(
      "syncs that take longer for each byte", about: .weather, \.disk.syncPerByte, [.zero, .microseconds(100)]),
    Knob("election timeouts", \.timeouts, [Timeouts.plain]),
    heartbeats,
    Knob("entries in an append", about: .log, \.cluster.maxEntriesPerAppend, [4_096]),
    Knob("reads", about: .reads, \.protocols.reads, [.readIndex, .lease, .log, .follower]),
    Knob("pre-vote", about: .elections, \.protocols.usesPreVote, [false]),
    Knob("check-quorum", about: .elections, \.protocols.checksQuorum, [false]),
    Knob(
      "entries behind which a snapshot is taken", about: .log, off: 100_000, steps: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32],
      \.protocols.snapshotEntries),
    Knob("bytes behind which a snapshot is taken", about: .log, \.protocols.snapshotBytes, [64 << 20]),
    Knob("entries kept behind a snapshot", about: .log, \.protocols.trailingEntries, [0, 1]),
    Knob("pieces of a snapshot", about: .log, \.protocols.snapshotChunkBytes, [256 << 10]),
    Knob("appends on their way", about: .log, \.protocols.appendsInFlight, [4]),
    Knob(
      "bytes in a file of the log", about: .log, off: 64 << 20, steps: [1, 50, 100, 200, 500, 1_000],
      \.protocols.segmentBytes),
    Knob("sessions' lifetime", \.sessions.lifetime, [.seconds(3_600)]),
    Knob("open sessions", \.sessions.maxOpen, [ScenarioLimits.maxSessions]),
    Knob("sessions that end with doubt", \.sessions.outlastDoubt, [true]),
    Knob("attempts", \.workload.attemptTimeout, [.seconds(10), .seconds(1), .milliseconds(500), .milliseconds(200)]),
    Knob("patience", \.workload.operationTimeout, [.seconds(10), .seconds(1)]),
    Knob("the pause between attempts", \.workload.retryPause, [.milliseconds(10)]),
    Knob("slow links in the calm", about: .calm, \.hasSlowLinks, [false]),
    Knob("nearly full disks in the calm", about: .calm, \.hasFullDisks, [false]),
    Knob("work while the cluster heals", about: .calm, \.worksWhileHealing, [false]),
    Knob("nodes that do not heal in the calm", about: .calm, \.outsiders),
  ]

  private static let shortTimes = [1, 2, 5, 10, 20, 50].map(Duration.milliseconds)

  /// Where elections are forced to the end nobody waits for heartbeats, and the rarer they are the better.
  private static let heartbeats: Knob = {
    let path: WritableKeyPath<Scenario, Duration> & Sendable = \.cluster.heartbeatInterval
    let rare: [Duration] = [.seconds(10), .seconds(1)] + [500, 200, 100, 50, 20, 10].map(Duration.milliseconds)
    let ofForced = Knob("heartbeats", path, rare)
    let ofOthers = Knob("heartbeats", path, [.milliseconds(50), .milliseconds(20)])
    @Sendable func knob(for scenario: Scenario) -> Knob {
      scenario.overrides?.elections == nil || scenario.keepsCalm ? ofOthers : ofForced
    }
    return Knob(
      name: ofForced.name, concern: ofForced.concern, value: ofForced.value, cost: { knob(for: $0).cost($0) },
      plainer: { knob(for: $0).plainer($0) })
  }()

  private init(
    name: String, concern: Concern, value: @escaping @Sendable (Scenario) -> String,
    cost: @escaping @Sendable (Scenario) -> Int, plainer: @escaping @Sendable (Scenario) -> [Scenario]
  ) {
    (self.name, self.concern, self.value, self.cost, self.plainer) = (name, concern, value, cost, plainer)
  }

  /// A value as a certificate has it.
  private static func show(_ value: some Sendable) -> String {
    switch value {
    case let isOn as Bool: isOn ? "on" : "off"
    case let word as any RawRepresentable<String>: word.rawValue
    case let nodes as [NodeID]: nodes.map(\.description).joined(separator: " ")
    case let bounds as ClockBounds: "assumed \(bounds.assumed) ppm, actual \(bounds.actual) ppm"
    case let timeouts as Timeouts:
      "\(timeouts.min) to \(timeouts.max), delays up to \(timeouts.longestDelay), syncs up to \(timeouts.longestSync)"
    case let time as Duration where time > .zero && time < .milliseconds(1): "\(time.nanoseconds / 1_000) us"
    default: "\(value)"
    }
  }
}

/// What clocks may do.
struct ClockBounds: Hashable, Sendable {
  var assumed: Int
  var actual: Int
}

/// When servers campaign, and how soon the calm must be for that.
struct Timeouts: Hashable, Sendable {
  var min: Duration
  var max: Duration
  var longestDelay: Duration
  var longestSync: Duration

  static let plain = Timeouts(
    min: .milliseconds(100), max: .milliseconds(200), longestDelay: .milliseconds(5), longestSync: .milliseconds(2))
}

// Settings that belong together, as one.
extension Scenario {
  fileprivate var jitter: Duration {
    get { network.delayMean }
    set {
      network.delayMean = newValue
      if newValue == .zero { network.delayShape = .constant }
    }
  }

  fileprivate var hasOddRates: Bool {
    get { clocks.driftPartsPerMillion.contains { $0 != 0 } }
    set { if !newValue { clocks.driftPartsPerMillion = clocks.driftPartsPerMillion.map { _ in 0 } } }
  }

  fileprivate var hasWallOffsets: Bool {
    get { clocks.wallOffset.contains { $0 != .zero } }
    set { if !newValue { clocks.wallOffset = clocks.wallOffset.map { _ in .zero } } }
  }

  fileprivate var clockBounds: ClockBounds {
    get { ClockBounds(assumed: protocols.assumedDriftPartsPerMillion, actual: clocks.driftBoundPartsPerMillion) }
    set {
      protocols.assumedDriftPartsPerMillion = newValue.assumed
      clocks.driftBoundPartsPerMillion = newValue.actual
    }
  }

  fileprivate var timeouts: Timeouts {
    get {
      Timeouts(
        min: cluster.electionTimeoutMin, max: cluster.electionTimeoutMax, longestDelay: calm.longestDelay,
        longestSync: calm.longestSync)
    }
    set {
      (cluster.electionTimeoutMin, cluster.electionTimeoutMax) = (newValue.min, newValue.max)
      (calm.longestDelay, calm.longestSync) = (newValue.longestDelay, newValue.longestSync)
    }
  }

  fileprivate var hasSlowLinks: Bool {
    get { calm.leastDelay != nil }
    set {
      guard !newValue, let least = calm.leastDelay else { return }
      calm.leastDelay = nil
      if calm.longestDelay > least { calm.longestDelay = calm.longestDelay - least }
    }
  }

  fileprivate var hasFullDisks: Bool {
    get { calm.diskRoom != nil }
    set { if !newValue { calm.diskRoom = nil } }
  }

  fileprivate var worksWhileHealing: Bool {
    get { calm.work != nil }
    set { if !newValue { calm.work = nil } }
  }

  fileprivate var weakDisks: [NodeID] {
    get { disk.weak }
    set {
      // Nothing stands in the way of its healing any more.
      for node in disk.weak where !newValue.contains(node) && calm.fates[node.offset] == .free {
        calm.fates[node.offset] = .member
      }
      disk.weak = newValue
    }
  }

  /// The nodes that do not heal with the others; one whose disk is weak cannot be asked to.
  fileprivate var outsiders: [NodeID] {
    get {
      NodeID.first(calm.fates.count).filter {
        calm.fates[$0.offset] != (disk.weak.contains($0) ? CalmFate.free : .member)
      }
    }
    set {
      for node in outsiders where !newValue.contains(node) {
        calm.fates[node.offset] = disk.weak.contains(node) ? .free : .member
      }
    }
  }
}

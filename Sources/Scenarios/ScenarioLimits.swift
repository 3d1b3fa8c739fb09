import Determinism

/// What a scenario may ask for at most, whether it comes from the generator, from knobs or from a file.
package enum ScenarioLimits {
  /// A set of nodes is one machine word.
  package static let maxNodes = 9
  package static let maxClients = 64
  package static let maxKeys = 256
  /// As many as a server takes.
  package static let maxSessions = 1_024
  package static let maxOperations = 100_000
  package static let maxFaults = 10_000
  /// The greatest identity of a fault or an operation, so that one can be added to it.
  package static let maxIdentity = Int(Int32.max)
  /// As many as a run has events before those of its operations.
  package static let maxForcedElections = maxEvents
  /// Entries behind a snapshot: more than any run has.
  package static let maxSnapshotEntries = 1_000_000
  /// Bytes of a key or a value in a plan; well below what the store takes.
  package static let maxTextBytes = 256
  /// Virtual time from the start to the end of the storm: an hour.
  package static let maxDuration = Duration.seconds(3_600)
  /// Election timeouts in one part of the calm.
  package static let maxCalmTimeouts = 100_000
  /// What a byte may add to a sync.
  package static let maxSyncPerByte = Duration.milliseconds(10)
  /// Bytes of a value, in the storm up to which it is filled up or of one written while the cluster heals: what the store
  /// takes.
  package static let maxValueBytes = 1 << 16
  /// Bytes of log for which the calm's disks have room.
  package static let maxCalmRoomBytes = 1 << 30
  /// No clock runs at less than half or more than one and a half times true time.
  package static let maxDriftPartsPerMillion = 500_000
  /// Events in one run, and on top of them for each operation, for each heartbeat that a server may send to another, and
  /// for each message that may go from one to another before the next one does: many times what a run takes that is not
  /// caught in a storm of messages. A run that needs more is undecided.
  package static let maxEvents = 1_000_000
  package static let maxEventsPerOperation = 4_000
  package static let maxEventsPerMessage = 4
  /// However large the rest is.
  package static let mostEvents = 400_000_000
}

/// What makes a scenario impossible to run: one sentence that names the field, what stands there and what is expected.
package struct ScenarioError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}

extension Scenario {
  /// Refuses a scenario of another version: it has other fields, and would run otherwise.
  package static func require(version: Int) throws(ScenarioError) {
    guard version == currentVersion else {
      throw ScenarioError(
        "scenarioVersion is \(version); this program runs version \(currentVersion): use the raftcheck that saved it")
    }
  }

  /// Checks everything that the simulator relies on, or whoever puts real servers through it.
  ///
  /// - Parameter isLive: whether real servers are put through it. Their operators may ask for another leader though the
  ///   members are fixed.
  /// - Throws: at the first field that is out of range.
  package func validate(isLive: Bool = false) throws(ScenarioError) {
    try Self.require(version: scenarioVersion)
    try require(cluster.nodes, in: 1...ScenarioLimits.maxNodes, "cluster.nodes")
    try require(cluster.maxEntriesPerAppend, in: 1...4_096, "cluster.maxEntriesPerAppend")
    try require(cluster.electionTimeoutMin, from: .milliseconds(1), "cluster.electionTimeoutMin")
    try require(cluster.electionTimeoutMax, from: cluster.electionTimeoutMin, "cluster.electionTimeoutMax")
    try require(cluster.heartbeatInterval, from: .milliseconds(1), "cluster.heartbeatInterval")
    for (name, value) in [
      ("network.delayMin", network.delayMin), ("network.delayMean", network.delayMean),
      ("network.clientDelayMin", network.clientDelayMin), ("network.clientDelayMean", network.clientDelayMean),
      ("disk.syncMin", disk.syncMin), ("disk.syncMean", disk.syncMean), ("stormEnd", stormEnd),
    ] {
      try require(value, from: .zero, name)
    }
    // One that ends before its first answer is back serves nobody.
    try require(sessions.lifetime, from: cluster.electionTimeoutMin / 2, "sessions.lifetime")
    try require(sessions.maxOpen, in: 1...ScenarioLimits.maxSessions, "sessions.maxOpen")
    try validateDisks()
    try validateClocks()
    try validateProtocols()
    try validateWorkload()
    try validateFaults()
    try validateMembership(isLive: isLive)
    try validateCalm()
    try validateOverrides()
  }

  private func validateDisks() throws(ScenarioError) {
    try require(disk.sectorBytes, in: 1...1 << 20, "disk.sectorBytes")
    guard disk.syncPerByte >= .zero, disk.syncPerByte <= ScenarioLimits.maxSyncPerByte else {
      throw ScenarioError(
        "disk.syncPerByte is \(disk.syncPerByte); expected \(Duration.zero) to \(ScenarioLimits.maxSyncPerByte)")
    }
    for node in disk.weak { try require(node, "disk.weak") }
    guard disk.weak.count <= (cluster.nodes - 1) / 2, zip(disk.weak, disk.weak.dropFirst()).allSatisfy(<) else {
      let names = disk.weak.map(\.description).joined(separator: " ")
      throw ScenarioError("disk.weak is \(names); expected less than half of the nodes, in order")
    }
  }

  private func validateClocks() throws(ScenarioError) {
    let bound = clocks.driftBoundPartsPerMillion
    try require(bound, in: 0...ScenarioLimits.maxDriftPartsPerMillion, "clocks.driftBoundPartsPerMillion")
    try require(
      clocks.driftPartsPerMillion.count, in: cluster.nodes...cluster.nodes, "clocks.driftPartsPerMillion's length")
    try require(clocks.wallOffset.count, in: cluster.nodes...cluster.nodes, "clocks.wallOffset's length")
    for drift in clocks.driftPartsPerMillion { try require(drift, in: -bound...bound, "clocks.driftPartsPerMillion") }
    for offset in clocks.wallOffset {
      try require(offset, from: .zero - ScenarioLimits.maxDuration, "clocks.wallOffset")
    }
  }

  private func validateProtocols() throws(ScenarioError) {
    let bound = ScenarioLimits.maxDriftPartsPerMillion
    try require(protocols.assumedDriftPartsPerMillion, in: 0...bound, "protocols.assumedDriftPartsPerMillion")
    try require(
      protocols.snapshotEntries, in: 1...ScenarioLimits.maxSnapshotEntries, "protocols.snapshotEntries")
    try require(protocols.snapshotBytes, in: 1...1 << 30, "protocols.snapshotBytes")
    try require(protocols.trailingEntries, in: 0...ScenarioLimits.maxSnapshotEntries, "protocols.trailingEntries")
    try require(protocols.snapshotChunkBytes, in: 1...1 << 20, "protocols.snapshotChunkBytes")
    try require(protocols.appendsInFlight, in: 1...64, "protocols.appendsInFlight")
    try require(protocols.segmentBytes, in: 1...1 << 30, "protocols.segmentBytes")
    guard protocols.reads != .lease || protocols.checksQuorum else {
      throw ScenarioError("protocols.checksQuorum is false; expected true, for leases rest on it")
    }
  }

  private func validateWorkload() throws(ScenarioError) {
    try require(workload.attemptTimeout, from: .milliseconds(1), "workload.attemptTimeout")
    try require(workload.operationTimeout, from: .milliseconds(1), "workload.operationTimeout")
    try require(workload.retryPause, from: .microseconds(1), "workload.retryPause")
    try require(workload.clients.count, in: 0...ScenarioLimits.maxClients, "workload.clients' length")
    try require(workload.keys.count, in: 0...ScenarioLimits.maxKeys, "workload.keys' length")
    for (place, key) in workload.keys.enumerated() {
      try require(key.utf8.count, in: 0...ScenarioLimits.maxTextBytes, "workload.keys[\(place)]'s length in bytes")
    }
    let operations = workload.clients.flatMap(\.operations)
    try require(operations.count, in: 0...ScenarioLimits.maxOperations, "the number of operations")
    try requireIdentities(operations.map(\.id), "operation")
    for operation in operations {
      // A string only where it is needed: there may be 100,000 operations.
      var place: String { "operation \(operation.id)" }
      try require(operation.at, from: .zero, "\(place): at")
      try require(operation.think, from: .zero, "\(place): think")
      for text in [operation.key] + operation.request.texts {
        try require(
          text.utf8.count, in: 0...ScenarioLimits.maxTextBytes, "\(place): the length of \(text.quoted(columns: 40))")
      }
      if let node = operation.firstNode { try require(node, "\(place): firstNode") }
      if let patience = operation.patience { try require(patience, from: .microseconds(1), "\(place): patience") }
      if let wait = operation.awaitsChange { try require(wait, from: .microseconds(1), "\(place): awaitsChange") }
      if let fill = operation.fill { try require(fill, in: 0...ScenarioLimits.maxValueBytes, "\(place): fill") }
    }
  }

  private func validateFaults() throws(ScenarioError) {
    try require(faults.count, in: 0...ScenarioLimits.maxFaults, "faults' length")
    try requireIdentities(faults.map(\.id), "fault")
    for fault in faults {
      let place = "fault \(fault.id)"
      try require(fault.duration, from: .zero, "\(place): duration")
      switch fault.trigger {
      case .time(let at): try require(at, from: .zero, "\(place): at")
      case .moment(_, let ordinal, let after):
        try require(ordinal, in: 1...Int(Int32.max), "\(place): ordinal")
        try require(after, from: .zero, "\(place): after")
      }
      if case .nodes(let nodes)? = fault.action.target {
        for node in nodes { try require(node, "\(place): target") }
      }
      if case .changeMembers(let voters, let learners, _, _) = fault.action {
        for node in voters + learners { try require(node, "\(place): voters and learners") }
      }
      if case .transferLeadership(.node(let node)) = fault.action { try require(node, "\(place): to") }
      let specification = fault.action.specification
      for parameter in specification.parameters { try validate(parameter, "\(place): ") }
      guard driftsBeyondBound || !specification.kind.isBeyondBound else {
        throw ScenarioError(
          "\(place): action is \(specification.kind.rawValue), which only occurs where clocks drift beyond the bound")
      }
    }
  }

  /// Checks one parameter of a fault's action; `place` goes before the parameter's name.
  private func validate(_ parameter: FaultParameter, _ place: String) throws(ScenarioError) {
    switch parameter {
    case .time(let name, let time, let low): try require(time, from: low, place + name)
    case .number(let name, let number, let range): try require(number, in: range, place + name)
    case .drift(let name, let drift):
      let bound = clocks.driftBoundPartsPerMillion
      try require(drift, in: -bound...bound, place + name)
    case .allNodes(let name, .nodes(let nodes)):
      guard nodes.sorted() == NodeID.first(cluster.nodes) else {
        throw ScenarioError("\(place)\(name) names \(nodes.count) nodes; expected each node of the ring once")
      }
    case .namedNodes(_, .nodes): break
    case .allNodes(let name, _), .namedNodes(let name, _):
      throw ScenarioError("\(place)\(name) names no nodes; expected those of the ring or the bridge")
    }
  }

  /// Draws are keyed by identities: two of one name would share their luck.
  private func requireIdentities(_ identities: [Int], _ name: String) throws(ScenarioError) {
    var last: Int?
    for identity in identities.sorted() {
      try require(identity, in: 0...ScenarioLimits.maxIdentity, "\(name) \(identity): id")
      guard identity != last else {
        throw ScenarioError("\(name) \(identity): id is given twice; expected one \(name) of each id")
      }
      last = identity
    }
  }

  func require(_ value: Int, in range: ClosedRange<Int>, _ name: @autoclosure () -> String) throws(ScenarioError) {
    guard range.contains(value) else {
      throw ScenarioError("\(name()) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
    }
  }

  func require(_ value: Duration, from low: Duration, _ name: @autoclosure () -> String) throws(ScenarioError) {
    guard value >= low, value <= ScenarioLimits.maxDuration else {
      let isNear = value.description == low.description
      throw ScenarioError(
        "\(name()) is \(isNear ? "\(value.nanoseconds) ns" : value.description); expected "
          + "\(isNear ? "\(low.nanoseconds) ns" : low.description) to \(ScenarioLimits.maxDuration)")
    }
  }

  func require(_ node: NodeID, _ name: @autoclosure () -> String) throws(ScenarioError) {
    guard node.offset < cluster.nodes else {
      throw ScenarioError("\(name()) is \(node); the cluster's last node is n\(cluster.nodes)")
    }
  }
}

extension PlannedRequest {
  /// Every byte string in it.
  fileprivate var texts: [String] {
    switch self {
    case .get, .delete: []
    case .put(let value), .append(let value), .create(let value): [value]
    case .cas(let new, let guess): [new] + (guess.map { [$0] } ?? [])
    }
  }
}

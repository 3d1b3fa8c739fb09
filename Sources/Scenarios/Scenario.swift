import Determinism
import Raft

/// Everything that a run does, as plain data: what a seed resolves to, what is saved, replayed and shrunk.
///
/// Together with the seed, which keys the residual randomness (delays, timeouts), it decides the run event for event.
package struct Scenario: Codable, Hashable, Sendable {
  /// Raised whenever the same scenario would run differently: golden event hashes force it.
  package static let currentVersion = 12

  package var scenarioVersion = Scenario.currentVersion
  package var seed: UInt64
  package var cluster: ClusterPlan
  package var network: NetworkPlan
  package var disk: DiskPlan
  package var clocks: ClockPlan
  package var protocols: ProtocolPlan
  package var sessions: SessionPlan
  package var workload: WorkloadPlan
  /// In the order of their identities.
  package var faults: [Fault]
  /// When the storm ends and the calm begins.
  package var stormEnd: Duration
  /// What heals then, and what is demanded.
  package var calm: CalmPlan
  /// What operators want of the members, if they change.
  package var membership: MembershipPlan? = nil
  /// What is fixed that the dice decide otherwise.
  package var overrides: Overrides?

  /// How many operations there are, those of the calm included: each client writes, reads, and reads every key.
  package var operationCount: Int {
    workload.clients.reduce(0) { $0 + $1.operations.count + 2 + workload.keys.count }
  }

  /// After how many events a run is cut.
  ///
  /// Most come from heartbeats, from candidates that ask again as often, and from logs and snapshots that are sent in
  /// small pieces, each as soon as the one before has arrived.
  package var maxEvents: Int {
    let links = cluster.nodes * (cluster.nodes - 1)
    let delay = max(network.delayMin + network.delayMean, .microseconds(100))
    let heartbeats = Int(stormEnd.nanoseconds / cluster.heartbeatInterval.nanoseconds) * (links + cluster.nodes)
    let pieces = Int(stormEnd.nanoseconds / delay.nanoseconds) * links
    return min(
      ScenarioLimits.mostEvents,
      ScenarioLimits.maxEvents + ScenarioLimits.maxEventsPerOperation * operationCount
        + ScenarioLimits.maxEventsPerMessage * (heartbeats + pieces))
  }

  /// Whether clocks run beyond what the servers take for the bound: then leases promise nothing, and all else still does.
  package var driftsBeyondBound: Bool { clocks.driftBoundPartsPerMillion > protocols.assumedDriftPartsPerMillion }

  /// The dice that all residual randomness of the run comes from.
  package var dice: Dice { Dice(seed: seed) }
}

/// The servers and their settings.
package struct ClusterPlan: Codable, Hashable, Sendable {
  /// How many servers, from 1 to `ScenarioLimits.maxNodes`; those that join later included.
  package var nodes: Int
  /// With how many of them the cluster begins, the first ones; all, unless it is given.
  package var founders: Int? = nil
  package var electionTimeoutMin: Duration
  package var electionTimeoutMax: Duration
  package var heartbeatInterval: Duration
  package var maxEntriesPerAppend: Int
}

extension ClusterPlan {
  /// The servers with which the cluster begins.
  package var founding: NodeSet { .first(founders ?? nodes) }
}

/// Coded as one word.
extension ReadMode: CodedAsWord {}

/// Which parts of the protocol the servers use, and how often.
package struct ProtocolPlan: Codable, Hashable, Sendable {
  package var reads: ReadMode
  /// What the servers take for the bound on the clocks' rates, in parts per million: leases rest on it. Below
  /// `clocks.driftBoundPartsPerMillion` in scenarios beyond the bound only.
  package var assumedDriftPartsPerMillion: Int
  package var usesPreVote: Bool
  /// Leases need it.
  package var checksQuorum: Bool
  /// A server takes a snapshot after so many entries, or bytes of commands.
  package var snapshotEntries: Int
  package var snapshotBytes: Int
  /// How many entries before a snapshot stay in the log.
  package var trailingEntries: Int
  /// The most bytes of a snapshot in one message.
  package var snapshotChunkBytes: Int
  /// The most entries on their way to one peer, in appends.
  package var appendsInFlight: Int
  /// The log goes on in a new file after so many bytes.
  package var segmentBytes: Int
}

/// How messages travel when no fault interferes.
package struct NetworkPlan: Codable, Hashable, Sendable {
  /// The least time that a message takes between two servers.
  package var delayMin: Duration
  /// The mean of what comes on top, and how that is distributed.
  package var delayMean: Duration
  package var delayShape: DelayShape
  /// The same, exponentially distributed, between a client and a server, either way.
  package var clientDelayMin: Duration
  package var clientDelayMean: Duration
  /// The chance that a client's request or its answer is lost with the connection.
  package var clientLoss: Ratio
}

/// How fast the disks are, and which of them may go wrong.
package struct DiskPlan: Codable, Hashable, Sendable {
  /// The least time that a sync takes.
  package var syncMin: Duration
  /// The mean of what comes on top, exponentially distributed.
  package var syncMean: Duration
  /// How much longer it takes for each byte that it makes durable. Most disks are so fast that it is nothing.
  package var syncPerByte: Duration
  /// What a disk writes at once: a write that a crash tears is torn at a multiple of it.
  package var sectorBytes: Int
  /// The nodes that faults of disks may stop, in order: less than half of the cluster, so that whatever happens to them
  /// a majority keeps its promises.
  package var weak: [NodeID]
}

/// How the servers' clocks run when no fault interferes.
package struct ClockPlan: Codable, Hashable, Sendable {
  /// No clock's rate ever differs from true time by more, in parts per million.
  package var driftBoundPartsPerMillion: Int
  /// One for each server: how far its clocks' rate differs from true time.
  package var driftPartsPerMillion: [Int]
  /// One for each server: how far its wall clock is off at the start.
  package var wallOffset: [Duration]
}

/// How long the servers remember a client that is silent, so that a retry is not applied twice.
package struct SessionPlan: Codable, Hashable, Sendable {
  /// In log time, which the leaders' wall clocks move.
  package var lifetime: Duration
  /// The most sessions open at a time, from 1 to `ScenarioLimits.maxSessions`; the least recently used one goes first.
  package var maxOpen: Int
  /// Whether a client goes on in its session after an operation of unknown outcome, rather than in a new one: what is
  /// left of that operation then comes too late, and is dropped.
  package var outlastDoubt: Bool
}

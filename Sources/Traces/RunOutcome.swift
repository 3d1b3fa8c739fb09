import Determinism
import Histories
import Raft
import Replica
import Scenarios

/// What a run of a scenario brought about, before anyone has judged the history.
package struct RunOutcome: Sendable {
  /// The identity of the run: a digest of everything that happened.
  package var eventHash: UInt64
  /// What the clients saw.
  package var history: History
  package var statistics: RunStatistics
  /// What ended the run early, if anything did.
  package var failure: RunFailure?
  /// Whether the run was cut at the scenario's `maxEvents`; its verdict is then undecided at best.
  package var isCut: Bool
  /// The election timers that ran out, in order: forced so, they make a run in which the same is done. One that ran out
  /// while its node stood still is told by that time, though the node learns of it when it goes on.
  package var elections: [ForcedElection]
  /// The faults that took hold of something, in the order in which they began.
  package var faults: [BegunFault]
  /// What operators asked for: what faults say in the order of the scenario, and then what is asked in the end.
  package var requests: [BegunRequest]
  /// What became of each node when the storm ended. Where members change the scenario does not know it: who is needed then is
  /// healed.
  package var fates: [CalmFate]
  /// The messages that reached a running server, in the order of their arrival, if that was asked for.
  package var deliveries: [MessageKey]
  /// The events one by one, if that was asked for: all of a run of bearable length, and of a longer one those before its
  /// failure, behind one that stands for all earlier ones.
  package var trace: [TracedEvent]
  /// By event of the history: the number of the event of the run in which the clients saw it.
  package var historyEvents: [Int]

  package init(
    eventHash: UInt64, history: History, statistics: RunStatistics, failure: RunFailure?, isCut: Bool,
    elections: [ForcedElection] = [], faults: [BegunFault] = [], requests: [BegunRequest] = [], fates: [CalmFate] = [],
    deliveries: [MessageKey] = [], trace: [TracedEvent] = [], historyEvents: [Int] = []
  ) {
    self.eventHash = eventHash
    self.history = history
    self.statistics = statistics
    self.failure = failure
    self.isCut = isCut
    self.elections = elections
    self.faults = faults
    self.requests = requests
    self.fates = fates
    self.deliveries = deliveries
    self.trace = trace
    self.historyEvents = historyEvents
  }

  /// How many events the first one of the trace stands for; zero if it is the first of the run.
  package var earlierEvents: Int {
    if case .earlier(let count)? = trace.first?.kind { count } else { 0 }
  }

  /// The number of the event at a place of the trace, from 1; of the one that stands for several, that of the last.
  package func number(ofEventAt place: Int) -> Int { place + max(1, earlierEvents) }

  /// The place in the trace of the event of this number, or of the one that stands for it.
  ///
  /// - Returns: `nil` if the trace has none.
  package func place(ofEvent number: Int) -> Int? {
    let place = max(0, number - max(1, earlierEvents))
    return trace.indices.contains(place) && number > 0 ? place : nil
  }
}

/// A fault that took hold.
package struct BegunFault: Hashable, Sendable {
  /// Its identity in the scenario.
  package var id: Int
  /// When, since the start.
  package var at: Duration
  /// The nodes that it has hold of; none if it touches all messages.
  package var nodes: [NodeID]

  package init(id: Int, at: Duration, nodes: [NodeID]) {
    (self.id, self.at, self.nodes) = (id, at, nodes)
  }
}

/// What an operator asked for, and what became of it.
package struct BegunRequest: Hashable, Sendable {
  /// The identity of the fault that says it; `nil` for what is asked when everything has healed.
  package var fault: Int?
  package var body: ClientRequest.Body
  /// When, since the start.
  package var at: Duration
  /// When its operator knew, or gave up; `nil` if the run was over before.
  package var endedAt: Duration?
  /// What its operator knows of it in the end: `done`, `turnedDown` or `unknown`.
  package var outcome: ClientReply.Body?
  /// Why it was turned down last, though the operator asked again.
  package var refusal: RequestRefusal?

  package init(
    fault: Int?, body: ClientRequest.Body, at: Duration, endedAt: Duration? = nil, outcome: ClientReply.Body? = nil,
    refusal: RequestRefusal? = nil
  ) {
    (self.fault, self.body, self.at, self.endedAt) = (fault, body, at, endedAt)
    (self.outcome, self.refusal) = (outcome, refusal)
  }
}

/// Something that must not happen in a cluster, seen by the omniscient observer.
package struct RunFailure: Hashable, Sendable {
  package var finding: Finding
  /// Of a failure of progress: where each server stands then, in order.
  package var accounts: [NodeAccount]
  /// When, since the start.
  package var at: Duration
  /// Which event of the run it was, counted from 1; zero before the first.
  package var event: Int
  /// What the run had come to with that event, if it went on behind it.
  package var extent: Extent?

  /// What a part of a run comes to.
  package struct Extent: Hashable, Sendable {
    /// Operations that clients had called.
    package var operations: Int
    /// Faults that had taken hold of something.
    package var faults: Int
    /// Messages that had reached a running server.
    package var deliveries: Int

    package init(operations: Int, faults: Int, deliveries: Int) {
      (self.operations, self.faults, self.deliveries) = (operations, faults, deliveries)
    }
  }

  package init(_ finding: Finding, accounts: [NodeAccount] = [], at: Duration, event: Int) {
    (self.finding, self.accounts, self.at, self.event) = (finding, accounts, at, event)
  }

  /// The kind of failure that it is.
  package var signature: FailureSignature { finding.signature }
}

/// Figures of a run.
package struct RunStatistics: Codable, Hashable, Sendable {
  /// Simulated time from the start to the last event.
  package var virtualTime = Duration.zero
  /// Events of the simulation.
  package var events = 0
  package var messagesSent = 0
  /// Messages between servers that reached one that runs.
  package var messagesDelivered = 0
  package var messagesLost = 0
  package var messagesDuplicated = 0
  /// Frames that a server has dropped: damaged, of another cluster, or for another server.
  package var framesRefused = 0
  package var messagesHeldBack = 0
  /// Messages between servers that were sent on a way longer than the least.
  package var messagesDelayed = 0
  /// How often a node became leader, and how often of these while operations were open.
  package var leaderChanges = 0
  package var leaderChangesWithOpenOperations = 0
  /// Crashes that hit a node between a write to its log and the sync of it.
  package var crashesBeforeSync = 0
  /// How often a node became leader while a snapshot was under way: a leader's on its way to a peer, or a server's own
  /// that is not durable yet.
  package var leaderChangesDuringSnapshot = 0
  /// How often a leader stepped down on which clients' reads waited.
  package var stepDownsWithReads = 0
  /// How often the last node that ran crashed: the whole cluster was down at once.
  package var wholeClusterCrashes = 0
  /// How often a client was told that its session has expired.
  package var sessionsExpired = 0
  package var operationsOK = 0
  package var operationsFailed = 0
  package var operationsUnknown = 0
  /// The longest that the healed cluster took to settle, in tenths of an election timeout.
  package var slowestSettling = 0
  /// The longest that the healed cluster took for a change of its members or a transfer, in tenths of an election timeout.
  package var slowestRequest = 0
  /// How often a node became leader while a configuration was not committed.
  package var leaderChangesAmidChange = 0
  /// The longest that two servers had different configurations in force, in tenths of an election timeout.
  package var longestSplit = 0
  /// Reads after the storm that answered, and how many there should be.
  package var finalReads = 0
  package var finalReadsExpected = 0

  private var faultCounts = [Int](repeating: 0, count: FaultKind.allCases.count)
  private var momentCounts = [Int](repeating: 0, count: Moment.allCases.count)

  package init() {}

  /// All operations that were called.
  package var operations: Int { operationsOK + operationsFailed + operationsUnknown }

  /// How many faults of a kind took hold of something.
  package subscript(kind kind: FaultKind) -> Int {
    get { faultCounts[kind.offset] }
    set { faultCounts[kind.offset] = newValue }
  }

  /// How many faults took hold of something because such a moment had come.
  package subscript(moment moment: Moment) -> Int {
    get { momentCounts[moment.offset] }
    set { momentCounts[moment.offset] = newValue }
  }
}

import Determinism

/// What the clients ask for.
package struct WorkloadPlan: Codable, Hashable, Sendable {
  /// How long a client waits for one answer before it asks another server.
  package var attemptTimeout: Duration
  /// How long a client tries before it gives an operation up.
  package var operationTimeout: Duration
  /// How long a client waits before it asks again after it was refused.
  package var retryPause: Duration
  /// The keys that are read after the storm.
  package var keys: [String]
  package var clients: [ClientPlan]
}

/// One client: its operations, one after the other.
package struct ClientPlan: Codable, Hashable, Sendable {
  package var operations: [PlannedOperation]
}

/// One operation of a client. It starts at its time, or once the client's previous one has returned and `think` has
/// passed, whichever is later.
package struct PlannedOperation: Codable, Hashable, Sendable {
  /// Unique in its scenario, and stable when others are removed.
  package var id: Int
  package var at: Duration
  package var think: Duration
  package var key: String
  package var request: PlannedRequest
  /// The server asked first; without one, whoever answered this client last.
  package var firstNode: NodeID?
  /// How long the client tries, where it is less than others': then it walks away amid the operation.
  package var patience: Duration? = nil
  /// Whether the client leaves its session behind with this operation, and opens another one for the next.
  package var leavesSession = false
  /// For how long the client, when it is its turn, waits for another one's change of the key to return: then it asks at
  /// once. `nil` if it does not wait.
  package var awaitsChange: Duration? = nil
  /// Up to how many bytes the value that it writes is filled up, if it is shorter.
  package var fill: Int? = nil

  package init(
    id: Int, at: Duration, think: Duration, key: String, request: PlannedRequest, firstNode: NodeID?,
    patience: Duration? = nil, leavesSession: Bool = false
  ) {
    (self.id, self.at, self.think, self.key, self.request) = (id, at, think, key, request)
    (self.firstNode, self.patience, self.leavesSession) = (firstNode, patience, leavesSession)
  }
}

/// What an operation asks of its key.
package enum PlannedRequest: Codable, Hashable, Sendable {
  case get
  case put(value: String)
  case append(value: String)
  case delete
  /// Expects what this client last saw of the key; with `guess`, expects that instead.
  case cas(new: String, guess: String?)
  /// Writes if the key is absent, whatever this client has seen: a compare-and-set that expects nothing.
  case create(value: String)
}

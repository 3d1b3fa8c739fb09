import Determinism
import KeyValue

/// What a client asks of a server. It has at most one request open at a time.
package struct ClientRequest: Hashable, Sendable {
  /// What is asked.
  package enum Body: Hashable, Sendable {
    /// The value of a key.
    case read(key: [UInt8])
    /// A change.
    case write(KeyValueOperation)
  }

  package var session: SessionID
  /// Numbers the requests of a session, reads included. A retry carries the number of the first attempt.
  package var sequence: SequenceNumber
  package var body: Body

  package init(session: SessionID, sequence: SequenceNumber, body: Body) {
    self.session = session
    self.sequence = sequence
    self.body = body
  }

  /// The key that it is about.
  package var key: [UInt8] {
    switch body {
    case .read(let key): key
    case .write(let operation): operation.key
    }
  }

  /// The limit that it exceeds, if any: a server refuses it before it appends.
  package var violation: KeyValueLimits.Violation? {
    switch body {
    case .read(let key): KeyValueLimits.violation(ofKey: key)
    case .write(let operation): KeyValueLimits.violation(of: operation)
    }
  }
}

/// What a server answers a client.
package struct ClientReply: Hashable, Sendable {
  /// What became of the request.
  package enum Body: Hashable, Sendable {
    /// The value that was read; `nil` stands for absent.
    case value([UInt8]?)
    /// The change was applied, now or at an earlier attempt, and answered this.
    case written(KeyValueResult)
    /// Nothing was appended, since this server does not lead; it believes that the hint does.
    case notLeader(hint: NodeID?)
    /// The outcome is not known: the server gave up leadership after it had appended, or the session has gone further.
    case unknown
    /// Nothing was appended, and no server will ever take this request.
    case refused(KeyValueLimits.Violation)
  }

  /// The number of the request that this answers.
  package var sequence: SequenceNumber
  package var body: Body

  package init(sequence: SequenceNumber, body: Body) {
    self.sequence = sequence
    self.body = body
  }
}

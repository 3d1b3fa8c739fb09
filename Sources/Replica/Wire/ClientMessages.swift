import Determinism
import KeyValue
import Raft

/// What a client, or an operator, asks of a server. It has at most one request open at a time.
package struct ClientRequest: Hashable, Sendable {
  /// What is asked.
  package enum Body: Hashable, Sendable {
    /// A session, in which alone changes are made.
    case openSession
    /// The value of a key.
    case read(key: [UInt8])
    /// A change. In a session its number stands for it: a retry carries the number of the first attempt.
    case write(KeyValueOperation, session: SessionID)
    /// Other members (Raft §6).
    case change(MemberChange)
    /// That the leader transfer its leadership, to a server or to whichever is best (Ongaro 2014 §3.10).
    case transfer(to: NodeID?)
  }

  /// Numbers the requests of a client, in increasing order.
  package var sequence: SequenceNumber
  package var body: Body

  package init(sequence: SequenceNumber, body: Body) {
    self.sequence = sequence
    self.body = body
  }

  /// The limit that it exceeds, if any: a server refuses it before it appends.
  package var violation: KeyValueLimits.Violation? {
    switch body {
    case .openSession, .change, .transfer: nil
    case .read(let key): KeyValueLimits.violation(ofKey: key)
    case .write(let operation, _): KeyValueLimits.violation(of: operation)
    }
  }
}

/// What a server answers a client.
package struct ClientReply: Hashable, Sendable {
  /// What became of the request.
  package enum Body: Hashable, Sendable {
    /// The session is open.
    case opened(SessionID)
    /// The value that was read; `nil` stands for absent.
    case value([UInt8]?)
    /// The change was applied, now or at an earlier attempt, and answered this.
    case written(KeyValueResult)
    /// This attempt was not and will not be applied, since its session has ended. Nothing is said of earlier attempts.
    case sessionExpired
    /// Nothing was appended, since this server does not lead; it believes that the hint does.
    case notLeader(hint: NodeID?)
    /// The outcome is not known: the server gave up leadership after it had appended, or the session has gone further.
    case unknown
    /// Nothing was appended, and no server will ever take this request.
    case refused(KeyValueLimits.Violation)
    /// What an operator has asked for is so.
    case done
    /// What an operator has asked for is not so, and of this request nothing more will come.
    case turnedDown(RequestRefusal)

    /// What a client is told of a command that was applied.
    init(_ outcome: CommandOutcome) {
      self =
        switch outcome {
        case .opened(let session): .opened(session)
        case .result(let result): .written(result)
        case .sessionExpired: .sessionExpired
        // An earlier attempt may have been applied.
        case .dropped: .unknown
        }
    }

    /// What an operator is told.
    init(_ outcome: RequestOutcome) {
      self =
        switch outcome {
        case .done: .done
        case .refused(let refusal): .turnedDown(refusal)
        }
    }
  }

  /// The number of the request that this answers.
  package var sequence: SequenceNumber
  package var body: Body

  package init(sequence: SequenceNumber, body: Body) {
    self.sequence = sequence
    self.body = body
  }
}

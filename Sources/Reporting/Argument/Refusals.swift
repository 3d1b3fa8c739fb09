import Determinism
import Raft
import Traces

/// A vote, or a pre-vote, that a server has denied another, or for which it has not even answered.
struct Refusal {
  let voter: NodeID
  let candidate: NodeID
  /// When the candidate heard of it, or the voter of the request.
  let at: Duration
  private let isPreVote: Bool
  private let term: Term
  private let isIgnored: Bool
  private let reason: String
  /// That the voter's configuration stands against it, which goes on where terms do.
  let objection: String?

  /// - Parameter event: in which the answer arrives.
  init?(_ message: TracedMessage, arrivingIn event: TracedEvent, _ chronicle: Chronicle) {
    let key = message.key
    guard let sentIn = message.sentIn,
      let voter = chronicle.trace[sentIn].states.first(where: { $0.node == key.sender }),
      let candidate = event.states.first(where: { $0.node == key.recipient })
    else { return nil }
    (self.voter, self.candidate, at) = (key.sender, key.recipient, event.at)
    isPreVote = message.content.kind == .preVoteReply
    isIgnored = false
    // An answer may wait for a sync: it was decided before.
    let first = chronicle.beginning(ofSyncEndingIn: sentIn) ?? sentIn
    let decisions = chronicle.trace[first...sentIn].flatMap(\.decisions)
    objection = Self.objection(of: key.sender, to: key.recipient, decisions)
    let answered = message.content.term
    term = Self.term(askedBy: key.recipient, of: key.sender, chronicle.trace[first...sentIn]) ?? answered
    reason =
      objection
      ?? (term < answered && !isPreVote
        ? "\(key.sender) is in term \(answered) by then" : Self.reason(voter, candidate, isPreVote: isPreVote))
  }

  /// - Parameter event: in which a request arrives to which the voter does not listen; `nil` if it does.
  init?(ignoring message: TracedMessage, in event: TracedEvent, _ trace: [TracedEvent]) {
    let (candidate, voter) = (message.key.sender, message.key.recipient)
    let heard = event.decisions.compactMap { traced -> (at: LocalInstant?, now: LocalInstant)? in
      guard traced.node == voter, case .ignoresCandidate(_, let at, let now, _, let answers) = traced.decision.question,
        answers.inForce
      else { return nil }
      return (at, now)
    }
    guard let heard = heard.last, let state = event.states.first(where: { $0.node == voter }) else { return nil }
    (self.voter, self.candidate, term, at) = (voter, candidate, message.content.term, event.at)
    isPreVote = message.content.kind == .preVote
    isIgnored = true
    objection = nil
    reason =
      state.role == .leader
      ? "it leads term \(state.term)"
      : "it heard a leader\(heard.at.map { " \(FaultText.span(heard.now - $0)) ago" } ?? "")"
  }

  /// Who denies whom, and what speaks for that or against it.
  var sentence: String {
    let vote = isPreVote ? "pre-vote" : "vote in term \(term)"
    return isIgnored
      ? "\(voter) does not answer \(candidate), which asks for its \(vote): \(reason)."
      : "\(voter) denies \(candidate) its \(vote): \(reason)."
  }

  /// The term in which a candidate has asked for a vote.
  private static func term(askedBy candidate: NodeID, of voter: NodeID, _ trace: ArraySlice<TracedEvent>) -> Term? {
    for event in trace.reversed() {
      guard case .message(let message) = event.kind, event.node == voter, message.key.sender == candidate,
        message.content.kind == .requestVote
      else { continue }
      return message.content.term
    }
    return nil
  }

  /// That its configuration stands against it.
  private static func objection(
    of voter: NodeID, to candidate: NodeID, _ decisions: [TracedDecision]
  ) -> String? {
    for traced in decisions where traced.node == voter {
      if case .members(.mayVote(candidate, voter, let members, let answers)) = traced.decision.question,
        !answers.inForce
      {
        return MemberDecisionText.denial(candidate, voter, members)
      }
    }
    return nil
  }

  private static func reason(_ voter: NodeState, _ candidate: NodeState, isPreVote: Bool) -> String {
    if !isPreVote, let vote = voter.vote, vote != candidate.node {
      return "it has voted for \(vote == voter.node ? "itself" : "\(vote)") there"
    }
    let (ours, theirs) = (LogEnd(voter), LogEnd(candidate))
    let logs = "\(candidate.node)'s log \(theirs.predicate), its own \(ours.predicate)"
    return logs
      + (theirs < ours ? ", which is newer" : ", though that does not make \(candidate.node)'s older (Raft §5.4.1)")
  }
}

/// How new a log is (Raft §5.4.1).
struct LogEnd: Comparable {
  private let position: LogPosition

  init(_ state: NodeState) { position = state.last }

  static func < (one: LogEnd, other: LogEnd) -> Bool {
    (one.position.term, one.position.index) < (other.position.term, other.position.index)
  }

  /// `is empty`, `ends with entry 3 of term 2`.
  var predicate: String {
    position.index == .zero ? "is empty" : "ends with entry \(position.index) of term \(position.term)"
  }
}

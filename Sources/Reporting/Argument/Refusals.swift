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
  /// Whether it is only about one term, or a moment: what is asked in the next one may be granted.
  let isPassing: Bool

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
    let objection = Self.objection(of: key.sender, to: key.recipient, decisions)
    let answered = message.content.term
    term = Self.term(askedBy: key.recipient, of: key.sender, chronicle.trace[first...sentIn]) ?? answered
    let passing =
      isPreVote
      ? nil : term < answered ? "\(key.sender) is in term \(answered) by then" : Self.otherVote(voter, candidate)
    isPassing = objection == nil && passing != nil
    reason = objection ?? passing ?? Self.comparison(voter, candidate)
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
    isPassing = true
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

  /// That it has voted for another one.
  private static func otherVote(_ voter: NodeState, _ candidate: NodeState) -> String? {
    guard let vote = voter.vote, vote != candidate.node else { return nil }
    return "it has voted for \(vote == voter.node ? "itself" : "\(vote)") there"
  }

  /// How its log compares.
  private static func comparison(_ voter: NodeState, _ candidate: NodeState) -> String {
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

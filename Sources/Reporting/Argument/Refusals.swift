import Determinism
import Raft
import Traces

/// A vote, or a pre-vote, that a server has denied another.
struct Refusal {
  let voter: NodeID
  let candidate: NodeID
  let isPreVote: Bool
  let term: Term
  /// When the candidate heard of it.
  let at: Duration
  /// How the voter stood when it denied, and the candidate when it heard so.
  private let voterState: NodeState
  private let candidateState: NodeState

  /// - Parameter event: in which the answer arrives.
  init?(_ message: TracedMessage, arrivingIn event: TracedEvent, _ trace: [TracedEvent]) {
    let key = message.key
    guard let sentIn = message.sentIn, let voterState = trace[sentIn].states.first(where: { $0.node == key.sender }),
      let candidateState = event.states.first(where: { $0.node == key.recipient })
    else { return nil }
    (voter, candidate, term, at) = (key.sender, key.recipient, message.content.term, event.at)
    isPreVote = message.content.kind == .preVoteReply
    (self.voterState, self.candidateState) = (voterState, candidateState)
  }

  /// Who denies whom, and what speaks for that or against it.
  var sentence: String {
    "\(voter) denies \(candidate) its \(isPreVote ? "pre-vote" : "vote in term \(term)"): \(reason)."
  }

  private var reason: String {
    if !isPreVote, let vote = voterState.vote, vote != candidate {
      return "it has voted for \(vote == voter ? "itself" : "\(vote)") there"
    }
    let (ours, theirs) = (LogEnd(voterState), LogEnd(candidateState))
    let logs = "\(candidate)'s log \(theirs.predicate), its own \(ours.predicate)"
    return logs
      + (theirs < ours ? ", which is newer" : ", though that does not make \(candidate)'s older (Raft §5.4.1)")
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

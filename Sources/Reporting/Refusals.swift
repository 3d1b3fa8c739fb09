import Determinism
import Scenarios

/// A vote, or a pre-vote, that a server has denied another.
struct Refusal {
  let voter: NodeID
  let candidate: NodeID
  let isPreVote: Bool
  let term: UInt64
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
    (voter, candidate, term, at) = (key.sender, key.recipient, key.term, event.at)
    isPreVote = key.kind == .preVoteReply
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
    let logs = "\(candidate)'s log ends with \(Self.end(candidateState)), its own with \(Self.end(voterState))"
    let isUpToDate =
      (candidateState.lastTerm, candidateState.lastIndex) >= (voterState.lastTerm, voterState.lastIndex)
    return logs + (isUpToDate ? ", though that does not make \(candidate)'s older (Raft §5.4.1)" : ", which is newer")
  }

  private static func end(_ state: NodeState) -> String {
    state.lastIndex == 0 ? "nothing" : "entry \(state.lastIndex) of term \(state.lastTerm)"
  }
}

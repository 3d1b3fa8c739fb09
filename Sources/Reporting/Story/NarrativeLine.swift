import Determinism
import Raft
import Traces

/// One line of a story: an event on the way to the failure, told for people.
package struct NarrativeLine: Hashable, Sendable {
  /// Its place in the story, from 1; the page shows it in the diagram, too.
  package var number: Int
  /// When, since the start.
  package var at: Duration
  /// The server that it is about, if it is about one; a client's line names the client in its text.
  package var node: NodeID?
  /// What that server is, and in which term, after it.
  package var role: Role?
  package var term: Term?
  /// What happens, without the time and the server's name: `becomes leader of term 2 (votes: n2, n3)`.
  package var text: String
  /// The events that it tells, by their places in the trace, from 0, in order; it stands at the first.
  package var events: [Int]
  /// The events that it mentions besides: in which a message was sent, a round began, a read arrived.
  package var mentions: [Int]
  /// The decisions that it tells.
  package var decisions: [RuleDecision]

  package init(
    number: Int, at: Duration, node: NodeID? = nil, role: Role? = nil, term: Term? = nil, text: String, events: [Int],
    mentions: [Int] = [], decisions: [RuleDecision] = []
  ) {
    (self.number, self.at, self.node, self.role, self.term) = (number, at, node, role, term)
    (self.text, self.events, self.mentions, self.decisions) = (text, events, mentions, decisions)
  }

  /// The first event that it tells.
  package var event: Int { events[0] }
}

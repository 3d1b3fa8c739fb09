import Determinism
import Scenarios

/// One line of a story: an event on the way to the failure, told for people.
package struct NarrativeLine: Hashable, Sendable {
  /// Its place in the story, from 1; the page shows it in the diagram, too.
  package var number: Int
  /// When, since the start.
  package var at: Duration
  /// The server that it is about, if it is about one; a client's line names the client in its text.
  package var node: NodeID?
  /// What that server is, and in which term, after it.
  package var role: NodeRole?
  package var term: UInt64?
  /// What happens, without the time and the server's name: `becomes leader of term 2 (votes: n2, n3)`.
  package var text: String
  /// Its place in the trace, from 0.
  package var event: Int

  package init(
    number: Int, at: Duration, node: NodeID? = nil, role: NodeRole? = nil, term: UInt64? = nil, text: String, event: Int
  ) {
    (self.number, self.at, self.node, self.role, self.term) = (number, at, node, role, term)
    (self.text, self.event) = (text, event)
  }
}

/// Why a live run cannot be made or go on: one sentence, without a full stop.
package struct LiveProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// Something that was given is not what it should be: a `system.json`, an option, a client.
    case content
    /// The machine does not do it: a program is missing, a port in use, a disk full.
    case system
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }
}

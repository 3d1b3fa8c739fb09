/// Why a server cannot start, or has stopped: one sentence, and of which kind that is.
package struct HostProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// What was asked for cannot be.
    case usage
    /// What is in the data folder, or what another server has sent, is not what it should be.
    case data
    /// An address is taken, or somebody who is needed does not answer.
    case unavailable
    /// Reading or writing failed.
    case inputOutput
    /// A rule of safety was seen broken.
    case safety
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }
}

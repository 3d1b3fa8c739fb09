import KeyValue

/// Clients' commands that are still to be appended, in the order in which they came.
struct GatheredProposals: Sendable {
  /// A command, and who waits for its answer.
  struct Proposal: Sendable {
    let client: ClientID
    let sequence: SequenceNumber
    let command: Command
    let bytes: [UInt8]

    init(_ command: Command, sequence: SequenceNumber, client: ClientID) {
      self.client = client
      self.sequence = sequence
      self.command = command
      bytes = command.encoded()
    }
  }

  private var proposals: [Proposal] = []
  /// The bytes of all commands.
  private(set) var bytes = 0

  var isEmpty: Bool { proposals.isEmpty }
  var count: Int { proposals.count }

  mutating func add(_ proposal: Proposal) {
    proposals.append(proposal)
    bytes += proposal.bytes.count
  }

  /// Takes out all of them.
  mutating func take() -> [Proposal] {
    guard !proposals.isEmpty else { return [] }
    defer { (proposals, bytes) = ([], 0) }
    return proposals
  }

  /// Forgets what a client has proposed: nothing of it was appended, and nobody waits for it.
  mutating func forget(_ client: ClientID) {
    proposals.removeAll { $0.client == client }
    bytes = proposals.reduce(0) { $0 + $1.bytes.count }
  }
}

import Determinism
import Linearizability
import Raft
import Scenarios
import Traces

extension CertificateLine {
  /// As many columns as a thing's name, or what happens without it, may take.
  package static let maxColumns = 400

  /// What stands above a certificate.
  static func title(of lines: [CertificateLine], isMinimal: Bool) -> String {
    !isMinimal || lines.contains(where: \.isReplaceable)
      ? "What happens without each thing that is left" : "This failure needs all of it"
  }

  /// What a fault is called: what it does, and when it began, if it did.
  ///
  /// - Parameters:
  ///   - begun: what the run tells of it.
  ///   - members: all nodes.
  package static func name(of fault: Fault, begun: BegunFault?, members: [NodeID]) -> String {
    var nodes = begun?.nodes ?? []
    if case .nodes(let planned)? = fault.action.target { nodes = planned }
    let text = FaultText(fault: fault, nodes: nodes, members: members).begin
    return begun.map { "\(text), at \(FaultText.span($0.at))" } ?? text
  }

  /// What a planned operation is called, with the client's number in the history.
  package static func name(of operation: PlannedOperation, client: Int) -> String {
    func show(_ text: String) -> String { Wording.show(Array(text.utf8)) }
    let key = show(operation.key)
    let request =
      switch operation.request {
      case .get: "get \(key)"
      case .put(let value): "put \(key) = \(show(value))"
      case .append(let value): "append \(key) \(show(value))"
      case .create(let value): "cas \(key) absent to \(show(value))"
      case .delete: "delete \(key)"
      case .cas(let new, let guess): "cas \(key) \(guess.map(show) ?? "what it last saw") to \(show(new))"
      }
    return "c\(client)'s \(request)"
  }

  /// What an election is called.
  package static func name(of election: ForcedElection) -> String {
    "the election timer of \(election.node), at \(FaultText.span(election.at))"
  }

  /// What a message is called: `n1's append-entries to n2 in term 3`.
  package static func name(of message: MessageKey) -> String {
    let again = message.occurrence == 0 ? "" : ", no. \(message.occurrence + 1)"
    return "\(message.sender)'s \(message.kind.name) \(message.index) to \(message.recipient) in term "
      + "\(message.term)\(again)"
  }

  /// What it is called that a message does not arrive.
  package static func name(ofLossOf message: MessageKey) -> String { "the loss of \(name(of: message))" }

  /// The lines, put together by what happens without their things, in the order of the first of each.
  static func groups(_ lines: [CertificateLine]) -> [[CertificateLine]] {
    var groups: [[CertificateLine]] = []
    var places = LookupTable<String, Int>()
    for line in lines {
      if let place = places[line.without] {
        groups[place].append(line)
      } else {
        places[line.without] = groups.count
        groups.append([line])
      }
    }
    return groups
  }
}

extension String {
  /// As a certificate has it: no longer than `CertificateLine.maxColumns`, and all of it printable.
  package var bounded: String { printable(columns: CertificateLine.maxColumns) }
}

import Determinism
import Scenarios

extension SystemDescription {
  /// The faults of a system of which nothing is known but how to start it.
  package static let usualFaults: [FaultKind] = [
    .kill, .killMajority, .powerLoss, .crashLoop, .pause, .one, .halves, .majority, .minorityThird, .majoritiesRing,
    .bridge, .primaries, .oneWay, .loss,
  ]
  /// Faults for which what servers say to each other must be understood.
  package static let frameFaults: [FaultKind] = [.clog, .delay, .duplicate, .reorder, .slowNode]
  /// Faults for which the server must do as this program says.
  package static let operatorFaults: [FaultKind] =
    [.slowDisk, .clockDrift, .clockJump, .clockStrobe, .snapshot] + memberFaults
  /// Changes of the members.
  package static let memberFaults: [FaultKind] = [.addServers, .removeServers, .replaceServers, .demote, .transfer]
}

extension DescriptionReader {
  /// The faults that a system from a file may be put through.
  func faults(of field: Field) throws(LiveProblem) -> [FaultKind] {
    var found: [(name: String, field: Field)] = []
    var faults: [FaultKind] = []
    let expected = "an array such as [\"kill\", \"pause\", \"halves\"]"
    for element in try elements(of: field, least: 0, most: FaultKind.allCases.count, expected: expected) {
      let name = try text(of: element)
      faults.append(try fault(named: name, element))
      found.append((name, element))
    }
    try refuseRepeated(found)
    return faults
  }

  private func fault(named name: String, _ field: Field) throws(LiveProblem) -> FaultKind {
    let names = SystemDescription.usualFaults.map(\.rawValue)
    let quoted = name.quoted(columns: 60)
    guard let kind = FaultKind(rawValue: name) else {
      let list = "; there are \(names.joined(separator: ", "))"
      throw problem(in: field, "\(quoted) is no fault" + Hints.clause(for: name, among: names, otherwise: list))
    }
    if SystemDescription.usualFaults.contains(kind) { return kind }
    if SystemDescription.frameFaults.contains(kind) {
      throw problem(
        in: field,
        "\(quoted) needs a protocol that raftcheck understands; between the servers of a folder it can only drop packets"
      )
    }
    if SystemDescription.operatorFaults.contains(kind) {
      throw problem(in: field, "\(quoted) needs a server that takes orders from raftcheck, as only raftkv does")
    }
    throw problem(in: field, "\(quoted) exists in simulated runs only")
  }
}

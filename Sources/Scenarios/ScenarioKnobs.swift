import Determinism
import Raft

/// What a user fixes of a scenario; the seed decides the rest. What one knob fixes changes no draw of another part.
package struct ScenarioKnobs: Codable, Hashable, Sendable {
  package var nodes: Int?
  package var clients: Int?
  package var keys: Int?
  /// All clients' together.
  package var operations: Int?
  /// From the start to the end of the storm.
  package var duration: Duration?
  /// The kinds of faults that may occur; empty for none.
  package var faults: [FaultKind]?

  /// How reads become safe.
  package var reads: ReadMode?
  /// After how many entries a server takes a snapshot.
  package var snapshotEntries: Int?
  /// Whether clocks run far beyond what the servers take for the bound.
  package var driftsBeyondBound: Bool?
  /// Whether operators change the members.
  package var changesMembers: Bool?
  /// Whether messages and syncs take as long as they do for processes on one machine.
  package var hasMeasuredSpeeds: Bool?

  package init() {}

  /// Checks what the limits allow.
  package func validate() throws(ScenarioError) {
    try Self.require(nodes, in: 1...ScenarioLimits.maxNodes, "nodes")
    try Self.require(clients, in: 1...ScenarioLimits.maxClients, "clients")
    try Self.require(keys, in: 1...ScenarioLimits.maxKeys, "keys")
    try Self.require(operations, in: 0...ScenarioLimits.maxOperations, "operations")
    try Self.require(snapshotEntries, in: 1...ScenarioLimits.maxSnapshotEntries, "snapshot entries")
    if let duration, duration <= .zero || duration > ScenarioLimits.maxDuration {
      throw ScenarioError("duration is \(duration); expected more than 0 s and at most \(ScenarioLimits.maxDuration)")
    }
    if let nodes, let kind = faults?.first(where: { $0.fewestNodes > nodes }) {
      throw ScenarioError(
        "faults name \(kind.rawValue), which cannot occur in a cluster of \(nodes == 1 ? "1 node" : "\(nodes) nodes")")
    }
    if driftsBeyondBound != true, let kind = faults?.first(where: \.isBeyondBound) {
      throw ScenarioError("faults name \(kind.rawValue), which only occurs where clocks drift beyond the bound")
    }
  }

  private static func require(_ value: Int?, in range: ClosedRange<Int>, _ name: String) throws(ScenarioError) {
    guard let value, !range.contains(value) else { return }
    throw ScenarioError("\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
  }
}

import Scenarios

/// What this program calls itself. Printed beside every seed: a seed means something only together with it.
package enum Program {
  /// The program's name.
  package static let name = "raftcheck"
  /// The program's version.
  package static let version = "0.1.0"
  /// Name, version and scenario version in one line.
  package static let identity = "\(name) \(version), scenario version \(Scenario.currentVersion)"
}

import Scenarios

/// What this program calls itself. Printed beside every seed: a seed means something only together with it.
package enum Program {
  /// The program's name.
  package static let name = "raftcheck"
  /// The program's version.
  package static let version = "0.1.0"
  /// The file of this program, by which it starts itself. Tests are another one, but it lies beside them.
  package static let file: String = {
    let own = "/proc/self/exe"
    guard let path = try? Files.resolved(own), path.ends(with: ".xctest") else { return own }
    return "\(path.folderAndName.folder)/\(name)"
  }()
  /// Name, version and scenario version in one line.
  package static let identity = "\(name) \(version), scenario version \(Scenario.currentVersion)"
}

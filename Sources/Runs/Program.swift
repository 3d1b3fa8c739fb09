import Scenarios
import System

/// What this program calls itself. Printed beside every seed: a seed means something only together with it.
package enum Program {
  /// The program's name.
  package static let name = "raftcheck"
  /// The program's version.
  package static let version = "0.1.0"
  /// The file of this program, by which it starts itself. Tests are another one, but it lies beside them.
  package static var file: String {
    // A tool that runs programs within itself, as valgrind does, would be started by the second of these names; where another
    // file has taken the first meanwhile, the second is still this program's.
    guard let path = ThisProgram.path, Files.isFile(path) else { return "/proc/self/exe" }
    return path.ends(with: ".xctest") ? "\(path.folderAndName.folder)/\(name)" : path
  }
  /// Name, version and scenario version in one line.
  package static let identity = "\(name) \(version), scenario version \(Scenario.currentVersion)"
}

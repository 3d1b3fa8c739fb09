import Determinism
import Runs
import Scenarios

/// A live run as it is saved: `plan.json`. Run again it does the same to the servers; what these make of it differs.
package struct LivePlan: Sendable {
  /// The name in the file's first key, and the version of the format.
  package static let format = "raftcheck-live"
  package static let formatVersion = 1

  /// The name of a built-in system, or the folder of one.
  package let system: String
  /// What was chosen of its options.
  package let options: [(name: String, value: String)]
  package let bug: String?
  package let scenario: Scenario

  package init(system: String, options: [(name: String, value: String)], bug: String?, scenario: Scenario) {
    (self.system, self.options, self.bug, self.scenario) = (system, options, bug, scenario)
  }

  /// The same with another scenario.
  package func with(_ scenario: Scenario) -> LivePlan {
    LivePlan(system: system, options: options, bug: bug, scenario: scenario)
  }

  /// The file's content.
  package var bytes: [UInt8] {
    let content = Content(
      format: Self.format, version: Self.formatVersion, program: Program.version, system: system,
      options: options.map { "\($0.name)=\($0.value)" }, bug: bug, scenario: scenario)
    return CanonicalJSON.encode(content, indented: true) + [0x0A]
  }

  /// Reads the plan at this path.
  package init(at path: String) throws(FileProblem) {
    let bytes = try Files.read(path, limit: Files.caseLimit)
    let heading = try CanonicalJSON.decode(Heading.self, from: bytes, path: path)
    guard heading.format == Self.format else {
      throw FileProblem(.content, "\(path): format: expected \"\(Self.format)\", found \"\(heading.format)\"")
    }
    guard heading.version == Self.formatVersion else {
      throw FileProblem(
        .content, "\(path): version: expected \(Self.formatVersion), found \(heading.version)")
    }
    let content = try CanonicalJSON.decodeStrictly(Content.self, from: bytes, path: path)
    do throws(ScenarioError) {
      try content.scenario.validate(isLive: true)
    } catch {
      throw FileProblem(.content, "\(path): scenario: \(error)")
    }
    var options: [(name: String, value: String)] = []
    for (place, text) in content.options.enumerated() {
      guard let option = Self.option(text) else {
        throw FileProblem(.content, "\(path): options[\(place)]: expected NAME=VALUE, found \"\(text)\"")
      }
      options.append(option)
    }
    self.init(system: content.system, options: options, bug: content.bug, scenario: content.scenario)
  }

  /// Reads `NAME=VALUE`.
  package static func option(_ text: String) -> (name: String, value: String)? {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 && !parts[0].isEmpty ? (parts[0], parts[1]) : nil
  }

  private struct Heading: Decodable {
    var format: String
    var version: Int
  }

  private struct Content: Codable {
    var format: String
    var version: Int
    var program: String
    var system: String
    var options: [String]
    var bug: String?
    var scenario: Scenario
  }
}

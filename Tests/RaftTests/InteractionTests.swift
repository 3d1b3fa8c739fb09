import Determinism
import Foundation
import Raft
import Testing

@Suite("Interaction files")
struct InteractionTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Interactions")

  private static func files() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "txt" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  /// Runs the commands of a file, and writes it anew with what came of each. Lines that begin with # stay as they are.
  private func replay(_ text: String) throws -> String {
    var interaction = Interaction()
    var written = ""
    var isOutput = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.isEmpty {
        isOutput = false
      } else if line.hasPrefix("#") {
        written += "\(line)\n"
      } else if line == "----" {
        isOutput = true
      } else if !isOutput {
        written += "\(line)\n----\n\(try interaction.run(line).joined(separator: "\n"))\n\n"
      }
    }
    return written
  }

  @Test("Every interaction comes out as it is written down")
  func files() throws {
    let files = try Self.files()
    #expect(files.count >= 25)
    let updates = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
    var changed: [String] = []
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      let replayed = try replay(text)
      guard replayed != text else { continue }
      changed.append(file.lastPathComponent)
      if updates { try replayed.write(to: file, atomically: true, encoding: .utf8) }
      let pairs = zip(text.split(separator: "\n"), replayed.split(separator: "\n"))
      let difference = pairs.first { $0 != $1 }
      if !updates {
        Issue.record(
          "\(file.lastPathComponent): expected \(difference?.0 ?? "the end"), found \(difference?.1 ?? "the end")")
      }
    }
    if updates {
      Issue.record("\(changed.count) files were rewritten. Read the differences, then test without UPDATE_GOLDENS.")
    }
  }
}

import Foundation
import Scenarios
import Testing

@testable import Runs

@Suite(
  "A case that somebody has changed",
  .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct EditedCaseTests {
  private static let run = Run(seed: 9, knobs: smallKnobs())
  private static let saved = String(decoding: CaseFile(run.simulate().judged()).encoded(), as: UTF8.self)

  private func replay(_ text: String) throws -> (result: Program.Result, path: String) {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "case.json")
    return (try Program.run(["replay", path, "--json"]), path)
  }

  @Test("A saved case replays; one that was saved so and runs another way is nondeterminism")
  func asSaved() throws {
    let same = try replay(Self.saved).result
    #expect(same.exitCode == 0 && same.errors == "" && same.output.contains("\"isDeterministic\":true"))
    let other = CaseFile(Self.run, failingWith: .linearizability, eventHash: 0)
    let (result, path) = try replay(String(decoding: other.encoded(), as: UTF8.self))
    #expect(result.exitCode == 3)
    #expect(result.errors == "\(path): the event hash is not the 0000000000000000 that the same version saved\n")
  }

  @Test(
    "Whatever is changed or left out is an edit, and no nondeterminism",
    arguments: [
      (#""seed" : 9"#, #""seed" : 10"#), (#""checksInvariants" : true"#, #""checksInvariants" : false"#),
      (#""format""#, #""bug" : "no-sessions", "format""#),
      (#""eventHash" : "[0-9a-f]+""#, #""eventHash" : "0000000000000000""#), (#""eventHash" : "[0-9a-f]+","#, ""),
      (#""runHash" : "[0-9a-f]+""#, #""runHash" : "0000000000000000""#), (#""runHash" : "[0-9a-f]+","#, ""),
      (#""contentHash" : "[0-9a-f]+","#, ""), (#""verdict" : "[a-z]+""#, #""verdict" : "unknown""#),
      (#""verdict" : "[a-z]+""#, #""signature" : "linearizability""#), (#""program" : "[^"]+","#, ""),
      (#""program" : "[^"]+""#, #""program" : "0.0.1""#), (#""expected" : \{[^}]*\},"#, ""),
      (#""version" : 4"#, #""version" : 3"#),
    ])
  func edited(saved: String, changed: String) throws {
    let text = Self.saved.replacingOccurrences(of: saved, with: changed, options: .regularExpression)
    #expect(text != Self.saved)
    let (result, path) = try replay(text)
    #expect(result.exitCode == 0 && !result.output.contains("isDeterministic"))
    #expect(
      result.errors == "\(path): the case was edited since it was saved, so that its event hash was not compared\n")
    // And when more than one thing goes.
    let bare = text.replacingOccurrences(
      of: #""(runHash|contentHash)" : "[0-9a-f]+","#, with: "", options: .regularExpression)
    #expect(try replay(bare).result.exitCode == 0)
  }

  @Test("Blanks, the order of keys and what is null are no edit")
  func sameContent() throws {
    let object = try JSONSerialization.jsonObject(with: Data(Self.saved.utf8))
    let bare = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
    let other = String(decoding: bare.dropFirst(), as: UTF8.self)
    for text in [String(decoding: bare, as: UTF8.self), "{\"bug\":null,\n\(other)", try reversed(Self.saved)] {
      let result = try replay(text).result
      #expect(result.exitCode == 0 && result.errors == "" && result.output.contains("\"isDeterministic\":true"))
    }
  }

  /// With the first key last.
  private func reversed(_ text: String) throws -> String {
    let first = try #require(text.range(of: #""checksInvariants" : true,"#))
    var text = text
    text.removeSubrange(first)
    return text.replacingOccurrences(
      of: #"\}\n$"#, with: ", \"checksInvariants\" : true}\n", options: .regularExpression)
  }

  @Test("An old case that runs another way may have been edited: it is told, and is no nondeterminism")
  func older() throws {
    var text = Self.saved.replacingOccurrences(of: "\"version\" : 4", with: "\"version\" : 3")
    text = text.replacingOccurrences(of: #""contentHash" : "[0-9a-f]+","#, with: "", options: .regularExpression)
    let same = try replay(text).result
    #expect(same.exitCode == 0 && same.errors == "" && same.output.contains("\"isDeterministic\":true"))
    let (result, path) = try replay(
      text.replacingOccurrences(
        of: #""eventHash" : "[0-9a-f]+""#, with: "\"eventHash\" : \"0000000000000000\"", options: .regularExpression))
    #expect(result.exitCode == 0)
    #expect(result.errors.hasPrefix("\(path): the event hash is not the 0000000000000000 that was saved, in a format"))
  }
}

import Foundation
import Histories
import Judging
import Linearizability
import Testing

/// Histories recorded by others lie beside the project on some machines. Where they do not, these tests are skipped.
private let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "../shared/corpus").standardizedFileURL

private let isPresent = FileManager.default.fileExists(atPath: corpus.appending(path: "verdicts.tsv").path)

@Suite("Histories recorded by others", .enabled(if: isPresent, "no ../shared/corpus beside the project"))
struct CorpusTests {
  /// One line of `verdicts.tsv`.
  struct Entry: CustomStringConvertible {
    let file: String
    let model: ModelName
    let initial: String
    let format: HistoryFormat
    let verdict: String
    var description: String { file }
  }

  /// The files in formats and of models that this version knows.
  static let entries: [Entry] = {
    guard let table = try? String(contentsOf: corpus.appending(path: "verdicts.tsv"), encoding: .utf8) else {
      return []
    }
    return table.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard cells.count >= 5, let model = ModelName(rawValue: cells[1]), let format = HistoryFormat(rawValue: cells[3])
      else { return nil }
      return Entry(file: cells[0], model: model, initial: cells[2], format: format, verdict: cells[4])
    }
  }()

  @Test("Every history gets its verdict", arguments: entries)
  func verdict(_ entry: Entry) throws {
    let file = corpus.appending(path: entry.file)
    let bytes = [UInt8](try Data(contentsOf: file))
    let history = try History(reading: bytes, model: entry.model)
    // What is absent or empty at first the format knows.
    let initial = entry.model.isCell ? history.header.initial : Array(entry.initial.utf8)
    let judgement = Judge(model: Model(entry.model, initial: initial)).judge(history)
    #expect(judgement.verdict.name == entry.verdict)
    // What is written and read again is the same history.
    let lines = history.jsonLines()
    #expect(try History(reading: lines).jsonLines() == lines)
    #expect(try History(reading: history.edn()).jsonLines() == lines)
  }

  @Test("The corpus holds the console logs, the Porcupine logs and the histories of Knossos")
  func isComplete() {
    #expect(Self.entries.count { $0.format == .jepsenLog } == 52)
    #expect(Self.entries.count { $0.format == .porcupineLog } == 4)
    #expect(Self.entries.count { $0.format == .edn } == 61)
  }
}

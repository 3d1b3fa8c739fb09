import Histories

/// The folder in which one run is kept: `case.json`, `history.jsonl`, and `explanation.txt` if something broke.
package struct CaseFolder: Sendable {
  /// The folder, without a slash at its end.
  package let path: String

  /// - Parameter seed: names the folder, inside `directory`.
  package init(of seed: UInt64, in directory: String) {
    path = directory.hasSuffix("/") ? "\(directory)\(seed)" : "\(directory)/\(seed)"
  }

  /// The run, to be replayed.
  package var casePath: String { "\(path)/case.json" }
  /// What the clients saw.
  package var historyPath: String { "\(path)/history.jsonl" }
  /// What broke, in plain sentences.
  package var explanationPath: String { "\(path)/explanation.txt" }

  /// Saves the history, which comes before any verdict, and gives it back as it reads from the file.
  package func save(_ history: History) throws(FileProblem) -> History {
    try Files.makeFolder(path)
    return try RecordedHistory.save(history, to: historyPath)
  }

  /// Saves the case and, if something broke, its explanation.
  package func save(_ report: RunReport) throws(FileProblem) {
    try Files.makeFolder(path)
    try Files.write(CaseFile(report).encoded(), to: casePath)
    if let explanation = report.explanation { try Files.write(Array("\(explanation)\n".utf8), to: explanationPath) }
  }
}

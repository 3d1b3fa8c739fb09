import Histories
import Reporting
import Traces

/// The folder in which one run is kept.
///
/// `case.json` and `history.jsonl` are there always, and belong together; `report.txt` if something broke. Once the run
/// was shrunk, these three are about the minimal run, there is `report.html` too, and what they were made from is kept
/// beside them as `unshrunk.json` and `unshrunk.jsonl`; what it leads to, where that is known, as `sequel.json`.
package struct CaseFolder: Sendable {
  /// The folder, without a slash at its end.
  package let path: String

  /// - Parameter seed: names the folder, inside `directory`.
  package init(of seed: UInt64, in directory: String) {
    self.init("\(directory.hasSuffix("/") ? String(directory.dropLast()) : directory)/\(seed)")
  }

  /// The folder of this name.
  package init(_ path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// The folder in which a file lies.
  package init(around file: String) {
    self.init(file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? ".")
  }

  /// Where what comes of shrinking a case is kept unless somebody says where: its own folder if that is one run's, and
  /// otherwise one beside it, for there may be other files of these names.
  package init(forShrinking path: String) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    if name == Self.caseName {
      self.init(around: path)
      return
    }
    let ending = ".json"
    let hasEnding = name.hasSuffix(ending) && name != ending
    self.init(hasEnding ? String(path.dropLast(ending.count)) : "\(path).shrunk")
  }

  /// What the case of a folder that is one run's is named.
  package static let caseName = "case.json"

  /// The run, to be replayed.
  package var casePath: String { "\(path)/\(Self.caseName)" }
  /// What the clients saw.
  package var historyPath: String { "\(path)/history.jsonl" }
  /// What broke: the story, or an account of the run as it was found.
  package var reportPath: String { "\(path)/report.txt" }
  /// The story as a page.
  package var pagePath: String { "\(path)/report.html" }
  /// What the minimal run leads to when nothing stops it at its failure.
  package var sequelPath: String { "\(path)/sequel.json" }
  /// The run that the case was made from, and what its clients saw.
  package var unshrunkPath: String { "\(path)/unshrunk.json" }
  package var unshrunkHistoryPath: String { "\(path)/unshrunk.jsonl" }

  /// Another failure, met while this one was shrunk.
  package func path(of signature: FailureSignature) -> String {
    "\(path)/other-\(signature.description.replacing("/", with: "-")).json"
  }

  /// Whether a file of this name comes of shrinking a run, and is not written again with every other one.
  private static func isOfShrinking(_ name: String) -> Bool {
    ["report.html", "unshrunk.json", "unshrunk.jsonl", "sequel.json"].contains(name)
      || name.hasPrefix("other-") && name.hasSuffix(".json")
  }

  /// Whether what a run leads to is kept here: a run with its trace.
  package func holdsSequel(of report: RunReport) -> Bool {
    guard let sequel = Sequel(of: report), let bytes = try? Files.read(sequelPath, limit: Files.caseLimit),
      let saved = try? CaseFile(reading: bytes, path: sequelPath)
    else { return false }
    return saved.run.identity == sequel.run.identity
  }

  /// Saves the history, which comes before any verdict, and gives it back as it reads from the file.
  package func save(_ history: History) throws(FileProblem) -> History {
    try Files.makeFolder(path)
    return try RecordedHistory.save(history, to: historyPath)
  }

  /// Saves what the case of this folder was made from.
  package func saveUnshrunk(_ saved: CaseFile, _ history: History) throws(FileProblem) {
    try Files.write(saved.encoded(), to: unshrunkPath)
    try Files.write(history.jsonLines(), to: unshrunkHistoryPath)
  }

  /// Saves the history and the case of a run.
  package func saveAll(of report: RunReport) throws(FileProblem) {
    try Files.prepareFolder(path)
    _ = try save(report.outcome.history)
    try save(report)
  }

  /// Saves the case and, if something broke, its explanation. What an earlier run left there is removed, for it would
  /// seem to belong to this one.
  package func save(_ report: RunReport) throws(FileProblem) {
    try Files.makeFolder(path)
    for name in try Files.names(in: path) where Self.isOfShrinking(name) { try Files.remove("\(path)/\(name)") }
    try Files.write(CaseFile(report).encoded(), to: casePath)
    if let explanation = report.explanation {
      let lines = Layout.standard.block(explanation).map { "\($0.plainText)\n" }
      try Files.write(Array(lines.joined().utf8), to: reportPath)
    }
  }
}

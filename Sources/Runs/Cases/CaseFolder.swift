import Histories
import Reporting
import Traces

/// The folder in which one run is kept.
///
/// `case.json` and `history.jsonl` are there always, and belong together; `report.txt` if something broke. Once the run
/// was shrunk, these three are about the minimal run, there is `report.html` too, and what they were made from is kept
/// beside them as `unshrunk.json` and `unshrunk.jsonl`; what it leads to, where that is known, as `sequel.json`. All of
/// them are saved at once, and `manifest.json` names them.
package struct CaseFolder: Sendable {
  /// The folder, without a slash at its end.
  package let path: String
  /// The folder that the user named, which is followed wherever it leads, and the names below it, which are not.
  let root: String
  let below: [String]

  /// - Parameters:
  ///   - seed: names the folder, inside `directory`.
  ///   - family: names a folder in between.
  package init(of seed: UInt64, family: String? = nil, in directory: String) {
    root = Self.withoutSlash(directory)
    below = (family.map { [$0] } ?? []) + ["\(seed)"]
    path = "\(root.ends(with: "/") ? "" : root)/\(below.joined(separator: "/"))"
  }

  /// The folder of this name.
  package init(_ path: String) {
    self.path = Self.withoutSlash(path)
    (root, below) = (self.path, [])
  }

  /// The folder in which a file lies.
  package init(around file: String) { self.init(file.folderAndName.folder) }

  private static func withoutSlash(_ path: String) -> String {
    path.utf8.count > 1 && path.ends(with: "/") ? String(path.unicodeScalars.dropLast()) : path
  }

  /// Where what comes of shrinking a case is kept unless somebody says where: its own folder if that is one run's, and
  /// otherwise one beside it, for there may be other files of these names.
  package init(forShrinking path: String) {
    let name = path.folderAndName.name
    if name == Self.caseName {
      self.init(around: path)
      return
    }
    let ending = ".json"
    let hasEnding = name.ends(with: ending) && name != ending
    self.init(hasEnding ? String(path.unicodeScalars.dropLast(ending.utf8.count)) : "\(path).shrunk")
  }

  /// What the case of a folder that is one run's is named, and the other files.
  package static let caseName = "case.json"
  static let historyName = "history.jsonl"
  static let reportName = "report.txt"
  static let pageName = "report.html"
  static let sequelName = "sequel.json"
  static let unshrunkName = "unshrunk.json"
  static let unshrunkHistoryName = "unshrunk.jsonl"
  static let minimalName = "minimal.json"
  static let scriptName = "repro.sh"

  /// The name of the case of another failure.
  static func name(of signature: FailureSignature) -> String { "other-\(stem(of: signature)).json" }

  /// A failure as part of a file's name.
  package static func stem(of signature: FailureSignature) -> String {
    signature.description.replacing("/", with: "-")
  }

  /// The run, to be replayed.
  package var casePath: String { path(of: Self.caseName) }
  /// What the clients saw.
  package var historyPath: String { path(of: Self.historyName) }
  /// What broke: the story, or an account of the run as it was found.
  package var reportPath: String { path(of: Self.reportName) }
  /// The story as a page.
  package var pagePath: String { path(of: Self.pageName) }
  /// What the minimal run leads to when nothing stops it at its failure.
  package var sequelPath: String { path(of: Self.sequelName) }
  /// The run that the case was made from, and what its clients saw.
  package var unshrunkPath: String { path(of: Self.unshrunkName) }
  package var unshrunkHistoryPath: String { path(of: Self.unshrunkHistoryName) }

  /// Another failure, met while this one was shrunk.
  package func path(of signature: FailureSignature) -> String { path(of: Self.name(of: signature)) }

  private func path(of name: String) -> String { path == "/" ? "/\(name)" : "\(path)/\(name)" }

  /// Where this sequel is kept here, if it is.
  package func path(of sequel: Sequel) -> String? {
    let saved = read(Self.sequelName, limit: Files.caseLimit).flatMap { try? CaseFile(reading: $0, path: sequelPath) }
    return saved?.run.identity == sequel.run.identity ? sequelPath : nil
  }

  /// A plain file that lies here; `nil` if there is none that can be read.
  func read(_ name: String, limit: Int) -> [UInt8]? { try? Files.read(name, in: path, limit: limit) }

  /// Whether files of this name are saved here.
  static func hasOwnName(_ name: String) -> Bool {
    [
      caseName, historyName, reportName, pageName, sequelName, unshrunkName, unshrunkHistoryName, minimalName,
      scriptName,
    ].contains(name) || signature(in: name) != nil
  }

  /// The failure after which a file is named.
  private static func signature(in name: String) -> FailureSignature? {
    let (front, back) = ("other-", ".json")
    guard name.hasPrefix(front), name.hasSuffix(back) else { return nil }
    let words = name.dropFirst(front.count).dropLast(back.count).split(separator: "-", maxSplits: 1)
    return FailureSignature(words.joined(separator: "/"))
  }
}

import Glibc

/// The histories in a folder and below it, by name: files that end in `.jsonl`, `.edn`, `.log` or `.txt`. Whose folder it
/// is, nobody knows: no link is followed, only plain files count, and what looks like a history and is none, or could not
/// be looked at, is told. Hidden names are left out.
package struct HistorySearch {
  /// How the names of histories end.
  package static let endings = [".jsonl", ".edn", ".log", ".txt"]

  /// The path of a history, or why there may be one that cannot be read.
  package typealias Finding = Result<String, FileProblem>

  /// In the order of their names.
  package private(set) var findings: [Finding] = []
  /// Links to folders, which were not followed.
  package private(set) var linkedFolders: [String] = []

  /// Deeper folders, and more names, are told and not looked at.
  private static let maxDepth = 50
  private static let maxNames = 1_000_000

  private enum Step {
    case finding(Finding)
    /// By the names that lead to it.
    case folder([String])
  }

  /// Looks for them.
  ///
  /// - Parameter root: which the user named, and which may be a link itself.
  package init(in root: String) {
    var names = 0
    // The last one is next.
    var steps = [Step.folder([])]
    while let step = steps.popLast() {
      switch step {
      case .finding(let finding): findings.append(finding)
      case .folder(let parts):
        guard names < Self.maxNames else {
          findings.append(.failure(FileProblem(.limit, "\(root): holds more than \(Self.maxNames) names")))
          return
        }
        do throws(FileProblem) {
          let found = try look(in: parts, of: root, limit: Self.maxNames - names)
          names += found.names
          steps += found.steps.reversed()
        } catch {
          findings.append(.failure(error))
        }
      }
    }
  }

  private mutating func look(
    in parts: [String], of root: String, limit: Int
  ) throws(FileProblem) -> (names: Int, steps: [Step]) {
    var folder = try Folder(at: root)
    for part in parts { folder = try folder.folder(part) }
    guard parts.count <= Self.maxDepth else {
      throw FileProblem(.system, "\(folder.path): lies more than \(Self.maxDepth) folders deep")
    }
    let names = try folder.names(limit: limit)
    // What this program tells of a run is no log.
    let isRun = names.contains(CaseFolder.caseName) || names.contains(CaseFolder.scriptName)
    let looked = names.filter { !isRun || $0 != CaseFolder.reportName }
    return (names.count, looked.compactMap { step(for: $0, in: folder, parts) })
  }

  private mutating func step(for name: String, in folder: Folder, _ parts: [String]) -> Step? {
    guard !name.isHidden else { return nil }
    let path = folder.path(of: name)
    guard let entry = folder.entry(name) else { return .finding(.failure(.system("\(path): cannot be read"))) }
    if entry.isFolder { return .folder(parts + [name]) }
    if Self.endings.contains(where: name.ends) {
      if entry.isFile { return .finding(.success(path)) }
      let kind = entry.isLink ? "is a link, which is not followed; name what it leads to" : "is no plain file"
      return .finding(.failure(FileProblem(.system, "\(path): \(kind)")))
    }
    if entry.isLink, Files.isFolder(path) { linkedFolders.append(path) }
    return nil
  }
}

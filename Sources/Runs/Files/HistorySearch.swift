import Glibc
import Histories
import System

/// The histories in a folder and below it, by name: files that end in `.jsonl`, `.edn`, `.log`, `.txt`, `.json` or
/// `.jepsen`, compressed or not, the history of each run of Jepsen once, and clients of etcd's robustness tests together.
/// Whose folder it is, nobody knows: no link is followed, only plain files count, and what looks like a history and is
/// none, or could not be looked at, is told. Hidden names are left out.
package struct HistorySearch {
  /// How the names of histories end.
  package static let endings = [".jsonl", ".edn", ".log", ".txt", ".json", ".jepsen"]

  /// A history.
  package struct Found: Hashable, Sendable {
    /// Its file, or the folder of its files.
    package let path: String
    /// Its files, if there are several: of each client one.
    package let parts: [String]
    /// What Jepsen said of it.
    package let results: String?
    /// How it is to be read, where its name says so; `nil` finds it out from its start.
    package let format: HistoryFormat?

    /// All files of which something is read.
    package var files: [String] { [path] + parts + (results.map { [$0] } ?? []) }

    /// A history in one file.
    package init(path: String, parts: [String] = [], results: String? = nil, format: HistoryFormat? = nil) {
      (self.path, self.parts, self.results, self.format) = (path, parts, results, format)
    }
  }

  /// A history, or why there may be one that cannot be read.
  package typealias Finding = Result<Found, FileProblem>

  /// In the order of their names.
  package private(set) var findings: [Finding] = []
  /// Links to folders, which were not followed.
  package private(set) var linkedFolders: [String] = []

  /// Deeper folders, and more names, are told and not looked at.
  private static let maxDepth = 50
  private static let maxNames = 1_000_000
  /// So much of a file tells whether it may hold a history.
  private static let headLength = 65_536

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
    if let run = JepsenRun(names, in: folder) {
      // Of what else there may lie, nobody but this program names files so.
      let others = names.filter { Self.ending(of: $0) == Self.endings[0] }
      return (names.count, [.finding(.success(run.found))] + others.compactMap { step(for: $0, in: folder, parts) })
    }
    let clients = Self.clients(names, in: folder)
    let clientFolders = Set(clients.map(\.folder))
    // What this program tells of a run is no log.
    let isRun = names.contains(CaseFolder.caseName) || names.contains(CaseFolder.scriptName)
    let looked = names.filter { name in
      !(isRun && name == CaseFolder.reportName) && !clientFolders.contains(name)
    }
    var steps = looked.compactMap { step(for: $0, in: folder, parts) }
    var count = names.count
    for client in clients {
      // Its operations are taken together with those of others; of what else there may lie, only this program names files so.
      do throws(FileProblem) {
        let inside = try folder.folder(client.folder)
        let others = try inside.names(limit: max(0, limit - count))
        count += others.count
        steps += others.filter { Self.ending(of: $0) == Self.endings[0] }
          .compactMap { step(for: $0, in: inside, parts + [client.folder]) }
      } catch {
        steps.append(.finding(.failure(error)))
      }
    }
    if !clients.isEmpty {
      steps.insert(.finding(.success(Found(path: folder.path, parts: clients.map(\.file)))), at: 0)
    }
    return (count, steps)
  }

  private mutating func step(for name: String, in folder: Folder, _ parts: [String]) -> Step? {
    guard !name.isHidden else { return nil }
    let path = folder.path(of: name)
    guard let entry = folder.entry(name) else { return .finding(.failure(.system("\(path): cannot be read"))) }
    if entry.isFolder { return .folder(parts + [name]) }
    if let ending = Self.ending(of: name) {
      if entry.isFile {
        return Self.mayBeHistory(name, ending, in: folder) ? .finding(.success(Found(path: path))) : nil
      }
      // Of JSON most is no history.
      if ending == Self.jsonEnding { return nil }
      let kind = entry.isLink ? "is a link, which is not followed; name what it leads to" : "is no plain file"
      return .finding(.failure(FileProblem(.system, "\(path): \(kind)")))
    }
    if entry.isLink, !JepsenRun.links.contains(name), Files.isFolder(path) { linkedFolders.append(path) }
    return nil
  }

  private static let jsonEnding = ".json"
  private static let ednEnding = ".edn"

  /// How the name of a history ends, without what says that it is compressed; `nil` if it is none.
  private static func ending(of name: String) -> String? {
    let compressed = Compression.allCases.map(\.ending)
    return endings.first { ending in name.ends(with: ending) || compressed.contains { name.ends(with: ending + $0) } }
  }

  /// Whether a file may hold a history, as far as its beginning shows. What is no JSON or EDN counts by its name.
  private static func mayBeHistory(_ name: String, _ ending: String, in folder: Folder) -> Bool {
    guard ending == jsonEnding || ending == ednEnding else { return true }
    if ending == ednEnding, name.utf8.starts(with: JepsenRun.resultsName.utf8) { return false }
    var beginning = Files.beginning(of: name, in: folder, limit: headLength)
    if let compression = Compression(startingWith: beginning) {
      guard let inner = compression.beginning(of: beginning) else { return true }
      beginning = Array(inner.prefix(headLength))
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if beginning.starts(with: mark) { beginning.removeFirst(mark.count) }
    return ending == jsonEnding
      ? HistoryFormat.mayBeHistory(json: beginning)
      : !HistoryFormat.isForeign(edn: beginning)
  }

  /// The clients of one of etcd's robustness tests, each with its file in a folder of its own.
  private static func clients(_ names: [String], in folder: Folder) -> [(folder: String, file: String)] {
    names.filter(isClient).compactMap { name in
      guard folder.entry(name)?.isFolder ?? false, let client = try? folder.folder(name) else { return nil }
      let files = ([""] + Compression.allCases.map(\.ending)).map { operationsName + $0 }
      return files.first { client.entry($0)?.isFile ?? false }.map { (name, client.path(of: $0)) }
    }
  }

  /// Whether a folder is called as those of clients: `client-7`.
  private static func isClient(_ name: String) -> Bool {
    let number = name.utf8.dropFirst(clientStart.utf8.count)
    return name.utf8.starts(with: clientStart.utf8) && !number.isEmpty
      && number.allSatisfy { (0x30...0x39).contains($0) }
  }

  private static let clientStart = "client-"
  private static let operationsName = "operations.json"
}

/// The folder of one run of Jepsen, `store/NAME/TIME`. Below it lie the logs of its servers and parts of its history.
private struct JepsenRun {
  /// What Jepsen's folders call the last run.
  static let links = ["latest", "current"]
  /// What Jepsen said of the run.
  static let resultsName = "results.edn"

  /// The history, the best of what there is first.
  private static let histories = formats.map(\.name)
  private static let formats: [(name: String, format: HistoryFormat)] = [
    ("history.edn", .edn), ("history.txt", .jepsenText), ("test.jepsen", .jepsenStore), ("jepsen.log", .jepsenLog),
  ]
  private static let others = [resultsName, "test.fressian", "test.edn", "timeline.html"]

  let found: HistorySearch.Found

  /// `nil` if it is no such folder: one name alone may be anybody's.
  init?(_ names: [String], in folder: Folder) {
    let compressed = [""] + Compression.allCases.map(\.ending)
    func name(of file: String) -> String? {
      compressed.map { file + $0 }.first { names.contains($0) && folder.entry($0)?.isFile ?? false }
    }
    let present = Self.histories.compactMap(name)
    let known = present.count + Self.others.count { names.contains($0) }
    guard !present.isEmpty, known > 1 || Self.isTime(folder.path) else { return nil }
    // A run that was interrupted may leave an empty one.
    let best = present.first { folder.entry($0).map { $0.size > 0 } ?? false } ?? present[0]
    let hasResults = folder.entry(Self.resultsName)?.isFile ?? false
    found = HistorySearch.Found(
      path: folder.path(of: best), results: hasResults ? folder.path(of: Self.resultsName) : nil,
      format: Self.formats.first { best.utf8.starts(with: $0.name.utf8) }?.format)
  }

  /// Whether a folder is called as Jepsen calls them: `20250524T220032.443Z`.
  private static func isTime(_ path: String) -> Bool {
    guard let name = path.pathParts.last else { return false }
    let shape = name.utf8.map { (0x30...0x39).contains($0) ? UInt8(ascii: "0") : $0 }
    return shape == Array("00000000T000000.000Z".utf8) || shape == Array("00000000T000000.000+0000".utf8)
  }
}

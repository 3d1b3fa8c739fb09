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
  /// The folder that the user named, which is followed wherever it leads, and the names below it, which are not.
  private let root: String
  private let below: [String]

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
  private static let historyName = "history.jsonl"
  private static let reportName = "report.txt"
  private static let pageName = "report.html"
  private static let sequelName = "sequel.json"
  fileprivate static let unshrunkName = "unshrunk.json"
  fileprivate static let unshrunkHistoryName = "unshrunk.jsonl"

  private static func name(of signature: FailureSignature) -> String {
    "other-\(signature.description.replacing("/", with: "-")).json"
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

  /// Whether what a run leads to is kept here: a run with its trace.
  package func holdsSequel(of report: RunReport) -> Bool {
    guard let sequel = Sequel(of: report), let bytes = read(Self.sequelName, limit: Files.caseLimit),
      let saved = try? CaseFile(reading: bytes, path: sequelPath)
    else { return false }
    return saved.run.identity == sequel.run.identity
  }

  /// A plain file that lies here; `nil` if there is none that can be read.
  private func read(_ name: String, limit: Int) -> [UInt8]? { try? Files.read(name, in: path, limit: limit) }

  // MARK: Saving

  /// What is known of a run that was shrunk.
  package struct Unshrunk: Sendable {
    /// The case's file, and the history's, if it is known.
    let caseBytes: [UInt8]
    let historyBytes: [UInt8]?

    /// Of a run as it was found.
    package init(_ report: RunReport) {
      self.init(caseBytes: CaseFile(report).encoded(), historyBytes: report.outcome.history.jsonLines())
    }

    fileprivate init(caseBytes: [UInt8], historyBytes: [UInt8]?) {
      (self.caseBytes, self.historyBytes) = (caseBytes, historyBytes)
    }
  }

  /// What the case with this origin was made from, if it still lies here.
  ///
  /// Its history is made again, and not read: whatever lies here by its name need not belong to it. Another version of the
  /// program may run the case otherwise; then the manifest has to say that both belong together.
  func unshrunk(of minimality: CaseFile.Minimality) -> Unshrunk? {
    guard let bytes = read(Self.unshrunkName, limit: Files.caseLimit),
      let saved = try? CaseFile(reading: bytes, path: unshrunkPath),
      saved.expected.eventHash == minimality.unshrunkEventHash
    else { return nil }
    let outcome = saved.run.simulate().outcome
    if outcome.eventHash.hexadecimal == saved.expected.eventHash {
      return Unshrunk(caseBytes: bytes, historyBytes: outcome.history.jsonLines())
    }
    guard let manifest = (try? Folder(at: path)).flatMap({ FileManifest(in: $0) }),
      manifest.vouches(for: Self.unshrunkName, holding: bytes),
      let history = read(Self.unshrunkHistoryName, limit: Files.historyLimit),
      manifest.vouches(for: Self.unshrunkHistoryName, holding: history)
    else { return Unshrunk(caseBytes: bytes, historyBytes: nil) }
    return Unshrunk(caseBytes: bytes, historyBytes: history)
  }

  /// Saves a run as it was found: its case, its history and, if something broke, an account of it. What an earlier run
  /// left here goes, for it would seem to belong to this one.
  package func save(_ report: RunReport, minimality: CaseFile.Minimality? = nil) throws(FileProblem) {
    var set = Self.set(CaseFile(report, minimality: minimality), report.outcome.history)
    if let explanation = report.explanation {
      let lines = Layout.standard.block(explanation).map { "\($0.plainText)\n" }
      set.add(Array(lines.joined().utf8), as: Self.reportName)
    }
    try publish(set)
  }

  /// Saves a minimal run, and what it was made from.
  package func save(_ minimal: MinimalRun, _ failing: FailingRun, madeFrom unshrunk: Unshrunk?) throws(FileProblem) {
    var set = Self.set(minimal.caseFile, minimal.report.outcome.history)
    set.add(Array(Story(of: failing).text().utf8), as: Self.reportName)
    set.add(minimal.caseFile.page(of: failing), as: Self.pageName)
    set.add(unshrunk)
    if let sequel = minimal.sequelFile { set.add(sequel.encoded(), as: Self.sequelName) }
    for other in minimal.otherFailures {
      let saved = CaseFile(other.run, failingWith: other.signature, eventHash: other.eventHash)
      set.add(saved.encoded(), as: Self.name(of: other.signature))
    }
    try publish(set)
  }

  /// Saves a minimal run of which nothing is told, and what it was made from.
  package func save(_ minimal: CaseFile, _ history: History, madeFrom unshrunk: Unshrunk) throws(FileProblem) {
    var set = Self.set(minimal, history)
    set.add(unshrunk)
    try publish(set)
  }

  private static func set(_ saved: CaseFile, _ history: History) -> FileSet {
    var set = FileSet()
    set.add(saved.encoded(), as: caseName)
    set.add(history.jsonLines(), as: historyName)
    return set
  }

  private func publish(_ set: FileSet) throws(FileProblem) {
    let publication = FilePublication(of: set, Self.own)
    try Files.makeFolder(root)
    if let name = below.last {
      var parent = try Folder(at: root)
      for name in below.dropLast() { parent = try parent.madeFolder(name) }
      return try publication.publish(as: name, in: parent)
    }
    let (resolved, typed) = (try Files.resolved(root).folderAndName, root.folderAndName)
    // Whoever may write here need not have the folder above.
    guard !resolved.name.isEmpty,
      let parent = try? Folder(at: resolved.folder, typed: typed.name == resolved.name ? typed.folder : nil)
    else { return try publication.publish(in: Folder(at: root)) }
    try publication.publish(as: resolved.name, in: parent)
  }

  // MARK: Its own files

  private static let own = OwnFiles(hasName: { hasOwnName($0) }, isFile: { isOwnFile($0, in: $1) })

  private static func hasOwnName(_ name: String) -> Bool {
    [caseName, historyName, reportName, pageName, sequelName, unshrunkName, unshrunkHistoryName].contains(name)
      || signature(in: name) != nil
  }

  /// The failure after which a file is named.
  private static func signature(in name: String) -> FailureSignature? {
    let (front, back) = ("other-", ".json")
    guard name.hasPrefix(front), name.hasSuffix(back) else { return nil }
    let words = name.dropFirst(front.count).dropLast(back.count).split(separator: "-", maxSplits: 1)
    return FailureSignature(words.joined(separator: "/"))
  }

  /// Earlier versions wrote no manifest. Their folders are known by their case; then what has a name of theirs is theirs,
  /// if it is what it should be.
  private static func isOwnFile(_ name: String, in folder: Folder) -> Bool {
    func isCase(_ name: String) -> Bool {
      guard let bytes = try? Files.read(name, in: folder, limit: Files.caseLimit) else { return false }
      return (try? CaseFile(reading: bytes, path: name)) != nil
    }
    guard hasOwnName(name), isCase(caseName) else { return false }
    switch name {
    case reportName, pageName: return true
    case historyName, unshrunkHistoryName:
      let beginning = Files.beginning(of: name, in: folder, limit: 1 << 10)
      return JSONSyntax.object(at: beginning, has: HistoryHeader.format, behind: "format")
    default: return isCase(name)
    }
  }
}

extension FileSet {
  fileprivate mutating func add(_ unshrunk: CaseFolder.Unshrunk?) {
    guard let unshrunk else { return }
    add(unshrunk.caseBytes, as: CaseFolder.unshrunkName)
    if let history = unshrunk.historyBytes { add(history, as: CaseFolder.unshrunkHistoryName) }
  }
}

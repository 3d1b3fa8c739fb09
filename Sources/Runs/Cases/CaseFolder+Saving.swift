import Histories
import Reporting

extension CaseFolder {
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

  /// The files of a minimal run, and of what it was made from.
  func files(of minimal: MinimalRun, _ failing: FailingRun, madeFrom unshrunk: Unshrunk?) -> FileSet {
    var set = Self.set(minimal.caseFile, minimal.report.outcome.history)
    set.add(unshrunk)
    add(minimal, failing, to: &set)
    return set
  }

  /// Adds what is told of a minimal run, and what was met on the way to it.
  private func add(_ minimal: MinimalRun, _ failing: FailingRun, to set: inout FileSet) {
    set.add(Array(Story(of: failing).text().utf8), as: Self.reportName)
    set.add(minimal.caseFile.page(of: failing), as: Self.pageName)
    if let sequel = minimal.sequel { set.add(CaseFile(sequel.report).encoded(), as: Self.sequelName) }
    for other in minimal.otherFailures {
      let saved = CaseFile(other.run, failingWith: other.signature, eventHash: other.eventHash)
      set.add(saved.encoded(), as: Self.name(of: other.signature))
    }
  }

  /// Saves a failure that a campaign has found: the run as it was found as `case.json`, and as `minimal.json` what it was
  /// shrunk to, with that one's history, story, page, and a script that replays it.
  package func save(_ found: FoundFailure) throws(FileProblem) {
    var set = FileSet()
    set.add(CaseFile(found.report).encoded(), as: Self.caseName)
    set.add(found.minimal.caseFile.encoded(), as: Self.minimalName)
    set.add(found.minimal.report.outcome.history.jsonLines(), as: Self.historyName)
    add(found.minimal, found.failing, to: &set)
    set.add(Array(found.script.utf8), as: Self.scriptName)
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

  func publish(_ set: FileSet) throws(FileProblem) {
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

  private static let own = OwnFiles(hasName: { hasOwnName($0) }, isFile: { isOwnFile($0, in: $1) })

  /// Earlier versions wrote no manifest. Their folders are known by their case and its history; then what has a name of
  /// theirs is theirs, if it is what it should be.
  private static func isOwnFile(_ name: String, in folder: Folder) -> Bool {
    func isCase(_ name: String) -> Bool {
      guard let bytes = try? Files.read(name, in: folder, limit: Files.caseLimit) else { return false }
      return (try? CaseFile(reading: bytes, path: name)) != nil
    }
    func isHistory(_ name: String) -> Bool {
      let beginning = Files.beginning(of: name, in: folder, limit: 1 << 10)
      return JSONSyntax.object(at: beginning, has: HistoryHeader.format, behind: "format")
    }
    guard hasOwnName(name), isCase(caseName), isHistory(historyName) else { return false }
    return switch name {
    case reportName, pageName: true
    case historyName, unshrunkHistoryName: isHistory(name)
    default: isCase(name)
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

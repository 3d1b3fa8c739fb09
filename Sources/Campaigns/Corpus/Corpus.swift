import Determinism
import KnownBugs
import Runs
import System
import Traces

/// Cases that once failed, each a file of one folder, so that what was mended stays so.
///
/// A case is a whole scenario, so that it means the same after the program has learnt to draw others.
package struct Corpus: Sendable {
  /// Where the cases of this project are kept, seen from its folder.
  package static let standardFolder = "histories/cases"
  private static let ending = ".json"
  /// So much of a run's identity is part of a name.
  private static let digits = 8

  /// Where the cases are.
  package let folder: String

  package init(_ folder: String) { self.folder = folder }

  /// A case of the corpus.
  package struct Entry: Sendable {
    /// The file's name and its path.
    package let name: String
    package let path: String
    /// What it holds.
    package let saved: CaseFile
    /// In bytes.
    package let size: Int
  }

  /// The names of all files that should be cases, in order.
  package func names() throws(FileProblem) -> [String] {
    guard Files.isFolder(folder) else {
      throw FileProblem(.system, "\(folder): there is no such folder; expected one with cases")
    }
    do throws(SystemError) {
      return try Folder(folder).names().filter { $0.ends(with: Self.ending) && !$0.isHidden }
    } catch {
      throw FileProblem(.system, "\(folder): cannot be read: \(error)")
    }
  }

  /// Reads a case.
  ///
  /// - Parameter name: one of `names()`.
  package func entry(_ name: String) throws(FileProblem) -> Entry {
    let (path, bytes) = (path(of: name), try Files.read(name, in: folder, limit: Files.caseLimit))
    return Entry(name: name, path: path, saved: try CaseFile(reading: bytes, path: path), size: bytes.count)
  }

  /// All cases that can be read, in the order of their names, and why the others cannot.
  package func entries() throws(FileProblem) -> (cases: [Entry], problems: [FileProblem]) {
    var (cases, problems): ([Entry], [FileProblem]) = ([], [])
    for name in try names() {
      do throws(FileProblem) { cases.append(try entry(name)) } catch { problems.append(error) }
    }
    return (cases, problems)
  }

  private func path(of name: String) -> String { Folder(folder).path(of: name) }

  /// Takes in a copy of a case. The folder is made unless it is there.
  ///
  /// - Parameter source: the path of the case.
  /// - Returns: what it is called.
  /// - Throws: if it is there already, does not read, or has never failed.
  package func add(_ source: String) throws(FileProblem) -> Entry {
    let saved = try CaseFile(at: source)
    let bytes = try Files.read(source, limit: Files.caseLimit)
    guard let stem = Self.stem(of: saved) else {
      throw FileProblem(.content, "\(source): held when it was saved; expected a case that failed")
    }
    let identity = saved.run.identity
    if Files.isFolder(folder), let twin = try entries().cases.first(where: { $0.saved.run.identity == identity }) {
      throw FileProblem(.content, "\(source): is in the corpus already, as \(twin.path)")
    }
    let name = "\(stem)-\(identity.prefix(Self.digits))\(Self.ending)"
    guard !Files.isFile(path(of: name)) else {
      throw FileProblem(.content, "\(source): another case has the name \(path(of: name)); expected it to be free")
    }
    try Files.makeFolder(folder)
    try Files.write(bytes, to: name, in: folder)
    return Entry(name: name, path: path(of: name), saved: saved, size: bytes.count)
  }

  /// What a case is named after: its bug, or how it failed; `nil` if it did not.
  private static func stem(of saved: CaseFile) -> String? {
    if let verdict = saved.expected.verdict.flatMap(RunVerdict.init), [.linearizable, .unknown].contains(verdict) {
      return nil
    }
    if let bug = saved.run.bug { return bug.name }
    return saved.expected.signature.flatMap { FailureSignature($0) }.map(CaseFolder.stem) ?? "case"
  }

  /// Takes a case away.
  package func remove(_ entry: Entry) throws(FileProblem) {
    do throws(SystemError) { try Folder(folder).remove(entry.name) } catch {
      throw FileProblem(.system, "\(entry.path): cannot be removed: \(error)")
    }
  }

  /// A case that shows no more than a smaller one.
  package struct Covered: Sendable {
    package let entry: Entry
    /// The smallest case of the same bug that fails in the same way.
    package let smaller: Entry
  }

  /// The cases that could go: of each known bug and way in which it fails the smallest one is enough.
  ///
  /// A case without a known bug stays always: how it failed does not say which mistake it was.
  package static func covered(among cases: [Entry]) -> [Covered] {
    cases.compactMap { entry in
      guard let bug = entry.saved.run.bug?.name else { return nil }
      let alike = cases.filter {
        $0.saved.run.bug?.name == bug && $0.saved.expected.signature == entry.saved.expected.signature
          && $0.saved.run.checks == entry.saved.run.checks
      }
      guard let smallest = alike.min(by: { ($0.size, $0.name) < ($1.size, $1.name) }), smallest.name != entry.name
      else {
        return nil
      }
      return Covered(entry: entry, smaller: smallest)
    }
  }
}

import Histories
import Runs

/// `raftcheck shrink` of a case.
enum ShrinkCase {
  static func run(_ path: String, _ arguments: Arguments, on console: Console) throws -> ExitCode {
    let out = arguments.value("--out")
    if out == "-" {
      throw UsageError("--out is \"-\"; expected the folder for what comes of a case.")
    }
    let watch = Stopwatch()
    // Before a folder is made, that none is left without a word.
    Interruption.watch()
    let saved = try CaseFile(at: path)
    if let out { try Files.prepareFolder(out) }
    let report = saved.run.simulate().judged()
    CaseWarning.tell(of: saved, report, path, on: console)
    guard report.severity == .violation else {
      console.complain("\(path): nothing broke, so that there is nothing to shrink: \(report.verdict.rawValue)")
      return ExitCode(report.severity)
    }
    let folder = out.map { CaseFolder($0) } ?? defaultFolder(of: path, on: console)
    let shrinking = CaseShrinking(
      report: report, origin: origin(of: saved, report, at: path), folder: folder, console: console)
    let story = RunStory(
      report: report, replayLine: CaseFile.replayCommand(for: path), casePath: path, wallTime: watch.elapsed,
      secondRun: .none)
    return shrinking.tell(story, asJSON: arguments.has("--json"))
  }

  /// Where what comes of a case is kept unless somebody says where. If it cannot be, that is said, and no reason to tell
  /// no story.
  private static func defaultFolder(of path: String, on console: Console) -> CaseFolder? {
    let folder = home(of: path)
    do {
      try Files.prepareFolder(folder.path)
      return folder
    } catch {
      console.complain("\(error)")
      return nil
    }
  }

  /// Its own folder if that is one run's, and otherwise one beside it, for there may be other files of these names.
  private static func home(of path: String) -> CaseFolder {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    if name == CaseFolder.caseName { return CaseFolder(around: path) }
    let ending = ".json"
    let hasEnding = name.hasSuffix(ending) && name != ending
    return CaseFolder(hasEnding ? String(path.dropLast(ending.count)) : "\(path).shrunk")
  }

  /// What a case was made from, which may not be there any more: nothing if the case has become another one since.
  private static func origin(of saved: CaseFile, _ report: RunReport, at path: String) -> CaseShrinking.Origin? {
    guard let minimality = saved.minimality(of: report) else { return nil }
    let folder = CaseFolder(around: path)
    let unshrunk = try? CaseFile(at: folder.unshrunkPath)
    let isThere = unshrunk?.expected.eventHash == minimality.unshrunkEventHash
    return CaseShrinking.Origin(minimality: minimality, folder: isThere ? folder : nil)
  }
}

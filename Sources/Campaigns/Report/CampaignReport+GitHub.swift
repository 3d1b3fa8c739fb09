import Determinism
import Glibc
import Reporting
import Runs
import System

extension CampaignReport {
  /// The most annotations of one kind that GitHub shows of a step.
  private static let maxAnnotations = 10
  /// The most bytes that GitHub takes of a step's summary.
  package static let maxSummaryBytes = 1 << 20

  // MARK: Annotations

  /// Lines for standard output that a GitHub runner shows as annotations: an error for all that is wrong, of which the last
  /// one counts those for which there is no room, and a warning for what is undecided.
  package var annotations: [String] {
    let hasRoom = entries.count <= Self.maxAnnotations
    let shown = entries.prefix(hasRoom ? Self.maxAnnotations : Self.maxAnnotations - 1)
    var lines = shown.map { annotation("error", $0.kind.name, Self.message(of: $0)) }
    let others = entries.dropFirst(shown.count)
    if !others.isEmpty {
      let seeds = others.reduce(0) { $0 + $1.seeds }
      lines.append(
        annotation(
          "error", "\(others.count.grouped) more",
          "\(Words.count(seeds, "seed")) in \(others.count.grouped) more buckets: see \(Self.indexName) of the campaign."
        ))
    }
    if !undecidedTexts.isEmpty {
      lines.append(annotation("warning", "undecided", undecidedTexts.map(ReportText.line).joined(separator: " ")))
    }
    return lines
  }

  private func annotation(_ command: String, _ title: String, _ message: String) -> String {
    let place = "file=\(ReportText.property(anchor.printable)),line=1"
    let title = ReportText.property("\(Program.name): \(title)")
    return "::\(command) \(place),title=\(title)::\(ReportText.command(message))"
  }

  private static func message(of entry: ReportEntry) -> String {
    var lines = [ReportText.line(entry.sentence)]
    if !entry.facts.isEmpty { lines.append(ReportText.line(entry.facts.joined(separator: "; "))) }
    lines.append(entry.command.map(ReportText.line) ?? entry.kind.advice)
    return lines.joined(separator: "\n")
  }

  // MARK: The summary of a step

  /// What the page of a step shows, in Markdown.
  ///
  /// - Parameter limit: more bytes it does not take; what has no room is counted.
  package func stepSummary(atMost limit: Int = maxSummaryBytes) -> String {
    var text = StepSummary(room: limit)
    text.add("## \(Program.name): \(verdict)\n\n")
    text.add("\(ReportText.markdown(headline)) \(ReportText.markdown(range)), \(rate) seeds a second.\n\n")
    for sentence in undecidedTexts + [canaryText.map { "Known bug: \($0)" }].compactMap(\.self) + goingOn {
      text.add("\(ReportText.markdown(ReportText.line(sentence)))\n\n")
    }
    text.add(table: entries)
    for entry in entries { text.add(storyOf: entry) }
    return text.markdown
  }

  /// Appends it to the file that `GITHUB_STEP_SUMMARY` names, as far as there is room for it.
  package func appendStepSummary(to path: String) throws(FileProblem) {
    do throws(SystemError) {
      let file = try Descriptor.appending(to: path)
      defer { file.close() }
      let written = max(0, Int(lseek(file.rawValue, 0, SEEK_END)))
      // Whatever is there may have ended in the middle of a line.
      let text = (written > 0 ? "\n" : "") + stepSummary(atMost: Self.maxSummaryBytes - written - 1)
      guard written + text.utf8.count <= Self.maxSummaryBytes else { return }
      guard file.write(Array(text.utf8)) else { throw SystemError("cannot write") }
    } catch {
      throw FileProblem(.system, "\(path): cannot be written: \(SystemError.reason(error.code))")
    }
  }
}

/// Markdown of at most so many bytes: whatever has no room is left out as a whole.
private struct StepSummary {
  /// What is kept for saying that something was left out.
  private static let reserve = 200
  private static let maxStoryLines = 60

  private(set) var text = ""
  private var room: Int
  private var leftOut = 0

  init(room: Int) { self.room = room - Self.reserve }

  /// - Returns: whether there was room.
  @discardableResult mutating func add(_ part: String) -> Bool {
    guard part.utf8.count <= room else { return false }
    text += part
    room -= part.utf8.count
    return true
  }

  mutating func add(table entries: [ReportEntry]) {
    guard !entries.isEmpty, add("| | seeds | first seed | smallest run | what went wrong |\n|---|---:|---:|---|---|\n")
    else {
      return
    }
    for entry in entries {
      let cells = [
        "<code>\(ReportText.markdown(entry.name))</code>", entry.seeds > 0 ? entry.seeds.grouped : "",
        entry.firstSeed.map { "\($0)" } ?? "", entry.best?.minimal?.size.text ?? "",
        ReportText.markdown(ReportText.line(entry.sentence)),
      ]
      if !add("| \(cells.joined(separator: " | ")) |\n") { leftOut += 1 }
    }
    add("\n")
  }

  mutating func add(storyOf entry: ReportEntry) {
    guard let command = entry.command else { return }
    var lines = ["$ \(ReportText.line(command))"]
    if let replay = entry.replay { lines.append("$ \(replay)") }
    let story = ReportText.lines(entry.story, atMost: Self.maxStoryLines)
    if !story.isEmpty { lines += [""] + story }
    // Indented lines are text as it is, whatever they hold.
    let block = lines.map { "    \($0)\n" }.joined()
    add(
      "<details><summary><code>\(ReportText.markdown(entry.name))</code></summary>\n\n\(block)\n</details>\n\n")
  }

  /// All of it.
  var markdown: String {
    leftOut > 0 ? text + "\(Words.count(leftOut, "more bucket")) are in the campaign's folder.\n" : text
  }
}

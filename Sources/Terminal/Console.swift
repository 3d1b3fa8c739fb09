import Determinism
import Glibc
import Reporting
import Synchronization
import System

/// Where people read: standard output and standard error.
package struct Console {
  /// Whether standard output takes colour, and standard error a progress line.
  package let hasColour: Bool
  package let hasProgress: Bool
  /// Whether people read standard output, and not a file or another program.
  package let isTerminal: Bool

  /// Looks at the terminal and at `NO_COLOR`.
  package init() {
    // A reader that leaves is an error of the next write, so that what is under way is still saved.
    signal(SIGPIPE, SIG_IGN)
    let asksForNone = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    isTerminal = isatty(STDOUT_FILENO) == 1
    hasColour = isTerminal && !asksForNone && !isDumb
    hasProgress = isatty(STDERR_FILENO) == 1 && !isDumb
  }

  /// How lines are set for whoever reads standard output: a terminal has its columns, which may change.
  package var layout: Layout { Self.columns(of: STDOUT_FILENO).map { Layout(width: $0) } ?? .standard }

  /// The same of standard error.
  package var errorLayout: Layout { Self.columns(of: STDERR_FILENO).map { Layout(width: $0) } ?? .standard }

  /// `nil` if it is no terminal, or does not say.
  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return nil }
    return Int(size.ws_col)
  }

  /// The part of a line, coloured where that shows.
  private func painted(_ part: StoryLine.Part) -> String {
    let text = part.text.printable
    guard hasColour, let tone = part.tone else { return text }
    let code =
      switch tone {
      case .good: "32"
      case .bad: "1;31"
      case .doubtful: "33"
      case .quiet: "2"
      case .strong: "1"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private static let outputError = Atomic<Int32>(0)

  /// Whether standard output takes no more: what is not read by anybody is not worth more work.
  package var isOutputLost: Bool { Self.outputError.load(ordering: .relaxed) != 0 }

  /// Why standard output takes no more, in one sentence; `nil` if it does, or if its reader has simply left.
  package var outputProblem: String? {
    let code = Self.outputError.load(ordering: .relaxed)
    guard code != 0, code != EPIPE else { return nil }
    return "standard output cannot be written: \(String(cString: strerror(code)).lowercased())"
  }

  /// Writes lines to standard output, coloured where that shows.
  package func print(_ lines: [StoryLine]) {
    for line in lines { put(line.parts.map(painted).joined()) }
  }

  /// Writes text to standard output, and a line feed behind it.
  package func print(_ text: String = "") { put(text.printableLines) }

  /// Writes bytes to standard output as they are, unless something earlier was lost.
  package func write(_ bytes: [UInt8]) {
    guard !isOutputLost else { return }
    Self.outputError.store(Self.write(bytes, to: STDOUT_FILENO), ordering: .relaxed)
  }

  /// Writes a line that a terminal may have, unless an earlier one was lost.
  private func put(_ text: String) {
    guard !isOutputLost else { return }
    Self.outputError.store(Self.write("\(text)\n", to: STDOUT_FILENO), ordering: .relaxed)
  }

  /// Writes a sentence to standard error, broken only where a terminal would break it.
  package func complain(_ text: String) {
    let text = text.displayed.printableSentence
    guard let columns = Self.columns(of: STDERR_FILENO) else {
      _ = Self.write("\(text)\n", to: STDERR_FILENO)
      return
    }
    complain(Layout(width: columns).wrapped(StoryLine(text), indent: 2))
  }

  /// Writes lines to standard error, without colour.
  package func complain(_ lines: [StoryLine]) {
    _ = Self.write(lines.map { "\($0.plainText.printable)\n" }.joined(), to: STDERR_FILENO)
  }

  /// Replaces the line at the bottom of the terminal; an empty one takes it away. It is cut to the terminal's width, for
  /// of a line that has wrapped only the end could be taken away again.
  package func showProgress(_ text: String) { showProgress(lines: [text]) }

  /// The same with several lines at the bottom of the terminal.
  package func showProgress(lines: [String]) {
    guard hasProgress else { return }
    let columns = Self.columns(of: STDERR_FILENO) ?? .max
    let earlier = Self.progressLines.exchange(lines.count, ordering: .relaxed)
    let up = earlier > 1 ? "\u{1B}[\(earlier - 1)A" : ""
    let text = lines.map { $0.printable(columns: columns - 1) }.joined(separator: "\n")
    _ = Self.write("\r\(up)\u{1B}[J\(text)", to: STDERR_FILENO)
  }

  /// How many lines of progress there are at the bottom.
  private static let progressLines = Atomic<Int>(1)

  /// - Returns: what went wrong, as `errno` has it; 0 if nothing did.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    write(Array(text.utf8), to: descriptor)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? EIO : errno }
      offset += count
    }
    return 0
  }
}

import Glibc
import Reporting
import Synchronization

/// Where people read: standard output and standard error.
struct Console {
  /// Whether standard output takes colour, and standard error a progress line.
  let hasColour: Bool
  let hasProgress: Bool

  /// Looks at the terminal and at `NO_COLOR`.
  init() {
    let asksForNone = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    hasColour = isatty(STDOUT_FILENO) == 1 && !asksForNone && !isDumb
    hasProgress = isatty(STDERR_FILENO) == 1 && !isDumb
  }

  /// What a word means for the reader.
  enum Tone: String {
    case good = "32"
    case bad = "1;31"
    case doubtful = "33"
    case quiet = "2"
    case strong = "1"
  }

  /// The text, coloured where that shows.
  func paint(_ text: String, _ tone: Tone) -> String {
    hasColour ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static let outputError = Atomic<Int32>(0)

  /// Whether standard output takes no more: what is not read by anybody is not worth more work.
  var isOutputLost: Bool { Self.outputError.load(ordering: .relaxed) != 0 }

  /// Why standard output takes no more, in one sentence; `nil` if it does, or if its reader has simply left.
  var outputProblem: String? {
    let code = Self.outputError.load(ordering: .relaxed)
    guard code != 0, code != EPIPE else { return nil }
    return "standard output cannot be written: \(String(cString: strerror(code)).lowercased())"
  }

  /// Writes a line to standard output, unless an earlier one was lost.
  func print(_ text: String = "") {
    guard !isOutputLost else { return }
    Self.outputError.store(Self.write("\(text)\n", to: STDOUT_FILENO), ordering: .relaxed)
  }

  /// Writes a line to standard error, or several. What files say in it is no command to the terminal.
  func complain(_ text: String) {
    _ = Self.write("\(text.linesWithoutControls)\n", to: STDERR_FILENO)
  }

  /// Replaces the line at the bottom of the terminal; an empty one takes it away. It is cut to the terminal's width, for
  /// of a line that has wrapped only the end could be taken away again.
  func showProgress(_ text: String) {
    guard hasProgress else { return }
    var size = winsize()
    let columns = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
    let line = columns > 1 && text.count >= columns ? "\(text.prefix(columns - 2))…" : text
    _ = Self.write("\r\u{1B}[2K\(line)", to: STDERR_FILENO)
  }

  /// - Returns: what went wrong, as `errno` has it; 0 if nothing did.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    let bytes = Array(text.utf8)
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

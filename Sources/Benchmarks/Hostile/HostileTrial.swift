import Determinism

/// One try to break the program: files, a command line, and what counts as a proper end.
package struct HostileTrial: Sendable {
  /// What is hostile about it.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A spoiled history in one of the formats.
    case histories
    /// A spoiled case.
    case cases
    /// A command line that makes no sense.
    case commands
    /// Good input, and a signal at a random moment.
    case interrupts
  }

  /// What standard output is to hold.
  package enum Printed: Sendable {
    /// Lines for people, which may be shown on a terminal.
    case text
    /// One JSON object in one line.
    case json
    /// A JSON object in each line.
    case jsonLines
    /// A history or a page: not meant for a terminal.
    case content
  }

  /// A signal that the program gets while it works.
  package struct Interrupt: Sendable {
    /// After its start.
    package let at: Duration
    /// As in `SIGINT`.
    package let signal: Int32

    /// A signal and its moment.
    package init(at: Duration, signal: Int32) {
      (self.at, self.signal) = (at, signal)
    }
  }

  /// What is hostile about it.
  package let kind: Kind
  /// The arguments; not all of them are UTF-8.
  package var words: [[UInt8]]
  /// The files beside which the program is started, by name.
  package var files: [(name: String, bytes: [UInt8])] = []
  /// The file that is standard input; nothing unless given.
  package var input: String?
  /// In the order of their moments. Those after the program's end are not sent.
  package var interrupts: [Interrupt] = []
  /// The exit codes of a proper end.
  package var codes: [Int32]
  /// What standard output is to hold.
  package var printed = Printed.text
  /// What the program was told to keep its memory to, in bytes.
  package var memory: Int?
  /// How long it may take.
  package var time = Self.timeLimit

  /// What is told to commands that take a limit of time.
  package static let timeLimit = Duration.seconds(5)
  /// A limit may be passed by a tenth.
  static let tolerance: Int64 = 10

  /// A trial with this command line.
  package init(_ kind: Kind, _ words: [String], codes: [Int32]) {
    self.kind = kind
    self.words = words.map { Array($0.utf8) }
    self.codes = codes
  }

  /// The command, as in `check`: its first word.
  package var command: String { words.first.map { String(decoding: $0, as: UTF8.self) } ?? "" }

  /// The command line as a shell reads it.
  package var commandLine: String {
    let typed = (["raftcheck"] + words.map(ShellWord.quoted)).joined(separator: " ")
    return input.map { "\(typed) < \(ShellWord.quoted(Array($0.utf8)))" } ?? typed
  }
}

/// Words of a command line.
enum ShellWord {
  private static let plain = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./,:+@%".utf8)

  /// A word such that Bash reads these bytes.
  static func quoted(_ bytes: [UInt8]) -> String {
    if !bytes.isEmpty, bytes.allSatisfy(plain.contains) { return String(decoding: bytes, as: UTF8.self) }
    if bytes.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "'") }) {
      return "'\(String(decoding: bytes, as: UTF8.self))'"
    }
    let digits = Array("0123456789abcdef")
    let escaped = bytes.map { byte in
      let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "'") && byte != UInt8(ascii: "\\")
      return isPlain ? String(UnicodeScalar(byte)) : "\\x\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
    return "$'\(escaped.joined())'"
  }
}

import Glibc
import Hosting
import System

/// What comes by standard input.
enum StandardInput {
  /// All of it.
  ///
  /// - Parameter limit: the most bytes that are of use.
  static func all(atMost limit: Int) throws(HostProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    while let part = try next() {
      bytes += part
      guard bytes.count <= limit else {
        throw HostProblem(.data, "standard input has more than \(limit) bytes; expected at most that many in a value")
      }
    }
    return bytes
  }

  /// Whether somebody types it.
  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// How much is read at a time.
  private static let partBytes = 64 << 10

  /// The bytes that come next; `nil` at its end.
  static func next() throws(HostProblem) -> [UInt8]? {
    var count = 0
    var code: Int32 = 0
    let part = [UInt8](unsafeUninitializedCapacity: partBytes) { buffer, filled in
      repeat { count = read(STDIN_FILENO, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
      code = errno
      filled = max(0, count)
    }
    guard count >= 0 else {
      throw HostProblem(.inputOutput, "\(SystemError("cannot read standard input", code: code))")
    }
    return count == 0 ? nil : part
  }
}

/// The lines of standard input.
struct InputLines {
  /// Bytes in a line: two values of the greatest length and a key, each byte as `\xNN`, fit.
  static let maxBytes = 1 << 20

  /// One line, without its end.
  enum Line {
    case bytes([UInt8])
    /// It has more than `maxBytes`, and is passed over.
    case tooLong
  }

  private var rest: [UInt8] = []
  private var hasEnded = false

  /// The next line; `nil` if there is none. The last one need not have an end.
  mutating func next() throws(HostProblem) -> Line? {
    var isTooLong = false
    var searched = 0
    while true {
      if let end = rest[searched...].firstIndex(of: 0x0A) {
        let line = Array(rest[..<end])
        rest.removeSubrange(...end)
        return isTooLong || line.count > Self.maxBytes ? .tooLong : .bytes(line)
      }
      if rest.count > Self.maxBytes {
        isTooLong = true
        rest.removeAll()
      }
      searched = rest.count
      guard !hasEnded, let part = try StandardInput.next() else {
        hasEnded = true
        defer { rest.removeAll() }
        if isTooLong { return .tooLong }
        return rest.isEmpty ? nil : .bytes(rest)
      }
      rest += part
    }
  }
}

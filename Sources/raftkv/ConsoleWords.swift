import System
import Terminal

/// Takes a line of the console apart.
enum ConsoleWords {
  /// The words of a line: with blanks between them. Between quotes, single or double, blanks belong to the word; between
  /// double ones `\n`, `\t`, `\r`, `\0`, `\\`, `\"` and `\xNN` stand for a byte. A `#` at the start of a word ends the line.
  static func of(_ line: [UInt8]) throws(UsageError) -> [String] {
    var words: [String] = []
    var word: [UInt8]?
    var place = 0
    while place < line.count {
      let byte = line[place]
      place += 1
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        if let whole = word { words.append(String(systemBytes: whole)) }
        word = nil
      case UInt8(ascii: "#") where word == nil: return words
      case UInt8(ascii: "'"):
        guard let end = line[place...].firstIndex(of: byte) else { throw UsageError("a ' has no other ' behind it.") }
        word = (word ?? []) + line[place..<end]
        place = end + 1
      case UInt8(ascii: "\""): word = (word ?? []) + (try quoted(line, &place))
      default: word = (word ?? []) + [byte]
      }
    }
    if let whole = word { words.append(String(systemBytes: whole)) }
    return words
  }

  /// What stands up to the closing double quote.
  private static func quoted(_ line: [UInt8], _ place: inout Int) throws(UsageError) -> [UInt8] {
    var bytes: [UInt8] = []
    while place < line.count {
      let byte = line[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return bytes
      case UInt8(ascii: "\\"): bytes.append(try escape(line, &place))
      default: bytes.append(byte)
      }
    }
    throw UsageError("a \" has no other \" behind it.")
  }

  private static func escape(_ line: [UInt8], _ place: inout Int) throws(UsageError) -> UInt8 {
    let byte = place < line.count ? line[place] : 0
    place += 1
    switch byte {
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "0"): return 0
    case UInt8(ascii: "\\"), UInt8(ascii: "\""): return byte
    case UInt8(ascii: "x"):
      let digits = line[min(place, line.count)...].prefix(2)
      guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else { break }
      place += 2
      return value
    default: break
    }
    throw UsageError("a \\ has no meaning here; expected \\n, \\r, \\t, \\0, \\\\, \\\" or \\x and two digits.")
  }
}

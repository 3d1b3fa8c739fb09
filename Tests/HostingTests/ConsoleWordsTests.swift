import System
import Terminal
import Testing

@testable import raftkv

@Suite("Lines of the console")
struct ConsoleWordsTests {
  @Test(
    "A line is taken apart at blanks that do not stand between quotes",
    arguments: [
      ("", []), ("  \t\r", []), ("get x", ["get", "x"]), ("put x 'a b'", ["put", "x", "a b"]),
      ("put x \"a \\\"b\\\" \\n\\x41\"", ["put", "x", "a \"b\" \nA"]), ("put x ''", ["put", "x", ""]),
      ("put a'b'\"c\" d#e # f", ["put", "abc", "d#e"]), ("# all of it", []), ("append x \\n", ["append", "x", "\\n"]),
    ])
  func words(line: String, expected: [String]) throws {
    #expect(try ConsoleWords.of(Array(line.utf8)) == expected)
  }

  @Test("Bytes that are no text are what they are")
  func bytes() throws {
    let words = try ConsoleWords.of(Array("put ".utf8) + [0xFF, 0x20] + Array("\"\\xff\\0\"".utf8))
    #expect(words.map(\.systemBytes) == [Array("put".utf8), [0xFF], [0xFF, 0]])
  }

  @Test(
    "Quotes without an end and escapes without a meaning are refused",
    arguments: ["'a", "\"a", "\"a\\", "\"\\q\"", "\"\\x4\"", "\"\\xzz\"", "\"\\x", "a\"b'"])
  func refused(line: String) {
    #expect(throws: UsageError.self) { try ConsoleWords.of(Array(line.utf8)) }
  }
}

import Determinism
import Testing

@Suite("Text from outside, as it is printed")
struct PrintedTextTests {
  @Test(
    "What a terminal obeys, what nobody sees and what looks like a blank is shown as an escape",
    arguments: [
      ("a\u{1B}[2J", "a\\u{1B}[2J"), ("\u{9B}31m", "\\u{9B}31m"), ("\u{85}", "\\u{85}"), ("\u{7F}", "\\u{7F}"),
      ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("\u{202E}x\u{2066}", "\\u{202E}x\\u{2066}"),
      ("\u{200B}\u{FEFF}\u{AD}", "\\u{200B}\\u{FEFF}\\u{AD}"), ("a\u{A0}b\u{3000}", "a\\u{A0}b\\u{3000}"),
      ("\u{E000}\u{FFFF}\u{10FFFF}\u{E0041}", "\\u{E000}\\u{FFFF}\\u{10FFFF}\\u{E0041}"),
      ("\u{3164}\u{115F}\u{FE0F}", "\\u{3164}\\u{115F}\\u{FE0F}"), ("\t\r\n", "\\u{9}\\u{D}\\u{A}"),
    ])
  func escapes(text: String, shown: String) {
    #expect(text.printable == shown)
    #expect(shown.printable == shown)
  }

  @Test(
    "What anybody can read stays as it is",
    arguments: ["", "plain \"text\" \\ x", "žluťoučký", "鍵と値", "ру́сский", "🙂 → … ·"])
  func plain(text: String) {
    #expect(text.printable == text && text.printable(columns: 40) == text && text.printableJSON == text)
  }

  @Test("Lines stay lines where they may, and JSON means the same as before")
  func lines() {
    #expect("a\nb\u{9B}".printableLines == "a\nb\\u{9B}")
    #expect("{\"\u{9B}\u{E0041}\":1}\n".printableJSON == "{\"\\u009b\\udb40\\udc41\":1}\n")
  }

  @Test("A mark with nothing below it is an escape, and so is one too many")
  func marks() {
    let mark = "\u{301}"
    #expect(mark.printable == "\\u{301}" && " \(mark)".printable == " \\u{301}")
    #expect("\u{1B}\(mark)".printable == "\\u{1B}\\u{301}")
    let four = "a" + String(repeating: mark, count: 4)
    #expect(four.printable == four)
    #expect((four + mark + mark + "b" + mark).printable == four + "\\u{301}\\u{301}b" + mark)
  }

  @Test("Columns are those of a terminal")
  func columns() {
    #expect("abc".columns == 3 && "e\u{301}".columns == 1 && "鍵".columns == 2 && "한글".columns == 4 && "🙂".columns == 2)
  }

  @Test("A long text keeps its beginning and its end, in columns and in bytes")
  func shortened() {
    let digits = "0123456789"
    #expect(digits.printable(columns: 10, atEnd: 4) == digits)
    #expect(digits.printable(columns: 9, atEnd: 4) == "0123…6789")
    #expect(digits.printable(columns: 4) == "012…")
    #expect("鍵鍵鍵鍵".printable(columns: 6, atEnd: 2) == "鍵…鍵")
    // An escape is never cut.
    #expect("a\u{1B}\u{1B}\u{1B}b".printable(columns: 12, atEnd: 5) == "a…b")
    #expect("say \"\\\"".quoted(columns: 40) == "\"say \\\"\\\\\\\"\"")
    for text in ["a\u{301}", "\u{1100}", "\u{1F468}\u{200D}", "\u{915}\u{94D}", "\u{0D4E}", "\u{1B}", "\u{E0041}", "x"]
    {
      let long = String(repeating: text, count: 50_000)
      let (shown, marks) = (long.printable(columns: 60, atEnd: 36), "a" + String(repeating: "\u{301}", count: 100_000))
      #expect(shown.columns <= 60 && shown.utf8.count <= 1_200 && shown.printable == shown, "\(text.printable)")
      #expect(marks.printable(columns: 60, atEnd: 36).utf8.count <= 1_200)
    }
  }
}
